"""What must hold of a ledger after whatever happened to it, checked from its stored rows alone.

Nothing here uses the code under test: rows come by SQL, events are read as plain JSON.
"""

import json
from collections import Counter, defaultdict
from collections.abc import Collection, Iterator
from typing import Any, NamedTuple

import psycopg

HOUSE_KINDS = {"BANK", "ISSUER", "AGENT", "CCP"}
OUTCOMES = {
    "TradeSubmitted.v1": {"TradeSettled.v1", "TradeRejected.v1"},
    "TransferSubmitted.v1": {"TransferSettled.v1", "TransferRejected.v1"},
}
MOVEMENTS_OF = {"TradeSettled.v1": 2, "TransferSettled.v1": 2}
"""Accounts whose positions a settlement updates; a rejection updates none."""


class Row(NamedTuple):
    """One event as stored."""

    position: int
    stream: str
    version: int
    topic: str
    causation: int | None
    data: dict[str, Any]


class Summary(NamedTuple):
    """What was found, for a report."""

    events: int
    settled: int
    rejected: int
    undecided: int


def rows(url: str, schema: str = "clearing_us") -> Iterator[Row]:
    """Every event in order of position."""
    with (
        psycopg.connect(url) as connection,
        connection.cursor("ledger") as cursor,
    ):
        cursor.itersize = 10_000
        cursor.execute(
            "SELECT notification_id, originator_id, originator_version, topic, causation, state"
            f" FROM {schema}.ledger_events ORDER BY notification_id"
        )
        for position, stream, version, topic, causation, state in cursor:
            yield Row(position, stream, version, topic, causation, json.loads(bytes(state)))


def balances(url: str, schema: str = "clearing_us") -> dict[tuple[str, str], int]:
    """Every balance by account and asset, from the amounts of all movements."""
    found: Counter[tuple[str, str]] = Counter()
    for row in rows(url, schema):
        if row.topic == "PositionUpdated.v1":
            for asset, amount, _ in row.data["movements"]:
                found[_identifier(row.stream), asset] += amount
    return dict(found)


def assert_ledger_holds(
    url: str,
    *,
    acknowledged: Collection[str] = (),
    all_decided: bool = True,
    schema: str = "clearing_us",
) -> Summary:
    """Check the whole log; raises `AssertionError` that says what does not hold.

    Positions without a gap; versions of each stream without a gap; every instruction has at most
    one outcome (exactly one with `all_decided`), caused by it, with all of its movements or none;
    movements of each instruction sum to zero per asset (so at every position between instructions,
    too); balances follow from each other; members' never go below zero; every stream in
    `acknowledged` is there, once.
    """
    return _Checker().check(rows(url, schema), acknowledged, all_decided)


class _Checker:
    def __init__(self) -> None:
        self.versions: Counter[str] = Counter()
        self.kinds: dict[str, str] = {}
        self.limits: dict[str, dict[str, int]] = {}
        self.balances: Counter[tuple[str, str]] = Counter()
        self.instructions: dict[int, Row] = {}
        self.outcomes: dict[int, list[str]] = defaultdict(list)
        self.updates: Counter[int] = Counter()
        self.sums: dict[int, Counter[str]] = defaultdict(Counter)

    def check(
        self, log: Iterator[Row], acknowledged: Collection[str], all_decided: bool
    ) -> Summary:
        position = 0
        for position, row in enumerate(log, start=1):
            assert row.position == position, f"gap: {row.position} stands where {position} should"
            self.versions[row.stream] += 1
            assert row.version == self.versions[row.stream], f"version of {row}"
            self._look(row)
        endings = self._check_instructions(all_decided)
        self._check_conservation()
        submitted = Counter(row.stream for row in self.instructions.values())
        missing = [stream for stream in acknowledged if submitted[stream] != 1]
        assert not missing, f"acknowledged but not once in the log: {missing[:5]}"
        return Summary(
            events=position,
            settled=endings["TradeSettled.v1"] + endings["TransferSettled.v1"],
            rejected=endings["TradeRejected.v1"] + endings["TransferRejected.v1"],
            undecided=endings["undecided"],
        )

    def _look(self, row: Row) -> None:
        if row.topic in OUTCOMES:
            assert row.version == 1, f"submitted twice: {row}"
            self.instructions[row.position] = row
        elif row.topic == "AccountOpened.v1":
            self.kinds[_identifier(row.stream)] = row.data["kind"]
            self.limits[_identifier(row.stream)] = row.data.get("cash_limits", {})
        elif row.topic == "PositionUpdated.v1":
            self._move(row)
        elif any(row.topic in endings for endings in OUTCOMES.values()):
            assert row.causation is not None, row
            assert self.instructions[row.causation].stream == row.stream, row
            self.outcomes[row.causation].append(row.topic)

    def _move(self, row: Row) -> None:
        account_id = _identifier(row.stream)
        assert row.causation is not None, row
        assert self.instructions[row.causation].stream.partition(":")[2] == row.data["cause"], row
        self.updates[row.causation] += 1
        for asset, amount, balance in row.data["movements"]:
            self.balances[account_id, asset] += amount
            self.sums[row.causation][asset] += amount
            assert self.balances[account_id, asset] == balance, f"balance after {row}"
            limit = self.limits[account_id].get(asset, 0)
            assert balance >= -limit or self.kinds[account_id] in HOUSE_KINDS, f"oversold by {row}"

    def _check_instructions(self, all_decided: bool) -> Counter[str]:
        endings: Counter[str] = Counter()
        for position, row in self.instructions.items():
            found = self.outcomes[position]
            assert len(found) <= 1, f"{row.stream} ended {found}"
            assert found or not all_decided, f"{row.stream} at {position} was never decided"
            ending = found[0] if found else "undecided"
            assert ending == "undecided" or ending in OUTCOMES[row.topic], (row, ending)
            assert self.updates[position] == MOVEMENTS_OF.get(ending, 0), (row, ending)
            endings[ending] += 1
        return endings

    def _check_conservation(self) -> None:
        for position, sums in self.sums.items():
            assert not any(sums.values()), f"instruction at {position} moves {dict(sums)}"
        per_asset: Counter[str] = Counter()
        for (_, asset), balance in self.balances.items():
            per_asset[asset] += balance
        assert not any(per_asset.values()), f"assets out of nothing: {dict(per_asset)}"


def _identifier(stream: str) -> str:
    return stream.split(":", 2)[2]
