"""Making the topics, and telling one that was made again from the one it replaced."""

from collections.abc import Iterable
from typing import Any, Final

from kafka import KafkaAdminClient
from kafka.errors import TopicAlreadyExistsError

from projections.public_events.topics import Topic

_TIMEOUT_MILLISECONDS: Final = 5_000
_NO_ERROR: Final = 0


class WrongTopic(Exception):
    """A topic has other partitions than the slot map: keys would be in the wrong ones."""


def ensure_topics(
    bootstrap_servers: str, topics: Iterable[Topic], *, replicas: int
) -> dict[str, str]:
    """Make the topics that are missing; returns the id that the cluster gave to each.

    With several replicas a write needs all of them but one. Raises `WrongTopic` and kafka-python's
    errors.
    """
    wanted = {topic.name: topic for topic in topics}
    admin = KafkaAdminClient(
        bootstrap_servers=bootstrap_servers.split(","),
        client_id="clearing-topics",
        bootstrap_timeout_ms=_TIMEOUT_MILLISECONDS,
        request_timeout_ms=_TIMEOUT_MILLISECONDS,
    )
    try:
        missing = wanted.keys() - set(admin.list_topics())
        if missing:
            _create(admin, [wanted[name] for name in sorted(missing)], replicas)
        return {
            found["name"]: _checked_id(found, wanted[found["name"]])
            for found in admin.describe_topics(sorted(wanted))
        }
    finally:
        admin.close()


def _create(admin: Any, topics: Iterable[Topic], replicas: int) -> None:
    definitions = {
        topic.name: {
            "num_partitions": topic.partitions,
            "replication_factor": replicas,
            "configs": {
                "cleanup.policy": "delete",
                "retention.ms": str(topic.retention),
                "min.insync.replicas": str(max(1, replicas - 1)),
                "message.timestamp.type": "CreateTime",
            },
        }
        for topic in topics
    }
    try:
        admin.create_topics(definitions, wait_for_metadata=True)
    except TopicAlreadyExistsError:
        # Another process makes them at the same time.
        admin.wait_for_topics(list(definitions))


def _checked_id(found: dict[str, Any], topic: Topic) -> str:
    if found["error_code"] != _NO_ERROR or len(found["partitions"]) != topic.partitions:
        raise WrongTopic(
            f"topic {topic.name} has {len(found['partitions'])} partitions instead of"
            f" {topic.partitions}"
        )
    return str(found["topic_id"])
