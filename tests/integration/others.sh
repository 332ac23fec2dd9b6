# others.sh: servers that lectern did not start, a PostgreSQL and an slapd with a certificate for localhost that
# $work/tls/ca.crt signed; read it behind lib.sh, and call stop_others at the end.
data=$work/pg

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

start_postgres() { # PORT SUPERUSER: with the password "sesame"
	mkdir -p "$data" "$work/run" && chmod 700 "$data" && chmod 777 "$work/run" || return 1
	[ "$(id -u)" != 0 ] || chown postgres: "$data" || return 1
	echo sesame >"$work/pw" && chmod 644 "$work/pw"
	as_server sh -c "
		initdb -D '$data' -U '$2' -A scram-sha-256 --pwfile='$work/pw' -E UTF8 --locale=C.UTF-8 -N &&
		cp '$work/tls/server.crt' '$work/tls/server.key' '$data/' && chmod 600 '$data/server.key' &&
		printf '%s\n' \"listen_addresses='127.0.0.1'\" 'port=$1' \"unix_socket_directories='$work/run'\" \
			'ssl=on' 'fsync=off' >>'$data/postgresql.conf' &&
		LDAPTLS_CACERT='$work/tls/ca.crt' pg_ctl -D '$data' -l '$data/server.log' -w -t 30 start"
}
stop_others() {
	[ -f "$data/postmaster.pid" ] && as_server pg_ctl -D "$data" -m immediate stop >/dev/null 2>&1
	[ -f "$work/slapd.pid" ] && kill "$(cat "$work/slapd.pid")" 2>/dev/null
}

start_slapd() { # PORT PORT-OF-LDAPS SUFFIX: cn=admin below it has the password "sesame"
	dc=${3%%,*}
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
			suffix $3
			rootdn cn=admin,$3
			rootpw sesame
			access to attrs=userPassword by self =xw by anonymous auth by * none
			access to * by self read by * none
			overlay ppolicy
			ppolicy_default cn=default,$3
			ppolicy_hash_cleartext
		EOF
		cat >"$work/base.ldif" <<-EOF &&
			dn: $3
			objectClass: dcObject
			objectClass: organization
			o: ${dc#dc=}
			dc: ${dc#dc=}

			dn: ou=people,$3
			objectClass: organizationalUnit
			ou: people

			dn: cn=default,$3
			objectClass: person
			objectClass: pwdPolicy
			cn: default
			sn: default
			pwdAttribute: userPassword
			pwdMinLength: 8
			pwdCheckQuality: 1
		EOF
		slapadd -q -f "$work/slapd.conf" -l "$work/base.ldif" &&
		slapd -f "$work/slapd.conf" -h "ldapi://$(echo "$work/ldapi" | sed 's|/|%2F|g') ldap://127.0.0.1:$1 ldaps://127.0.0.1:$2" &&
		wait_for 10 ldapsearch -x -H "ldapi://$(echo "$work/ldapi" | sed 's|/|%2F|g')" -s base -b '' 1.1
}

mkdir -p "$work/tls" && chmod 755 "$work" "$work/tls"
certificate "$work/tls" >"$work/certificate.out" 2>&1
chmod 644 "$work"/tls/*
