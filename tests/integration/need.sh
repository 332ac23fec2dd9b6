#!/bin/sh
# Who needs help, on real servers: each need from its cause, with its reason in words, its history and its
# series; what a pause of the lesson stops; and what a restart of lecternd keeps.
. "${LECTERN_SRCDIR:?}/tests/integration/lib.sh"

pg_port() { sed -n '/^postgres:/,/^[a-z]/s/^ *port: //p' "$LECTERN_STATE/site.yaml"; }
prometheus_port() { sed -n '/^prometheus:/,/^[a-z]/s/^ *port: //p' "$LECTERN_STATE/site.yaml"; }
sql() { psql -X -At -v ON_ERROR_STOP=1 -h "$LECTERN_STATE/run" -p "$(pg_port)" -U postgres -d lectern "$@"; }
daemon_pid() { lectern ps | awk '$1 == "lecternd" && $2 == "running" { print $3 }'; }
password() { # LOGIN
	sed 's/},/},\n/g' "$work/handout.json" | tr -d '\n' | sed 's/"login"/\n"login"/g' |
		sed -n "s/^\"login\": *\"$1\".*\"password\": *\"\\([a-z-]*\\)\".*/\\1/p" | head -n 1
}
student() { # LOGIN [psql's arguments]
	login=$1
	shift
	PGPASSWORD=$(password "$login") psql -X -q -At -v ON_ERROR_STOP=1 \
		"host=localhost hostaddr=127.0.0.1 port=$(pg_port) dbname=$login user=$login sslmode=verify-full sslrootcert=$LECTERN_STATE/tls/ca.crt" "$@"
}
# seat NAME LOGIN: a session that stays; `types NAME TEXT` is typed there, `gets_up NAME` ends it.
seat() {
	mkfifo "$work/seat.$1" && student "$2" <"$work/seat.$1" >"$work/seat.$1.out" 2>&1 &
	echo $! >"$work/seat.$1.pid"
	wait_for 20 test -p "$work/seat.$1"
	# One writer of each pipe stays open, or psql ends with the first.
	sleep 3600 >"$work/seat.$1" &
	echo $! >"$work/seat.$1.keeper"
	types "$1" "SELECT 'seated';"
	wait_for 30 grep -q seated "$work/seat.$1.out"
}
types() { printf '%s\n' "$2" >>"$work/seat.$1"; }
gets_up() {
	kill "$(cat "$work/seat.$1.keeper")"
	wait "$(cat "$work/seat.$1.pid")"
	rm -f "$work/seat.$1" "$work/seat.$1.keeper"
}
cell() { # LOGIN COLUMN of the activity
	sql -c "SELECT coalesce(a.$2::text, '') FROM students s JOIN activity a USING (student_id) WHERE s.login = '$1'"
}
need() { cell "$1" need; }
says() { # WORDS LOGIN
	found=$(cell "$2" need_reason)
	echo "the reason of $2 is \"$found\", expected \"$1\""
	case $found in *"$1"*) ;; *) return 1 ;; esac
}
history() { # LOGIN: its needs, one after the other, those that are open with a +
	sql -c "SELECT string_agg(n.kind || CASE WHEN n.ended_at IS NULL THEN '+' ELSE '' END, ' ' ORDER BY n.need_id) FROM needs n JOIN students s USING (student_id) WHERE s.login = '$1'"
}
is() { # VALUE COMMAND...
	expected=$1
	shift
	found=$("$@")
	echo "$*: found \"$found\", expected \"$expected\""
	[ "$found" = "$expected" ]
}
ask() { # PROMQL: the values of the answer
	curl -fsS --get --data-urlencode "query=$1" "http://127.0.0.1:$(prometheus_port)/api/v1/query" |
		tr '{' '\n' | sed -n 's/.*"value":\[[0-9.]*,"\([^"]*\)"\].*/\1/p'
}
trap 'for k in "$work"/seat.*.keeper; do [ -e "$k" ] && kill "$(cat "$k")" 2>/dev/null; done; finish' EXIT
turn() { sql -c "SELECT coalesce(max(turn), 0) FROM heartbeats" 2>/dev/null || echo 0; }
beyond() { [ "$(turn)" -gt "$1" ]; }
beats() { wait_for 40 beyond "$(($(turn) + 2))"; }
within() { wait_for 60 "$@"; }

mkdir "$work/lab"
cat >"$work/lab/example.sql" <<'END'
CREATE TABLE artist (id integer PRIMARY KEY, name text NOT NULL);
CREATE TABLE album (id integer PRIMARY KEY, title text NOT NULL, artist_id integer NOT NULL REFERENCES artist);
CREATE TABLE track (id integer PRIMARY KEY, title text NOT NULL, album_id integer NOT NULL REFERENCES album);
END
{
	echo login,name
	for n in 1 2 3 4 5 6 7 8; do echo "n$n,Student $n"; done
} >"$work/lab/roster.csv"
# The times as they stand, of a class whose clock runs five times as fast: stuck in ten seconds, idle in fifteen.
cat >"$work/lab/lab.yaml" <<'END'
lab: need
title: Who needs help
example: example.sql
roster: roster.csv
limits: {speed: 5, idle_after: 75s, stuck_after: 50s, behind_by: 50%}
need: {learn: no, open_after: 40s, wait_after: 10s, absent_after: 50s, behind_ratio: 60%}
END

ok "the servers start and the lab is applied" sh -c 'lectern up && lectern apply "$0"' "$work/lab/lab.yaml"
lectern handout need --json >"$work/handout.json" 2>"$work/handout.err"
ok "lecternd measures" beats
ok "the limits are in the control database" is "f 40.0 10.0 50.0 0.600" sql -F ' ' -c "SELECT (limits ->> 'learn')::boolean, limits ->> 'open_after_s', limits ->> 'wait_after_s', limits ->> 'absent_after_s', round((limits ->> 'behind_ratio')::numeric, 3) FROM labs"

# -- absent ----------------------------------------------------------------------------------------
ok "who has not come is absent" within is absent need n8
ok "and that is said" within says "has not come" n8
ok "the state says the same" is absent cell n8 state
ok "its series is there" within is 1 ask 'lectern_student_need{student="n8",reason="absent"}'
student n8 -c "SELECT pg_sleep(3)" >"$work/n8.out"
ok "it goes when he comes" within is "" ask 'lectern_student_need{student="n8",reason="absent"}'
ok "and the history has it" within is "absent" history n8

# -- stuck by time ---------------------------------------------------------------------------------
seat one n1
struggles() { # SEAT LOGIN: goes on working until he is shown as stuck
	types "$1" "SELECT count(*) FROM pg_class;"
	is stuck need "$2"
}
ok "who works without progress is stuck" within struggles one n1
ok "and why is said" within says 'no progress in ' n1
ok "at which step" says 'at "' n1
ok "the state is stuck" is stuck cell n1 state
ok "with its severity" is 4 cell n1 need_severity
ok "and its series" within is 4 ask 'lectern_student_need{student="n1",reason="stuck"}'

# -- a restart of lecternd keeps what is up --------------------------------------------------------
raised=$(cell n1 need_raised_at) since=$(cell n1 need_since_at) id=$(sql -c "SELECT max(need_id) FROM needs n JOIN students s USING (student_id) WHERE s.login = 'n1'")
ok "what was learnt is written down" within sql -c "SELECT 1 / count(*) FROM class_memory WHERE jsonb_array_length(learnt -> 'students') = 8"
pid=$(daemon_pid)
kill -TERM "$pid"
restarted() { p=$(daemon_pid) && [ -n "$p" ] && [ "$p" != "$pid" ]; }
ok "lecternd is asked to end, and comes again" within restarted
types one "SELECT count(*) FROM pg_class;"
ok "it measures" beats
ok "he is still stuck" is stuck need n1
ok "since when he was, raised when it was" is "$since $raised" sql -F ' ' -c "SELECT a.need_since_at, a.need_raised_at FROM activity a JOIN students s USING (student_id) WHERE s.login = 'n1'"
ok "it is the same need in the history" is "$id" sql -c "SELECT max(need_id) FROM needs n JOIN students s USING (student_id) WHERE s.login = 'n1'"
pid=$(daemon_pid)
kill -KILL "$pid"
ok "lecternd is killed, and comes again" within restarted
types one "SELECT count(*) FROM pg_class;"
ok "it measures again" beats
ok "and he is stuck as before" is "$id stuck $raised" sql -F ' ' -c "SELECT n.need_id, a.need, a.need_raised_at FROM activity a JOIN students s USING (student_id) JOIN needs n USING (student_id) WHERE s.login = 'n1' AND n.ended_at IS NULL"
types one "$(sed -n 1p "$work/lab/example.sql")"
ok "progress ends it" within is "" need n1
ok "and its series" within is "" ask 'lectern_student_need{student="n1"}'

# -- blocked ---------------------------------------------------------------------------------------
seat two n2
types two "$(sed -n 1p "$work/lab/example.sql")"
types two "BEGIN; LOCK TABLE artist;"
ok "a transaction that sits open is blocked" within is blocked need n2
ok "and what to do is said" within says "COMMIT or ROLLBACK" n2
seat again n2
types again "SELECT * FROM artist;"
ok "his own other session waits for it" within says "blocks himself: waits for a lock of another session of this login, transaction open since " n2
sql -d n2 -c "SET lock_timeout = '60s'" -c "SELECT * FROM artist" >"$work/master.out" 2>&1 &
master=$!
waits() { sql -c "SELECT 1 / count(*) FROM pg_stat_activity WHERE usename = 'postgres' AND datname = 'n2' AND wait_event_type = 'Lock'"; }
ok "the lab master looks at his table" within waits
types two "ROLLBACK;"
ok "the lock goes, and the need with it" within is "" need n2
wait "$master"
types two "BEGIN; LOCK TABLE artist;"
sql -d n2 -c "SET lock_timeout = '60s'" -c "SELECT * FROM artist" >"$work/master.out" 2>&1 &
master=$!
ok "whom he keeps waiting is named" within says "keeps postgres waiting" n2
types two "COMMIT;"
wait "$master"
gets_up again
mkfifo "$work/lock" && sql -d n2 <"$work/lock" >"$work/lock.out" 2>&1 &
locker=$!
wait_for 20 test -p "$work/lock"
exec 7>"$work/lock"
echo "BEGIN; LOCK TABLE artist; SELECT 'held';" >&7
ok "the lab master locks his table" within grep -q held "$work/lock.out"
types two "SELECT * FROM artist;"
ok "and is named to him who waits" within says "waits for a lock of postgres, transaction open since " n2
exec 7>&-
wait "$locker"
ok "until he lets go" within is "" need n2
ok "each is in the history, one at a time" sh -c 'case $1 in *blocked*blocked*) [ "$2" = 0 ] ;; *) echo "$1"; false ;; esac' - "$(history n2)" "$(sql -c "SELECT count(*) FROM (SELECT student_id FROM needs WHERE ended_at IS NULL GROUP BY 1 HAVING count(*) > 1) x")"

# -- a lesson, its pause, its end ------------------------------------------------------------------
# Who is stuck is not idle: from here on nobody is.
sql -q -c "UPDATE labs SET limits = limits || '{\"stuck_after_s\": 86400}', generation = generation + 1"
beats
sql -q -c "INSERT INTO lessons (lab_id, length_s) SELECT lab_id, 3600 FROM labs"
ok "a lesson begins with a clean sheet" within is 0 sql -c "SELECT count(*) FROM activity WHERE need <> ''"
ok "who was here before and is not now has not come" within says "has not come" n8
sql -q -c "INSERT INTO lesson_pauses (lesson_id) SELECT lesson_id FROM lessons"
beats
stood=$(sql -c "SELECT string_agg(need, ',' ORDER BY student_id) FROM activity")
ok "nobody is idle yet" sh -c 'case $1 in *idle*) false ;; esac' - "$stood"
until=$(($(date +%s) + 18)) # longer than idle_after
past() { [ "$(date +%s)" -ge "$until" ]; }
wait_for 60 past
ok "in a pause nobody becomes idle, stuck or late" is "$stood" sql -c "SELECT string_agg(need, ',' ORDER BY student_id) FROM activity"
sql -q -c "UPDATE lesson_pauses SET to_at = now()"
ok "afterwards the clock goes on" within is idle need n1
ok "with the reason" says "nothing arrives" n1
idle_since() { sql -c "SELECT CASE WHEN a.need_since_at >= l.started_at - interval '2 s' THEN 'lesson' ELSE a.need_since_at::text END FROM activity a JOIN students s USING (student_id), lessons l WHERE s.login = 'n1'"; }
ok "since the lesson, not before" is lesson idle_since

# -- behind ----------------------------------------------------------------------------------------
# They sit there before they have anything: the class begins at 0 %.
builders=
for n in 3 4 5 6 7; do
	student "n$n" -c "SELECT pg_sleep(3)" -f "$work/lab/example.sql" >"$work/build.$n.out" &
	builders="$builders $!"
done
wait $builders
ok "five are done" within is 5 sql -c "SELECT count(*) FROM activity WHERE state = 'done'"
works() { # does something each time, so that he is not idle
	types one "SELECT 1;"
	is behind need n1
}
ok "who has less than half of the class's is behind" wait_for 240 works
ok "and how far is said" says "the class was at 100 %" n1
sql -q -c "INSERT INTO extra_times (lesson_id, student_id, seconds) SELECT l.lesson_id, s.student_id, 360000 FROM lessons l, students s WHERE s.login = 'n1'"
no_longer() { types one "SELECT 1;" && is "" need n1; }
ok "with much extra time he is not" wait_for 120 no_longer

# -- what the class lacks --------------------------------------------------------------------------
ok "what the class lacks is told" within is "track 2" sql -F ' ' -c "SELECT t.title, k.lack FROM step_lacks k JOIN steps t USING (step_id) WHERE t.name = 'table track'"

sql -q -c "UPDATE lessons SET ended_at = now()"
ok "after the end nobody needs anything" within is 0 sql -c "SELECT count(*) FROM activity WHERE need <> ''"
ok "and no need is left open" is 0 sql -c "SELECT count(*) FROM needs WHERE ended_at IS NULL"
for s in one two; do gets_up "$s"; done
