"""The logs of every process, after work and after bad requests: no token, no secret."""

import base64
import json
import re

import httpx
import pytest

from adapters.cli.platform import Platform
from tests.journeys.people import TRADE, People

pytestmark = pytest.mark.xdist_group("journeys")

# A JSON web token begins with the base64 of `{"`.
FORBIDDEN = re.compile(
    r"eyJ[A-Za-z0-9_-]{8,}|client_secret|password=|password\W+password|BEGIN .*KEY"
)


@pytest.fixture
def written(platform: Platform, people: People) -> dict[str, str]:
    """The logs, once somebody has settled a trade and somebody has sent what one should not."""
    people.settle()
    token = people.token("user")
    payload = base64.urlsafe_b64encode(json.dumps({"sub": "nobody"}).encode()).decode()
    url = f"{platform.api_url}/api/v1/trades"
    for authorization in (f"Bearer {token}x", f"Bearer eyJhbGciOiJub25lIn0.{payload}.", token):
        httpx.post(url, json=TRADE, headers={"Authorization": authorization}, trust_env=False)
    httpx.get(f"{url}?access_token={token}", trust_env=False)
    httpx.post(
        f"{platform.issuer_url}/protocol/openid-connect/token",
        data={"grant_type": "password", "username": "user", "password": "wrong-password"},
        trust_env=False,
    )
    folder = platform.settings.data_directory
    logs = [*folder.rglob("*.log"), *folder.rglob("*.log.*")]
    return {str(path): path.read_text(errors="replace") for path in logs}


def test_every_process_writes_a_log(written: dict[str, str]) -> None:
    names = " ".join(written)
    for role in ("api", "worker", "projections", "issuer"):
        assert f"{role}.log" in names


def test_no_log_has_a_token_or_a_secret(written: dict[str, str]) -> None:
    found = {
        path: match.group() for path, text in written.items() if (match := FORBIDDEN.search(text))
    }
    assert not found
    assert not [path for path, text in written.items() if "wrong-password" in text]
