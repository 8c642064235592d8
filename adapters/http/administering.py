"""What all administrative commands have in common: execute, and answer with the position."""

from typing import Any

from adapters.http.call import Call
from adapters.http.problems import Problem, refused
from adapters.http.submitting import REPLAYED
from commands.instruction_ids import administrative_key
from commands.ports import AdministrativeCommand, Reply


async def execute(
    call: Call, command: AdministrativeCommand, *, subject_of_address: str = ""
) -> tuple[Reply, dict[str, str]]:
    """Execute; raises a `Problem` for a refusal. Returns the reply and the headers it brings.

    What the address names (`subject_of_address`, such as `PARTICIPANT`) is 404 when it is unknown.
    """
    payload: Any = (call.route.path, call.scope["path"], call.body)
    key = administrative_key(call.key_scope(), call.key, payload)
    reply = await call.services.administration.execute(command, call.instruction(), key)
    headers = {REPLAYED[0]: REPLAYED[1]} if reply.replayed else {}
    if reply.refusal is not None:
        problem = refused(reply.refusal)
        headers["Ledger-Position"] = str(reply.position)
        status = problem.status
        if reply.refusal.code == f"UNKNOWN_{subject_of_address}":
            status = 404
        raise Problem(status, problem.code, problem.detail, headers=headers)
    return reply, headers
