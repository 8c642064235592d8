"""`clearing seed`: the development reference data."""

import asyncio
import os
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Final

import click

from adapters.cli.errors import CommandError
from adapters.settings import Settings, load_settings

if TYPE_CHECKING:
    from adapters.bootstrap import WriteSide
    from adapters.demo.seeding import Opening

_DECISION_SECONDS_MAXIMUM: Final = 30.0


@click.command
def command() -> None:
    """Load the development reference data, and wait until the opening balances have settled.

    BROKER100 with the account ACC100, BROKER200 with ACC200, three instruments, and for each
    account ten million dollars and 100,000 of each share. Loading again changes nothing.
    """
    from adapters.embedded.resolve import resolve_embedded

    settings = resolve_embedded(load_settings(os.environ))
    balances = seed_development(settings, wait_seconds=_DECISION_SECONDS_MAXIMUM)
    click.echo(f"The development data are there, {balances} opening balances settled.")


def seed_development(settings: Settings, *, wait_seconds: float = 0.0) -> int:
    """Load the development reference data; how many opening balances they have.

    With `wait_seconds`, wait so long at most for the clearing worker to settle the balances. Needs
    addresses in `settings`, and the tables.

    Raises:
        CommandError: it could not be loaded, or not settled in time.
    """
    from adapters.demo.development import (
        development_opening_balances,
        development_reference_data,
    )
    from adapters.demo.seeding import Opening

    opening = Opening(
        reference=development_reference_data(),
        balances=development_opening_balances(),
        business_date=last_weekday(datetime.now(UTC).date()),
    )
    return seed(settings, opening, wait_seconds=wait_seconds)


def seed(settings: Settings, opening: "Opening", *, wait_seconds: float = 0.0) -> int:
    """Load `opening`; see `seed_development`."""
    return asyncio.run(_seed(settings, opening, wait_seconds))


def last_weekday(today: date) -> date:
    """The day itself, or the Friday before a weekend."""
    return today - timedelta(days=max(0, today.weekday() - 4))


async def _seed(settings: Settings, opening: "Opening", wait_seconds: float) -> int:
    from adapters.bootstrap import WriteSide
    from adapters.demo.seeding import Seeding, SeedingRefused

    async with WriteSide(settings) as write:
        try:
            streams = await Seeding(settings, write).load(opening)
        except SeedingRefused as refusal:
            raise CommandError(
                f"the ledger holds other data than the ones to load: {refusal}"
            ) from None
        if wait_seconds:
            await _wait_until_settled(write, streams, wait_seconds)
    return len(streams)


async def _wait_until_settled(write: "WriteSide", streams: list[str], seconds: float) -> None:
    from domain.settlement.transfer import TransferRejected

    outcomes = await asyncio.gather(*(write.outcomes.wait(each, seconds) for each in streams))
    if None in outcomes:
        raise CommandError(
            f"recorded, but not settled within {seconds:.0f} s: is a clearing worker running"
            " (`clearing up`, or `clearing work`)? What is recorded will settle when one does"
        )
    for outcome in outcomes:
        if outcome is not None and isinstance(outcome.event, TransferRejected):
            raise CommandError(f"an opening balance was rejected: {outcome.event.code}")
