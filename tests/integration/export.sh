#!/bin/sh
# The results of a lesson as CSV and JSON: from real work, live and frozen, and from rows whose times
# are known.
. "${LECTERN_SRCDIR:?}/tests/integration/lib.sh"
. "$LECTERN_SRCDIR/tests/integration/session.sh"

# 1.0 is 1 to every jq.
json() { lectern export grades --json ${2:+--lesson "$2"} | jq -r "walk(if type == \"number\" then . + 0 else . end) | $1"; }
of() { json ".students[] | select(.login == \"$1\") | $2"; } # LOGIN FILTER
csv() { lectern export grades --columns "$1" | tr -d '\r'; }

mkdir "$work/lab"
cat >"$work/lab/example.sql" <<'END'
CREATE TABLE artist (id integer PRIMARY KEY, name text NOT NULL);
CREATE TABLE album (id integer PRIMARY KEY, title text NOT NULL);
END
sed -n 1p "$work/lab/example.sql" >"$work/artist.sql"
printf 'login,name,email,seat\nada,"=HYPERLINK(""x"")",ada@x.example,"A,1"\nbob,Bob,,\ncy,"Cy ""the"" third",,\n' >"$work/lab/roster.csv"
printf 'lab: grades\nexample: example.sql\nroster: roster.csv\n' >"$work/lab/lab.yaml"
ok "the servers start and the lab is applied" sh -c 'lectern up && lectern apply "$0"' "$work/lab/lab.yaml"
lectern handout grades --json >"$work/handout.json" 2>"$work/handout.err"

# -- live ------------------------------------------------------------------------------------------
ok "before there is a lesson it tells all there is" is "null false 3" json '"\(.lesson) \(.frozen) \(.students | length)"'
lectern lesson grades start --length 90min >/dev/null
student ada -f "$work/artist.sql"
ok "work in the lesson" wait_for 30 is 0.5 of ada .progress
ok "is told by step" is "1 true" of ada '.steps[] | select(.step == "table artist") | "\(.score) \(.first_done_at != null)"'
ok "with the time it took" is true of ada '.steps[] | select(.step == "table artist") | .seconds >= 0 and .seconds < 600'
ok "and what is not done has none" is "null" of ada '.steps[] | select(.step == "table album").seconds'
ok "of a lesson that runs" is "running 1" json '.lesson | "\(.state) \(.lesson)"'

# -- times that are known --------------------------------------------------------------------------
# The lesson began an hour ago and was paused for ten minutes after twenty; ada was seen at once.
sql >/dev/null <<'END'
UPDATE lessons SET started_at = now() - interval '60 min';
INSERT INTO lesson_pauses SELECT lesson_id, started_at + interval '20 min', started_at + interval '30 min' FROM lessons;
UPDATE activity SET first_seen_at = now() - interval '70 min';
DELETE FROM events WHERE kind = 'step_done';
INSERT INTO events (lab_id, student_id, at, kind, text)
	SELECT s.lab_id, s.student_id, l.started_at + e.after, 'step_done', t.title
	  FROM students s JOIN lessons l USING (lab_id) JOIN steps t USING (lab_id)
	  JOIN (VALUES ('table artist', interval '10 min'), ('table artist', interval '50 min'), ('table album', interval '40 min')) AS e (step, after) ON e.step = t.name
	 WHERE s.login = 'bob';
INSERT INTO needs (student_id, kind, since_at, raised_at, ended_at)
	SELECT s.student_id, n.kind, l.started_at, l.started_at + n.raised, l.started_at + n.ended
	  FROM students s JOIN lessons l USING (lab_id),
	  (VALUES ('stuck', interval '5 min', interval '10 min'), ('stuck', interval '15 min', interval '35 min'), ('idle', interval '-9 min', interval '1 min')) AS n (kind, raised, ended)
	 WHERE s.login = 'bob';
INSERT INTO hands (student_id, said_at, raised_at, state, claimed_at, outcome, resolved_at)
	SELECT s.student_id, l.started_at + interval '12 min', l.started_at + interval '12 min', 'resolved', l.started_at + interval '14 min', 'helped', l.started_at + interval '18 min'
	  FROM students s JOIN lessons l USING (lab_id) WHERE s.login = 'bob';
INSERT INTO errors (student_id, at, kind, sqlstate, message)
	SELECT s.student_id, l.started_at + n.after, n.kind, '42601', 'syntax error'
	  FROM students s JOIN lessons l USING (lab_id),
	  (VALUES ('error', interval '1 min'), ('error', interval '2 min'), ('login', interval '2 min'), ('error', interval '-2 min')) AS n (kind, after)
	 WHERE s.login = 'bob';
END
ok "a step takes from the lesson's start to when it was first met" is 600 of bob '.steps[] | select(.step == "table artist").seconds'
ok "the next from there, without the pause" is 1200 of bob '.steps[] | select(.step == "table album").seconds'
ok "a need is told for as long as it was shown, without the pause" is "900 60 0" of bob '.need_seconds | "\(.stuck) \(.idle) \(.behind)"'
ok "hands with their waiting" is "1 120 1" of bob '.hands | "\(.count) \(.wait_seconds) \(.helped)"'
ok "errors within the lesson, no failed logins" is 2 of bob .errors
lectern student grades cy extra-time 10 >/dev/null
lectern student grades cy extra-time -25 >/dev/null
lectern student grades cy note "was ill" >/dev/null
lectern student grades cy reset --yes >/dev/null
ok "extra time, notes and resets" is "-900 1 1" of cy '"\(.extra_seconds) \(.notes) \(.resets)"'

# -- CSV -------------------------------------------------------------------------------------------
lectern export grades >"$work/grades.csv"
cat >"$work/check.py" <<'END'
import csv, sys
rows = list(csv.DictReader(open(sys.argv[1], newline='')))
assert open(sys.argv[1], 'rb').read().count(b'\r\n') == 4
ada, bob, cy = rows
assert ada['name'] == "'=HYPERLINK(\"x\")", ada['name']
assert ada['seat'] == 'A,1' and cy['name'] == 'Cy "the" third'
assert 'email' not in ada
assert bob['seconds: table album'] == '1200' and bob['need_seconds: stuck'] == '900'
assert cy['extra_seconds'] == '-900'
assert ada['score: table artist'] == '1' and ada['seconds: table album'] == ''
assert ada['progress'] == '0.5' and ada['steps_done'] == '1'
END
if command -v python3 >/dev/null; then
	ok "the CSV is read by others" python3 "$work/check.py" "$work/grades.csv"
else
	skip "the CSV is read by others" "no python3"
fi
ok "columns by choice" is "email,login ada@x.example,ada ,bob ,cy" eval 'csv email,login | tr "\n" " " | sed "s/ \$//"'
ok "an unknown one is named" says 'no column "grade"' lectern export grades --columns login,grade

# -- frozen ----------------------------------------------------------------------------------------
lectern lesson grades end --yes >/dev/null
before=$(csv login,progress,score,measured_at)
student ada -f "$work/lab/example.sql" >/dev/null 2>&1
student bob -f "$work/lab/example.sql"
live() { is 1 sql -c "SELECT a.progress FROM activity a JOIN students s USING (student_id) WHERE login = 'bob'"; }
ok "work behind the end is measured" wait_for 30 live
ok "and changes nothing in the results" is "$before" csv login,progress,score,measured_at
ok "which say that they stand" is "true ended true" json '"\(.frozen) \(.lesson.state) \(.at == .lesson.frozen_at)"'
lectern lesson grades start >/dev/null
ok "the next lesson tells the present" is 1 of bob .progress
ok "with nothing of the first" is "0 0 0" of bob '"\(.errors) \(.hands.count) \(.need_seconds.stuck | floor)"'
ok "a step met before it took no time in it" is null of bob '.steps[] | select(.step == "table album").seconds'
ok "the first is told by its number" is "0" json '.students[] | select(.login == "bob").progress' 1
ok "one that was never held is named" says "has no lesson 3" lectern export grades --lesson 3
