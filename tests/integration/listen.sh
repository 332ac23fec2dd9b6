#!/bin/sh
# What the server's log says of the class: errors and failed logins, each exactly once, whatever
# becomes of the log's files, of Postgres and of lecternd; floods; and no password is kept.
. "${LECTERN_SRCDIR:?}/tests/integration/lib.sh"
. "$LECTERN_SRCDIR/tests/integration/session.sh"

mistake() { student "$@" -v ON_ERROR_STOP=0 >/dev/null 2>&1; true; }
wrong_password() {
	typed=wrong
	mistake "$1" -c "SELECT 1"
	unset typed
}
errors() { # LOGIN [CONDITION]
	sql -c "SELECT count(*) FROM errors e JOIN students s USING (student_id) WHERE s.login = '$1' AND ${2:-true}"
}
soon() { wait_for 40 "$@"; }
listening() { is t sql -c "SELECT count(*) > 0 FROM log_marks"; }
now() { date +%s%N; }

mkdir "$work/lab"
cat >"$work/lab/example.sql" <<'END'
CREATE TABLE artist (id integer PRIMARY KEY, name text NOT NULL);
INSERT INTO artist VALUES (1, 'AC/DC'), (2, 'Accept'), (3, 'Aerosmith');
END
{
	echo login,name,seat
	for n in 1 2 3 4 5 6; do echo "t$n,Student $n,C$n"; done
} >"$work/lab/roster.csv"
printf 'lab: listen\ntitle: For the log\nexample: example.sql\nroster: roster.csv\n' >"$work/lab/lab.yaml"

ok "the servers start and the lab is applied" sh -c 'lectern up && lectern apply "$0"' "$work/lab/lab.yaml"
lectern handout listen --json >"$work/handout.json" 2>"$work/handout.err"
ok "lecternd measures" beats
ok "and listens, from where the log is" soon listening

# -- errors ----------------------------------------------------------------------------------------
begin=$(now)
mistake t1 -c 'SELECT name
  FORM artist'
ok "an error is seen" soon is 1 errors t1
took=$((($(now) - begin) / 1000000))
say "an error was seen after $took ms"
ok "with its code, message, statement and place" is '42601|syntax error at or near "artist"|SELECT name   FORM artist|20' \
	sql -c "SELECT sqlstate, message, statement, position FROM errors"
ok "and counted" is 1 cell t1 errors
ok "nobody else is told of it" is 1 sql -c "SELECT count(*) FROM activity WHERE errors > 0"
mistake t2 -c "DO \$\$ BEGIN RAISE EXCEPTION USING ERRCODE = '28000', MESSAGE = 'LDAP authentication failed for user \"t1\"'; END \$\$"
mistake t2 -c "DO \$\$ BEGIN RAISE LOG 'LDAP login failed for user \"uid=t1\": Invalid credentials' USING ERRCODE = '28P01'; END \$\$"
ok "a forged failure is its author's error" soon is 1 errors t2 "kind = 'error' AND sqlstate = '28000'"
sql -c "SELECT 1/0" >/dev/null 2>&1
PGPASSWORD=x psql -X "host=127.0.0.1 port=$(pg_port) dbname=t1 user=probe_t1 sslmode=require" -c 'SELECT 1' >/dev/null 2>&1
mistake t1 -c "SELECT 'the last'/0"
ok "lectern's own roles make none" eval 'soon is 2 errors t1 && is 3 sql -c "SELECT count(*) FROM errors"'
ok "and a forged one is nobody's login" is 0 sql -c "SELECT count(*) FROM errors WHERE kind = 'login'"

# -- logins ----------------------------------------------------------------------------------------
wrong_password t3
ok "a wrong password is seen" soon is 1 cell t3 failed_logins
ok "and whose it was" is 1 errors t3 "kind = 'login' AND message = 'wrong password'"
wrong_password t3
wrong_password t3
ok "three are seen" soon is 3 cell t3 failed_logins
need() { sql -c "SELECT a.state, a.need_reason FROM students s JOIN activity a USING (student_id) WHERE s.login = '$1'"; }
ok "as a need, with the seat" soon is "blocked|3 wrong passwords at seat C3" need t3
wanted=t2
mistake t1 -c 'SELECT 1'
unset wanted
ok "another's database is no wrong password" soon is 1 errors t1 "kind = 'login' AND message LIKE 'pg_hba.conf rejects%'"
ok "and counts for none" is 0 cell t1 failed_logins
student t3 -c "SELECT 1" >/dev/null
ok "a good login ends it, however short" soon is 0 cell t3 failed_logins
flagged() { need "$1" | grep "wrong password"; }
ok "and the need" soon eval '! flagged t3'
ok "and is no error" is 3 errors t3
wrong_password t3
ok "the next one is the first again" soon is 1 cell t3 failed_logins
student t3 -c "SELECT pg_sleep(4)" >/dev/null &
held=$!
ok "a good login ends it while it stays" soon is 0 cell t3 failed_logins
wait "$held"
slapd=$(lectern ps | awk '$1 == "slapd" { print $3 }')
kill -STOP "$slapd"
wrong_password t4
kill -CONT "$slapd"
ok "a directory that does not answer is no wrong password" soon is 1 errors t4 "kind = 'login' AND message <> 'wrong password'"
ok "and counts for none, either" is 0 cell t4 failed_logins

# -- the same again and again ----------------------------------------------------------------------
for n in 1 2 3 4 5 6 7 8 9; do
	mistake t4 -c 'SELEC 1'
	sleep 1.2
done
says() { need "$1" | grep "^stuck|$2"; }
ok "the same error again and again is a need" soon says t4 'the same error [0-9]* times.*: syntax error (42601)'
yes 'SELECT 1/0;' | head -n 100 >"$work/script.sql"
mistake t5 -f "$work/script.sql"
ok "of a script all are counted" soon is 100 cell t5 errors
ok "the latest are kept" is t sql -c "SELECT count(*) BETWEEN 20 AND 99 FROM errors e JOIN students s USING (student_id) WHERE s.login = 't5'"
ok "and it is one try" eval '! says t5 ""'

# -- secrets ---------------------------------------------------------------------------------------
student t6 -v ON_ERROR_STOP=0 >/dev/null 2>&1 <<'END'
ALTER ROLE t6 PASSWORD 'hunter2
' NOW;
ALTER ROLE t6 WITH PASSWORD E'hunter2\'' NOW;
ALTER USER t6 PASWORD $$hunter2$$;
ALTER USER t6 SET PASSWORD = "hunter2";
CREATE USER eve IDENTIFIED BY hunter2;
SELECT * FROM nowhere WHERE password = 'hunter2';
SELECT dblink_connect('host=localhost password=hunter2');
SELECT 'postgresql://t6:hunter2@localhost/t6'::integer;
PGPASSWORD=hunter2 psql;
DO $$ BEGIN RAISE EXCEPTION 'password=hunter2'; END $$;
ALTER ROLE t1 PASSWORD U&'\0068unter2';
SELECT 'the end'/0;
END
ok "statements with passwords are seen" soon is 1 errors t6 "statement = 'SELECT ''the end''/0;'"
ok "all of them" is 12 errors t6
pg_dump -h "$LECTERN_STATE/run" -p "$(pg_port)" -U postgres lectern >"$work/dump.sql"
ok "their passwords are nowhere" eval 'grep -q "SELECT .the end" "$work/dump.sql" && ! grep -i unter2 "$work/dump.sql"'

# -- exactly once ----------------------------------------------------------------------------------
# Numbered errors, while the log's files, Postgres and lecternd come and go.
numbered() { # LOGIN FROM TO
	n=$2
	while [ "$n" -le "$3" ]; do
		if student "$1" -c "SELECT 'number $n'/0" 2>&1 | grep -q 'invalid input syntax'; then
			n=$((n + 1))
		else
			sleep 0.2 # Postgres is away
		fi
	done
}
each_once() { # LOGIN HOW MANY
	sql -c "SELECT count(*), count(DISTINCT e.statement) FROM errors e JOIN students s USING (student_id) WHERE s.login = '$1' AND e.statement LIKE 'SELECT ''number %'" >"$work/once"
	cat "$work/once"
	[ "$(cat "$work/once")" = "$2|$2" ]
}
restarted() { pid=$(daemon_pid) && [ -n "$pid" ] && [ "$pid" != "$1" ]; }
kill_daemon() {
	first=$(daemon_pid)
	kill -KILL "$first" && wait_for 20 restarted "$first"
}

sql -c "ALTER SYSTEM SET log_filename = 'pg.%S'" -c "ALTER SYSTEM SET log_rotation_size = '64kB'" -c "SELECT pg_reload_conf()" >/dev/null
sql -c "DELETE FROM errors" >/dev/null
numbered t1 1 40 &
one=$!
for n in 1 2 3 4 5 6; do
	sql -c "SELECT pg_rotate_logfile()" >/dev/null
	sleep 0.7
	[ $((n % 3)) != 0 ] || kill_daemon
done
wait "$one"
ok "rotated and with lecternd killed, each error is seen once" soon each_once t1 40
numbered t2 1 12 &
two=$!
sleep 1
kill -INT "$(sed -n 1p "$LECTERN_STATE/postgres/postmaster.pid")"
sleep 1
kill_daemon
wait "$two"
beats
ok "with Postgres restarted and lecternd killed, too" soon each_once t2 12
first=$(daemon_pid)
kill -STOP "$first"
numbered t3 1 5
sql -c "SELECT pg_rotate_logfile()" >/dev/null
sleep 1.2
sql -c "SELECT pg_rotate_logfile()" >/dev/null
numbered t3 6 10
kill -CONT "$first"
ok "what came while it stood still is not lost" soon each_once t3 10

# A file that is written anew under its old name, and has outgrown what was read of it.
newest() { sql -c "SELECT name FROM pg_ls_logdir() WHERE name LIKE '%.json' ORDER BY modification DESC, name DESC LIMIT 1"; }
read_out() { is t sql -c "SELECT m.read_to = f.size FROM pg_ls_logdir() f JOIN log_marks m ON m.file = f.name WHERE f.name = '$1'"; }
file=$(newest)
ok "the log is read to its end" soon read_out "$file"
{
	stamp=$(date -u '+%Y-%m-%d %H:%M:%S.123 UTC')
	for n in 1 2 3 4 5 6 7 8 9; do
		printf '{"timestamp":"%s","user":"t5","dbname":"t5","pid":1,"session_id":"x","ps":"SELECT","error_severity":"ERROR","state_code":"22012","message":"division by zero","statement":"%s %d%s/0","backend_type":"client backend"}\n' \
			"$stamp" "SELECT 'number" "$n" "'"
	done
	cat "$LECTERN_STATE/postgres/log/$file"
} >"$work/anew"
cat "$work/anew" >"$LECTERN_STATE/postgres/log/$file"
ok "a file that was written anew is read from its beginning" soon each_once t5 9

# -- floods ----------------------------------------------------------------------------------------
memory() { awk '/^VmHWM/ { print int($2 / 1024) }' "/proc/$(daemon_pid)/status"; }
sql -c "ALTER SYSTEM RESET log_rotation_size" -c "SELECT pg_reload_conf()" >/dev/null
student t4 -c "DO \$\$ BEGIN FOR i IN 1..100000 LOOP RAISE LOG '%', repeat('x', 1000); END LOOP; END \$\$" >/dev/null 2>&1 &
flood=$!
amid=0
while kill -0 "$flood" 2>/dev/null; do
	amid=$((amid + 1))
	mistake t6 -c "SELECT 'amid $amid'/0"
	sleep 0.2
done
written=$(sql -c "SELECT sum(size) / 1000000 FROM pg_ls_logdir()" | cut -d. -f1)
ok "a student wrote $written MB" test "$written" -ge 100
flooder() { sql -c "SELECT DISTINCT s.login FROM events e JOIN students s USING (student_id) WHERE e.kind = 'log'"; }
ok "his name is told" soon is t4 flooder
say "$(sql -c "SELECT text FROM events WHERE kind = 'log'" | head -n 1)"
mistake t6 -c "SELECT 'behind'/0"
begin=$(now)
ok "others' errors arrive behind it" soon is 1 errors t6 "statement = 'SELECT ''behind''/0'"
say "after $((($(now) - begin) / 1000000)) ms"
ok "and all of the $amid amid it" is "$amid" errors t6 "statement LIKE 'SELECT ''amid %'"
say "lecternd took $(memory) MB at most, and $(awk '{ print $14 + $15 }' "/proc/$(daemon_pid)/stat") ticks of CPU"
[ -n "$sanitized" ] || ok "lecternd stays small" test "$(memory)" -lt 100
ok "and the class is measured" beats
student t4 -c "DO \$\$ BEGIN RAISE LOG '%', repeat('x', 30000000); END \$\$" >/dev/null 2>&1
mistake t6 -c "SELECT 'long behind'/0"
ok "a line of 30 MB is passed over" soon is 1 errors t6 "statement = 'SELECT ''long behind''/0'"
[ -n "$sanitized" ] || ok "without lecternd growing" test "$(memory)" -lt 100
misread() { grep -h "could not be read" "$LECTERN_STATE/log/lecternd/current"; }
ok "no line was misread" eval '! misread'

# -- how long it is kept ---------------------------------------------------------------------------
sql -c "INSERT INTO errors (student_id, at, sqlstate, message) SELECT student_id, now() - interval '25 h', '42601', 'old' FROM students" \
	-c "INSERT INTO errors (student_id, at, sqlstate, message) SELECT student_id, now() - interval '2 h', '42601', 'many' FROM students, generate_series(1, 300) WHERE login = 't6'" >/dev/null
ok "old errors go" wait_for 120 is 0 sql -c "SELECT count(*) FROM errors WHERE message = 'old'"
ok "and of one student more than 200" is 200 errors t6
