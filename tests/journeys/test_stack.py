"""`clearing up --with kafka,keycloak`: real servers, and what it means to lose one."""

import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import psutil
import pytest
from joserfc import jwt
from joserfc.jwk import RSAKey
from kafka import KafkaAdminClient

from adapters.cli.errors import CommandError
from adapters.cli.platform import Platform
from adapters.cli.servers import JAVA_SERVERS
from adapters.embedded.java import JavaMissing
from adapters.embedded.java_server import stop_java_servers
from adapters.embedded.process import is_running
from adapters.settings import Settings, SettingsError
from tests.journeys.conftest import a_platform, free_settings
from tests.journeys.people import People, wait_until
from tests.journeys.test_quick_test import (
    test_the_quick_test_settles_within_a_second as quick_test_settles,
)

pytestmark = [pytest.mark.xdist_group("stack"), pytest.mark.timeout(600)]


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Platform]:
    settings = free_settings(tmp_path_factory.mktemp("stack") / "data")
    platform = a_platform(settings, with_servers=JAVA_SERVERS)
    try:
        platform.start()
    except JavaMissing as missing:
        if os.environ.get("CI") == "true":
            raise
        pytest.skip(str(missing))
    pids = platform.servers.pids
    yield platform
    platform.stop()
    assert not [pid for pid in pids.values() if is_running(_process(pid))]


@pytest.fixture
def stack_people(stack: Platform) -> Iterator[People]:
    everybody = People(stack)
    yield everybody
    everybody.close()


def test_the_quick_test_runs_word_for_word(stack: Platform, stack_people: People) -> None:
    quick_test_settles(stack, stack_people)


def test_keycloak_stands_where_the_development_issuer_would(stack: Platform) -> None:
    assert "issuer" not in stack.children
    found = httpx.get(f"{stack.issuer_url}/.well-known/openid-configuration").json()
    assert found["issuer"] == stack.issuer_url
    assert found["authorization_endpoint"].startswith(stack.issuer_url)


def test_kafka_answers_where_the_settings_say(stack: Platform) -> None:
    admin = KafkaAdminClient(bootstrap_servers=stack.settings.kafka_bootstrap_servers)
    assert len(admin.describe_cluster()["brokers"]) == 1
    admin.close()


def test_while_keycloak_does_not_answer_callers_go_on_and_unknown_ones_are_told_to_wait(
    stack: Platform, stack_people: People
) -> None:
    assert stack_people.get("user", "/trades").status_code == 200
    pid = stack.servers.pids["keycloak"]
    os.kill(pid, signal.SIGSTOP)
    try:
        assert stack_people.get("user", "/trades").status_code == 200
        # Until it is time to look for new keys again, the ones we have are all there are.
        wait_until(lambda: _with_unknown_key(stack).status_code == 503, 30)
        answer = _with_unknown_key(stack)
        assert answer.json()["code"] == "IDENTITY_UNAVAILABLE"
        assert int(answer.headers["Retry-After"]) > 0
        assert stack_people.get("user", "/trades").status_code == 200
    finally:
        os.kill(pid, signal.SIGCONT)
    wait_until(lambda: _with_unknown_key(stack).status_code == 401, 30)
    assert stack_people.get("risk", "/trades").status_code == 200


def test_a_killed_keycloak_comes_back_by_itself_with_the_same_keys(
    stack: Platform, stack_people: People
) -> None:
    assert stack_people.get("user", "/trades").status_code == 200
    pid = stack.servers.pids["keycloak"]
    os.kill(pid, signal.SIGKILL)
    wait_until(lambda: not is_running(_process(pid)), 10)
    assert stack_people.get("user", "/trades").status_code == 200

    configuration = f"{stack.issuer_url}/.well-known/openid-configuration"
    wait_until(lambda: _answers(configuration), 120, interval=0.5)
    assert stack.servers.pids["keycloak"] != pid
    assert stack_people.get("auditor", "/trades").status_code == 200


def test_what_is_not_a_server_is_said(data_directory: Path) -> None:
    platform = Platform(Settings(data_directory=data_directory), with_servers=["zookeeper"])
    with pytest.raises(CommandError, match="zookeeper: no such server; there are kafka, keycloak"):
        platform.start()


@pytest.mark.parametrize(
    ("changes", "variable"),
    [
        ({"environment": "production"}, "CLEARING_ENVIRONMENT"),
        ({"issuer_url": "https://id.example/realms/clearing"}, "CLEARING_ISSUER_URL"),
    ],
)
def test_the_embedded_keycloak_is_refused_where_it_must_not_be(
    data_directory: Path, changes: dict[str, str], variable: str
) -> None:
    settings = Settings(data_directory=data_directory, **changes)  # type: ignore[arg-type]
    with pytest.raises(SettingsError, match=variable):
        Platform(settings, with_servers=["keycloak"]).start()


def test_one_that_a_killed_supervisor_left_running_is_stopped_if_nobody_wants_it(
    tmp_path: Path,
) -> None:
    directory = (tmp_path / "keycloak").resolve()
    mark = f"-Dclearing.server={directory}{os.sep}"
    leftover = psutil.Popen([sys.executable, "-c", "import time; time.sleep(60)", mark])
    stop_java_servers(tmp_path, but=["keycloak"])
    stop_java_servers(tmp_path / "other")
    assert is_running(leftover)
    stop_java_servers(tmp_path)
    assert not is_running(leftover)


def _with_unknown_key(stack: Platform) -> httpx.Response:
    token = jwt.encode({"alg": "RS256", "kid": "unknown"}, {}, RSAKey.generate_key(2048))
    headers = {"Authorization": f"Bearer {token}"}
    return httpx.get(f"{stack.api_url}/api/v1/trades", headers=headers, timeout=20)


def _process(pid: int) -> psutil.Process | None:
    return psutil.Process(pid) if psutil.pid_exists(pid) else None


def _answers(url: str) -> bool:
    try:
        return httpx.get(url, timeout=2).status_code == 200
    except httpx.TransportError:
        return False
