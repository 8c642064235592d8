"""Ids of instructions: the same request, the same ids; different ones, never the same."""

from uuid import UUID, uuid5

from hypothesis import given
from hypothesis import strategies as st

from commands.instruction_ids import KeyScope, administrative_key, instruction_ids

SCOPE = KeyScope(segment="us", caller="caller", route="POST /api/v1/trades")


def test_a_key_leads_to_the_same_ids_whatever_the_count() -> None:
    assert instruction_ids(SCOPE, "key", 3) == instruction_ids(SCOPE, "key", 5)[:3]


def test_ids_of_a_key_are_frozen_for_ever() -> None:
    assert instruction_ids(SCOPE, "key", 1) == ["0b95ee05-f86e-5d02-80e3-498150ef4023"]


def test_without_a_key_ids_are_random() -> None:
    ids = instruction_ids(SCOPE, None, 1_000) + instruction_ids(SCOPE, None, 1_000)
    assert len(set(ids)) == 2_000
    assert {UUID(each).version for each in ids} == {7}


@given(key=st.text(min_size=1), count=st.integers(1, 50))
def test_ids_are_uuids_of_version_5(key: str, count: int) -> None:
    ids = instruction_ids(SCOPE, key, count)
    assert len(set(ids)) == count
    assert all(UUID(each).version == 5 and str(UUID(each)) == each for each in ids)


def test_segment_caller_route_and_key_each_make_other_ids() -> None:
    scopes = [
        SCOPE,
        KeyScope(segment="eu", caller=SCOPE.caller, route=SCOPE.route),
        KeyScope(segment=SCOPE.segment, caller="other", route=SCOPE.route),
        KeyScope(segment=SCOPE.segment, caller=SCOPE.caller, route="POST /api/v1/trades/batch"),
    ]
    ids = {instruction_ids(scope, key, 1)[0] for scope in scopes for key in ("key", "yek")}
    assert len(ids) == 8


def test_no_two_lists_of_parts_run_into_each_other() -> None:
    one = KeyScope(segment="us", caller="ab", route="c")
    other = KeyScope(segment="us", caller="a", route="bc")
    assert instruction_ids(one, "k", 1) != instruction_ids(other, "k", 1)


def test_an_administrative_key_tells_payloads_apart() -> None:
    one = administrative_key(SCOPE, "key", {"a": 1})
    other = administrative_key(SCOPE, "key", {"a": 2})
    assert one is not None
    assert other is not None
    assert one.key == other.key
    assert one.fingerprint != other.fingerprint
    assert administrative_key(SCOPE, None, {}) is None


def test_ids_are_what_the_standard_library_makes_of_the_parts() -> None:
    namespace = UUID("6f5c2a6e-3b0e-5d0a-9a53-0f8f3c1d2b47")
    name = '"us""caller""POST /api/v1/trades""key"7'
    assert instruction_ids(SCOPE, "key", 8)[7] == str(uuid5(namespace, name))
