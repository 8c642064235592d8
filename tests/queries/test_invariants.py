"""Every invariant holds on an eventful day, and is seen to be broken, with the position."""

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest

from adapters.embedded import EmbeddedPostgres
from queries.verify_invariants import Finding, Verdict, Verification, verify_invariants
from tests.projections.reading import connected, follow, rows
from tests.projections.recorded_day import RecordedDay


def _verify(url: str) -> Verification:
    with connected(url) as connection:
        *_, verification = verify_invariants(connection)
    assert isinstance(verification, Verification)
    return verification


def _broken(url: str) -> dict[str, Finding]:
    return {
        finding.name: finding
        for finding in _verify(url).findings
        if finding.verdict is not Verdict.HOLDS
    }


@pytest.fixture
def tampered(database: Any, postgres: EmbeddedPostgres) -> Iterator[psycopg.Connection[Any]]:
    """A superuser's connection to an eventful day, with the triggers of the log disabled."""
    with RecordedDay(database.application_url) as day:
        day.eventful()
    follow(database.application_url)
    with psycopg.connect(
        postgres.administrator_url(database.name),
        autocommit=True,
        options="-c search_path=clearing_us",
    ) as connection:
        connection.execute("ALTER TABLE ledger_events DISABLE TRIGGER USER")
        yield connection


def _restore_triggers(connection: psycopg.Connection[Any]) -> None:
    connection.execute("ALTER TABLE ledger_events ENABLE TRIGGER USER")


def test_an_eventful_day_holds(url: str) -> None:
    verification = _verify(url)
    assert [f for f in verification.findings if f.verdict is not Verdict.HOLDS] == []
    assert (verification.holds, verification.exit_code) == (True, 0)


def test_an_empty_ledger_holds(database: Any) -> None:
    assert _verify(database.application_url).holds


def test_read_models_that_lag_behind_hold(database: Any) -> None:
    with RecordedDay(database.application_url) as day:
        day.open_market()
        follow(database.application_url)
        day.trade("not read yet")
    assert _verify(database.application_url).holds


def _position_of(connection: psycopg.Connection[Any], topic: str, which: int = 3) -> int:
    row = connection.execute(
        "SELECT notification_id FROM ledger_events WHERE topic = %s"
        " ORDER BY notification_id OFFSET %s LIMIT 1",
        (topic, which),
    ).fetchone()
    assert row is not None
    return int(row[0])


def _replace_in_state(
    connection: psycopg.Connection[Any], position: int, pattern: str, by: str
) -> None:
    connection.execute(
        "UPDATE ledger_events SET state = convert_to("
        " regexp_replace(convert_from(state, 'UTF8'), %s, %s), 'UTF8') WHERE notification_id = %s",
        (pattern, by, position),
    )


def test_a_changed_amount_is_found_with_its_position(tampered: Any, database: Any) -> None:
    position = _position_of(tampered, "PositionUpdated.v1", 6)
    _replace_in_state(tampered, position, r'(\["AAPL",-?)\d+', r"\17")
    _restore_triggers(tampered)
    broken = _broken(database.application_url)
    assert set(broken) >= {
        "h01_batches_sum_to_zero",
        "h08_settled_trades_moved_what_they_state",
        "h09_postings_are_the_ledgers",
        "h10_balances_follow_from_movements",
    }
    for name in ("h09_postings_are_the_ledgers", "h10_balances_follow_from_movements"):
        assert position in {violation.ledger_position for violation in broken[name].violations}


def test_a_changed_balance_is_found(tampered: Any, database: Any) -> None:
    position = rows(
        database.application_url,
        "SELECT max(ledger_position) FROM ledger_movements"
        " WHERE account_id = 'ACC200' AND asset = 'AAPL'",
    )[0][0]
    _replace_in_state(tampered, position, r'(\["AAPL",-?\d+),\d+', r"\1,-5")
    _restore_triggers(tampered)
    broken = _broken(database.application_url)
    assert set(broken) >= {
        "h01_holders_have_what_was_issued",
        "h06_members_are_not_overdrawn",
        "h09_positions_are_the_ledgers",
        "h10_balances_follow_from_movements",
    }
    assert broken["h06_members_are_not_overdrawn"].violations[0].ledger_position == position


def test_a_removed_event_leaves_a_gap(tampered: Any, database: Any) -> None:
    position = _position_of(tampered, "TradeSettled.v1")
    tampered.execute("DELETE FROM ledger_events WHERE notification_id = %s", (position,))
    _restore_triggers(tampered)
    broken = _broken(database.application_url)
    gap = broken["log_01_positions_have_no_gaps"].violations[0]
    assert gap.detail == f"position {position} is missing"
    assert "h08_every_movement_has_an_instruction" in broken


def test_a_renumbered_stream_is_found(tampered: Any, database: Any) -> None:
    position = _position_of(tampered, "TradeSettled.v1")
    tampered.execute(
        "UPDATE ledger_events SET originator_version = 9 WHERE notification_id = %s", (position,)
    )
    _restore_triggers(tampered)
    broken = _broken(database.application_url)
    assert list(broken) == ["log_02_versions_have_no_gaps"]
    assert broken["log_02_versions_have_no_gaps"].violations[0].ledger_position == position


def test_an_instruction_that_ended_twice_is_found(tampered: Any, database: Any) -> None:
    position = _position_of(tampered, "TradeValidated.v1")
    tampered.execute(
        "UPDATE ledger_events SET topic = 'TradeRejected.v1' WHERE notification_id = %s",
        (position,),
    )
    _restore_triggers(tampered)
    assert "h08_instructions_end_once" in _broken(database.application_url)


def test_what_was_issued_without_a_transfer_is_found(tampered: Any, database: Any) -> None:
    tampered.execute(
        "UPDATE ledger_events SET state = convert_to(replace(convert_from(state, 'UTF8'),"
        " '\"amount\":1000,', '\"amount\":999,'), 'UTF8') WHERE topic = 'TransferSettled.v1'"
    )
    _restore_triggers(tampered)
    broken = _broken(database.application_url)
    assert list(broken) == ["h05_issued_changes_by_transfers"]


@pytest.mark.parametrize(
    ("change", "name"),
    [
        ("UPDATE positions SET quantity = 1 WHERE asset = 'AAPL'", "h09_positions_are_the_ledgers"),
        ("DELETE FROM positions WHERE asset = 'AAPL'", "h09_positions_are_the_ledgers"),
        ("UPDATE postings SET balance = 1 WHERE balance > 5", "h09_postings_are_the_ledgers"),
        ("DELETE FROM postings WHERE asset = 'AAPL'", "h09_postings_are_the_ledgers"),
        ("DELETE FROM trade_rejections", "h09_outcomes_are_the_ledgers"),
        ("UPDATE settlements SET ledger_position = 1", "h09_outcomes_are_the_ledgers"),
    ],
)
def test_a_read_model_that_was_altered_is_found(
    tampered: Any, database: Any, change: str, name: str
) -> None:
    _restore_triggers(tampered)
    tampered.execute(change)
    broken = _broken(database.application_url)
    assert list(broken) == [name]
    assert broken[name].verdict is Verdict.VIOLATED
    assert broken[name].violations[0].ledger_position is not None


def test_disabled_triggers_and_given_rights_are_found(tampered: Any, database: Any) -> None:
    tampered.execute("GRANT UPDATE ON ledger_events TO clearing_app")
    found = _broken(database.application_url)["log_03_nothing_but_additions"]
    assert found.count == 3
    assert _verify(database.application_url).exit_code == 1


def test_a_check_that_cannot_be_completed_is_not_a_success(tampered: Any, database: Any) -> None:
    _restore_triggers(tampered)
    tampered.execute("REVOKE SELECT ON positions FROM clearing_app")
    verification = _verify(database.application_url)
    assert (verification.holds, verification.exit_code) == (False, 2)
    broken = _broken(database.application_url)
    assert list(broken) == ["h09_positions_are_the_ledgers"]
    assert "permission denied" in broken["h09_positions_are_the_ledgers"].reason
