"""Real servers, started by us from the programs that wheels bring: PostgreSQL and Valkey."""

from adapters.embedded.errors import EmbeddedServerError
from adapters.embedded.postgres import EmbeddedPostgres
from adapters.embedded.resolve import resolve_embedded
from adapters.embedded.valkey import EmbeddedValkey

__all__ = ["EmbeddedPostgres", "EmbeddedServerError", "EmbeddedValkey", "resolve_embedded"]
