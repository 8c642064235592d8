"""`clearing relay`: the log to Kafka."""

import os
import signal
import socket

import click

_LOST_LEADERSHIP_EXIT = 75


@click.command(name="relay")
@click.option(
    "--republish",
    is_flag=True,
    help="Publish the whole log anew, after topics were deleted; readers drop what they have.",
)
def command(*, republish: bool) -> None:
    """Publish every event of the log to Kafka, as CloudEvents.

    One publishes, others stand by. A broker that is away is waited for. Ends with an error, and
    says at which ledger position, when an event cannot be read; ends with exit code 75, to be
    started again, when it loses the lead or its database. Nothing is lost by either.
    """
    import structlog

    from adapters.cli.errors import CommandError
    from adapters.embedded.resolve import resolve_embedded
    from adapters.kafka.records import RecordTooLarge
    from adapters.kafka.topics import WrongTopic
    from adapters.ledger.append import DATABASE_ERRORS, FencedOut
    from adapters.observability.collector import tune_garbage_collector
    from adapters.observability.health import HealthServer
    from adapters.observability.logging import configure_logging
    from adapters.projection.feed import UnreadableLedger
    from adapters.relay.position import TopicReplaced
    from adapters.relay.relay import Relay, RelayOptions
    from adapters.settings import load_settings
    from adapters.worker.worker import LostLeadership

    settings = resolve_embedded(load_settings(os.environ))
    if not settings.kafka_bootstrap_servers:
        raise CommandError("CLEARING_KAFKA_BOOTSTRAP_SERVERS names no broker")
    configure_logging(settings, process="relay")
    tune_garbage_collector()
    relay = Relay(
        RelayOptions(
            database_url=settings.database_url,
            bootstrap_servers=settings.kafka_bootstrap_servers,
            segment=settings.segment,
            holder=f"{socket.gethostname()}:{os.getpid()}",
            lease_seconds=settings.lease_seconds,
            page_limit=settings.relay_page_limit,
            replicas=settings.kafka_replicas,
            republish=republish,
        )
    )
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: relay.stop())
    with HealthServer(settings.health_host, settings.relay_port, relay.ready.is_set):
        try:
            relay.run()
        except (UnreadableLedger, TopicReplaced, WrongTopic, RecordTooLarge) as error:
            raise CommandError(f"the relay stops: {error}") from error
        except (FencedOut, LostLeadership, *DATABASE_ERRORS) as error:
            log = structlog.get_logger()
            log.error("the relay ends", reason=str(error), cause=type(error).__name__)
            raise SystemExit(_LOST_LEADERSHIP_EXIT) from None
