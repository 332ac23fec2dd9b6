#!/bin/sh
# Made by lectern --compose: pg_dump and pg_restore of the PostgreSQL in the container, for this machine's
# may be older than that server.  The connection comes by the environment, as everywhere; what leads elsewhere
# is left to this machine's own program.
program=${0##*/}
if [ "$program" = pg_restore ] && [ "${1:-}" = --list ]; then
	exec docker exec -i @CONTAINER@ pg_restore --list <"$2"
fi
if [ "$program" = pg_dump ] && [ "${PGHOST:-}:${PGPORT:-}" = '@HOST@:@PORT@' ]; then
	for argument; do
		shift
		case $argument in
		--file=*) exec >"${argument#--file=}" ;;
		*) set -- "$@" "$argument" ;;
		esac
	done
	PGHOST=/lectern/run PGPORT=5432 PGSSLMODE=disable
	export PGHOST PGPORT PGSSLMODE
	exec docker exec -i -e PGHOST -e PGPORT -e PGSSLMODE -e PGUSER -e PGPASSWORD -e PGDATABASE -e PGOPTIONS -e PGAPPNAME \
		-e PGCLIENTENCODING -e PGPASSFILE=/dev/null @CONTAINER@ pg_dump "$@"
fi
exec "$program" "$@"
