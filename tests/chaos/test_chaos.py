"""Kills at random moments, under load: what was acknowledged is there once, and all adds up."""

from pathlib import Path

import pytest

from tests.chaos.run import run_chaos
from tests.conftest import Database


@pytest.mark.slow
def test_the_write_path_survives_kills_at_random(database: Database, tmp_path: Path) -> None:
    """The same by the minute, with the database server among the killed: `make chaos`."""
    report = run_chaos(database, seed=20260105, seconds=8, folder=tmp_path)
    assert sum(report.kills.values()) >= 3
    assert report.acknowledged > 100
    assert report.ledger.undecided == 0
    assert report.ledger.settled > report.ledger.rejected > 0
