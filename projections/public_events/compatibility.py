"""What would break a reader: the contract may grow, and nothing else."""

from collections.abc import Iterator, Mapping
from typing import Any

Schemas = Mapping[str, Mapping[str, Any]]


def breaking_changes(before: Schemas, after: Schemas) -> list[str]:
    """What a reader of the schemas `before` would miss or misread in `after`; empty when nothing.

    Schemas are those of `json_schemas`. A new type, a new field, a new value of an enumeration that
    a reader may meet are no breaks; a field that may be missing from now on is one.
    """
    return [
        f"{name}: {change}"
        for name, schema in before.items()
        for change in (_of_object(schema, after[name]) if name in after else ["removed"])
    ]


def _of_object(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[str]:
    old, new = before.get("properties", {}), after.get("properties", {})
    for field in old:
        if field not in new:
            yield f"{field} removed"
        elif _meaning(old[field]) != _meaning(new[field]):
            yield f"{field} changed"
    for field in before.get("required", []):
        if field in new and field not in after.get("required", []):
            yield f"{field} may be missing"
    for name, component in before.get("$defs", {}).items():
        changed = after.get("$defs", {}).get(name)
        if changed is None:
            yield f"{name} removed"
        elif "enum" in component:
            gone = [value for value in component["enum"] if value not in changed["enum"]]
            yield from (f"{name}.{value} removed" for value in gone)
        else:
            yield from (f"{name}.{change}" for change in _of_object(component, changed))


def _meaning(schema: Mapping[str, Any]) -> dict[str, Any]:
    """A field's schema without what only people read."""
    return {key: value for key, value in schema.items() if key not in {"title", "description"}}
