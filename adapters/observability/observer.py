"""Looks at the ledger from outside and exports what it sees: lags, and whether balances add up.

Followers export their own progress too, but one that hangs or has died exports nothing, or what was
true before. So the clearing workers, the standing-by one as well, ask the database.
"""

import threading
import time
from typing import Any, Final

import psycopg
import structlog
from psycopg import Connection

from adapters.ledger.schema import schema_name
from adapters.observability.metrics import (
    CHECKED_AT,
    FOLLOWER_LAG_POSITIONS,
    FOLLOWER_LAG_SECONDS,
    INVARIANT_VIOLATIONS,
    LEDGER_POSITION,
    OBSERVED_AT,
)
from queries.lag import lag_now
from queries.standing_balances import standing_balances

_LAG_SECONDS: Final = 5.0
_BALANCES_SECONDS: Final = 60.0
# What takes longer than this is given up: looking must not become the load.
_STATEMENT_TIMEOUT: Final = "5s"
log = structlog.get_logger()


class LedgerObserver:
    """A thread and a connection of its own; a lost database is waited for."""

    def __init__(
        self,
        database_url: str,
        *,
        segment: str,
        lag_seconds: float = _LAG_SECONDS,
        balances_seconds: float = _BALANCES_SECONDS,
    ) -> None:
        self._database_url = database_url
        self._options = (
            f"-c search_path={schema_name(segment)} -c statement_timeout={_STATEMENT_TIMEOUT}"
            " -c default_transaction_read_only=on"
        )
        self._lag_seconds = lag_seconds
        self._balances_seconds = balances_seconds
        self._balances_due = 0.0
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="observer", daemon=True)

    def start(self) -> None:
        """Start looking."""
        self._thread.start()

    def close(self) -> None:
        """Stop looking."""
        self._stop.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._stop.is_set():
            try:
                with psycopg.connect(
                    self._database_url,
                    autocommit=True,
                    application_name="clearing observer",
                    options=self._options,
                ) as connection:
                    while not self._stop.is_set():
                        self._look(connection)
                        self._stop.wait(self._lag_seconds)
            except psycopg.Error as error:
                # What was seen may not be true any more: no number is better than an old one.
                _forget()
                log.warning("the observer does not see the ledger", error=str(error))
                self._stop.wait(self._lag_seconds)

    def _look(self, connection: Connection[Any]) -> None:
        found = lag_now(connection)
        LEDGER_POSITION.set(found.ledger_position)
        for follower in found.content:
            FOLLOWER_LAG_POSITIONS.labels(follower.name).set(follower.behind)
            FOLLOWER_LAG_SECONDS.labels(follower.name).set(follower.behind_seconds)
        OBSERVED_AT.set_to_current_time()
        if time.monotonic() >= self._balances_due:
            self._add_up(connection)

    def _add_up(self, connection: Connection[Any]) -> None:
        found = standing_balances(connection)
        if found is None:
            return
        for rule, violations in found.items():
            INVARIANT_VIOLATIONS.labels(rule).set(violations)
            if violations:
                log.error("an invariant is violated", rule=rule, violations=violations)
        CHECKED_AT.set_to_current_time()
        self._balances_due = time.monotonic() + self._balances_seconds


def _forget() -> None:
    FOLLOWER_LAG_POSITIONS.clear()
    FOLLOWER_LAG_SECONDS.clear()
