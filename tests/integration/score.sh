#!/bin/sh
# Grading without a lesson: lectern checks and lectern score, with a server that is thrown away, with a named
# one, and with hostile dumps; what was made is gone afterwards, however the command ended.
. "${LECTERN_SRCDIR:?}/tests/integration/lib.sh"
. "$LECTERN_SRCDIR/tests/judge/server.sh"
cd "$work" || exit 99
library=$LECTERN_SRCDIR/assets/labs/library/library.sql
mkdir "$work/tmp"
TMPDIR=$work/tmp
export TMPDIR

status() { # WANTED COMMAND... : exit status
	wanted=$1
	shift
	"$@" >out 2>err </dev/null
	is=$?
	head -n 30 out
	cat err
	[ "$is" = "$wanted" ] || { echo "exit status $is, not $wanted"; return 1; }
}
says() { # WORDS STATUS COMMAND...
	words=$1
	shift
	status "$@" && cat out err | grep -qF -- "$words"
}
nothing_left() {
	left=$(ls -A "$TMPDIR") && [ -z "$left" ] || { echo "left: $left"; return 1; }
}
no_scratch() {
	left=$(sql postgres postgres "SELECT datname FROM pg_database WHERE datname ~ '^lectern_' UNION ALL
		SELECT rolname FROM pg_roles WHERE rolname ~ '^lectern_'") && [ -z "$left" ] || { echo "left: $left"; return 1; }
}

# -- a server that is thrown away --------------------------------------------------------------------
mkdir -p class/bob
cp "$library" class/alice.sql
sed 's/^CREATE TABLE branch/CREATE TABLE brunch/' "$library" >class/bob/homework.sql
echo 'read me' >class/notes.txt
echo 'this is no SQL at all' >class/carol.sql
ok "checks" says "steps," 0 lectern checks "$library"
ok "checks --json" status 0 lectern checks "$library" --json
cp out checks.json
has() { grep -qF -- "$1" "${2:-out}"; }
ok "with steps, checks, counts, seconds and rows" eval 'for k in steps checks objects seconds rows weight object kind id notes; do has "\"$k\":" checks.json || exit 1; done'
ok "an example that is missing is an error in JSON, too" says '"message": "' 1 lectern checks missing.sql --json
ok "and has a document to itself" has '"error": {'
ok "full score is 0" says "100.00 %" 0 lectern score "$library" "$library"
ok "less is 3" status 3 lectern score "$library" class/bob/homework.sql
printf '\ncreate table a (;' >bad.sql
ok "what does not run is said with its line" says "bad.sql:2: none of its statements could be run" 1 lectern score "$library" bad.sql
echo 'CREATE TABLE unasked (a integer);' >little.sql
ok "a missing table is one line" eval 'lectern score "$library" little.sql >little.out; test "$(grep -c "member: the table is missing" little.out)" = 1 && grep -qE "and [0-9]+ more checks" little.out'
ok "what is not readable is 1" says "not graded" 1 lectern score "$library" "$library" missing.sql
ok "a folder of homework" status 1 lectern score "$library" class --csv
cp out class.csv
ok "has a line each" [ "$(wc -l <class.csv)" = 4 ]
ok "the whole one is full" grep -q '^class/alice.sql,1\.0000,' class.csv
ok "the other is not" grep -q '^class/bob/homework.sql,0\.[0-9]*,' class.csv
ok "nonsense has no score, and a problem" grep -q '^class/carol.sql,,.*[a-z]' class.csv
ok "other files are named" has '"class/notes.txt" is no dump' err
ok "an empty folder is wrong" eval 'mkdir empty; says "no dumps" 1 lectern score "$library" empty'
ok "archives, too" eval 'sql postgres postgres "CREATE DATABASE full_library TEMPLATE template0" &&
	psql -X -q -d full_library -f "$library" >/dev/null && pg_dump -Fc -f full.dump full_library &&
	pg_dump -Ft -f full.tar full_library && pg_dump -Fd -f full.d full_library &&
	status 0 lectern score "$library" full.dump full.tar full.d'
ok "--json per target" status 3 lectern score "$library" --json class/alice.sql class/bob/homework.sql
ok "has what a script needs" eval 'for k in target progress steps checks id step kind object title weight score verdict; do has "\"$k\":" || exit 1; done'
ok "nothing stays" nothing_left

# -- files as they come --------------------------------------------------------------------------------
printf '%s\n' 'CREATE TABLE p (id int PRIMARY KEY, c int NOT NULL, t text);' \
	'CREATE TABLE c (id int PRIMARY KEY, p int NOT NULL REFERENCES p DEFERRABLE);' \
	"INSERT INTO p VALUES (1, 1, 'a'), (2, 1, 'b'); INSERT INTO c VALUES (1, 1);" \
	'ALTER TABLE p ADD FOREIGN KEY (c) REFERENCES c DEFERRABLE;' >pair.sql
tables=$(sed -e '/^INSERT/d' pair.sql)
written() { # "what" TEXT : another way to build the pair
	printf '%s\n' "$2" >written.sql
	ok "$1" says "100.00 %" 0 lectern score pair.sql written.sql --server "$server"
}
rows="INSERT INTO p VALUES (1, 1, 'a'), (2, 1, 'b'); INSERT INTO c VALUES (1, 1);"
written "rows that refer to each other within a transaction" "$tables BEGIN; SET CONSTRAINTS ALL DEFERRED; $rows COMMIT;"
written "and others that wait for them" "$tables INSERT INTO p VALUES (2, 1, 'b'); BEGIN; SET CONSTRAINTS ALL DEFERRED;
	INSERT INTO p VALUES (1, 1, 'a'); INSERT INTO c VALUES (1, 1); COMMIT;"
written "what is rolled back does not count" "$(cat pair.sql)
	BEGIN; INSERT INTO p VALUES (7, 1, 'x'); ROLLBACK; BEGIN; SAVEPOINT s; DELETE FROM p WHERE id = 2; ROLLBACK TO s; COMMIT;"
written "a schema of somebody unknown" "CREATE SCHEMA shop AUTHORIZATION postgres; SET search_path = shop; $(cat pair.sql)"
sed -e '/^INSERT/d' -e '/^ALTER/d' pair.sql >lines.sql
printf 'COPY p FROM stdin;\n1\t1\ta\n2\t1\tb\n\\.\nCOPY c FROM stdin;\n1\t1\n\\.\n' >>lines.sql
grep '^ALTER' pair.sql >>lines.sql
written "lines that end as on Windows" "$(sed 's/$/\r/' lines.sql)"

# -- hostile and endless dumps -----------------------------------------------------------------------
cat >hostile.sql <<END
\\! touch $work/owned
COPY (SELECT 1) TO PROGRAM 'touch $work/owned';
ALTER ROLE CURRENT_USER PASSWORD 'mine';
ALTER ROLE CURRENT_USER SET search_path = evil;
ALTER ROLE CURRENT_USER SET statement_timeout = 1;
CREATE TABLE branch (id int);
END
echo 'CREATE TABLE a (b int); DO $$ BEGIN PERFORM pg_sleep(600); END $$;' >endless.sql
ok "a hostile dump touches nothing" eval '! lectern score "$library" hostile.sql >out 2>&1; cat out; [ ! -e owned ]'
ok "and not the next one" says "100.00 %" 1 lectern score "$library" hostile.sql "$library"
ok "an endless one ends" says "stopped after 2 s" 1 lectern score "$library" endless.sql --timeout 2
broken_off() { # SIGNAL STATUS [OPTION...]
	signal=$1 wanted=$2
	shift 2
	lectern score "$library" endless.sql "$@" >out 2>err &
	child=$!
	wait_for 60 is_loading "$@" || { kill $child; return 1; }
	kill "-$signal" $child
	wait $child
	is=$?
	cat err
	[ $is = "$wanted" ]
}
is_loading() { # is the endless statement running?
	if [ $# -gt 0 ]; then
		sql postgres postgres "SELECT 'it is' FROM pg_stat_activity WHERE query ~ '^DO .*sleep.600' AND state = 'active'" | grep -q it
	else
		pgrep -f "postgres: lectern_scratch_[0-9a-f]*_2 .*] DO" >/dev/null
	fi
}
ok "broken off by TERM" broken_off TERM 1
ok "nothing stays" nothing_left
ok "killed" broken_off KILL 137
ok "the next one sweeps" status 0 lectern checks "$library"
ok "nothing stays" nothing_left

# -- a named server ----------------------------------------------------------------------------------
ok "--server" says "100.00 %" 0 lectern score "$library" "$library" --server "$server"
ok "nothing stays there" no_scratch
ok "broken off by INT" broken_off INT 1 --server "$server"
ok "nothing stays there" no_scratch
ok "killed" broken_off KILL 137 --server "$server"
ok "the next one sweeps" status 0 lectern checks "$library" --server "$server"
ok "nothing stays there" no_scratch
sql postgres postgres "CREATE ROLE keeper LOGIN CREATEDB CREATEROLE; CREATE ROLE nobody_much LOGIN"
ok "a login that may make roles and databases is enough" \
	status 0 lectern score "$library" "$library" --server "postgresql://keeper@/postgres?host=$socket&port=25435"
ok "nothing stays there" no_scratch
ok "one that may not is told so" says "must be allowed to make roles" 1 \
	lectern score "$library" "$library" --server "postgresql://nobody_much@/postgres?host=$socket&port=25435"
ok "--server's URI must be one" says "cannot be read" 1 lectern checks "$library" --server nonsense://

# -- live databases ----------------------------------------------------------------------------------
sql postgres postgres "CREATE ROLE s001 LOGIN"
sql postgres postgres "CREATE DATABASE s001 TEMPLATE template0"
sql postgres postgres "GRANT ALL ON DATABASE s001 TO s001"
sql s001 postgres "GRANT ALL ON SCHEMA public TO s001"
psql -X -q -U s001 -d s001 -f "$library" >"$work/fill.out" 2>&1 || cat "$work/fill.out"
live="postgresql://s001@/s001?host=$socket&port=25435"
ok "a live database" says "100.00 %" 0 lectern score "$library" "$live"
ok "a live example" status 0 lectern score "$live" "$library" --server "$server"
ok "a password never shows" eval '! status 0 lectern score "$library" "postgresql://s001:geheim@/s001?host=$socket&port=1" &&
	! grep -q geheim out err'

# -- whose rights ------------------------------------------------------------------------------------
owner="postgresql://postgres@/s001?host=$socket&port=25435"
sql postgres postgres "CREATE ROLE reader LOGIN IN ROLE s001, pg_read_all_data"
ok "a superuser's login runs no view" says "not run: the login has more rights" 1 lectern score "$library" "$owner"
ok "nor does one that holds a pg_* role" says "not run: the login has more rights" 1 \
	lectern score "$library" "postgresql://reader@/s001?host=$socket&port=25435"
ok "in JSON its score is null" eval 'status 1 lectern score "$library" "$owner" --json && has "\"privileged\": true" && has "\"score\": null"'
ok "unless the target is trusted" says "100.00 %" 0 lectern score "$library" "$owner" --trust-target
sql s001 s001 "CREATE FUNCTION grab() RETURNS integer LANGUAGE plpgsql AS 'BEGIN ALTER ROLE s001 SUPERUSER; RETURN 1; END'"
sql s001 s001 "CREATE OR REPLACE VIEW popular_book AS SELECT * FROM ($(sql s001 s001 "SELECT rtrim(pg_get_viewdef('popular_book'), ';')")) x WHERE grab() = 1"
ok "a view that grabs rights gets none" eval '! lectern score "$library" "$owner" >out 2>&1 && ! lectern score "$library" "$owner" --trust-target >out 2>&1;
	[ "$(sql postgres postgres "SELECT rolsuper FROM pg_roles WHERE rolname = '"'s001'"'")" = f ]'

# -- the plain exporter ------------------------------------------------------------------------------
exporter_runs() {
	port=$(free_port 29237)
	lectern checks "$library" --exporter >plain.yml || return 1
	sed "s#'postgres://LOGIN.*DATABASE?sslmode=require#'postgres://s001@/s001?host=$socket\&port=25435\&sslmode=disable#; s#interval: '30s'#interval: '1s'#" \
		plain.yml >exporter.yml
	grep -q "@/s001" exporter.yml || return 1
	LOGLEVEL=warn prometheus-sql-exporter -config.file exporter.yml -web.listen-address 127.0.0.1:$port >exporter.log 2>&1 &
	exporter=$!
	wait_for 60 scraped "$1"
	is=$?
	kill $exporter
	wait $exporter 2>/dev/null
	[ $is = 0 ] || tail -n 5 exporter.log | cut -c1-300
	return $is
}
steps() { grep -c '^  - name: lectern_step_' plain.yml; }
scraped() { # VALUE : all steps have it, but for views, functions and what else is left out
	curl -sf http://127.0.0.1:$port/metrics >metrics || return 1
	grep 'step="' metrics
	[ "$(grep -c '^sql_lectern_step_.*step="' metrics)" = "$(steps)" ] &&
		[ "$(grep -c "^sql_lectern_step_.*step=\".*} $1\$" metrics)" = "$(steps)" ]
}
if command -v prometheus-sql-exporter >/dev/null && command -v curl >/dev/null; then
	ok "the plain exporter sees every step done" exporter_runs 1
	sql postgres postgres "ALTER DATABASE s001 RENAME TO done"
	sql postgres postgres "CREATE DATABASE s001"
	ok "and none in an empty database" exporter_runs 0
else
	skip "the plain exporter" "prometheus-sql-exporter or curl is not installed"
fi
