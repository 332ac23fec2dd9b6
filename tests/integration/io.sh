#!/bin/sh
# src/io against real servers: PostgreSQL on a socket and over TLS, slapd.
. "${LECTERN_SRCDIR:?}/tests/integration/lib.sh"
. "$LECTERN_SRCDIR/tests/integration/others.sh"

stop_servers() {
	stop_others
	finish
}
trap stop_servers EXIT

# -- PostgreSQL ------------------------------------------------------------------------------------
check=$LECTERN_BUILDDIR/tests/integration/check_pg
if command -v initdb >/dev/null; then
	port=$(free_port 21432)
	ok "a throw-away cluster starts" start_postgres "$port" postgres
	for name in queries errors limits deadline wrong_password no_database blocking; do
		ok "pg: $name, on the socket" "$check" $name "$work/run" "$port" postgres sesame
	done
	for name in queries limits wrong_password blocking; do
		ok "pg: $name, over TLS" env CHECK_PG_ROOT="$work/tls/ca.crt" \
			"$check" $name 127.0.0.1 "$port" postgres sesame
	done
	restart="pg_ctl -D '$data' -l '$data/log' -m fast -w -t 30 restart"
	[ "$(id -u)" = 0 ] && restart="setpriv --reuid=postgres --regid=postgres --init-groups -- $restart"
	ok "pg: a restart of the server is noticed" "$check" restart "$work/run" "$port" postgres sesame "$restart"
else
	skip "pg against a real server" "initdb is not installed"
fi

# -- LDAP ------------------------------------------------------------------------------------------
if command -v slapd >/dev/null; then
	ldap_port=$(free_port 21389)
	ldaps_port=$(free_port 21636)
	ok "a throw-away slapd starts" start_slapd "$ldap_port" "$ldaps_port" dc=lab
	ok "ldap: connect, pipeline, search, passwords" "$LECTERN_BUILDDIR/tests/integration/check_ldap" \
		"ldapi://$(echo "$work/ldapi" | sed 's|/|%2F|g')" "ldap://127.0.0.1:$ldap_port" \
		"ldaps://127.0.0.1:$ldaps_port" "$work/tls/ca.crt"
	kill -STOP "$(cat "$work/slapd.pid")"
	ok "ldap: a hung server is given up in time" "$LECTERN_BUILDDIR/tests/integration/check_ldap" \
		"ldapi://$(echo "$work/ldapi" | sed 's|/|%2F|g')" "ldap://127.0.0.1:$ldap_port" \
		"ldaps://127.0.0.1:$ldaps_port" "$work/tls/ca.crt" hung
	kill -CONT "$(cat "$work/slapd.pid")"
	ok "ldap: a killed server is an error" "$LECTERN_BUILDDIR/tests/integration/check_ldap" \
		"ldapi://$(echo "$work/ldapi" | sed 's|/|%2F|g')" "ldap://127.0.0.1:$ldap_port" \
		"ldaps://127.0.0.1:$ldaps_port" "$work/tls/ca.crt" "$(cat "$work/slapd.pid")"
else
	skip "ldap against a real server" "slapd is not installed"
fi
