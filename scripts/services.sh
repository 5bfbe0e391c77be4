#!/usr/bin/env bash
# The services that the tests need: a private PostgreSQL on 127.0.0.1, installed when missing.
#
#   scripts/services.sh [start|stop|status]
#
# `start` (the default) may be repeated; its last line on stdout is the one to evaluate:
#   eval "$(scripts/services.sh | tail -n 1)"
# PGPORT_TEST sets the port (5433), MNEMIC_ is not used here: mnemic refuses variables it does not
# know. SERVICES_STATE sets the folder.
set -euo pipefail

PORT="${PGPORT_TEST:-5433}"
MINIMUM=15
ROLE=mnemic
DATABASE=mnemic_test

if [ "$(id -u)" -eq 0 ]; then
  # The cluster belongs to another user then, who may not enter /root.
  STATE="${SERVICES_STATE:-/var/tmp/mnemic-services}"
else
  STATE="${SERVICES_STATE:-${XDG_STATE_HOME:-$HOME/.local/state}/mnemic-services}"
fi
CLUSTER="$STATE/postgresql"

say() { printf '%s\n' "services: $*" >&2; }
fail() { say "$*"; exit 1; }

# Debian keeps servers out of PATH, one folder per version; psql alone is no server.
server_folder() {
  local folder version
  for folder in $(printf '%s\n' /usr/lib/postgresql/*/bin /usr/pgsql-*/bin | sort -rV); do
    if [ -x "$folder/postgres" ] && [ -x "$folder/initdb" ]; then
      version="$("$folder/postgres" --version | grep -oE '[0-9]+' | head -n 1)"
      if [ "$version" -ge "$MINIMUM" ]; then printf '%s\n' "$folder"; return; fi
    fi
  done
  return 1
}

as_root() {
  if [ "$(id -u)" -eq 0 ]; then "$@"; return; fi
  command -v sudo >/dev/null || fail "cannot run '$*': be root, install sudo, or install PostgreSQL $MINIMUM+"
  sudo "$@"
}

install_server() {
  command -v apt-get >/dev/null || fail "no PostgreSQL $MINIMUM+ and no apt-get: install a server"
  say "installing PostgreSQL from Debian"
  as_root apt-get update -qq >&2
  # Debian's own cluster on port 5432 is not wanted.
  as_root mkdir -p /etc/postgresql-common
  if [ ! -e /etc/postgresql-common/createcluster.conf ]; then
    printf 'create_main_cluster = false\n' | as_root tee /etc/postgresql-common/createcluster.conf >/dev/null
  fi
  as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends postgresql >&2
  BIN="$(server_folder)" || fail "Debian gave no PostgreSQL $MINIMUM or newer"
}

# The unprivileged user of the cluster: postgres refuses to run as root.
as_owner() {
  if [ "$(id -u)" -ne 0 ]; then "$@"; return; fi
  # --clear-groups and a fixed folder, because the owner may not see ours.
  (cd / && setpriv --reuid=postgres --regid=postgres --clear-groups \
    env HOME="$STATE" LC_ALL=C.UTF-8 "$@")
}

make_cluster() {
  mkdir -p "$STATE"
  if [ "$(id -u)" -eq 0 ]; then
    id postgres >/dev/null 2>&1 || fail "user 'postgres' is missing: install Debian's postgresql package"
    chown postgres:postgres "$STATE"
  fi
  as_owner chmod 700 "$STATE"
  # A half-made cluster, or one of another major version, holds nothing worth keeping.
  local version
  version="$("$BIN/postgres" --version | grep -oE '[0-9]+' | head -n 1)"
  [ "$(as_owner cat "$CLUSTER/mnemic.ready" 2>/dev/null)" = "$version" ] && return
  say "creating a cluster in $CLUSTER"
  # A server whose folder vanishes under it would keep the port.
  running && as_owner "$BIN/pg_ctl" --pgdata="$CLUSTER" --mode=immediate --wait stop >/dev/null
  as_owner rm -rf "$CLUSTER"
  as_owner "$BIN/initdb" --pgdata="$CLUSTER" --username="$ROLE" --auth=reject \
    --encoding=UTF8 --locale=C.UTF-8 --no-sync >/dev/null
  # Tests want speed: what they store may be lost with the machine.
  as_owner tee -a "$CLUSTER/postgresql.conf" >/dev/null <<CONF
listen_addresses = '127.0.0.1'
unix_socket_directories = ''
max_connections = 200
shared_buffers = 128MB
fsync = off
synchronous_commit = off
full_page_writes = off
CONF
  printf 'host all %s 127.0.0.1/32 trust\n' "$ROLE" | as_owner tee "$CLUSTER/pg_hba.conf" >/dev/null
  printf '%s\n' "$version" | as_owner tee "$CLUSTER/mnemic.ready" >/dev/null
}

running() { as_owner "$BIN/pg_ctl" --pgdata="$CLUSTER" status >/dev/null 2>&1; }

answers() {
  "$BIN/psql" --no-psqlrc --host=127.0.0.1 --port="$PORT" --username="$ROLE" --dbname="$1" \
    --tuples-only --no-align --command="$2" 2>/dev/null
}

ours() { [ "$(answers postgres 'SHOW data_directory')" = "$CLUSTER" ]; }

start_server() {
  running && ours && return
  launch && ours && return
  # With fsync off a crash of the machine may leave a cluster that never starts: make a new one.
  say "making the cluster anew"
  as_owner rm -f "$CLUSTER/mnemic.ready"
  make_cluster
  launch || fail "PostgreSQL did not start on port $PORT: is the port taken? Set PGPORT_TEST to another"
  ours || fail "port $PORT answers, but not with $CLUSTER: set PGPORT_TEST to another port"
}

launch() {
  # Running on another port, or not answering: start it afresh.
  running && as_owner "$BIN/pg_ctl" --pgdata="$CLUSTER" --mode=immediate --wait stop >/dev/null
  say "starting PostgreSQL on 127.0.0.1:$PORT"
  # Its output must not hold our stdout open: `make` would wait for ever.
  as_owner "$BIN/pg_ctl" --pgdata="$CLUSTER" --wait --timeout=60 --log="$STATE/postgresql.log" \
    --options="-p $PORT" start >/dev/null </dev/null && return
  as_owner tail -n 5 "$STATE/postgresql.log" >&2 || true
  return 1
}

make_database() {
  [ "$(answers postgres "SELECT 1 FROM pg_database WHERE datname = '$DATABASE'")" = 1 ] && return
  answers postgres "CREATE DATABASE $DATABASE" >/dev/null || fail "could not create $DATABASE"
}

start() {
  BIN="$(server_folder)" || install_server
  make_cluster
  start_server
  make_database
  printf 'export MNEMIC_TEST_POSTGRES=postgresql+psycopg://%s@127.0.0.1:%s/%s\n' "$ROLE" "$PORT" "$DATABASE"
}

stop() {
  BIN="$(server_folder)" || { say "no server is installed"; return; }
  if running; then
    as_owner "$BIN/pg_ctl" --pgdata="$CLUSTER" --mode=fast --wait stop >/dev/null
    say "stopped"
  else
    say "was not running"
  fi
}

status() {
  BIN="$(server_folder)" || { say "PostgreSQL: not installed"; return 3; }
  if running && ours; then
    say "PostgreSQL: runs on 127.0.0.1:$PORT ($CLUSTER)"
  else
    say "PostgreSQL: not running ($CLUSTER)"
    return 3
  fi
}

case "${1:-start}" in
  start | stop | status) "${1:-start}" ;;
  *) say "usage: scripts/services.sh [start|stop|status]"; exit 2 ;;
esac
