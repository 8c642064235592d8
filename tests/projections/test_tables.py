"""The columns that projections write are those that the migrations made."""

from typing import Any

import pytest

from projections.catalogue import PROJECTIONS
from projections.changes import Table
from tests.projections.reading import rows

_TABLES = [table for projection in PROJECTIONS.values() for table in projection.tables]
# Columns that later events fill in, by an UPDATE.
_AMENDED = {
    "participants": {"reason_digest"},
    "instruments": {"reason_digest"},
    "accounts": {"cause"},
    "business_days": {"closed_position", "closed_at"},
}


@pytest.mark.parametrize("table", _TABLES, ids=lambda table: table.name)
def test_a_table_has_the_columns_that_are_written(database: Any, table: Table) -> None:
    found = dict(
        rows(
            database.owner_url,
            "SELECT attname::text, replace(format_type(atttypid, NULL), ' with time zone', '')"
            " FROM pg_attribute WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped",
            table.name,
        )
    )
    written = {
        name: kind.replace("timestamptz", "timestamp") for name, kind in table.columns.items()
    }
    for name in _AMENDED.get(table.name, set()):
        del found[name]
    assert found == written
