"""The eventsourcing library's own conformance cases, on our recorder and the migrated schema."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID, uuid4

import pytest
from eventsourcing.persistence import StoredEvent
from eventsourcing.tests.persistence import (
    AggregateRecorderTestCase,
    ApplicationRecorderTestCase,
    NonInterleavingNotificationIDsBaseCase,
    ProcessRecorderTestCase,
    TrackingRecorderTestCase,
)

from adapters.ledger.application import Ledger, open_ledger
from adapters.ledger.recorder import LedgerRecorder
from tests.conftest import Database


class OnTheLedger:
    """Gives the library's cases a recorder of a database of the test's own."""

    @pytest.fixture(autouse=True)
    def _open(self, database: Database) -> Any:
        with open_ledger(database.application_url, segment=database.segment) as ledger:
            self.ledger: Ledger = ledger
            yield

    def new_originator_id(self) -> UUID | str:
        return str(uuid4())

    def create_recorder(self) -> Any:
        assert isinstance(self.ledger.recorder, LedgerRecorder)
        return self.ledger.recorder


class _NumbersNothing:
    """Our recorder as the aggregate recorder that the library expects: one that gives no ids."""

    def __init__(self, recorder: LedgerRecorder) -> None:
        self._recorder = recorder
        self.select_events = recorder.select_events

    def insert_events(self, stored_events: Sequence[StoredEvent], **kwargs: Any) -> None:
        self._recorder.insert_events(stored_events, **kwargs)


class TestAggregateRecorder(OnTheLedger, AggregateRecorderTestCase):
    def create_recorder(self) -> Any:
        return _NumbersNothing(super().create_recorder())


class TestApplicationRecorder(OnTheLedger, ApplicationRecorderTestCase[LedgerRecorder]):
    def test_insert_subscribe(self) -> None:
        self.optional_test_insert_subscribe()


class TestTrackingRecorder(OnTheLedger, TrackingRecorderTestCase):
    pass


class TestProcessRecorder(OnTheLedger, ProcessRecorderTestCase):
    pass


class TestNonInterleavingNotificationIDs(OnTheLedger, NonInterleavingNotificationIDsBaseCase):
    pass
