#!/bin/sh
# Results on real servers: what students' views, functions and the lab's own checks give is compared with the
# example's; whatever they do instead of giving it costs their own cell only; and query labs, whose tables are given.
. "${LECTERN_SRCDIR:?}/tests/integration/lib.sh"

pg_port() { sed -n '/^postgres:/,/^[a-z]/s/^ *port: //p' "$LECTERN_STATE/site.yaml"; }
sql() { psql -X -At -v ON_ERROR_STOP=1 -h "$LECTERN_STATE/run" -p "$(pg_port)" -U postgres -d "${database:-lectern}" "$@"; }
password() { # LOGIN
	sed 's/},/},\n/g' "$work/handout.json" | tr -d '\n' | sed 's/"login"/\n"login"/g' |
		sed -n "s/^\"login\": *\"$1\".*\"password\": *\"\\([a-z-]*\\)\".*/\\1/p" | head -n 1
}
as_login() { # LOGIN PROGRAM ARGUMENTS...: as from a lab PC
	login=$1 program=$2
	shift 2
	PGPASSWORD=$(password "$login") "$program" -d \
		"host=localhost hostaddr=127.0.0.1 port=$(pg_port) dbname=$login user=$login sslmode=verify-full sslrootcert=$LECTERN_STATE/tls/ca.crt" "$@"
}
student() { # LOGIN [psql's arguments]
	student=$1
	shift
	as_login "$student" psql -X -q -At -v ON_ERROR_STOP=1 "$@"
}
cell() { # LOGIN COLUMN of the activity
	sql -c "SELECT coalesce(a.$2::text, '?') FROM students s JOIN activity a USING (student_id) WHERE s.login = '$1'"
}
step() { # LOGIN STEP
	sql -c "SELECT coalesce(round(c.score::numeric, 3)::float8::text, '?') FROM students s JOIN step_scores c USING (student_id) JOIN steps t USING (step_id) WHERE s.login = '$1' AND t.name = '$2'"
}
check() { # LOGIN KIND NAME: score and verdict of a check, "0.5 right rows, wrong order"
	sql -c "SELECT concat_ws(' ', coalesce(round(c.score::numeric, 3)::float8::text, '?'), nullif(c.verdict, ''))
	          FROM students s JOIN scores c USING (student_id)
	          JOIN checks k ON (k.lab_id, k.check_id) = (c.lab_id, c.check_id)
	         WHERE s.login = '$1' AND k.kind = '$2' AND k.name = '$3'"
}
# An answer within this many seconds.
soon() { wait_for 15 "$@"; }
# What is evaluated at most every 30 s.
later() { wait_for 60 "$@"; }
fails_with() { # WORDS COMMAND...
	words=$1
	shift
	"$@" >"$work/fails.out" 2>&1 && return 1
	cat "$work/fails.out"
	grep -q "$words" "$work/fails.out"
}
log_lines() { # WORDS: how often the servers' log has them
	grep -rahc "$1" "$LECTERN_STATE/log" "$LECTERN_STATE/postgres/log" 2>/dev/null | awk '{ n += $1 } END { print n + 0 }'
}
at_most() { # N COMMAND...
	most=$1
	shift
	found=$("$@")
	echo "$*: found $found, expected at most $most"
	[ "$found" -le "$most" ]
}

mkdir "$work/lab"
cat >"$work/lab/example.sql" <<'END'
CREATE TABLE item (id integer PRIMARY KEY, name text NOT NULL, price numeric(8,2));
INSERT INTO item VALUES (1, 'anvil', 30), (2, 'bolt', 0.5), (3, 'clamp', 12.25), (4, 'bit', 4), (5, 'drill', NULL),
	(6, 'awl', 4), (7, 'axe', 25);
CREATE VIEW cheap AS SELECT id, name, price FROM item WHERE price < 10;
CREATE VIEW ranked AS SELECT name, price FROM item WHERE price > 4 ORDER BY price DESC;
CREATE VIEW initials AS SELECT left(name, 1) AS initial FROM item;
CREATE VIEW mean AS SELECT avg(price)::double precision AS mean, count(*) AS items FROM item;
CREATE VIEW clock AS SELECT now() AS time;
CREATE FUNCTION total(integer) RETURNS numeric LANGUAGE sql AS 'SELECT sum(price) FROM item WHERE id <= $1';
END
{
	echo login,name
	for n in 1 2 3 4 5 6 7 8 9; do echo "t$n,Student $n"; done
} >"$work/lab/roster.csv"
cat >"$work/lab/lab.yaml" <<'END'
lab: results
example: example.sql
roster: roster.csv
views:
  each:
    - view: ranked
      compare: ordered
    - view: initials
      compare: set
functions:
  - name: total
    calls: ["total(2)", "total(5)"]
extra:
  - title: seven items
    sql: SELECT count(*) FROM item
    expect: 7
  - title: all prices add up
    sql: SELECT sum(price) + 4635.25 FROM item;
    expect: 4711
    weight: 2
  - title: nothing is free
    sql: SELECT bool_and(price > 0) FROM item
    step: table item
END
sed -n 1,3p "$work/lab/example.sql" >"$work/table.sql"
# The same in other words, so that it is the results that count.
cat >"$work/other.sql" <<'END'
CREATE VIEW cheap AS SELECT id, name, price FROM item WHERE id IN (2, 4, 6);
CREATE VIEW ranked AS SELECT name, price FROM (SELECT * FROM item ORDER BY price DESC) i WHERE price >= 4.01 ORDER BY 2 DESC;
CREATE VIEW initials AS SELECT substr(name, 1, 1) AS initial FROM item GROUP BY 1;
CREATE VIEW mean AS SELECT (sum(price) / count(price))::double precision AS mean, sum(1) AS items FROM item;
CREATE VIEW clock AS SELECT clock_timestamp() AS time;
CREATE FUNCTION total(n integer) RETURNS numeric LANGUAGE plpgsql AS
	'BEGIN RETURN (SELECT sum(i.price) FROM item i WHERE i.id BETWEEN 0 AND n); END';
END

ok "the servers start and the lab is applied" sh -c 'lectern up && lectern apply "$0" --events-fd 3 3>"$1"' "$work/lab/lab.yaml" "$work/events"
ok "a view that is another one each time is told" grep -q 'view clock: its result is not compared' "$work/events"
ok "and not compared" is 4 sql -c "SELECT count(*) FROM checks WHERE kind = 'result'"
ok "the others are" is "call 2,extra 3,result 4" sql -c \
	"SELECT string_agg(kind || ' ' || n, ',' ORDER BY kind) FROM (SELECT kind, count(*) n FROM checks WHERE kind IN ('result', 'call', 'extra') GROUP BY kind) k"
ok "applied again nothing changes" sh -c 'lectern apply "$0" --events-fd 3 3>"$1" && ! grep -q "\"changed\":[1-9]" "$1"' "$work/lab/lab.yaml" "$work/events"
lectern handout results --json >"$work/handout.json" 2>"$work/handout.err"

# -- verdicts --------------------------------------------------------------------------------------
student t1 -f "$work/table.sql" -f "$work/other.sql"
for view in cheap ranked initials mean; do
	ok "view $view in other words gives the same" soon is 1 check t1 result "$view"
done
ok "a function in other words, too" soon is "1 1" eval 'echo $(check t1 call "total(2)") $(check t1 call "total(5)")'
ok "the lab's own checks hold" is "1 1 1" eval 'echo $(check t1 extra "seven items") $(check t1 extra "all prices add up") $(check t1 extra "nothing is free")'
ok "and all of it is 100 %" soon is 1 cell t1 progress

student t2 -f "$work/table.sql" -f - <<'END'
CREATE VIEW cheap AS SELECT id, name, price FROM item WHERE price < 1 OR id IN (1, 3);
CREATE VIEW ranked AS SELECT name, price FROM item WHERE price > 4 ORDER BY price;
CREATE VIEW initials AS SELECT left(name, 1) AS letter FROM item;
CREATE VIEW mean AS SELECT avg(price)::text AS mean, count(*) AS items FROM item;
CREATE FUNCTION total(integer) RETURNS numeric LANGUAGE sql AS 'SELECT sum(price) FROM item WHERE id < $1';
UPDATE item SET price = 0 WHERE id = 1;
END
ok "rows are missing and others too many" soon begins "0.1 2 rows missing, 2 too many" check t2 result cheap
student t2 -c "UPDATE item SET price = 30 WHERE id = 1" -c "SELECT pg_stat_force_next_flush()"
student t3 -f "$work/table.sql" -f - <<'END'
CREATE VIEW ranked AS SELECT name, price FROM item WHERE price > 4 ORDER BY price;
CREATE VIEW initials AS SELECT left(name, 1) AS letter FROM item;
CREATE VIEW mean AS SELECT avg(price)::text AS mean, count(*) AS items FROM item;
CREATE FUNCTION total(integer) RETURNS numeric LANGUAGE sql AS 'SELECT sum(price) FROM item WHERE id < $1';
DELETE FROM item WHERE id = 6;
END
ok "right rows in the wrong order" soon is "0.5 right rows, wrong order" check t3 result ranked
ok "a column under another name" soon is "0.8 column initial is named letter" check t3 result initials
ok "a column of another type" begins "0 column mean is text, expected double precision" check t3 result mean
ok "a function that is wrong" soon begins "0 1 row missing, 1 too many" check t3 call "total(2)"
ok "a value that is another one" is "0 it gives another value" check t3 extra "seven items"
ok "no view at all is no mystery" is "0 view cheap is missing" check t3 result cheap
student t9 -f "$work/table.sql" -c "UPDATE item SET price = 0 WHERE id = 2"
ok "a check that does not hold" soon is "0 it does not hold" check t9 extra "nothing is free"
student t9 -c "CREATE VIEW cheap AS SELECT FROM item"
ok "a view without columns is no answer" soon is "0 it has no columns" check t9 result cheap
ok "no function: its calls are at 0" is "0 function total is missing" check t9 call "total(2)"
ok "an empty database is at 0, the lab's checks too" is "0 0" eval 'echo $(step t4 "view cheap") $(step t4 extra)'

# -- slow, failing, locked, unreadable -------------------------------------------------------------
student t4 -f "$work/table.sql" -f - <<'END'
CREATE FUNCTION slow() RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
	PERFORM set_config('statement_timeout', '0', false); PERFORM pg_sleep(60); RETURN true;
EXCEPTION WHEN query_canceled THEN PERFORM pg_sleep(60); RETURN true;
END $$;
CREATE VIEW cheap AS SELECT id, name, price FROM item WHERE slow();
CREATE VIEW ranked AS SELECT name, price FROM item WHERE 1 / (id - id) > 0;
CREATE VIEW initials AS SELECT substr(name, 1, 1) AS initial FROM item;
CREATE VIEW mean AS SELECT (SELECT avg(price)::float8 FROM item) AS mean, 7 AS items;
END
ok "a view that sleeps is unknown, and says why" soon begins "? too slow" check t4 result cheap
ok "one that fails, too" soon is "? failing: division by zero" check t4 result ranked
ok "neither hides the rest" soon is "1 1" eval 'echo $(check t4 result initials) $(check t4 result mean)'
ok "the cell tells the first" begins "timeout: cheap" cell t4 reason
ok "how long it has been unknown is recorded" is t sql -c "SELECT c.measured_at < clock_timestamp() FROM scores c JOIN students s USING (student_id) JOIN checks k ON (k.lab_id, k.check_id) = (c.lab_id, c.check_id) WHERE s.login = 't4' AND k.kind = 'result' AND k.name = 'cheap'"
ok "its session was ended" soon is 0 sql -c "SELECT count(*) FROM pg_stat_activity WHERE usename = 'probe_t4' AND query ~ 'cheap'"
student t5 -f "$work/table.sql" -c "CREATE TABLE helper AS TABLE item"
mkfifo "$work/hold"
student t5 <"$work/hold" >"$work/hold.out" 2>&1 &
holder=$!
exec 8>"$work/hold"
echo "CREATE VIEW cheap AS SELECT id, name, price FROM helper WHERE price < 10; BEGIN; LOCK TABLE helper; SELECT 'held';" >&8
ok "a table under a view is locked" wait_for 10 grep -q held "$work/hold.out"
ok "then the view is unknown" soon begins "? locked" check t5 result cheap
ok "and only the view" soon is 1 check t5 extra "seven items"
exec 8>&-
wait "$holder"
ok "when the lock goes it is known" soon is 1 check t5 result cheap
student t6 -f "$work/table.sql" -f - <<'END'
CREATE TABLE helper AS TABLE item;
REVOKE ALL ON helper FROM t6;
CREATE VIEW cheap AS SELECT id, name, price FROM helper WHERE price < 10;
END
ok "a view that may not read is unreadable" soon begins "? unreadable: permission denied" check t6 result cheap

# -- changes, and how often ------------------------------------------------------------------------
student t7 -f "$work/table.sql" -f - <<'END'
CREATE FUNCTION told() RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN RAISE LOG 'told: %', current_query(); RETURN true; END $$;
CREATE VIEW cheap AS SELECT id, name, price FROM item WHERE price < 10 AND (SELECT told());
CREATE VIEW ranked AS SELECT name, price FROM item WHERE price > 4 ORDER BY price DESC;
CREATE FUNCTION total(integer) RETURNS numeric LANGUAGE sql AS 'SELECT told(); SELECT sum(price) FROM item WHERE id <= $1';
END
ok "a view that reads its own query is right all the same" soon is 1 check t7 result cheap
ok "nothing that is expected stands in what code can read" sh -c '! grep -rah "told:" "$0/log" "$0/postgres/log" 2>/dev/null | grep -E "4711|seven items|ordered"' "$LECTERN_STATE"
ok "though the code was run" eval '[ "$(log_lines told:)" -gt 0 ]'
told=$(log_lines 'told:.*cheap')
for n in 1 2 3 4 5 6; do student t7 -c "CREATE TABLE more$n (x integer)" -c "INSERT INTO more$n VALUES (1)"; sleep 1; done
ok "what a view does not read does not make it run" at_most "$told" log_lines 'told:.*cheap'
for n in 1 2 3 4 5 6; do student t7 -c "UPDATE item SET name = name || '$n' WHERE id = 2"; sleep 1; done
ok "what it reads does, at most every 30 s" at_most $((told + 2)) log_lines 'told:.*cheap'
student t7 -c "CREATE OR REPLACE VIEW ranked AS SELECT name, price FROM item WHERE price > 5 AND id < 4 ORDER BY price DESC"
ok "a view that changes is judged anew" later begins "0.333 1 row missing" check t7 result ranked

# -- hostile surroundings --------------------------------------------------------------------------
student t8 -f "$work/table.sql" -f - <<'END'
CREATE SCHEMA evil;
CREATE TABLE evil.item (id integer, name text, price numeric);
CREATE FUNCTION public.left(text, integer) RETURNS text LANGUAGE sql AS 'SELECT ''forged''';
CREATE FUNCTION public.count(integer) RETURNS bigint LANGUAGE sql AS 'SELECT 7::bigint';
CREATE FUNCTION public.format(text, VARIADIC text[]) RETURNS text LANGUAGE sql AS 'SELECT ''forged''';
CREATE FUNCTION poison() RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
	PERFORM set_config('search_path', 'evil, public', false);
	PERFORM set_config('DateStyle', 'German', false);
	PERFORM pg_notify('leak', current_query());
	BEGIN PERFORM set_config('transaction_read_only', 'off', false); EXCEPTION WHEN OTHERS THEN NULL; END;
	BEGIN EXECUTE 'DEALLOCATE ALL'; EXECUTE 'PREPARE facts AS SELECT 1'; EXCEPTION WHEN OTHERS THEN NULL; END;
	BEGIN PERFORM pg_catalog.pg_advisory_lock(1); EXCEPTION WHEN OTHERS THEN NULL; END;
	BEGIN EXECUTE 'CREATE TEMP TABLE item (id integer, name text, price numeric)'; EXCEPTION WHEN OTHERS THEN NULL; END;
	BEGIN EXECUTE 'ALTER ROLE probe_t8 PASSWORD ''mine'''; EXCEPTION WHEN OTHERS THEN NULL; END;
	BEGIN EXECUTE 'UPDATE lectern.progress SET score = 1'; EXCEPTION WHEN OTHERS THEN NULL; END;
	RETURN true;
END $$;
CREATE VIEW cheap AS SELECT id, name, price FROM item WHERE price < 10 AND (SELECT poison());
CREATE VIEW ranked AS SELECT name, price FROM item WHERE price > 4.1 ORDER BY price DESC;
CREATE FUNCTION suicide() RETURNS boolean LANGUAGE plpgsql AS 'BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); PERFORM pg_sleep(5); RETURN true; END';
CREATE VIEW initials AS SELECT pg_catalog.left(name, 1) AS initial FROM item WHERE suicide();
CREATE VIEW mean AS SELECT repeat('x', 500000000) AS mean, g AS items FROM generate_series(1, 1000000) g;
END
ok "what a view does to its session does not reach the next" soon is "1 1" eval 'echo $(check t8 result ranked) $(check t8 extra "all prices add up")'
ok "nor the facts" is 1 step t8 "table item"
ok "a view that ends its session is unknown" soon begins "?" check t8 result initials
ok "an endless one costs nobody but itself" soon eval 'case $(check t8 result mean) in "? too slow"* | "0 "*) ;; *) check t8 result mean; false ;; esac'
ok "the probe's password is as it was" is t sql -c "SELECT rolpassword LIKE 'SCRAM-SHA-256%' FROM pg_authid WHERE rolname = 'probe_t8'"
student t9 -c "UPDATE item SET price = 0.5 WHERE id = 2"
ok "others go on meanwhile" later is 1 check t9 extra "nothing is free"

# -- what the lab master gets wrong ----------------------------------------------------------------
lab() { # NAME [MORE]: another lab of the same example
	printf 'lab: %s\nexample: example.sql\nroster: few.csv\n%s\n' "$1" "${2-}" >"$work/lab/$1.yaml"
}
printf 'login\nq1\nq2\n' >"$work/lab/few.csv"
lab wrong 'functions: [{name: total, calls: ["total(1, 2)"]}]'
ok "a call that fails in the example is told with its line" fails_with 'wrong.yaml:4: call "total(1, 2)" does not do in the example' lectern apply "$work/lab/wrong.yaml"
lab wrong 'extra: [{title: many, sql: SELECT count(*) > 100 FROM item}]'
ok "and so is a check that does not hold there" fails_with 'wrong.yaml:4: check "many" does not do in the example' lectern apply "$work/lab/wrong.yaml"
lab wrong 'functions: [{name: nobody, calls: ["nobody()"]}]'
ok "and a function that it does not have" fails_with 'the example has no function "nobody"' lectern apply "$work/lab/wrong.yaml"
lab asks "goal: query
steps: [{step: table item}]"
ok "plan refuses a query lab that asks for a table" fails_with 'a query lab cannot ask for step "table item"' lectern plan "$work/lab/asks.yaml"

# -- query labs ------------------------------------------------------------------------------------
lab ask "goal: query
leave_out: [clock, initials]
extra: [{title: mean is above ten, sql: SELECT mean > 10 FROM mean, step: view mean}]"
ok "a query lab is applied" lectern apply "$work/lab/ask.yaml"
lectern handout ask --json >"$work/handout.json" 2>"$work/handout.err"
ok "its steps are views and functions" is "view cheap,view mean,view ranked,function total" sql -c \
	"SELECT string_agg(t.name, ',' ORDER BY t.position) FROM steps t JOIN labs l USING (lab_id) WHERE l.is_current"
ok "the tables are given with their rows" is 7 student q1 -c "SELECT count(*) FROM item"
ok "and what was left out of the task" is 4 student q1 -c "SELECT count(DISTINCT initial) FROM initials"
ok "but not what is asked for" is "" student q1 -c "SELECT coalesce(to_regclass('cheap')::text, to_regprocedure('total(integer)')::text)"
ok "nobody has logged in as their owner" is "lectern_given f" sql -c "SELECT rolname || ' ' || CASE WHEN rolcanlogin THEN 't' ELSE 'f' END FROM pg_roles WHERE rolname = 'lectern_given'"
ok "rows cannot be changed" fails_with "permission denied" student q1 -c "DELETE FROM item"
ok "nor the table" fails_with "must be owner" student q1 -c "CREATE INDEX ON item (name)"
ok "nor triggers made" fails_with "permission denied" student q1 -c "CREATE TRIGGER t AFTER INSERT ON item EXECUTE FUNCTION suppress_redundant_updates_trigger()"
ok "but it can be referred to" student q1 -c "CREATE TABLE note (item_id integer REFERENCES item, text text)" -c "INSERT INTO note VALUES (1, 'x')"
ok "the class starts at 0" soon is "0 0" eval 'echo $(cell q1 progress) $(cell q2 progress)'
student q1 -c "CREATE VIEW cheap AS SELECT * FROM item WHERE price <= 4"
ok "a view by psql raises its step" soon is 1 step q1 "view cheap"
student q1 -c "CREATE VIEW mean AS SELECT avg(price)::float8 AS mean, count(id) AS items FROM item"
ok "the lab's own check runs on it" soon is 1 check q1 extra "mean is above ten"
student q1 -c "CREATE VIEW ranked AS TABLE item" -c "CREATE FUNCTION total(n integer) RETURNS numeric RETURN (SELECT sum(price) FROM item WHERE id <= n)"
ok "a view that gives more rows is not right" soon begins "0" check q1 result ranked
ok "the others stay" is "1 1" eval 'echo $(step q1 "view cheap") $(step q1 "view mean")'
ok "a student can dump the database" sh -c '"$@" --schema=public >/dev/null' sh env PGPASSWORD="$(password q1)" pg_dump -d "host=localhost hostaddr=127.0.0.1 port=$(pg_port) dbname=q1 user=q1 sslmode=verify-full sslrootcert=$LECTERN_STATE/tls/ca.crt"
echo q3 >>"$work/lab/few.csv"
ok "who comes later finds the same" eval 'lectern apply "$work/lab/ask.yaml" && lectern handout ask --json >"$work/handout.json" && is 7 student q3 -c "SELECT count(*) FROM item"'
lab change "goal: query
given: {tables: [item], dml: true}"
ok "where the lab says so, rows can be changed" eval 'lectern apply "$work/lab/change.yaml" && lectern handout change --json >"$work/handout.json" && student q1 -c "DELETE FROM item WHERE id = 1"'
ok "destroyed, the given database goes, too" eval 'lectern destroy change --yes && is 0 sql -c "SELECT count(*) FROM pg_database WHERE datname = '\''lectern_given_change'\''"'
