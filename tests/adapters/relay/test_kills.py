"""Broker and relays killed under load: nothing is skipped, nothing overtakes within an account."""

import os
import random
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest

from adapters.embedded.java import JavaMissing
from adapters.embedded.kafka import EmbeddedKafka
from adapters.embedded.process import is_running
from tests.adapters.kafka.reading import assert_all_published, of_incarnation, read_topics
from tests.adapters.ledger.support import wait_until
from tests.adapters.relay.relays import own_incarnation, relayed_until
from tests.adapters.worker.processes import Process, environment, free_port
from tests.conftest import Database
from tests.projections.recorded_day import RecordedDay

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600), pytest.mark.xdist_group("kafka")]

SEED = int(os.environ.get("CLEARING_TEST_SEED", "20260105"))
ACCIDENTS = ("broker", "broker", "relay", "relay", "relay", "pause", "pause")
"""In an order, and at moments, that the seed gives."""
LOAD_PAUSE_SECONDS = 0.02
PAUSE_SECONDS = 2.5
RECOVERY_SECONDS = 180.0


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[EmbeddedKafka]:
    """A broker of the test's own, to be killed."""
    broker = EmbeddedKafka(tmp_path)
    try:
        broker.start()
    except JavaMissing as missing:
        if os.environ.get("CI") == "true":
            raise
        pytest.skip(str(missing))
    yield broker
    broker.stop()


class Relays:
    """Two processes of `clearing relay`: one publishes, the other stands by."""

    def __init__(self, database: Database, broker: EmbeddedKafka) -> None:
        self._database = database
        self._broker = broker
        self._processes = [self._started(), self._started()]

    def _started(self) -> Process:
        return RelayProcess(self._database, self._broker.bootstrap_servers)

    def kill(self, index: int) -> None:
        self._processes[index].kill()
        self._processes[index] = self._started()

    def pause(self, index: int, seconds: float) -> None:
        """Stopped for longer than its lease lasts, and resumed as one that leads no more."""
        self._processes[index].stop_where_it_is()
        time.sleep(seconds)
        self._processes[index].resume()

    def revive(self) -> None:
        """What a supervisor does with a process that has ended."""
        self._processes = [
            each if each.process.poll() is None else self._started() for each in self._processes
        ]

    def end(self) -> None:
        for each in self._processes:
            each.end()


class RelayProcess(Process):
    """`clearing relay`, with small pages."""

    def __init__(self, database: Database, bootstrap_servers: str) -> None:
        settings = {
            **environment(database),
            "CLEARING_KAFKA_BOOTSTRAP_SERVERS": bootstrap_servers,
            "CLEARING_RELAY_PORT": str(free_port()),
            "CLEARING_RELAY_PAGE_LIMIT": "40",
        }
        super().__init__(database, ("adapters.cli.main", "relay"), settings)


@contextmanager
def load(day: RecordedDay) -> Iterator[None]:
    """Trades, one after the other, until the block ends."""
    stop = threading.Event()

    def run() -> None:
        number = 0
        while not stop.wait(LOAD_PAUSE_SECONDS):
            number += 1
            day.trade(f"trade {number}", quantity=1)

    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


def kill_broker(broker: EmbeddedKafka) -> None:
    assert broker.pid is not None
    process = psutil.Process(broker.pid)
    process.kill()
    wait_until(lambda: not is_running(process), "the broker is dead")
    broker.start()


def test_no_event_is_skipped_or_overtaken_whoever_is_killed(
    database: Database, broker: EmbeddedKafka
) -> None:
    rng = random.Random(SEED)
    incarnation = own_incarnation(database)
    with RecordedDay(database.application_url) as day:
        day.open_market()
        relays = Relays(database, broker)
        try:
            with load(day):
                wait_until(lambda: relayed_until(database) > 0, "the first page is relayed")
                for kind in rng.sample(ACCIDENTS, len(ACCIDENTS)):
                    time.sleep(rng.uniform(0.3, 2.0))
                    relays.revive()
                    happen(kind, rng, relays, broker)
            deadline = time.monotonic() + RECOVERY_SECONDS
            while relayed_until(database) < day.head:
                assert time.monotonic() < deadline, "the relay did not come back"
                relays.revive()
                time.sleep(0.5)
        finally:
            relays.end()
    received = of_incarnation(read_topics(broker.bootstrap_servers), incarnation)
    assert_all_published(received, day.head)


def happen(kind: str, rng: random.Random, relays: Relays, broker: EmbeddedKafka) -> None:
    if kind == "relay":
        relays.kill(rng.randrange(2))
    elif kind == "pause":
        relays.pause(rng.randrange(2), PAUSE_SECONDS)
    else:
        kill_broker(broker)
