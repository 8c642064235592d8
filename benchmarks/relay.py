"""How fast the log goes to Kafka, in records (events) a second, beside the client's own `send()`.

    python -m benchmarks.relay --trades 40000 --runs 3

Each run publishes the whole log twice, to a real broker on the same machine: by our own record
batches, and by the stock `send()`, behind the same relay (log read, translation, acknowledgement,
position). Counted is what the broker has acknowledged and the stored position covers. A trade is
five records. Python is the whole relay; the broker and PostgreSQL are beside it.
"""

import argparse
import statistics
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import psutil
import psycopg
from rich.console import Console
from rich.table import Table

from adapters.embedded.kafka import EmbeddedKafka
from adapters.kafka.producer import BatchProducer, Producer, StockProducer
from adapters.observability.collector import tune_garbage_collector
from adapters.relay.position import RELAY_APPLICATION
from adapters.relay.relay import Relay, RelayOptions
from benchmarks import stage
from benchmarks.synthetic_log import build_log

_POSITION = "SELECT notification_id FROM clearing_us.ledger_tracking WHERE application_name = %s"
_RESET = "UPDATE clearing_us.ledger_tracking SET notification_id = 0 WHERE application_name = %s"


class Measured(NamedTuple):
    rate: float
    relay: float
    broker: float


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--trades", type=int, default=40_000)
    parser.add_argument("--accounts", type=int, default=1_000)
    parser.add_argument("--page", type=int, default=5_000)
    parser.add_argument("--runs", type=int, default=3)
    options = parser.parse_args()
    tune_garbage_collector()  # as `clearing relay` does
    console = Console()
    with (
        stage.database() as (_, url),
        tempfile.TemporaryDirectory(prefix="clearing-benchmark-") as folder,
        EmbeddedKafka(Path(folder)) as broker,
    ):
        with console.status("writing the log"):
            events = build_log(url, trades=options.trades, accounts=options.accounts)
        with console.status("warming the broker up"):
            publish(url, broker, BatchProducer, events, options.page)
        console.print(compare(url, broker, events, options, console))


def compare(
    url: str, broker: EmbeddedKafka, events: int, options: argparse.Namespace, console: Console
) -> Table:
    table = Table(title=f"Relay, {events:,} events, pages of {options.page:,}")
    for column in ("run", "producer", "records/s", "CPU of the relay", "of the broker"):
        table.add_column(column, justify="right")
    ratios = []
    for run in range(1, options.runs + 1):
        measured = {}
        for name, make in (("own batches", BatchProducer), ("stock send()", StockProducer)):
            with console.status(f"run {run}, {name}"):
                measured[name] = each = publish(url, broker, make, events, options.page)
            table.add_row(
                str(run),
                name,
                f"{each.rate:,.0f}",
                f"{each.relay:.1f} µs a record",
                f"{each.broker:.1f} µs a record",
            )
        ratios.append(measured["own batches"].rate / measured["stock send()"].rate)
    table.add_section()
    table.add_row("median", "ratio", f"{statistics.median(ratios):.1f}", "", "")
    return table


def publish(
    url: str, broker: EmbeddedKafka, make: Callable[[str], Producer], events: int, page: int
) -> Measured:
    relay = Relay(
        RelayOptions(
            database_url=url,
            bootstrap_servers=broker.bootstrap_servers,
            segment=stage.SEGMENT,
            holder="benchmark",
            lease_seconds=60.0,
            page_limit=page,
            replicas=1,
            make_producer=make,
        )
    )
    failures: list[Exception] = []

    def run() -> None:
        try:
            relay.run()
        except Exception as error:  # noqa: BLE001 - shown by the assertion that waits
            failures.append(error)

    thread = threading.Thread(target=run)
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(_RESET, (RELAY_APPLICATION,))
        server = psutil.Process(broker.pid)
        begun, own, others = time.perf_counter(), time.process_time(), _cpu(server)
        thread.start()
        try:
            while _position(connection) < events:
                assert thread.is_alive(), failures
                time.sleep(0.05)
            seconds = time.perf_counter() - begun
            used = time.process_time() - own, _cpu(server) - others
        finally:
            relay.stop()
            thread.join()
    return Measured(events / seconds, used[0] / events * 1e6, used[1] / events * 1e6)


def _position(connection: psycopg.Connection[tuple[int]]) -> int:
    row = connection.execute(_POSITION, (RELAY_APPLICATION,)).fetchone()
    return 0 if row is None else row[0]


def _cpu(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(times.user + times.system)


if __name__ == "__main__":
    main()
