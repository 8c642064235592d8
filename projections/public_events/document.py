"""The contract as documents: AsyncAPI 3 for the topics, a JSON Schema for each event."""

from collections.abc import Mapping
from typing import Any, Final

import msgspec

from projections.public_events.envelope import Heartbeat, PublicEvent
from projections.public_events.slots import ACCOUNT_PARTITIONS, SLOTS
from projections.public_events.topics import FOREVER, RELAYED_TOPICS, ROUTES, Topic

_DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"
_Published = type[PublicEvent] | type[Heartbeat]
_EVENTS: Final[tuple[_Published, ...]] = (*ROUTES, Heartbeat)
_DESCRIPTION: Final = f"""\
Every event of the ledger, as CloudEvents 1.0 in Kafka's binary mode: attributes are headers, the \
value is JSON. Order holds within a key and a topic, not across topics. Records may come again: \
drop those that are not above the highest `ledgerposition` seen in a partition. A key's slot is \
CRC-32 of its UTF-8 bytes modulo {SLOTS}; its partition, in every topic keyed by an account, is \
slot * {ACCOUNT_PARTITIONS} / {SLOTS}. Fields are added, never removed: ignore what you do not \
know. A heartbeat says up to which position its partition is complete."""
_HEADERS: Final[Mapping[str, str]] = {
    "ce_specversion": "1.0",
    "ce_id": "unique with ce_source; that of the event in the ledger",
    "ce_source": "/clearing/ and the segment",
    "ce_type": "the type of the event and its version",
    "ce_time": "when the ledger recorded it (RFC 3339, UTC)",
    "ce_subject": "the stream it stands in, without the segment",
    "ce_ledgerposition": "its place in the ledger, a decimal number",
    "ce_incarnation": "which life of the ledger: restoring a backup begins another",
    "content-type": "application/json",
}
_OF_HEARTBEATS: Final = _HEADERS.keys() - {"ce_time", "ce_subject"}


def event_name(event: _Published) -> str:
    """The CloudEvents type."""
    return str(event.__struct_config__.tag)


def json_schemas() -> dict[str, dict[str, Any]]:
    """The JSON Schema of each event's value, by its type."""
    return {event_name(event): _schema(event) for event in _EVENTS}


def _schema(event: _Published) -> dict[str, Any]:
    (described,), components = msgspec.json.schema_components(
        (event,), ref_template="#/$defs/{name}"
    )
    schema = components.pop(described["$ref"].rpartition("/")[2])
    return {"$schema": _DIALECT, **schema} | ({"$defs": components} if components else {})


def asyncapi_document() -> dict[str, Any]:
    """The AsyncAPI 3 document; schemas are beside it, in `schemas/`."""
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Clearing house events",
            "version": "1.0.0",
            "description": _DESCRIPTION,
            "license": {"name": "Apache-2.0"},
        },
        "defaultContentType": "application/json",
        "channels": {topic.name: _channel(topic) for topic in RELAYED_TOPICS},
        "operations": {f"publish-{topic.name}": _operation(topic) for topic in RELAYED_TOPICS},
        "components": {"messages": {event_name(event): _message(event) for event in _EVENTS}},
    }


def _channel(topic: Topic) -> dict[str, Any]:
    events: list[_Published] = [event for event, route in ROUTES.items() if route.topic is topic]
    events.append(Heartbeat)
    kept = " Kept for ever." if topic.retention == FOREVER else ""
    return {
        "address": topic.name,
        "description": f"{topic.description}{kept}",
        "messages": {
            event_name(event): {"$ref": f"#/components/messages/{event_name(event)}"}
            for event in events
        },
        "bindings": {
            "kafka": {
                "topic": topic.name,
                "partitions": topic.partitions,
                "topicConfiguration": {
                    "cleanup.policy": ["delete"],
                    "retention.ms": topic.retention,
                },
                "bindingVersion": "0.5.0",
            }
        },
        "x-key": topic.keyed_by,
    }


def _operation(topic: Topic) -> dict[str, Any]:
    return {
        "action": "send",
        "channel": {"$ref": f"#/channels/{topic.name}"},
        "summary": topic.description,
    }


def _message(event: _Published) -> dict[str, Any]:
    names = _OF_HEARTBEATS if event is Heartbeat else _HEADERS
    headers = {
        name: {"type": "string", "description": text}
        for name, text in _HEADERS.items()
        if name in names
    }
    return {
        "name": event_name(event),
        "title": event.__name__,
        "summary": (event.__doc__ or "").split("\n", 1)[0],
        "contentType": "application/json",
        "headers": {
            "type": "object",
            "properties": headers | {"ce_type": {"const": event_name(event)}},
            "required": list(headers),
        },
        "payload": {
            "schemaFormat": "application/schema+json;version=draft-2020-12",
            "schema": {"$ref": f"./schemas/{event_name(event)}.json"},
        },
        "bindings": {"kafka": {"key": {"type": "string"}, "bindingVersion": "0.5.0"}},
    }
