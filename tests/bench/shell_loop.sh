#!/bin/sh
# shell_loop.sh N: what a course does without lectern, for N students: an entry in the directory, the
# student's and the probe's role, a database that nobody else may enter.  One tool call after another.
# Expects LDAPURI, BIND_DN, BIND_PASSWORD_FILE, PEOPLE, and PGHOST, PGPORT, PGUSER of the administrator.
set -eu
export PGDATABASE=postgres
i=1
while [ "$i" -le "$1" ]; do
	login=$(printf 'x%03d' "$i")
	ldapadd -x -D "$BIND_DN" -y "$BIND_PASSWORD_FILE" >/dev/null <<-ENTRY
		dn: uid=$login,$PEOPLE
		objectClass: inetOrgPerson
		uid: $login
		cn: Student $i
		sn: $i
		userPassword: secret-$login
	ENTRY
	psql -Xq -c "CREATE ROLE $login LOGIN CONNECTION LIMIT 8 IN ROLE lectern_student" \
		-c "CREATE ROLE probe_$login LOGIN CONNECTION LIMIT 3 PASSWORD 'secret-$login' IN ROLE $login, lectern_probe"
	createdb --owner=lectern_owner --template=lectern_template "$login"
	psql -Xq -c "REVOKE ALL ON DATABASE $login FROM PUBLIC" \
		-c "GRANT CONNECT, CREATE, TEMPORARY ON DATABASE $login TO $login" \
		-c "GRANT CONNECT ON DATABASE $login TO probe_$login"
	i=$((i + 1))
done
