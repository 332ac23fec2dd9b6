#!/bin/sh
# The fault walk: apply is killed before each of its outside calls, and a new apply completes it to
# the same end; servers that go away in between, and a disk that is full.
. "${LECTERN_SRCDIR:?}/tests/integration/lib.sh"

pg_port() { sed -n '/^postgres:/,/^[a-z]/s/^ *port: //p' "$LECTERN_STATE/site.yaml"; }
sql() { psql -X -At -q -v ON_ERROR_STOP=1 -h "$LECTERN_STATE/run" -p "$(pg_port)" -U postgres -d "${database:-lectern}" "$@"; }
# What must be the same however often apply was killed.  Not compared: numbers that a sequence gave,
# and hashes of passwords, which are salted anew for a new entry.
end_state() {
	pg_dumpall -h "$LECTERN_STATE/run" -p "$(pg_port)" -U postgres -g | grep -v '^\\' | sed 's/SCRAM-SHA-256[^;]*/SCRAM/'
	sql -c "SELECT datname, datallowconn, datistemplate, datacl, r.rolname, shobj_description(d.oid, 'pg_database')
		FROM pg_database d JOIN pg_roles r ON r.oid = datdba WHERE datname <> 'lectern_template' ORDER BY 1" \
		-c "SELECT rolname, shobj_description(oid, 'pg_authid') FROM pg_roles ORDER BY 1" \
		-c "SELECT name, title, is_current, definition, checks_from FROM labs ORDER BY 1" \
		-c "SELECT login, name, email, position, is_active, password_generation FROM students ORDER BY 1" \
		-c "SELECT position, name, title FROM steps ORDER BY 1" \
		-c "SELECT check_id, kind, relation, name, expected FROM checks ORDER BY 1" \
		-c "SELECT kind, name FROM provisioned ORDER BY 1, 2" -c "SELECT number, name FROM schema_migrations ORDER BY 1"
	slapcat -o ldif-wrap=no -n 1 -F "$LECTERN_STATE/slapd/config" 2>/dev/null |
		grep -vE '^(entryCSN|entryUUID|createTimestamp|modifyTimestamp|creatorsName|modifiersName|structuralObjectClass|contextCSN|pwd[A-Z][A-Za-z]*Time|userPassword:):?' | awk -v RS= '{ print | "sort" }'
	(cd "$LECTERN_STATE" && find exporter prometheus secrets labs -path prometheus/data -prune -o -type f -print | sort)
}
doors() { # databases that stand open to PUBLIC
	[ "$(database=postgres sql -c "SELECT count(*) FROM pg_database d JOIN pg_roles r ON r.oid = datdba WHERE r.rolname = 'lectern_owner'
		AND datallowconn AND (datacl IS NULL OR datacl::text LIKE '%{=%' OR datacl::text LIKE '%,=%')")" = 0 ]
}
ldap_uri() { sed -n 's/^ *uri: *//p' "$LECTERN_STATE/site.yaml" | tr -d '"' | head -n 1; }
role_password() { # ROLE SECRET: as lectern derives it
	printf %s "$1" | openssl dgst -sha256 -mac HMAC -macopt "hexkey:$(cat "$LECTERN_STATE/secrets/$2")" -binary |
		base64 | tr '+/' '-_' | tr -d '='
}
# Nothing of the lab, or of the ground either.  The example stays loaded: to load it is src/example's.
bare_lab() {
	sql -c 'DROP DATABASE IF EXISTS ann WITH (FORCE)' -c 'DROP DATABASE IF EXISTS bob WITH (FORCE)' \
		-c 'DROP DATABASE IF EXISTS cy WITH (FORCE)' -c 'DELETE FROM labs' -c 'DELETE FROM provisioned' \
		-c 'DROP ROLE IF EXISTS probe_ann, probe_bob, probe_cy, ann, bob, cy' 2>/dev/null
	ldapdelete -c -x -H "$(ldap_uri)" -D cn=prov,dc=lab -w "$(role_password prov ldap)" \
		uid=ann,ou=people,dc=lab uid=bob,ou=people,dc=lab uid=cy,ou=people,dc=lab >/dev/null 2>&1
	rm -f "$LECTERN_STATE/labs/faulty/secret"
}
bare_ground() {
	bare_lab
	database=postgres sql -c "UPDATE pg_database SET datistemplate = false WHERE datname = 'lectern_template'" \
		-c 'DROP DATABASE lectern_template WITH (FORCE)' -c 'DROP DATABASE lectern WITH (FORCE)' \
		-c 'DROP DATABASE lectern_example_faulty WITH (FORCE)' \
		-c 'DROP ROLE lectern_owner, lectern_agent, lectern_student, lectern_probe, lectern_daemon, lectern_exporter, lectern_console, lectern_loader' \
		-c 'GRANT CONNECT, TEMPORARY ON DATABASE postgres, template1 TO PUBLIC'
}
# The files of the ground, too: new secrets, and so new passwords for the exporters.
bare_files() {
	(cd "$LECTERN_STATE" && rm -f secrets/daemon secrets/console secrets/exporter secrets/loader exporter/*.yml prometheus/*.yml)
}
# walk RESET LAST: kill at the first, second, ... call, up to the last, or until an apply comes through.
walk() {
	n=0
	while [ $n -lt "$2" ]; do
		n=$((n + 1))
		$1 || { echo "call $n: could not be prepared"; return 1; }
		LECTERN_FAULT_AT=$n lectern apply "$work/faulty/lab.yaml" >"$work/killed" 2>&1
		status=$?
		doors || { echo "call $n: a database stands open to PUBLIC"; return 1; }
		[ $status = 0 ] && n=$((n - 1)) && break
		[ $status = 137 ] || { echo "call $n: status $status"; cat "$work/killed"; return 1; }
		lectern apply "$work/faulty/lab.yaml" >"$work/again" 2>&1 || { echo "call $n: the next apply failed"; cat "$work/again"; return 1; }
		end_state >"$work/end"
		diff "$work/reference" "$work/end" || { echo "call $n: another end"; return 1; }
		lectern plan faulty >"$work/plan" || { echo "call $n: plan is not content"; cat "$work/plan"; return 1; }
	done
	echo "# killed at $n calls" >&3
	[ $n -gt 10 ] # more than the ground has
}
exec 3>&1

mkdir "$work/faulty"
cat >"$work/faulty/example.sql" <<'SQL'
CREATE TABLE thing (id integer PRIMARY KEY, name text NOT NULL);
INSERT INTO thing VALUES (1, 'one');
SQL
cat >"$work/faulty/lab.yaml" <<'YAML'
lab: faulty
title: Killed everywhere
example: example.sql
roster: roster.csv
YAML
printf 'login,name\nann,Ann\nbob,Bob\ncy,Cy\n' >"$work/faulty/roster.csv"
cd "$work" || exit 99

ok "the servers start" lectern up
sv down "$LECTERN_STATE/service/lecternd" >/dev/null 2>&1
# Hundreds of databases come and go; that they would survive a power cut is not what is tested.
database=postgres sql -c 'ALTER SYSTEM SET fsync = off' -c 'ALTER SYSTEM SET full_page_writes = off' -c 'SELECT pg_reload_conf()' >/dev/null
ok "apply" lectern apply faulty/lab.yaml
end_state >"$work/reference"
ok "the reference is whole" grep -q 'uid=cy' "$work/reference"
ok "killed at each call for the lab, apply completes" walk bare_lab 100
ok "killed at each call for the ground as well, apply completes" walk bare_ground 11

# A reader who wants a table that the migration has, and has one that it will want: the migration is the
# first to wait, and so the one that ends by a deadlock.
first_migration() { # the control database as an older program left it
	bare_lab
	database=postgres sql -c 'DROP DATABASE lectern WITH (FORCE)' -c 'CREATE DATABASE lectern OWNER lectern_owner'
	{
		echo 'BEGIN; SET LOCAL search_path = public, pg_catalog;'
		echo 'CREATE TABLE schema_migrations (number integer PRIMARY KEY, name text NOT NULL, applied_at timestamptz NOT NULL DEFAULT now());'
		cat "$LECTERN_SRCDIR/assets/sql/migrations/0001_control.sql"
		echo "INSERT INTO schema_migrations VALUES (1, '0001_control.sql'); COMMIT;"
	} | sql
}
in_the_way() {
	sql >"$work/in_the_way" 2>&1 <<-'END'
		SET deadlock_timeout = '30s';
		BEGIN;
		LOCK TABLE activity IN ACCESS SHARE MODE;
		\echo holds
		DO $$ BEGIN
			WHILE NOT EXISTS (SELECT FROM pg_locks WHERE NOT granted AND relation = 'activity'::regclass) LOOP
				PERFORM pg_sleep(0.02);
			END LOOP;
		END $$;
		SELECT count(*) FROM provisioned;
		COMMIT;
	END
}
deadlock() {
	first_migration || return 1
	in_the_way &
	reader=$!
	holds() { grep -q holds "$work/in_the_way"; }
	wait_for 20 holds || return 1
	lectern apply "$work/faulty/lab.yaml" || return 1
	wait $reader
	cat "$work/in_the_way"
	grep -h 'deadlock detected' "$LECTERN_STATE"/log/* "$LECTERN_STATE"/*/log/* 2>/dev/null | head -n 2
	end_state >"$work/end"
	diff "$work/reference" "$work/end"
}
ok "a deadlock in a migration is none of the user's" deadlock

# The first four calls make the secrets; the roles have to follow new ones, and so have the files.
files_walk() {
	for n in 1 4 5 8 10; do
		bare_files
		LECTERN_FAULT_AT=$n lectern apply faulty/lab.yaml >"$work/killed" 2>&1
		status=$?
		[ $status = 137 ] || { echo "call $n: status $status"; cat "$work/killed"; return 1; }
		lectern apply faulty/lab.yaml || return 1
		end_state >"$work/end"
		diff "$work/reference" "$work/end" || return 1
		lectern lab list && lectern plan faulty || return 1
	done
}
ok "killed while it makes secrets and files anew, apply completes" files_walk

# -- a server that goes away in between --------------------------------------------------------------
away() { # SERVICE N: stop apply before its Nth call, take the server away, let apply go on
	bare_lab
	LECTERN_FAULT_AT=$2 LECTERN_FAULT_STOP=1 lectern apply faulty/lab.yaml >"$work/away" 2>&1 &
	apply=$!
	stopped() { grep -q '^State:.*T' "/proc/$apply/status"; }
	wait_for 20 stopped || return 1
	sv -w 10 down "$LECTERN_STATE/service/$1" >/dev/null || return 1
	kill -CONT $apply
	wait $apply
	status=$?
	cat "$work/away"
	sv -w 10 up "$LECTERN_STATE/service/$1" >/dev/null
	[ $status = 1 ]
}
names_ldap() { grep -q '^lectern: apply: LDAP: ' "$work/away"; }
slapd_away() { away slapd "$1" && names_ldap; }
for n in 2 4; do # before the rows and roles, before the connection to LDAP
	ok "slapd stops before call $n: a clear error" slapd_away $n
	ok "and apply completes once it is back" wait_for 20 lectern apply faulty/lab.yaml
done
postgres_away() { away postgres "$1" && cat "$work/away" && grep -q '^lectern: apply: ' "$work/away"; }
for n in 3 9; do
	ok "PostgreSQL stops before call $n: an error" postgres_away $n
	ok "and apply completes once it is back" wait_for 20 lectern apply faulty/lab.yaml
done
same_end() { end_state >"$work/end" && diff "$work/reference" "$work/end"; }
ok "the end is the same" same_end

# -- a full disk -------------------------------------------------------------------------------------
full_disk() { (ulimit -f 8 && lectern destroy faulty --yes); }
ok "destroy without room for the archive fails" says 'ann: ' full_disk
kept() { [ "$(sql -c "SELECT count(*) FROM pg_database WHERE datname IN ('ann', 'bob', 'cy')")" = 3 ]; }
ok "and keeps every database" kept
no_pieces() { [ -z "$(find "$LECTERN_STATE/archive" -name '*.part')" ]; }
ok "and leaves no half archive" no_pieces
ok "apply opens them again" lectern apply faulty/lab.yaml
ok "plan is content" lectern plan faulty

# -- from one lab to another -------------------------------------------------------------------------
mkdir "$work/other"
sed 's/faulty/other/' "$work/faulty/lab.yaml" >"$work/other/lab.yaml"
cp "$work/faulty/example.sql" "$work/faulty/roster.csv" "$work/other/"
other_lab() { lectern apply "$work/other/lab.yaml" >"$work/other.out" 2>&1 || { cat "$work/other.out"; return 1; }; }
ok "another lab" other_lab
ok "and back" lectern apply faulty
end_state >"$work/reference"
ok "the other lab's databases are set aside" grep -q '^ann~other|f' "$work/reference"
ok "killed at each call between two labs, apply completes" walk other_lab 100
