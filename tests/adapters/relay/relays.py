"""Relays for tests: in a thread, and as processes."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg

from adapters.ledger.incarnation import begin_incarnation
from adapters.relay.relay import Relay, RelayOptions
from tests.adapters.ledger.support import wait_until
from tests.builders import SEGMENT
from tests.conftest import Database

LEASE_SECONDS = 1.0


def own_incarnation(database: Database) -> str:
    """An incarnation of the test's own: other tests publish to the same topics.

    What the databases before published is forgotten with it, the relay begins anew.
    """
    with psycopg.connect(database.owner_url, autocommit=True) as connection:
        return begin_incarnation(connection, SEGMENT).incarnation


def relay_options(database: Database, bootstrap_servers: str, **changes: Any) -> RelayOptions:
    ordinary: dict[str, Any] = {
        "database_url": database.application_url,
        "bootstrap_servers": bootstrap_servers,
        "segment": SEGMENT,
        "holder": "test",
        "lease_seconds": LEASE_SECONDS,
        "page_limit": 500,
        "replicas": 1,
    }
    return RelayOptions(**(ordinary | changes))


class Running:
    """A relay in a thread, and how it ended."""

    def __init__(self, options: RelayOptions) -> None:
        self.relay = Relay(options)
        self.error: BaseException | None = None
        self._thread = threading.Thread(target=self._run)

    def _run(self) -> None:
        try:
            self.relay.run()
        except Exception as error:  # noqa: BLE001 - raised where the test waits for it
            self.error = error

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self.relay.stop()
        self._thread.join(30)
        assert not self._thread.is_alive()

    def wait_ended(self) -> None:
        self._thread.join(30)
        assert not self._thread.is_alive()


@contextmanager
def relaying(options: RelayOptions) -> Iterator[Running]:
    """A relay until the block ends; its error is raised then."""
    running = Running(options)
    running.start()
    try:
        yield running
    finally:
        running.stop()
    if running.error is not None:
        raise running.error


def relayed_until(database: Database) -> int:
    """The relay's stored position."""
    with psycopg.connect(database.application_url, autocommit=True) as connection:
        row = connection.execute(
            "SELECT notification_id FROM clearing_us.ledger_tracking"
            " WHERE application_name = 'clearing-relay'"
        ).fetchone()
    return 0 if row is None else int(row[0])


def wait_relayed(database: Database, head: int) -> None:
    """Until the relay has stored this position."""
    wait_until(lambda: relayed_until(database) >= head, f"{head} is relayed")
