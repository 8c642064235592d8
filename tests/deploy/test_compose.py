"""compose.yaml against its published schema, the settings, the command line and the table of ports.

compose-spec.json is the Compose Specification's schema, version 2.16.2 of compose-go (Apache-2.0).
"""

import json
import re
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from click.testing import CliRunner

from adapters.cli.main import cli
from adapters.settings import FILE_SUFFIX, FROM_FILES, Settings, load_settings
from tests.deploy.compose_file import ROOT, compose, processes, services

# The process of each port, as the platform's table of processes has them.
PORTS = {
    "api": 8080,
    "project-trades": 8081,
    "project-positions": 8082,
    "work": 8083,
    "project-notifications": 8084,
    "project-reference": 8085,
    "relay": 8087,
    "keycloak": 8180,
}
JOBS = {"migrate", "seed"}


def _published(service: dict[str, Any]) -> list[list[str]]:
    return [port.split(":") for port in service.get("ports", [])]


def test_it_follows_the_published_schema() -> None:
    schema = json.loads((Path(__file__).parent / "compose-spec.json").read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator(schema).validate(compose())


@pytest.mark.parametrize(("name", "port"), PORTS.items())
def test_each_process_has_its_port(name: str, port: int) -> None:
    assert _published(services()[name]) == [["127.0.0.1", str(port), str(port)]]


def test_the_ports_are_those_of_the_settings() -> None:
    settings = Settings()
    of_the_settings = {
        "api": settings.http_port,
        "project-trades": settings.projection_trades_port,
        "project-positions": settings.projection_positions_port,
        "work": settings.worker_port,
        "project-notifications": settings.notification_port,
        "project-reference": settings.projection_reference_port,
        "relay": settings.relay_port,
        "keycloak": settings.issuer_port,
    }
    assert of_the_settings == PORTS


def test_nothing_is_published_beyond_this_machine_and_no_port_twice() -> None:
    published = [port for service in services().values() for port in _published(service)]
    assert {address for address, _, _ in published} == {"127.0.0.1"}
    assert len(published) == len({port for _, port, _ in published})


@pytest.mark.parametrize("name", processes())
def test_settings_are_known_and_consistent(name: str, tmp_path: Path) -> None:
    environment = dict(processes()[name]["environment"])
    for variable in FROM_FILES:
        path = environment.get(variable + FILE_SUFFIX)
        if path is not None:
            secret = Path(path).name
            assert secret in processes()[name]["secrets"]
            environment[variable + FILE_SUFFIX] = str(ROOT / "deploy" / "secrets" / secret)
    settings = load_settings(environment)
    assert settings.database_url
    assert settings.redis_url


@pytest.mark.parametrize("name", processes())
def test_only_migrations_are_given_the_owner_of_the_tables(name: str) -> None:
    has_owner = any("OWNER" in variable for variable in processes()[name]["environment"])
    assert (
        has_owner == ("database_owner_url" in processes()[name]["secrets"]) == (name == "migrate")
    )


@pytest.mark.parametrize("name", processes())
def test_commands_are_commands(name: str) -> None:
    command = processes()[name]["command"]
    result = CliRunner().invoke(cli, [*command, "--help"])
    assert result.exit_code == 0, result.output


@pytest.mark.parametrize("name", sorted(processes().keys() - JOBS))
def test_the_probe_asks_the_port_of_the_process(name: str) -> None:
    port = PORTS[name.removesuffix("-standby")]
    test = services()[name]["healthcheck"]["test"]
    assert test == ["CMD", "python", "/app/deploy/ready.py", str(port)]


@pytest.mark.parametrize("name", sorted(JOBS))
def test_jobs_run_once(name: str) -> None:
    assert services()[name]["restart"] == "no"
    assert services()[name]["healthcheck"] == {"disable": True}


@pytest.mark.parametrize("name", sorted(services().keys() - JOBS))
def test_what_runs_for_ever_is_started_again_and_bounded(name: str) -> None:
    service = services()[name]
    assert service["restart"] == "unless-stopped"
    limits = service["deploy"]["resources"]["limits"]
    assert {"cpus", "memory", "pids"} <= limits.keys()


@pytest.mark.parametrize("name", services())
def test_nobody_has_more_rights_than_needed(name: str) -> None:
    service = services()[name]
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert "privileged" not in service


@pytest.mark.parametrize("name", services())
def test_images_are_pinned(name: str) -> None:
    tag = services()[name]["image"].rpartition(":")[2]
    assert re.match(r"v?\d+\.\d+", tag), tag


@pytest.mark.parametrize("name", sorted(processes().keys() - {"migrate"}))
def test_processes_start_after_the_migrations(name: str) -> None:
    after = services()[name]["depends_on"]
    assert after["migrate"] == {"condition": "service_completed_successfully"}


def test_whoever_is_waited_for_exists_and_can_say_that_it_is_ready() -> None:
    everything = services()
    for name, service in everything.items():
        for other, how in service.get("depends_on", {}).items():
            if how["condition"] == "service_healthy":
                assert "test" in everything[other]["healthcheck"], f"{name} waits for {other}"
            else:
                assert other in JOBS


@pytest.mark.parametrize("name", services())
def test_what_is_mounted_is_there(name: str) -> None:
    volumes = compose()["volumes"]
    for mount in services()[name].get("volumes", []):
        source, target, *how = mount.split(":")
        if source.startswith("./"):
            assert (ROOT / source).exists(), source
            assert how == ["ro"]
        else:
            assert source in volumes
        assert target.startswith("/")


@pytest.mark.parametrize("name", services())
def test_secrets_and_networks_are_declared(name: str) -> None:
    document = compose()
    assert set(services()[name].get("secrets", [])) <= document["secrets"].keys()
    assert set(services()[name]["networks"]) <= document["networks"].keys()


def test_every_secret_is_a_file_and_used() -> None:
    declared = compose()["secrets"]
    used = {secret for service in services().values() for secret in service.get("secrets", [])}
    assert used == declared.keys()
    for secret in declared.values():
        assert (ROOT / secret["file"]).read_text(encoding="utf-8").strip()


@pytest.mark.parametrize(
    ("url", "password"),
    [
        ("database_url", "database_application_password"),
        ("database_owner_url", "database_owner_password"),
        ("redis_url", "redis_password"),
    ],
)
def test_an_address_has_the_password_that_its_server_is_given(url: str, password: str) -> None:
    secrets = ROOT / "deploy" / "secrets"
    expected = (secrets / password).read_text(encoding="utf-8").strip()
    assert f":{expected}@" in (secrets / url).read_text(encoding="utf-8")


def test_no_password_stands_in_the_file_itself() -> None:
    text = (ROOT / "compose.yaml").read_text(encoding="utf-8")
    for secret in (ROOT / "deploy" / "secrets").iterdir():
        if secret.suffix != ".md":
            assert secret.read_text(encoding="utf-8").strip() not in text


def test_the_issuer_is_the_one_that_keycloak_says_it_is() -> None:
    environment = services()["api"]["environment"]
    keycloak = services()["keycloak"]["environment"]
    assert environment["CLEARING_ISSUER_URL"] == f"{keycloak['KC_HOSTNAME']}/realms/clearing"
    assert f"http://keycloak:{keycloak['KC_HTTP_PORT']}/" in environment["CLEARING_ISSUER_KEYS_URL"]
