"""Does everything that must always hold, hold?"""

from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path
from typing import Any, Final

import msgspec
import psycopg
from msgspec.structs import replace
from psycopg import Connection, IsolationLevel
from psycopg.rows import tuple_row
from psycopg.sql import SQL

_DIRECTORY: Final = Path(__file__).parent / "invariants"
_SHOWN_MAXIMUM: Final = 5
_CHECK: Final = SQL(
    "SELECT ledger_position, detail, count(*) OVER () FROM (\n{}\n) violations"
    " ORDER BY ledger_position NULLS FIRST, detail LIMIT {}"
)


class Verdict(StrEnum):
    """What came of one check. One that could not be completed proves nothing."""

    HOLDS = "HOLDS"
    VIOLATED = "VIOLATED"
    NOT_COMPLETED = "NOT COMPLETED"


class Violation(msgspec.Struct, frozen=True):
    """Where an invariant does not hold; no position where it is not about one event."""

    ledger_position: int | None
    detail: str


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """The outcome of a check: the first of `count` violations, or why it was not completed."""

    name: str
    rule: str
    statement: str
    verdict: Verdict
    count: int = 0
    violations: tuple[Violation, ...] = ()
    reason: str = ""


class Verification(msgspec.Struct, frozen=True):
    """All checks, at one moment: with the log up to `ledger_position`."""

    ledger_position: int
    findings: tuple[Finding, ...]

    @property
    def holds(self) -> bool:
        """Whether every check was completed and found nothing."""
        return all(finding.verdict is Verdict.HOLDS for finding in self.findings)

    @property
    def exit_code(self) -> int:
        """0 when all hold; 1 when one is violated; 2 when one could not be completed."""
        verdicts = {finding.verdict for finding in self.findings}
        if Verdict.VIOLATED in verdicts:
            return 1
        return 2 if Verdict.NOT_COMPLETED in verdicts else 0


def verify_invariants(connection: Connection[Any]) -> Iterator[Finding | Verification]:
    """Run every check in one snapshot: each finding as it is made, at last all of them.

    `connection` is in autocommit mode and finds the segment's tables; nothing is written.
    """
    connection.isolation_level = IsolationLevel.REPEATABLE_READ
    connection.read_only = True
    findings = []
    with connection.transaction(), connection.cursor(row_factory=tuple_row) as cursor:
        cursor.execute("SELECT coalesce(max(notification_id), 0) FROM ledger_events")
        head = cursor.fetchone()
        assert head is not None
        for file in sorted(_DIRECTORY.glob("*.sql")):
            finding = _check(connection, file)
            findings.append(finding)
            yield finding
    yield Verification(int(head[0]), tuple(findings))


def _check(connection: Connection[Any], file: Path) -> Finding:
    text = file.read_text()
    rule, _, statement = text.split("\n", 1)[0].removeprefix("-- ").partition(": ")
    holds = Finding(name=file.stem, rule=rule, statement=statement, verdict=Verdict.HOLDS)
    try:
        # Within a savepoint: a check that fails leaves the snapshot to the others.
        with connection.transaction(), connection.cursor(row_factory=tuple_row) as cursor:
            rows = cursor.execute(_CHECK.format(SQL(text), _SHOWN_MAXIMUM)).fetchall()
    except psycopg.Error as error:
        if connection.closed:
            raise
        return replace(holds, verdict=Verdict.NOT_COMPLETED, reason=str(error))
    if not rows:
        return holds
    violations = tuple(Violation(position, detail) for position, detail, _ in rows)
    return replace(holds, verdict=Verdict.VIOLATED, count=rows[0][2], violations=violations)
