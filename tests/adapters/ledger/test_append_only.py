"""The log refuses change: to the application by privilege, to owner and superuser by trigger."""

from collections.abc import Iterator

import psycopg
import pytest

from adapters.embedded import EmbeddedPostgres
from adapters.embedded.postgres import APPLICATION, OWNER
from tests.adapters.ledger.support import SCHEMA, query, record
from tests.builders import a_participant, of
from tests.conftest import Database

CHANGES = {
    "update": "UPDATE ledger_events SET topic = topic",
    "update of no row": "UPDATE ledger_events SET topic = topic WHERE false",
    "delete": "DELETE FROM ledger_events",
    "delete of no row": "DELETE FROM ledger_events WHERE false",
    "truncate": "TRUNCATE ledger_events",
    "overwriting insert": (
        "INSERT INTO ledger_events SELECT * FROM ledger_events ON CONFLICT"
        " (originator_id, originator_version) DO UPDATE SET state = excluded.state"
    ),
    "merge": (
        "MERGE INTO ledger_events AS e USING (SELECT 1) AS one ON true WHEN MATCHED THEN DELETE"
    ),
}


@pytest.fixture(scope="module")
def filled(postgres: EmbeddedPostgres, database_template: str) -> Iterator[Database]:
    """One database for all: no test of this file changes it."""
    name = "test_append_only"
    postgres.create_database(name, template=database_template)
    database = Database(
        name=name,
        segment="us",
        owner_url=postgres.owner_url(name),
        application_url=postgres.application_url(name),
    )
    record(database, [(of("participant", "A"), a_participant())])
    yield database
    postgres.drop_database(name)


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_the_applications_role_lacks_the_privilege(filled: Database, change: str) -> None:
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        query(filled.application_url, change)


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_the_owner_is_refused_by_a_trigger(filled: Database, change: str) -> None:
    with pytest.raises(psycopg.errors.RestrictViolation):
        query(filled.owner_url, change)


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_a_superuser_is_refused_by_a_trigger(
    filled: Database, postgres: EmbeddedPostgres, change: str
) -> None:
    with pytest.raises(psycopg.errors.RestrictViolation):
        query(postgres.administrator_url(filled.name), change)


@pytest.mark.parametrize("table", ["ledger_events", "documents"])
def test_the_applications_role_may_insert_and_select_and_no_more(
    filled: Database, table: str
) -> None:
    privileges = query(
        filled.owner_url,
        "SELECT privilege_type FROM pg_class, aclexplode(relacl) WHERE oid = %s::regclass"
        " AND grantee = %s::regrole ORDER BY 1",
        f"{SCHEMA}.{table}",
        APPLICATION,
    )
    assert privileges == [("INSERT",), ("SELECT",)]


def test_the_applications_role_owns_nothing_and_is_no_member_of_the_owner(filled: Database) -> None:
    owned = query(
        filled.owner_url, "SELECT relname FROM pg_class WHERE relowner = %s::regrole", APPLICATION
    )
    assert owned == []
    may = query(
        filled.owner_url,
        "SELECT pg_has_role(%s, %s, 'MEMBER'), has_schema_privilege(%s, %s, 'CREATE')",
        *(APPLICATION, OWNER, APPLICATION, SCHEMA),
    )
    assert may == [(False, False)]


@pytest.mark.parametrize(
    "statement",
    [
        "ALTER TABLE ledger_events DISABLE TRIGGER ALL",
        "DROP TABLE ledger_events",
        "SET session_replication_role = replica",
        "CREATE TABLE mine (a int)",
    ],
)
def test_the_applications_role_cannot_get_around_it(filled: Database, statement: str) -> None:
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        query(filled.application_url, statement)
