#!/bin/sh
# lecternd on real servers: what students do is measured, what breaks is said and recovers, and
# nothing that a student makes disturbs another one's cell.
. "${LECTERN_SRCDIR:?}/tests/integration/lib.sh"
. "$LECTERN_SRCDIR/tests/integration/session.sh"

step() { # LOGIN STEP
	sql -c "SELECT coalesce(round(c.score::numeric, 3)::float8::text, '?') FROM students s JOIN step_scores c USING (student_id) JOIN steps t USING (step_id) WHERE s.login = '$1' AND t.name = '$2'"
}
steps() { # LOGIN: all of them in one line
	sql -c "SELECT string_agg(t.name || '=' || coalesce(round(c.score::numeric, 3)::float8::text, '?'), ' ' ORDER BY t.position) FROM students s JOIN step_scores c USING (student_id) JOIN steps t USING (step_id) WHERE s.login = '$1'"
}
events() { sql -c "SELECT count(*) FROM events e JOIN students s USING (student_id) WHERE s.login = '$1' AND e.kind = '$2'"; }
# An answer within this many seconds.
soon() { wait_for 8 "$@"; }

mkdir "$work/lab"
cat >"$work/lab/example.sql" <<'END'
CREATE TABLE artist (id integer PRIMARY KEY, name text NOT NULL);
CREATE TABLE album (id integer PRIMARY KEY, title text NOT NULL, artist_id integer NOT NULL REFERENCES artist);
CREATE VIEW v_album AS SELECT a.title, r.name FROM album a JOIN artist r ON r.id = a.artist_id;
INSERT INTO artist VALUES (1, 'AC/DC'), (2, 'Accept'), (3, 'Aerosmith');
INSERT INTO album VALUES (1, 'Restless and Wild', 2), (2, 'Big Ones', 3);
END
{
	echo login,name
	for n in 1 2 3 4 5 6; do echo "t$n,Student $n"; done
} >"$work/lab/roster.csv"
cat >"$work/lab/lab.yaml" <<'END'
lab: probe
title: For the probe
example: example.sql
roster: roster.csv
END
sed -n 1p "$work/lab/example.sql" >"$work/artist.sql"
grep 'INTO artist' "$work/lab/example.sql" >"$work/artist_rows.sql"

ok "the servers start and the lab is applied" sh -c 'lectern up && lectern apply "$0"' "$work/lab/lab.yaml"
lectern handout probe --json >"$work/handout.json" 2>"$work/handout.err"
ok "lecternd measures" beats
ok "an untouched database is at 0" soon is "table artist=0 table album=0 view v_album=0" steps t1
ok "who never came is absent" is absent cell t1 state

# -- a student's work ------------------------------------------------------------------------------
ok "a table made with psql" student t1 -f "$work/artist.sql"
ok "raises its step" soon begins 0. step t1 "table artist"
ok "and no other" is "table artist=$(step t1 'table artist') table album=0 view v_album=0" steps t1
student t1 -f "$work/artist_rows.sql"
ok "the step is done" soon is 1 step t1 "table artist"
ok "the timeline has an event" is 1 events t1 step_done
ok "the student can read his own progress" soon is 1 student t1 -c "SELECT score FROM lectern.progress WHERE step = 'table artist'"
ok "but not write it" sh -c "! PGPASSWORD=$(password t1) psql -X 'host=localhost hostaddr=127.0.0.1 port=$(pg_port) dbname=t1 user=t1 sslmode=require' -c 'UPDATE lectern.progress SET score = 1'"
student t1 -c "UPDATE artist SET name = 'Abba' WHERE id = 1"
ok "a wrong row lowers it" wait_for 12 begins 0. step t1 "table artist"
student t1 -c "DROP TABLE artist"
ok "dropping the table takes it away" soon is 0 step t1 "table artist"
ok "and is told as a loss" is 1 events t1 step_lost

# -- locks -----------------------------------------------------------------------------------------
student t2 -f "$work/lab/example.sql"
ok "the whole example is 100 %" soon is 1 cell t2 progress
hold t2 "ALTER TABLE album ADD extra integer"
ok "a locked table is unknown" soon is "?" step t2 "table album"
ok "and says why" begins "locked: album" cell t2 reason
ok "the other steps stay known" is 1 step t2 "table artist"
ok "nobody is done with a part unknown" is f sql -c "SELECT a.state = 'done' FROM activity a JOIN students s USING (student_id) WHERE s.login = 't2'"
student t3 -f "$work/artist.sql"
ok "others go on meanwhile" soon begins 0. step t3 "table artist"
release
ok "when the lock goes it is known again" soon is 1 step t2 "table album"
ok "a lock is no loss" is 0 events t2 step_lost
ok "the reason is gone" soon is "" cell t2 reason

# -- rights, settings, code ------------------------------------------------------------------------
student t2 -c "REVOKE ALL ON album FROM t2"
ok "revoked rights are unreadable, not empty" soon begins "unreadable: album" cell t2 reason
student t2 -c "GRANT ALL ON album TO t2"
ok "granted again it is known again" soon is 1 step t2 "table album"
student t2 -c "ALTER ROLE t2 SET statement_timeout = 1" -c "ALTER ROLE t2 SET search_path = evil, pg_catalog" \
	-c "ALTER ROLE t2 SET default_transaction_read_only = on" -c "ALTER ROLE t2 SET local_preload_libraries = 'nope'"
student t4 <<'END'
CREATE FUNCTION count(text) RETURNS bigint LANGUAGE sql AS 'SELECT 999';
CREATE SCHEMA evil; CREATE TABLE evil.pg_class (oid oid, relname name);
CREATE FUNCTION pwn() RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
	EXECUTE 'DEALLOCATE ALL'; EXECUTE 'PREPARE facts AS SELECT ''progress 100 %''';
	PERFORM pg_sleep(60); RETURN true;
EXCEPTION WHEN query_canceled THEN PERFORM pg_sleep(60); RETURN true;
END $$;
CREATE TABLE artist (id integer PRIMARY KEY, name text NOT NULL);
ALTER TABLE artist ENABLE ROW LEVEL SECURITY; ALTER TABLE artist FORCE ROW LEVEL SECURITY;
CREATE POLICY p ON artist USING (pwn());
CREATE VIEW v_album AS SELECT 'x'::text AS title, 'y'::text AS name WHERE pwn();
CREATE TABLE album (id integer PRIMARY KEY, title text NOT NULL, artist_id integer NOT NULL);
CREATE FUNCTION slow(integer) RETURNS boolean IMMUTABLE LANGUAGE plpgsql AS 'BEGIN RETURN true; END';
CREATE INDEX ON album (id) WHERE slow(1);
CREATE OR REPLACE FUNCTION slow(integer) RETURNS boolean IMMUTABLE LANGUAGE plpgsql AS $$
BEGIN PERFORM pg_sleep(60); RETURN true; EXCEPTION WHEN query_canceled THEN PERFORM pg_sleep(60); RETURN true; END $$;
END
ok "a policy with code is not run" wait_for 15 begins "unreadable: artist" cell t4 reason
ok "what code answers is never a score" is "?" step t4 "table artist"
ok "a student's settings do not blind the probe" eval 'student t2 -c "SELECT 1" >/dev/null 2>&1; PGOPTIONS="-c local_preload_libraries= -c statement_timeout=0 -c default_transaction_read_only=off" student t2 -c "DROP VIEW public.v_album"; soon is 0 step t2 "view v_album"'
student t3 -f "$work/artist_rows.sql"
ok "nor does another's code delay the others" wait_for 3 is 1 step t3 "table artist"
hostile="DO \$\$ BEGIN FOR i IN 1..1000 LOOP EXECUTE format('CREATE TABLE junk%s (id integer PRIMARY KEY, a text DEFAULT ''x'' CHECK (a > ''''))', i); END LOOP; END \$\$"
student t5 -c "$hostile"
student t5 -f "$work/lab/example.sql"
ok "a thousand tables too many do not matter" soon is 1 cell t5 progress
ok "no probe session is left in a student's code" wait_for 10 is 0 sql -c "SELECT count(*) FROM pg_stat_activity WHERE usename LIKE 'probe\\_%' AND state <> 'idle' AND query_start < now() - interval '5 s'"

# -- a database that goes, and comes ---------------------------------------------------------------
ok "a dropped database" sql -c "DROP DATABASE t6 WITH (FORCE)"
ok "is unknown" soon is "?" cell t6 progress
ok "because it is gone" begins gone cell t6 reason
student t1 -f "$work/artist.sql"
ok "the others go on" soon begins 0. step t1 "table artist"
ok "apply makes it again" lectern apply "$work/lab/lab.yaml"
ok "and it is measured again" soon is 0 cell t6 progress

# -- a roster that grows while it runs -------------------------------------------------------------
echo "t7,Student 7" >>"$work/lab/roster.csv"
ok "a student is added" lectern apply "$work/lab/lab.yaml"
ok "and measured without a restart" soon is 0 cell t7 progress

# -- the daemon itself -----------------------------------------------------------------------------
standing() { sql -c "SELECT s.login, a.progress, a.steps_done, a.first_seen_at, a.last_progress_at FROM students s JOIN activity a USING (student_id) ORDER BY 1"; }
standing >"$work/before"
history() { sql -c "SELECT count(*) FROM events" -c "SELECT count(*) FROM progress"; }
history >"$work/history"
another() {
	timeout 10 lecternd >"$work/second" 2>&1
	status=$?
	cat "$work/second"
	[ $status = 1 ] && grep -q "another lecternd" "$work/second"
}
ok "a second lecternd refuses" another
first=$(daemon_pid)
ok "lecternd is killed" kill -KILL "$first"
restarted() { pid=$(daemon_pid) && [ -n "$pid" ] && [ "$pid" != "$1" ]; }
ok "and started again" wait_for 6 restarted "$first"
ok "and measures" beats
same() { standing | diff "$work/before" - && history | diff "$work/history" -; }
ok "nothing is lost, nothing is told twice" wait_for 5 same
first=$(daemon_pid)
begin=$(date +%s%N)
kill -TERM "$first"
wait_for 5 eval "! kill -0 $first 2>/dev/null"
took=$((($(date +%s%N) - begin) / 1000000))
ok "SIGTERM ends it within a second ($took ms)" test "$took" -lt 1000
ok "and it is started again" wait_for 6 restarted "$first"
beats
ok "with everything as it was" wait_for 5 same

ok "Postgres is restarted during the lesson" kill -INT "$(sed -n 1p "$LECTERN_STATE/postgres/postmaster.pid")"
ok "lecternd comes back by itself" beats
ok "and nothing is lost" wait_for 5 same
student t1 -f "$work/artist_rows.sql"
ok "and what is done then is measured" soon is 1 step t1 "table artist"

# -- the next lab ----------------------------------------------------------------------------------
mkdir "$work/next"
cp "$work/lab/example.sql" "$work/lab/roster.csv" "$work/next"
sed 's/^lab: .*/lab: next/' "$work/lab/lab.yaml" >"$work/next/lab.yaml"
results() { sql -c "SELECT s.login, t.name, c.score FROM step_scores c JOIN students s USING (student_id) JOIN steps t USING (step_id) JOIN labs l ON l.lab_id = s.lab_id WHERE l.name = 'probe' ORDER BY 1, 2"; }
results >"$work/results"
ok "another lab becomes the current one" lectern apply "$work/next/lab.yaml"
next_measured() { is 0 sql -c "SELECT count(*) FROM labs l JOIN students s USING (lab_id) LEFT JOIN activity a USING (student_id) WHERE l.is_current AND a.progress IS DISTINCT FROM 0"; }
ok "and is measured" wait_for 15 next_measured
unchanged() { results | diff "$work/results" -; }
ok "the results of the one before stay" unchanged
