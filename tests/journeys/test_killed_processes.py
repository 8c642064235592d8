"""`kill -9` of each process, at random, under load over HTTP: nothing acknowledged is lost.

`JOURNEY_KILLS=200 make test` is a longer run; `JOURNEY_SEED` names another one.
"""

import os
import signal
import time
from collections.abc import Iterator
from random import Random

import pytest

from adapters.cli.platform import Platform
from tests.journeys import ledger_checks
from tests.journeys.load import Load
from tests.journeys.people import People, wait_until

pytestmark = [pytest.mark.xdist_group("journeys"), pytest.mark.slow]

KILLS = int(os.environ.get("JOURNEY_KILLS", "9"))
SEED = int(os.environ.get("JOURNEY_SEED", "20261123"))
ROLES = ("api", "worker", "projections")


def kill(platform: Platform, role: str) -> None:
    """Kill a process of that role, and see another one in its place."""
    wait_until(lambda: role in platform.children, 30)
    before = platform.children[role]
    os.kill(before, signal.SIGKILL)
    wait_until(lambda: platform.children.get(role, before) != before, 30)


@pytest.fixture(scope="module")
def load(own_platform: Platform) -> Iterator[Load]:
    """What was acknowledged while processes were killed, and then came to rest."""
    rng = Random(SEED)
    everybody = People(own_platform)
    roles = [ROLES[number % len(ROLES)] for number in range(KILLS)]
    rng.shuffle(roles)
    with Load(everybody, seed=SEED) as load:
        time.sleep(0.5)
        for role in roles:
            kill(own_platform, role)
            time.sleep(rng.uniform(0.0, 0.8))
    ledger_checks.wait_until_drained(own_platform, load.last_position)
    yield load
    everybody.close()


def test_there_was_load_and_it_was_disturbed(load: Load) -> None:
    assert len(load.acknowledged) > 1_000
    assert load.retries > 0


def test_every_acknowledged_trade_is_there_once_with_an_outcome(
    load: Load, own_people: People
) -> None:
    assert len(set(load.acknowledged)) == len(load.acknowledged)
    ledger_checks.assert_each_once_with_an_outcome(own_people, load.acknowledged)


def test_the_invariants_hold(load: Load, own_platform: Platform, own_people: People) -> None:
    ledger_checks.assert_the_log_holds(own_platform, load.acknowledged)
    ledger_checks.assert_positions_are_those_of_the_log(own_platform, own_people)


@pytest.mark.usefixtures("load")
def test_the_read_models_are_those_of_a_rebuild(own_platform: Platform) -> None:
    ledger_checks.assert_rebuilt_read_models_are_equal(own_platform)


@pytest.mark.usefixtures("load")
def test_the_platform_came_back_by_itself_and_settles(own_people: People) -> None:
    own_people.settle()
