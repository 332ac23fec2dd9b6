#!/bin/sh
# A hostile student with an ordinary login: what the server refuses, and what the probe survives.
# The numbers are those of the threat list: what may not escalate, leak, or reach another student.
. "$LECTERN_SRCDIR/tests/integration/lib.sh"

printf 'login,name\nmallory,Mallory\nalice,Alice\n' >"$work/class.csv"
(cd "$work" && lectern up && lectern init --from library --roster class.csv --output lab.yaml &&
	lectern apply lab.yaml) >"$work/setup.log" 2>&1 || {
	sed 's/^/# /' "$work/setup.log"
	exit 99
}

lectern handout --json >"$work/handout.json"
port=$(sed -n 's/^ *port: *//p' "$LECTERN_STATE/site.yaml" | head -n 1)
PGPASSWORD=$(jq -r '.students[] | select(.login == "mallory") | .password' "$work/handout.json")
PGSSLMODE=verify-full PGSSLROOTCERT=$LECTERN_STATE/tls/ca.crt PGHOST=localhost PGPORT=$port PGUSER=mallory
PGCONNECT_TIMEOUT=10
export PGPASSWORD PGSSLMODE PGSSLROOTCERT PGHOST PGPORT PGUSER PGCONNECT_TIMEOUT
sql() { psql -XqAt -v ON_ERROR_STOP=1 -d "${2:-mallory}" -c "$1"; }
refused() { # SQL [DATABASE]
	if sql "$@" >"$work/refused.out" 2>&1; then
		echo "was allowed:"
		return 1
	fi
	grep -qiE "permission denied|must be|not permitted|no pg_hba.conf entry|pg_hba.conf rejects|does not exist|cannot|only roles|is a system" "$work/refused.out" ||
		{ cat "$work/refused.out"; return 1; }
}
equals() { [ "$1" = "$2" ] || { echo "got '$1', expected '$2'"; return 1; }; }

ok "logs in to the own database" equals "$(sql 'SELECT current_user')" mallory
for database in alice postgres template1 lectern lectern_template lectern_example_library; do
	ok "can't connect to $database" refused 'SELECT 1' "$database"
done
sql 'GRANT CONNECT ON DATABASE mallory TO alice' >/dev/null 2>&1 # a warning, and nothing granted
ok "can't open the own database to a friend" equals "$(sql "SELECT has_database_privilege('alice', 'mallory', 'CONNECT')")" f
ok "can't raise the connection limit" refused 'ALTER DATABASE mallory CONNECTION LIMIT 999'
ok "can't drop the schema of the lab" refused 'DROP SCHEMA lectern CASCADE'
ok "can't write the own progress" refused "UPDATE lectern.progress SET score = 1"
ok "can't put a trigger on the own progress" refused 'CREATE TRIGGER t AFTER INSERT ON lectern.progress EXECUTE FUNCTION suppress_redundant_updates_trigger()'
ok "can't become the administrator" refused 'SET ROLE postgres'
ok "can't become the owner of the databases" refused 'SET ROLE lectern_owner'
ok "can't become the own probe" refused 'SET ROLE probe_mallory'
ok "can't make itself superuser" refused 'ALTER ROLE mallory SUPERUSER'
ok "can't change the probe's password" refused "ALTER ROLE probe_mallory PASSWORD 'x'"
ok "can't read password hashes" refused 'SELECT rolpassword FROM pg_authid'
ok "can't run programs" refused "COPY (SELECT 1) TO PROGRAM 'id'"
ok "can't read the server's files" refused "SELECT pg_read_file('PG_VERSION')"
ok "can't take advisory locks" refused 'SELECT pg_advisory_lock(1)'
ok "can't store large objects" refused 'SELECT lo_create(0)'
ok "can't ask for other databases' sizes" refused "SELECT pg_database_size('alice')"
ok "can't lift the limit on temporary files" refused 'SET temp_file_limit = -1'
ok "the own pg_dump works" sh -c 'pg_dump -d mallory >/dev/null'

# A7, A8, A9: code of the student's that runs while the probe reads the rows of a table.
escalate() { sql "
CREATE FUNCTION pwn() RETURNS boolean LANGUAGE plpgsql AS \$f\$
BEGIN
	BEGIN PERFORM set_config('transaction_read_only', 'off', false); EXCEPTION WHEN OTHERS THEN NULL; END;
	BEGIN EXECUTE 'ALTER ROLE mallory SUPERUSER'; EXCEPTION WHEN OTHERS THEN NULL; END;
	BEGIN EXECUTE 'ALTER ROLE ' || quote_ident(current_user) || ' PASSWORD ''hacked'''; EXCEPTION WHEN OTHERS THEN NULL; END;
	BEGIN EXECUTE 'RESET ROLE'; EXECUTE 'ALTER ROLE mallory SUPERUSER'; EXCEPTION WHEN OTHERS THEN NULL; END;
	BEGIN EXECUTE 'COPY (SELECT 1) TO PROGRAM ''touch $work/pwned'''; EXCEPTION WHEN OTHERS THEN NULL; END;
	BEGIN EXECUTE 'DEALLOCATE ALL'; EXCEPTION WHEN OTHERS THEN NULL; END;
	RETURN true;
END \$f\$;
CREATE TABLE branch (branch_id smallint PRIMARY KEY, name text NOT NULL UNIQUE, street text NOT NULL, phone text, opened_on date NOT NULL);
INSERT INTO branch VALUES (1, 'Central', 'x', NULL, '2000-01-01');
ALTER TABLE branch ENABLE ROW LEVEL SECURITY;
ALTER TABLE branch FORCE ROW LEVEL SECURITY;
CREATE POLICY p ON branch USING (pwn());"; }
ok "a table whose policy calls the student's function stands" escalate
step() { # LOGIN STEP : the step's score
	lectern status --json | jq --arg login "$1" --arg step "$2" \
		'.students[] | select(.login == $login) | .steps[] | select(.name == $step) | .score'
}
# The probe asks with row_security off: an error instead of the student's code, and the rows unknown.
unreadable() { lectern status --json | jq -e '.students[] | select(.login == "mallory") | .reason | test("branch")'; }
ok "rows behind a policy are unknown, and it says so" wait_for 20 unreadable
unscored() { equals "$(step mallory 'table branch')" null; }
ok "without being scored" wait_for 20 unscored
sql 'ALTER TABLE branch NO FORCE ROW LEVEL SECURITY'
measured() { case $(step mallory 'table branch') in 0.[1-9]*) ;; *) step mallory 'table branch'; return 1 ;; esac; }
ok "they are measured once the policy does not bind the owner" wait_for 20 measured
ok "mallory is no superuser" equals "$(sql 'SELECT rolsuper FROM pg_roles WHERE rolname = current_user')" f
ok "no program ran" test ! -e "$work/pwned"
ok "the probe still gets in" sh -c 'sleep 2; ! grep -i "password authentication failed" "$LECTERN_STATE"/log/*/current'
progress() { lectern status --json | jq '.students[] | select(.login == "alice") | .progress == 0'; }
ok "alice is measured all the while" equals "$(progress)" true

# A1, A2, A4, A9, A11, A21, A25: code in a view, which the probe evaluates in a session of its own.
listen() { # what of the probe's session reaches one of the student's
	(echo 'LISTEN leak;'; i=0; while [ $i -lt 20 ]; do echo 'SELECT pg_sleep(1);'; i=$((i + 1)); done) |
		psql -XqAt -d mallory >"$work/leak.out" 2>&1
}
listen &
listener=$!
by_view() { sql "
CREATE FUNCTION pwn_view() RETURNS boolean LANGUAGE plpgsql AS \$f\$
BEGIN
	RAISE LOG 'seen: % % %', session_user, current_user, current_query();
	PERFORM pg_notify('leak', current_query());
	BEGIN PERFORM set_config('role', 'none', false); EXCEPTION WHEN OTHERS THEN NULL; END;
	BEGIN EXECUTE 'RESET SESSION AUTHORIZATION'; EXCEPTION WHEN OTHERS THEN NULL; END;
	BEGIN EXECUTE 'GRANT lectern_owner TO mallory'; EXCEPTION WHEN OTHERS THEN NULL; END;
	BEGIN EXECUTE 'UPDATE lectern.progress SET score = 1'; EXCEPTION WHEN OTHERS THEN NULL; END;
	BEGIN EXECUTE 'CREATE FUNCTION pg_temp.hashtextextended(text, bigint) RETURNS bigint LANGUAGE sql AS ''SELECT 0'''; EXCEPTION WHEN OTHERS THEN NULL; END;
	BEGIN EXECUTE 'PREPARE facts AS SELECT ''all is well'''; EXCEPTION WHEN OTHERS THEN NULL; END;
	BEGIN EXECUTE 'SELECT pg_advisory_lock(generate_series(1, 100000))'; EXCEPTION WHEN OTHERS THEN NULL; END;
	RETURN pwn();
END \$f\$;
CREATE VIEW popular_book AS SELECT 1::bigint AS rank, 1 AS book_id, 'x'::text AS title, 1::bigint AS loans WHERE pwn_view();
CREATE VIEW catalogue AS SELECT 1 AS book_id, current_query() AS isbn, repeat('x', 100000000) AS title FROM generate_series(1, 100000000);"; }
ok "a view that calls the student's function stands" by_view
evaluated() { grep -rahE 'seen: probe_mallory (probe_)?mallory' "$LECTERN_STATE/log" "$LECTERN_STATE/postgres/log" 2>/dev/null | grep -q .; }
ok "its code runs as the student's own probe" wait_for 30 evaluated
judged() { case $(step mallory 'view popular_book') in 0 | 0.*) ;; *) step mallory 'view popular_book'; return 1 ;; esac; }
ok "and is judged by what it gives" wait_for 30 judged
ok "mallory is no superuser, nor in lectern's roles" equals "$(sql "SELECT rolsuper OR pg_has_role('mallory', 'lectern_owner', 'MEMBER') FROM pg_roles WHERE rolname = current_user")" f
ok "no program ran there either" test ! -e "$work/pwned"
ok "the own progress is as it was measured" equals "$(sql "SELECT count(*) FROM lectern.progress WHERE score = 1 AND step = 'view popular_book'")" 0
ok "no advisory lock is held" equals "$(sql "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND database = (SELECT oid FROM pg_database WHERE datname = 'mallory')")" 0
wait "$listener"
ok "nothing of the probe's session was sent out" sh -c '! grep -q "Asynchronous notification" "$0"' "$work/leak.out"
sql 'CREATE TABLE later (x integer)'
ok "the probe still gets in after that" wait_for 30 judged
ok "and its password holds" sh -c '! grep -i "password authentication failed" "$LECTERN_STATE"/log/*/current'
ok "alice is measured all the while, again" equals "$(progress)" true
