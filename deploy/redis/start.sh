#!/bin/sh
# The password comes from a file and goes in by another, which only memory holds: neither a list of processes nor the
# environment shows it. The server takes the place of this shell, so that it is the one who is told to stop.
set -eu
umask 077
configuration="${TMPDIR:-/tmp}/redis.conf"
{ cat "$CONFIGURATION"; printf 'requirepass %s\n' "$(cat "$SECRETS/redis_password")"; } > "$configuration"
exec valkey-server "$configuration"
