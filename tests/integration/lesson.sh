#!/bin/sh
# A lesson on real servers: its clock, its end, the results that lecternd writes, logins closed and
# opened; commands and lecternd killed in the middle.
. "${LECTERN_SRCDIR:?}/tests/integration/lib.sh"
. "$LECTERN_SRCDIR/tests/integration/session.sh"

lesson() { lectern lesson probe "$@" --json; }
about() { lesson status | jq -r "$1"; }
progress() { sql -c "SELECT coalesce(a.progress::text, '?') FROM students s JOIN activity a USING (student_id) WHERE s.login = '$1'"; }
result() { # LOGIN COLUMN of the last results
	sql -c "SELECT coalesce(r.$2::text, '?') FROM results r JOIN students s USING (student_id) WHERE s.login = '$1' ORDER BY r.lesson_id DESC LIMIT 1"
}
hands() { # LOGIN: how they stand, the latest first
	sql -c "SELECT coalesce(string_agg(concat_ws(' ', h.state, nullif(h.outcome, '')), ',' ORDER BY hand_id DESC), '') FROM hands h JOIN students s USING (student_id) WHERE s.login = '$1'"
}
events() { sql -c "SELECT count(*) FROM events WHERE kind = '$1'"; }
announced() { sql -c "SELECT coalesce(string_agg(text, '|'), '') FROM announcements WHERE ended_at IS NULL AND (until_at IS NULL OR until_at > now())"; }
logins() { sql -c "SELECT count(*) FROM pg_roles r JOIN students s ON s.login = r.rolname WHERE rolcanlogin"; }
sessions() { sql -c "SELECT count(*) FROM pg_stat_activity a JOIN students s ON s.login = a.usename"; }

mkdir "$work/lab"
cat >"$work/lab/example.sql" <<'END'
CREATE TABLE artist (id integer PRIMARY KEY, name text NOT NULL);
CREATE TABLE album (id integer PRIMARY KEY, title text NOT NULL);
END
sed -n 1p "$work/lab/example.sql" >"$work/artist.sql"
sed -n 2p "$work/lab/example.sql" >"$work/album.sql"
printf 'login,name\nt1,One\nt2,Two\nt3,Three\n' >"$work/lab/roster.csv"
printf 'lab: probe\nexample: example.sql\nroster: roster.csv\n' >"$work/lab/lab.yaml"
ok "the servers start and the lab is applied" sh -c 'lectern up && lectern apply "$0"' "$work/lab/lab.yaml"
lectern handout probe --json >"$work/handout.json" 2>"$work/handout.err"

# -- the clock -------------------------------------------------------------------------------------
ok "no lesson was started yet" is none about .state
ok "none can be ended" says "no lesson of lab" lectern lesson probe end --yes
ok "one starts" lesson start --length 90min
ok "and runs" is running about .state
ok "for ninety minutes" is "5400 true" about '"\(.length_seconds) \(.left_seconds > 5300 and .left_seconds <= 5400)"'
ok "a second one does not start" says "is open already" lectern lesson probe start
ok "a pause" lesson pause
ok "stands" is paused about .state
left=$(about .left_seconds)
sleep 1.2
ok "the time that is left, too" is "$left" about .left_seconds
ok "a second pause changes nothing" lesson pause
ok "it goes on" lesson resume
ok "runs again" is running about .state
moves() { [ "$(about .left_seconds)" != "$left" ]; }
ok "and so does its time" wait_for 20 moves
ok "a student gets extra time" lectern student probe t1 extra-time 10
ok "some of it is taken back" lectern student probe t1 extra-time -3
ok "what is left of it is told" is "t1 420" about '.extra_times[0] | "\(.login) \(.seconds)"'
ok "each act is an event" is "1 1 1 2" sql -c "SELECT concat_ws(' ', count(*) FILTER (WHERE kind = 'lesson_start'), count(*) FILTER (WHERE kind = 'lesson_pause'), count(*) FILTER (WHERE kind = 'lesson_resume'), count(*) FILTER (WHERE kind = 'extra_time')) FROM events"

# -- the end ---------------------------------------------------------------------------------------
student t1 -f "$work/artist.sql"
ok "some work is measured" wait_for 30 is 0.5 progress t1
ok "the end asks, and without a terminal says so" says "--yes" lectern lesson probe end
ok "it can be announced" lesson end --in 20min --no-wait --yes
ok "the class is told" is "The lesson ends in 20 min." announced
ok "the lesson runs until then" is running about .state
ok "it can be taken back" lesson resume
ok "the class is told no longer" is "" announced
ok "and the time that is left is the lesson's again" is true about '.left_seconds > 1300'
student t2 -f "$work/artist.sql"
ok "the other's work, too" wait_for 30 is 0.5 progress t2
hold t2 "LOCK TABLE artist IN ACCESS EXCLUSIVE MODE"
student t3 -f "$work/artist.sql"
student t3 -f "$work/album.sql"
student t1 -c "SELECT lectern.help('which key?')" >/dev/null
student t3 -c "SELECT lectern.help()" >/dev/null
ok "hands are up at the end" wait_for 30 is "waiting waiting" eval 'echo "$(hands t1) $(hands t3)"'
ok "somebody comes to one of them" lectern hands probe claim t3 --by Ada
begin=$(date +%s%N)
ok "the lesson ends" lesson end --yes
say "the end took $((($(date +%s%N) - begin) / 1000000)) ms, with one database locked"
ended() { lectern status probe | grep '^lesson: ended, [^,]*$'; }
ok "in the status, too, and nothing is left of it" wait_for 20 ended
ok "the results stand" is ended about .state
ok "what was done a moment before counts" is 1 result t3 progress
ok "each was measured behind the end" is t sql -c "SELECT bool_and(r.measured_at >= l.ended_at) FROM results r JOIN lessons l USING (lesson_id)"
ok "what was locked is as it was last known" is 0.5 result t2 progress
ok "and says so" sh -c 'case $0 in locked*) ;; *) echo "$0"; exit 1 ;; esac' "$(result t2 reason)"
ok "the others have nothing to say" is "" result t1 reason
ok "with each step as it was last known" is '{"table album": 0, "table artist": 1}' result t2 steps
ok "by step" is '{"table album": 0, "table artist": 1}' result t1 steps
ok "the hand that waited is withdrawn" is "resolved withdrawn" hands t1
ok "the one that somebody had come to is not" is "resolved" hands t3
ok "each has its event" is "t1 hand_withdrawn,t3 hand_resolved" sql -c "SELECT string_agg(concat_ws(' ', s.login, e.kind), ',' ORDER BY s.login) FROM (SELECT * FROM events WHERE text = 'the lesson is over') e JOIN students s USING (student_id)"
listed() { lectern hands probe | grep '^ .* over: Ada'; }
ok "and the list says who had come" listed
gone() { ! student t1 -c "SELECT status FROM lectern.queue" | grep .; }
ok "the student sees that nobody comes" wait_for 30 gone
student t1 -c "SELECT lectern.help('for next time')" >/dev/null
ok "who asks behind the end" wait_for 30 is "waiting,resolved withdrawn" hands t1
release
student t1 -f "$work/album.sql"
ok "lecternd goes on measuring" wait_for 30 is 1 progress t1
ok "the results do not move" is 0.5 result t1 progress
ok "ending it again changes nothing" lesson end --yes
ok "nor tells again" is 1 events lesson_frozen
ok "nor takes that hand down" is "waiting,resolved withdrawn" hands t1
ok "logins stayed open" is 3 logins

# -- logins that close -----------------------------------------------------------------------------
ok "the next lesson" lesson start --close-logins
ok "is the second" is 2 about .lesson
ok "it has no extra times" is 0 about '.extra_times | length'
hold t2 "LOCK TABLE artist IN ACCESS EXCLUSIVE MODE"
LECTERN_FAULT_AT=1 lectern lesson probe end --yes >"$work/killed" 2>&1
ok "the command is killed before it closes logins" is "3 true" eval 'echo "$(logins) $(about ".ended_at != null")"'
ok "the results come all the same" wait_for 60 is ended about .state
ok "somebody is in" is 1 sessions
ok "ended again it closes the logins" lesson end --yes
ok "all of them" is 0 logins
ok "nobody is left in" wait_for 20 is 0 sessions
release 2>/dev/null
ok "who comes is told" says "not permitted to log in" student t1 -c "SELECT 1"
ok "an apply is not needed for the next: logins open with it" lesson start
ok "all of them" is 3 logins
ok "students come in" student t1 -c "SELECT 1"

# -- lecternd killed at the end --------------------------------------------------------------------
first=$(daemon_pid)
lesson end --no-wait --yes >/dev/null
ok "lecternd is killed at the end" kill -KILL "$first"
ok "the one that comes writes the results" wait_for 60 is ended about .state
ok "once" is 3 events lesson_frozen
ok "of each student" is 9 sql -c "SELECT count(*) FROM results"
ok "the console may not write results" is f sql -c "SELECT has_table_privilege('lectern_console', 'results', 'INSERT')"

# -- another lab -----------------------------------------------------------------------------------
ok "a fourth lesson" lesson start
sed 's/^lab: .*/lab: next/' "$work/lab/lab.yaml" >"$work/lab/next.yaml"
ok "another lab becomes current during it" lectern apply "$work/lab/next.yaml"
ok "its lesson ends with what is known" lesson end --yes
ok "which stands" is 1 result t1 progress
ok "of a lab that is not current none starts" says "is not the current one" lectern lesson probe start
