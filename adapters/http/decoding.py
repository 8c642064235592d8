"""From bytes to requests: strictly, and with a pointer to what is wrong."""

import json
import re
from collections.abc import Mapping
from functools import cache
from typing import Any, Final, Generic, TypeVar
from urllib.parse import parse_qsl

import msgspec

from adapters.http.problems import Problem, ProblemItem, invalid_parameter
from commands.refusal import RequestRefused

T = TypeVar("T")
QueryType = TypeVar("QueryType", bound=msgspec.Struct)
_PARAMETERS_MAXIMUM: Final = 32
_PATH: Final = re.compile(r" - at `(?:key in )?\$?([^`]*)`$")
_STEP: Final = re.compile(r"\.([^.\[]+)|\[(\d+|\.\.\.)\]")
_UNKNOWN_FIELD: Final = re.compile(r"unknown field `([^`]*)`")
_CODES: Final[Mapping[str, str]] = {"/quantity": "INVALID_QUANTITY", "/lotSize": "INVALID_QUANTITY"}
_OUT_OF_RANGE: Final = ("Expected `int` >=", "Expected `int` <=", "Integer value out of range")
_NOT_WHOLE: Final = "Expected `int`, got `float`"


class BodyDecoder(Generic[T]):
    """Decodes JSON bodies into a struct, strictly."""

    def __init__(self, kind: type[T]) -> None:
        self._decode = msgspec.json.Decoder(kind).decode
        fields = msgspec.structs.fields(kind) if issubclass(kind, msgspec.Struct) else ()
        self._required = sum(field.required for field in fields)

    def decode(self, body: bytes) -> T:
        """The request in a body; raises `RequestRefused`."""
        try:
            value = self._decode(body)
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
            raise refusal(error) from None
        # Each key brings a colon: with as many as there are required fields, none is there twice.
        if body.count(b":") != self._required:
            refuse_repeated_keys(body)
        return value


def refusal(error: Exception, prefix: str = "") -> RequestRefused:
    """What msgspec found, as a refusal with a JSON pointer."""
    if isinstance(error, RecursionError):
        return RequestRefused("INVALID_REQUEST", prefix, "the JSON is nested too deeply")
    if isinstance(error, UnicodeDecodeError):
        return RequestRefused("INVALID_REQUEST", prefix, "the body is not UTF-8")
    message = str(error)
    if not isinstance(error, msgspec.ValidationError):
        return RequestRefused("INVALID_REQUEST", prefix, message)
    found = _PATH.search(message)
    pointer = prefix + (_pointer(found[1]) if found else "")
    detail = message[: found.start()] if found else message
    unknown = _UNKNOWN_FIELD.search(detail)
    if unknown:
        pointer += "/" + unknown[1].replace("~", "~0").replace("/", "~1")
    code = _CODES.get(pointer.removeprefix(prefix))
    if code is None or not (detail.startswith(_OUT_OF_RANGE) or detail == _NOT_WHOLE):
        code = "INVALID_REQUEST"
    return RequestRefused(code, pointer, detail)


def _pointer(path: str) -> str:
    steps = (name or index for name, index in _STEP.findall(path))
    return "".join("/" + step.replace("~", "~0").replace("/", "~1") for step in steps)


def refuse_repeated_keys(body: bytes) -> None:
    """Raises `RequestRefused` where an object has a key twice: two readers would differ.

    msgspec takes the last one in silence, so the body is looked at once more.
    """
    try:
        json.loads(body, object_pairs_hook=_once, parse_int=len, parse_float=len)
    except _RepeatedKey as repeated:
        raise RequestRefused(
            "INVALID_REQUEST", f"/{repeated.key}", "the key is there more than once"
        ) from None


class _RepeatedKey(Exception):
    def __init__(self, key: str) -> None:
        super().__init__(key)
        self.key = key


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        keys = [key for key, _ in pairs]
        raise _RepeatedKey(next(key for key in keys if keys.count(key) > 1))
    return found


def decode_query(kind: type[QueryType], query_string: bytes) -> QueryType:
    """The query's parameters; raises a `Problem` for unknown, repeated or malformed ones."""
    if not query_string:
        return kind()
    fields = _names(kind)
    given: dict[str, str] = {}
    for name, value in _pairs(query_string):
        if name not in fields:
            known = ", ".join(sorted(fields)) or "none"
            raise invalid_parameter(
                name, f"not a parameter here; known: {known}", "UNKNOWN_PARAMETER"
            )
        if name in given:
            raise invalid_parameter(name, "given more than once")
        given[name] = value
    try:
        return msgspec.convert(given, kind, strict=False)
    except msgspec.ValidationError as error:
        refused = refusal(error)
        raise invalid_parameter(refused.pointer.lstrip("/"), refused.detail) from None


@cache
def _names(kind: type[msgspec.Struct]) -> frozenset[str]:
    return frozenset(field.encode_name for field in msgspec.structs.fields(kind))


def _pairs(query_string: bytes) -> list[tuple[str, str]]:
    try:
        return parse_qsl(
            query_string.decode("ascii"),
            keep_blank_values=True,
            strict_parsing=True,
            errors="strict",
            max_num_fields=_PARAMETERS_MAXIMUM,
        )
    except ValueError:
        item = ProblemItem(detail="not a list of name=value", code="INVALID_PARAMETER")
        raise Problem(
            400, "INVALID_PARAMETER", "the query is not a list of name=value", items=(item,)
        ) from None
