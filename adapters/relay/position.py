"""What the relay remembers in PostgreSQL: its position, and the topics that it is about."""

from collections.abc import Mapping
from typing import Any, Final

from psycopg import Connection
from psycopg.sql import SQL, Identifier

from adapters.ledger.append import Fence, FencedOut
from adapters.ledger.schema import TRACKING_TABLE, schema_name

RELAY_APPLICATION: Final = "clearing-relay"
"""The relay's row in the tracking table, and the name of its lease."""


class TopicReplaced(Exception):
    """A topic was deleted and made again: what was published before is missing in it."""


class RelayPosition:
    """The position up to which the broker has acknowledged everything."""

    def __init__(self, connection: Connection[Any], segment: str) -> None:
        self._connection = connection
        schema = Identifier(schema_name(segment))
        tracking = SQL("{}.{}").format(schema, Identifier(TRACKING_TABLE))
        self._begin: Final = SQL(
            "INSERT INTO {} VALUES (%s, 0) ON CONFLICT (application_name) DO NOTHING"
        ).format(tracking)
        self._read: Final = SQL(
            "SELECT notification_id FROM {} WHERE application_name = %s"
        ).format(tracking)
        self._store: Final = SQL(
            "UPDATE {} SET notification_id = %s WHERE application_name = %s"
            " AND EXISTS (SELECT FROM {}.leases WHERE name = %s AND epoch = %s)"
        ).format(tracking, schema)
        self._topics: Final = SQL("SELECT topic, topic_id::text FROM {}.relay_topics").format(
            schema
        )
        self._remember: Final = SQL(
            "INSERT INTO {}.relay_topics VALUES (%s, %s)"
            " ON CONFLICT (topic) DO UPDATE SET topic_id = excluded.topic_id"
        ).format(schema)
        # Lost with the server's last moments, a position only makes the relay repeat itself.
        connection.execute("SET synchronous_commit = off")

    def read(self) -> int:
        """Where to go on; 0 at first."""
        self._connection.execute(self._begin, (RELAY_APPLICATION,))
        row = self._connection.execute(self._read, (RELAY_APPLICATION,)).fetchone()
        assert row is not None
        return int(row[0])

    def store(self, position: int, fence: Fence) -> None:
        """Remember it; raises `FencedOut` when somebody else relays now."""
        values = (position, RELAY_APPLICATION, fence.lease, fence.epoch)
        if self._connection.execute(self._store, values, prepare=True).rowcount != 1:
            raise FencedOut("another relay publishes")

    def check_topics(self, ids: Mapping[str, str]) -> None:
        """Compare with the topics of before, and remember new ones; raises `TopicReplaced`."""
        known = dict(self._connection.execute(self._topics).fetchall())
        replaced = sorted(name for name in ids if known.get(name, ids[name]) != ids[name])
        if replaced:
            raise TopicReplaced(
                f"{', '.join(replaced)}: deleted and made again since the relay last published;"
                " `clearing relay --republish` publishes the whole log anew"
            )
        self._remember_topics(ids)

    def start_over(self, ids: Mapping[str, str], fence: Fence) -> None:
        """Take the topics as they are, and publish from the beginning of the log."""
        with self._connection.transaction():
            self.read()
            self.store(0, fence)
            self._remember_topics(ids)

    def _remember_topics(self, ids: Mapping[str, str]) -> None:
        with self._connection.cursor() as cursor:
            cursor.executemany(self._remember, sorted(ids.items()))
