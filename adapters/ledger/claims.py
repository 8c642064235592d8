"""Duplicates, found under the append lock: idempotency keys and business keys.

One duplicate never fails its neighbours: what was there before is answered, the rest is appended.
"""

import hashlib
from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from datetime import date
from typing import Any, Final, NamedTuple
from uuid import UUID

import msgspec
from psycopg import Cursor
from psycopg.sql import SQL, Composed, Identifier

from adapters.ledger.codec import encode_state
from adapters.ledger.schema import EVENTS_TABLE, schema_name
from commands.ports import Accepted, BusinessKey, Refused, Submission
from domain.clearing.trade import TradeSubmitted
from domain.kernel.streams import StreamKind, identifier_of, stream_id
from domain.reference.business_day import BusinessDay, accepts_trade_date

IDEMPOTENCY_KEY_REUSED: Final = Refused(
    "IDEMPOTENCY_KEY_REUSED", "this Idempotency-Key was used for another request: take a new one"
)
VENUE_TRADE_ID_REUSED: Final = Refused(
    "VENUE_TRADE_ID_REUSED",
    "this venue trade id was used for another trade of the same trade date",
)


class Candidate(NamedTuple):
    """A submission of the page that is being appended, with its stored bytes."""

    submission: Submission
    state: bytes


Answer = Accepted | Refused


class Claims:
    """Looks for what was there before, and claims business keys, within one append."""

    def __init__(self, segment: str) -> None:
        self._segment = segment
        self._months: set[date] = set()
        schema = Identifier(schema_name(segment))
        table = SQL("{}.{}").format(schema, Identifier(EVENTS_TABLE))
        self._first_events: Composed = SQL(
            "SELECT originator_id, notification_id, state FROM {}"
            " WHERE originator_id = ANY(%s) AND originator_version = 1"
        ).format(table)
        self._partition: Composed = SQL("SELECT {}.ensure_trade_keys_partition(%s)").format(schema)
        self._claim: Composed = SQL(
            "INSERT INTO {}.trade_keys"
            " (trade_date, submitter, venue, venue_trade_id, trade_id, fingerprint)"
            " SELECT * FROM unnest(%s::date[], %s::text[], %s::text[], %s::text[], %s::uuid[],"
            " %s::bytea[]) ON CONFLICT DO NOTHING RETURNING trade_id"
        ).format(schema)
        self._holders: Composed = SQL(
            "SELECT k.trade_date, k.submitter, k.venue, k.venue_trade_id, k.trade_id, k.fingerprint"
            " FROM {}.trade_keys k JOIN unnest(%s::date[], %s::text[], %s::text[], %s::text[])"
            " AS asked (trade_date, submitter, venue, venue_trade_id)"
            " USING (trade_date, submitter, venue, venue_trade_id)"
        ).format(schema)

    def forget_partitions(self) -> None:
        """After a rollback: the partitions that it would have made are not there."""
        self._months.clear()

    def refuse_trade_dates(
        self,
        cursor: Cursor[Any],
        page: Sequence[Candidate],
        answers: list[Answer | None],
        skip: dict[int, int],
        day: BusinessDay | None,
    ) -> dict[int, str]:
        """Refuse trades made too long ago, or in the future of the business date.

        One that was reported while its date was accepted is not new: returns those indices, with
        the stream of the trade that holds their business key.
        """
        late = {
            index: submission.event.trade_date
            for index, (submission, _) in enumerate(page)
            if isinstance(submission.event, TradeSubmitted)
            and submission.event.trade_date is not None
            and answers[index] is None
            and index not in skip
            and not accepts_trade_date(day, submission.event.trade_date)
        }
        if not late:
            return {}
        keys = {
            index: key
            for index in late
            if (key := _dated(page[index].submission.business_key, day)) is not None
        }
        fingerprints = {index: _fingerprint(page[index].submission) for index in keys}
        held = self._answer_held(cursor, keys, fingerprints, answers)
        for index, trade_date in late.items():
            if answers[index] is None and index not in held:
                answers[index] = Refused(
                    "TRADE_DATE_OUT_OF_WINDOW",
                    f"trade date {trade_date.isoformat()} is too old, or after the business date",
                )
        return held

    def answer_known_streams(
        self, cursor: Cursor[Any], page: Sequence[Candidate], answers: list[Answer | None]
    ) -> dict[int, int]:
        """Answer keyed submissions whose stream exists already.

        Returns, for repetitions within the page itself, the index of the first.
        """
        keyed = [
            index
            for index, (submission, _) in enumerate(page)
            if submission.keyed and answers[index] is None
        ]
        if not keyed:
            return {}
        known = self._load_first_events(cursor, [page[index].submission.stream for index in keyed])
        first_in_page: dict[str, int] = {}
        repeated: dict[int, int] = {}
        for index in keyed:
            submission, state = page[index]
            stream = submission.stream
            if stream in known:
                position, stored = known[stream]
                same = stored == state
                answers[index] = (
                    Accepted(stream, position, True) if same else IDEMPOTENCY_KEY_REUSED
                )
            elif stream in first_in_page:
                if page[first_in_page[stream]].state == state:
                    repeated[index] = first_in_page[stream]
                else:
                    answers[index] = IDEMPOTENCY_KEY_REUSED
            else:
                first_in_page[stream] = index
        return repeated

    def claim_business_keys(
        self,
        cursor: Cursor[Any],
        page: Sequence[Candidate],
        answers: list[Answer | None],
        skip: AbstractSet[int],
        day: BusinessDay | None,
    ) -> dict[int, str]:
        """Claim the business keys of what is still unanswered.

        Returns the indices that lost, with the stream of the trade that holds their key; those with
        other content are refused.
        """
        claims = {
            index: key
            for index, (submission, _) in enumerate(page)
            if answers[index] is None
            and index not in skip
            and (key := _dated(submission.business_key, day)) is not None
        }
        if not claims:
            return {}
        self._ensure_partitions(cursor, {key[0] for key in claims.values()})
        fingerprints = {index: _fingerprint(page[index].submission) for index in claims}
        won = self._insert_claims(cursor, page, claims, fingerprints)
        lost = {
            index: key
            for index, key in claims.items()
            if UUID(identifier_of(page[index].submission.stream)) not in won
        }
        return self._answer_held(cursor, lost, fingerprints, answers)

    def positions_of(self, cursor: Cursor[Any], streams: Sequence[str]) -> dict[str, int]:
        """The positions at which streams began."""
        if not streams:
            return {}
        return {
            stream: position
            for stream, (position, _) in self._load_first_events(cursor, streams).items()
        }

    def _load_first_events(
        self, cursor: Cursor[Any], streams: Sequence[str]
    ) -> dict[str, tuple[int, bytes]]:
        cursor.execute(self._first_events, (list(streams),), prepare=True)
        return {stream: (position, bytes(state)) for stream, position, state in cursor}

    def _ensure_partitions(self, cursor: Cursor[Any], days: set[date]) -> None:
        for month in {day.replace(day=1) for day in days} - self._months:
            cursor.execute(self._partition, (month,))
            self._months.add(month)

    def _insert_claims(
        self,
        cursor: Cursor[Any],
        page: Sequence[Candidate],
        claims: dict[int, "DatedKey"],
        fingerprints: dict[int, bytes],
    ) -> set[UUID]:
        columns = [list(column) for column in zip(*claims.values(), strict=True)]
        ids = [UUID(identifier_of(page[index].submission.stream)) for index in claims]
        values = (*columns, ids, [fingerprints[index] for index in claims])
        cursor.execute(self._claim, values, prepare=True)
        return {row[0] for row in cursor}

    def _answer_held(
        self,
        cursor: Cursor[Any],
        keys: dict[int, "DatedKey"],
        fingerprints: dict[int, bytes],
        answers: list[Answer | None],
    ) -> dict[int, str]:
        """The streams of the trades that hold the keys; those with other content are refused."""
        if not keys:
            return {}
        columns = [list(column) for column in zip(*keys.values(), strict=True)]
        cursor.execute(self._holders, columns, prepare=True)
        holders = {DatedKey(*row[:4]): (row[4], bytes(row[5])) for row in cursor}
        same: dict[int, str] = {}
        for index, key in keys.items():
            if key not in holders:
                continue
            trade_id, fingerprint = holders[key]
            if fingerprint == fingerprints[index]:
                same[index] = stream_id(self._segment, StreamKind.TRADE, str(trade_id))
            else:
                answers[index] = VENUE_TRADE_ID_REUSED
        return same


class DatedKey(NamedTuple):
    """A business key with its trade date filled in."""

    trade_date: date
    submitter: str
    venue: str
    venue_trade_id: str


def _dated(key: BusinessKey | None, day: BusinessDay | None) -> DatedKey | None:
    if key is None:
        return None
    trade_date = key.trade_date or (date.min if day is None else day.business_date)
    return DatedKey(trade_date, key.submitter, key.venue, key.venue_trade_id)


def _fingerprint(submission: Submission) -> bytes:
    """What makes two reports of a trade the same: its content, with the price in one form.

    The trade date is part of the key, given or not.
    """
    event = submission.event
    assert isinstance(event, TradeSubmitted)
    plain = msgspec.structs.replace(event, price=event.price.normalize(), trade_date=None)
    return hashlib.blake2b(encode_state(plain), digest_size=16).digest()
