"""The quick test of the README, as a person would type it: bash, curl and jq."""

import json
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest

from adapters.cli.platform import Platform
from tests.journeys.people import SETTLED_WITHIN_SECONDS, People

pytestmark = pytest.mark.xdist_group("journeys")

QUICK_TEST = """\
TOKEN=$(curl -s -X POST http://localhost:8180/realms/clearing/protocol/openid-connect/token \\
  -H "Content-Type: application/x-www-form-urlencoded" \\
  -d "client_id=clearing-client" -d "client_secret=secret" -d "username=user" -d "password=password" \\
  -d "grant_type=password" | jq -r '.access_token')
curl -X POST http://localhost:8080/api/v1/trades -H "Authorization: Bearer $TOKEN" -H "Content-Type: application/json" \\
  -d '{"instrumentId": "AAPL", "buyerAccountId": "ACC100", "sellerAccountId": "ACC200", "quantity": 100, "price": 150.00}'
"""  # noqa: E501 - to be run as it is

FOLLOW_UP = """
curl -s http://localhost:8080/api/v1/trades/TRADE_ID -H "Authorization: Bearer $TOKEN"
echo
curl -s http://localhost:8080/api/v1/accounts/ACC100/positions -H "Authorization: Bearer $TOKEN"
echo
curl -s http://localhost:8080/api/v1/accounts/ACC200/positions -H "Authorization: Bearer $TOKEN"
"""


def run(platform: Platform, script: str) -> str:
    """Run by bash, with this platform's ports in the place of the usual ones."""
    settings = platform.settings
    script = script.replace("localhost:8080", f"localhost:{settings.http_port}")
    script = script.replace("localhost:8180", f"localhost:{settings.issuer_port}")
    result = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", script],
        check=True,
        capture_output=True,
        text=True,
        timeout=30,
    )
    return result.stdout


def quantities(positions: dict[str, Any]) -> dict[str, Any]:
    return {row["assetId"]: row["quantity"] for row in positions["items"]}


def test_the_quick_test_settles_within_a_second(platform: Platform, people: People) -> None:
    buyer, seller = people.holdings("ACC100"), people.holdings("ACC200")

    submitted = json.loads(run(platform, QUICK_TEST))
    time.sleep(SETTLED_WITHIN_SECONDS)
    token = QUICK_TEST[: QUICK_TEST.index("curl -X POST http://localhost:8080")]
    follow_up = FOLLOW_UP.replace("TRADE_ID", submitted["tradeId"])
    trade, bought, sold = map(json.loads, run(platform, token + follow_up).splitlines())

    assert submitted["status"] == "SUBMITTED"
    assert trade["status"] == "SETTLED"
    assert trade["consideration"] == "15000.00"
    assert quantities(bought)["AAPL"] == int(buyer["AAPL"]) + 100
    assert quantities(sold)["AAPL"] == int(seller["AAPL"]) - 100
    assert float(quantities(bought)["USD"]) == float(buyer["USD"]) - 15_000
    assert float(quantities(sold)["USD"]) == float(seller["USD"]) + 15_000


def test_the_readme_has_the_quick_test_word_for_word() -> None:
    readme = Path(__file__).parents[2] / "README.md"
    assert QUICK_TEST in readme.read_text(encoding="utf-8")
