#!/bin/sh
# src/io against real servers: PostgreSQL on a socket and over TLS, slapd.
. "${LECTERN_SRCDIR:?}/tests/integration/lib.sh"
mkdir -p "$work/run" && chmod 711 "$work/run"

# Root may not run Postgres: as the system's postgres user then.
as_server() {
	if [ "$(id -u)" = 0 ]; then
		setpriv --reuid=postgres --regid=postgres --init-groups -- "$@"
	else
		"$@"
	fi
}

certificate() { # DIRECTORY: a CA and a certificate for localhost
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=testca \
		-keyout "$1/ca.key" -out "$1/ca.crt" &&
		openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=localhost \
			-keyout "$1/server.key" -out "$1/server.csr" &&
		printf 'subjectAltName=DNS:localhost,IP:127.0.0.1\n' >"$1/ext" &&
		openssl x509 -req -in "$1/server.csr" -CA "$1/ca.crt" -CAkey "$1/ca.key" -CAcreateserial \
			-days 2 -extfile "$1/ext" -out "$1/server.crt"
}

# -- PostgreSQL ------------------------------------------------------------------------------------
data=$work/pg
start_postgres() {
	as_server sh -c "
		initdb -D '$data' -U postgres -A scram-sha-256 --pwfile='$work/pw' -E UTF8 --locale=C.UTF-8 -N &&
		cp '$work/tls/server.crt' '$work/tls/server.key' '$data/' && chmod 600 '$data/server.key' &&
		printf '%s\n' \"listen_addresses='127.0.0.1'\" 'port=$port' \"unix_socket_directories='$work/run'\" \
			'ssl=on' 'fsync=off' >>'$data/postgresql.conf' &&
		pg_ctl -D '$data' -l '$data/log' -w -t 30 start"
}
stop_servers() {
	[ -f "$data/postmaster.pid" ] && as_server pg_ctl -D "$data" -m immediate stop >/dev/null 2>&1
	[ -f "$work/slapd.pid" ] && kill "$(cat "$work/slapd.pid")" 2>/dev/null
	finish
}
trap stop_servers EXIT

mkdir -p "$work/tls" && chmod 755 "$work" "$work/tls"
certificate "$work/tls" >"$work/certificate.out" 2>&1
chmod 644 "$work"/tls/*
check=$LECTERN_BUILDDIR/tests/integration/check_pg
if command -v initdb >/dev/null; then
	port=$(free_port 21432)
	echo sesame >"$work/pw" && chmod 644 "$work/pw"
	mkdir -p "$data" && chmod 700 "$data"
	chmod 777 "$work/run"
	[ "$(id -u)" = 0 ] && chown postgres: "$data"
	ok "a throw-away cluster starts" start_postgres
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
start_slapd() {
	mkdir -p "$work/slapd" "$work/slapd-db" &&
		cat >"$work/slapd.conf" <<-EOF &&
			include /etc/ldap/schema/core.schema
			include /etc/ldap/schema/cosine.schema
			include /etc/ldap/schema/inetorgperson.schema
			modulepath /usr/lib/ldap
			moduleload back_mdb
			moduleload ppolicy
			pidfile $work/slapd.pid
			localSSF 128
			security simple_bind=112
			TLSCACertificateFile $work/tls/ca.crt
			TLSCertificateFile $work/tls/server.crt
			TLSCertificateKeyFile $work/tls/server.key
			database mdb
			directory $work/slapd-db
			suffix dc=lab
			rootdn cn=admin,dc=lab
			rootpw sesame
			access to attrs=userPassword by self =xw by anonymous auth by * none
			access to * by self read by * none
			overlay ppolicy
			ppolicy_default cn=default,dc=lab
			ppolicy_hash_cleartext
		EOF
		cat >"$work/base.ldif" <<-EOF &&
			dn: dc=lab
			objectClass: dcObject
			objectClass: organization
			o: lab
			dc: lab

			dn: ou=people,dc=lab
			objectClass: organizationalUnit
			ou: people

			dn: cn=default,dc=lab
			objectClass: person
			objectClass: pwdPolicy
			cn: default
			sn: default
			pwdAttribute: userPassword
			pwdMinLength: 8
			pwdCheckQuality: 1
		EOF
		slapadd -q -f "$work/slapd.conf" -l "$work/base.ldif" &&
		slapd -f "$work/slapd.conf" -h "ldapi://$(echo "$work/ldapi" | sed 's|/|%2F|g') ldap://127.0.0.1:$ldap_port ldaps://127.0.0.1:$ldaps_port" &&
		wait_for 10 ldapsearch -x -H "ldapi://$(echo "$work/ldapi" | sed 's|/|%2F|g')" -s base -b '' 1.1
}

if command -v slapd >/dev/null; then
	ldap_port=$(free_port 21389)
	ldaps_port=$(free_port 21636)
	ok "a throw-away slapd starts" start_slapd
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
