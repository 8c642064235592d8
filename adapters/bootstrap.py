"""Where the write side is wired: the ledger's adapters behind the ports of the commands."""

import asyncio
from types import TracebackType
from typing import Self

from adapters.ledger.administration import LedgerAdministration
from adapters.ledger.application import open_ledger
from adapters.ledger.intake import GroupCommitIntake
from adapters.ledger.outcomes import LedgerOutcomes
from adapters.ledger.watchdog import AppendWatchdog
from adapters.settings import Settings


class WriteSide:
    """Intake, administration and outcomes of one process, started and stopped together."""

    def __init__(self, settings: Settings) -> None:
        self._ledger = open_ledger(settings.database_url, segment=settings.segment)
        self.administration = LedgerAdministration(self._ledger, settings.segment)
        self.intake = GroupCommitIntake(
            settings.database_url,
            segment=settings.segment,
            calendar=settings.calendar,
            queue_limit=settings.intake_queue_limit,
            page_limit=settings.intake_page_limit,
            interval_seconds=settings.intake_interval_ms / 1_000,
        )
        self.outcomes = LedgerOutcomes(settings.database_url, segment=settings.segment)
        self._watchdog = AppendWatchdog(
            settings.database_url,
            segment=settings.segment,
            limit_seconds=settings.append_watchdog_seconds,
        )

    async def __aenter__(self) -> Self:
        self.intake.start()
        self._watchdog.start()
        await self.outcomes.start()
        return self

    async def __aexit__(
        self,
        _type: type[BaseException] | None,
        _value: BaseException | None,
        _traceback: TracebackType | None,
    ) -> None:
        # Intake first: what was taken is appended before the connections go.
        await asyncio.to_thread(self.intake.close)
        await self.outcomes.close()
        self._watchdog.close()
        self._ledger.close()
