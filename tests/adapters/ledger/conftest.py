"""Recorders and connections for the ledger's tests."""

from collections.abc import Iterator

import psycopg
import pytest

from adapters.ledger.application import Ledger, open_ledger
from adapters.ledger.recorder import LedgerRecorder
from tests.conftest import Database


@pytest.fixture
def ledger(database: Database) -> Iterator[Ledger]:
    with open_ledger(database.application_url, segment=database.segment) as opened:
        yield opened


@pytest.fixture
def recorder(ledger: Ledger) -> LedgerRecorder:
    assert isinstance(ledger.recorder, LedgerRecorder)
    return ledger.recorder


@pytest.fixture
def connection(database: Database) -> Iterator[psycopg.Connection]:
    with psycopg.connect(database.application_url, autocommit=True) as opened:
        yield opened
