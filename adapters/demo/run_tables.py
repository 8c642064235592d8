"""What the demonstration prints at the end."""

from collections.abc import Sequence
from decimal import Decimal

from rich.table import Table

from adapters.demo.run_check import ClosingPrice, Findings, OutcomeCount
from adapters.demo.run_client import Holding
from adapters.demo.run_day import Day

SHOWN_ACCOUNTS = ("HARBOUR.HOUSE", "MERIDIAN.CLIENTS-A", "WESTFIELD.C001")
_SHOWN_ASSETS = ("USD", "AAPL", "MSFT", "GE")
_OK, _WRONG = "[green]yes[/]", "[red]NO[/]"


def outcome_table(outcomes: Sequence[OutcomeCount]) -> Table:
    """Expected and got, by outcome."""
    table = Table(title="What became of the trades", title_justify="left")
    table.add_column("outcome")
    for column in ("expected", "got", "equal"):
        table.add_column(column, justify="right")
    for each in outcomes:
        equal = _OK if each.expected == each.got else _WRONG
        table.add_row(each.outcome, f"{each.expected:,}", f"{each.got:,}", equal)
    return table


def rate_table(trades: int, day: Day) -> Table:
    """The measured rates: the way in and the way through are different numbers."""
    table = Table(title="Measured", title_justify="left")
    table.add_column("")
    for column in ("seconds", "trades/s"):
        table.add_column(column, justify="right")
    for name, seconds in (
        ("accepted: answered by POST /trades/batch, durable", day.accepted_seconds),
        ("drained: decided, settled, in every read model", day.drained_seconds),
    ):
        table.add_row(name, f"{seconds:.1f}", f"{trades / seconds:,.0f}")
    return table


def holding_table(holdings: Sequence[Holding]) -> Table:
    """The positions of a few accounts."""
    table = Table(title="Positions of a few accounts", title_justify="left")
    table.add_column("account")
    for asset in _SHOWN_ASSETS:
        table.add_column(asset, justify="right")
    held = {(each.account_id, each.asset_id): each.quantity for each in holdings}
    for account in SHOWN_ACCOUNTS:
        amounts = [held.get((account, asset), 0) for asset in _SHOWN_ASSETS]
        table.add_row(account, *(f"{amount:,}" for amount in amounts))
    return table


def price_table(prices: Sequence[ClosingPrice]) -> Table:
    """The last settled trade of each instrument beside its real close, a few in a row."""
    table = Table(title="Last trade and real close, USD", title_justify="left")
    for column in ("instrument", "last", "close") * 3:
        table.add_column(column, justify="left" if column == "instrument" else "right")
    cells = [_price_cells(each) for each in prices]
    for start in range(0, len(cells), 3):
        table.add_row(*(cell for row in cells[start : start + 3] for cell in row))
    return table


def _price_cells(price: ClosingPrice) -> tuple[str, str, str]:
    colour = "green" if price.last == price.close else "red"
    return price.instrument_id, f"[{colour}]{_money(price.last)}[/]", _money(price.close)


def _money(amount: Decimal) -> str:
    return f"{amount:,.2f}"


def complaints(findings: Findings) -> list[str]:
    """What does not add up, in sentences; at most a few of each kind."""
    found = list(findings.wrong_trades[:5])
    if len(findings.wrong_trades) > len(found):
        found.append(f"... and {len(findings.wrong_trades) - len(found):,} trades more")
    if findings.recorded != findings.recorded_expected:
        found.append(
            f"{findings.recorded:,} trades are in the read model instead of"
            f" {findings.recorded_expected:,}"
        )
    found += [
        f"{each.account_id} holds {each.got} {each.asset_id} instead of {each.expected}"
        for each in findings.wrong_holdings[:5]
    ]
    found += [
        f"{each.instrument_id} last traded at {each.last}, not at its close of {each.close}"
        for each in findings.closing_prices
        if each.last != each.close
    ]
    return found
