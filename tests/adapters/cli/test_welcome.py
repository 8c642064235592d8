"""The commands to try the platform with are printed so that they can be copied as they are."""

import pytest

from adapters.cli.platform import Platform
from adapters.cli.welcome import print_welcome
from adapters.settings import Settings

QUICK_TEST = r"""
TOKEN=$(curl -s -X POST http://localhost:8180/realms/clearing/protocol/openid-connect/token \
  -H "Content-Type: application/x-www-form-urlencoded" \
  -d "client_id=clearing-client" -d "client_secret=secret" -d "username=user" -d "password=password" \
  -d "grant_type=password" | jq -r '.access_token')
curl -X POST http://localhost:8080/api/v1/trades -H "Authorization: Bearer $TOKEN" -H "Content-Type: application/json" \
  -d '{"instrumentId": "AAPL", "buyerAccountId": "ACC100", "sellerAccountId": "ACC200", "quantity": 100, "price": 150.00}'
"""  # noqa: E501


def test_the_quick_test_is_printed_word_for_word(capsys: pytest.CaptureFixture[str]) -> None:
    print_welcome(Platform(Settings()))
    printed = capsys.readouterr().out
    assert QUICK_TEST in printed
    assert "http://localhost:8080/api/v1/trades/TRADE_ID" in printed
    assert "http://localhost:8080/api/v1/accounts/ACC200/positions" in printed
