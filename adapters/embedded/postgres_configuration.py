"""How the embedded PostgreSQL is set up: durable, and sized for a machine with two cores."""

from pathlib import Path

CONFIGURATION_FILE = "clearing.conf"

INITDB_OPTIONS = (
    "--encoding=UTF8",
    # Built in, by code point: sorting is the same on every machine, whatever its libraries.
    "--locale-provider=builtin",
    "--builtin-locale=C.UTF-8",
    "--locale=C",
    # Who reaches the socket is trusted; the folder it stands in is private.
    "--auth-local=trust",
    "--auth-host=reject",
)

_SETTINGS = """\
# Written at every start of the platform; changes belong into postgresql.auto.conf (ALTER SYSTEM).
listen_addresses = ''
unix_socket_directories = '{socket_directory}'
unix_socket_permissions = 0700
max_connections = 100

# What was acknowledged is on the disk.
fsync = on
synchronous_commit = on
full_page_writes = on
wal_level = replica

shared_buffers = 256MB
work_mem = 16MB
maintenance_work_mem = 128MB
effective_cache_size = 1GB
wal_buffers = 16MB
# The log is appended to without pause: few and long checkpoints write each page once, not often.
max_wal_size = 4GB
min_wal_size = 512MB
checkpoint_timeout = 15min
checkpoint_completion_target = 0.9
# Our queries are short; compiling them costs more than it saves.
jit = off
max_parallel_workers_per_gather = 0

autovacuum = on
# A transaction that somebody forgot would keep VACUUM from cleaning up for ever.
idle_in_transaction_session_timeout = '60s'

timezone = 'UTC'
log_timezone = 'UTC'
log_line_prefix = '%m [%p] %u@%d '
log_lock_waits = on
log_checkpoints = off
log_min_messages = warning
# Statements may carry what participants sent: the log of the server does not repeat them.
log_min_error_statement = panic
log_parameter_max_length_on_error = 0
"""


def configuration(socket_directory: Path) -> str:
    """The text of the configuration file."""
    return _SETTINGS.format(socket_directory=str(socket_directory).replace("'", "''"))
