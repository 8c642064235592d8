"""A full disk: 503, nothing acknowledged lost, and on again when there is room."""

import asyncio
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from adapters.embedded import EmbeddedPostgres
from adapters.ledger.intake import GroupCommitIntake
from adapters.ledger.migrate import migrate
from commands.ports import Accepted, LedgerUnavailable
from tests.adapters.ledger.support import (
    a_submission,
    assert_contiguous,
    market,
    query,
    record,
    running_intake,
)
from tests.conftest import SEGMENT, Database

DISK_BYTES = 224 * 1024 * 1024
BALLAST_BYTES = 72 * 1024 * 1024
PAGE = 500
PAGES_MAXIMUM = 1_000


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of its own, almost full because of a file that can be taken away."""
    if os.geteuid() != 0:
        pytest.skip("mounting a small disk takes root: run the tests as root")
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={DISK_BYTES}", "tmpfs", str(disk)],
        check=False,
        capture_output=True,
        text=True,
    )
    if mounted.returncode:
        pytest.skip(f"no disk can be mounted here: {mounted.stderr.strip()}")
    (disk / "ballast").write_bytes(bytes(BALLAST_BYTES))
    try:
        yield disk
    finally:
        subprocess.run(["umount", "--lazy", str(disk)], check=True)


async def fill(intake: GroupCommitIntake) -> list[str]:
    """Submit until the ledger is unavailable; the streams that were acknowledged."""
    acknowledged: list[str] = []
    for _ in range(PAGES_MAXIMUM):
        page = [a_submission() for _ in range(PAGE)]
        try:
            answers = await intake.submit(page)
        except LedgerUnavailable:
            return acknowledged
        acknowledged += [answer.stream for answer in answers if isinstance(answer, Accepted)]
    raise AssertionError("the disk never filled up")


@pytest.mark.timeout(180)
def test_a_full_disk_is_unavailable_and_loses_nothing(small_disk: Path) -> None:
    server = EmbeddedPostgres(small_disk / "data")
    with server:
        migrate(server.owner_url(), segment=SEGMENT)
        database = Database(
            name="clearing",
            segment=SEGMENT,
            owner_url=server.owner_url(),
            application_url=server.application_url(),
        )
        record(database, market())
        with running_intake(database) as intake:
            acknowledged = asyncio.run(fill(intake))
            assert acknowledged
            (small_disk / "ballast").unlink()
            if not server.is_running():
                # Without room for its own log PostgreSQL stops; whoever supervises it starts it.
                server.start()
            again = asyncio.run(after_a_while(intake))
        stored = query(
            database.application_url,
            "SELECT originator_id FROM ledger_events WHERE topic = 'TradeSubmitted.v1'",
        )
        assert {*acknowledged, again} <= {stream for (stream,) in stored}
        assert_contiguous(database.application_url)


async def after_a_while(intake: GroupCommitIntake) -> str:
    """Submit until it is taken again, without anybody's hands."""
    async with asyncio.timeout(60):
        while True:
            try:
                [answer] = await intake.submit([a_submission()])
            except LedgerUnavailable:
                await asyncio.sleep(0.2)
                continue
            assert isinstance(answer, Accepted)
            return answer.stream
