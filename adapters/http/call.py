"""One request on its way through a route."""

from collections.abc import AsyncIterator, Callable
from typing import TYPE_CHECKING, Any
from uuid import UUID

import msgspec
from litestar.types import HTTPScope, Receive

from adapters.http.problems import forbidden, not_found
from adapters.identity import Caller, Role
from commands.instruction_ids import KeyScope
from commands.ports import Instruction
from domain.kernel.identifiers import is_identifier

if TYPE_CHECKING:
    from adapters.http.route import Route
    from adapters.http.services import Services

SOURCE = "http"


class Result(msgspec.Struct, frozen=True, kw_only=True):
    """What a route answers: a value to encode, or bytes, or a stream of bytes.

    `position` is the ledger position that the answer reflects or made; `closed` is called when a
    stream has ended, however it ended.
    """

    status: int = 200
    content: Any = None
    position: int | None = None
    headers: dict[str, str] = {}
    media_type: str = "application/json"
    stream: AsyncIterator[bytes] | None = None
    closed: Callable[[], None] | None = None


class Call:
    """A request with what was learnt about it; routes read it and never the request itself."""

    __slots__ = (
        "body",
        "caller",
        "correlation_id",
        "headers",
        "key",
        "query",
        "receive",
        "route",
        "scope",
        "services",
        "wait_seconds",
    )

    def __init__(
        self, services: "Services", route: "Route", scope: HTTPScope, receive: Receive
    ) -> None:
        self.services = services
        self.route = route
        self.scope = scope
        self.receive = receive
        self.headers: dict[bytes, bytes] = dict(scope["headers"])
        self.correlation_id: str = scope["state"]["correlation_id"]
        self.caller = Caller("", "", frozenset(), frozenset())
        self.body: Any = None
        self.query: Any = None
        self.key: str | None = None
        self.wait_seconds = 0.0

    def path_id(self, name: str) -> str:
        """An id in the address; what cannot be one cannot be found."""
        value: str = self.scope["path_params"][name]
        if not is_identifier(value):
            raise not_found(name.removesuffix("_id"))
        return value

    def path_uuid(self, name: str, what: str) -> UUID:
        """A UUID in the address; what is not one cannot be found."""
        text: str = self.scope["path_params"][name]
        try:
            found = UUID(text)
        except ValueError:
            raise not_found(what) from None
        if str(found) != text.lower():
            raise not_found(what)
        return found

    def instruction(self) -> Instruction:
        """Who asks, for the ledger: the opaque subject, never a name."""
        return Instruction(
            actor=self.caller.subject, correlation_id=self.correlation_id, source=SOURCE
        )

    def key_scope(self) -> KeyScope:
        """Within what this request's idempotency key is one key: the caller and the address."""
        return KeyScope(
            segment=self.services.settings.segment,
            caller=self.caller.subject,
            route=f"{self.scope['method']} {self.scope['path']}",
        )

    def has_role(self, *roles: Role) -> bool:
        """Whether the caller has one of the roles."""
        return not self.caller.roles.isdisjoint(roles)

    def seen_participants(self, *everything: Role) -> frozenset[str] | None:
        """Whose data the caller sees: None is everybody's, for one of these roles."""
        if self.has_role(*everything):
            return None
        return self.own_participants()

    def own_participants(self) -> frozenset[str]:
        """The participants that the caller acts for."""
        if Role.PARTICIPANT not in self.caller.roles:
            return frozenset()
        return self.caller.participants

    async def require_own_accounts(self, *accounts: str) -> None:
        """Raises 403 unless all the accounts are the caller's participants' own."""
        owners = await self.services.owners.of(accounts)
        own = self.own_participants()
        if any(owners.get(account) not in own for account in accounts):
            # The same for an account that does not exist: nobody learns others' accounts here.
            raise forbidden("a participant acts only between its own accounts")
