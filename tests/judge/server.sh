# server.sh: a PostgreSQL of the test's own in $work, on a socket, where everybody on this machine may log in as
# anybody; read it behind lib.sh.  Sets PGHOST, PGPORT, PGUSER, PGDATABASE, and `server`, its URI.
data=$work/pg
socket=$work/socket

# Root may not run Postgres: as the system's postgres user then.
as_server() {
	if [ "$(id -u)" = 0 ]; then
		setpriv --reuid=postgres --regid=postgres --init-groups -- "$@"
	else
		"$@"
	fi
}
stop_server() {
	[ -f "$data/postmaster.pid" ] && as_server pg_ctl -D "$data" -m immediate stop >/dev/null 2>&1
	finish
}
trap stop_server EXIT
chmod 777 "$work" # the server's user makes its directory there
as_server sh -c "
	mkdir '$socket' && initdb -D '$data' -U postgres -A trust -E UTF8 --locale=C.UTF-8 -N &&
	printf '%s\n' \"listen_addresses=''\" 'port=25435' \"unix_socket_directories='$socket'\" 'fsync=off' \
		'full_page_writes=off' 'synchronous_commit=off' 'autovacuum=off' 'max_wal_senders=0' 'wal_level=minimal' \
		'max_connections=60' 'shared_buffers=128MB' 'max_wal_size=4GB' 'checkpoint_timeout=1h' \
		'max_locks_per_transaction=256' 'log_min_messages=fatal' 'log_min_error_statement=panic' 'TimeZone=UTC' \
		>>'$data/postgresql.conf' && pg_ctl -D '$data' -l '$data/log' -w -t 60 start
" >"$work/init.out" 2>&1 || { cat "$work/init.out"; echo "Bail out! no server"; exit 99; }
PGHOST=$socket PGPORT=25435 PGUSER=postgres PGDATABASE=postgres PGOPTIONS="-c client_min_messages=warning"
export PGHOST PGPORT PGUSER PGDATABASE PGOPTIONS
server="postgresql://postgres@/postgres?host=$socket&port=25435"

sql() { # DATABASE ROLE SQL
	psql -X -q -At -v ON_ERROR_STOP=1 -U "$2" -d "$1" -c "$3"
}
