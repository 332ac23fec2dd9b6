#!/bin/sh
# What the console's words bring, on the real chain: hands, lesson, announcement, the open student, in
# `status`, `student show`, `watch`, `log`; and a look into a database that changes nothing.
. "${LECTERN_SRCDIR:?}/tests/integration/lib.sh"
. "$LECTERN_SRCDIR/tests/integration/class.sh"

command -v jq >/dev/null || { echo "1..0 # SKIP jq is not installed"; exit 0; }
status_has() { # JQ-EXPRESSION: true of `lectern status --json`
	lectern status --json >"$work/status.json" 2>"$work/status.err" || :
	jq -e "$1" "$work/status.json" >/dev/null || { cat "$work/status.json" "$work/status.err"; return 1; }
}
shows() { # JQ-EXPRESSION: true of `lectern student small eve show --json`
	lectern student small eve show --json >"$work/eve.json" 2>"$work/eve.err" || :
	jq -e "$1" "$work/eve.json" >/dev/null || { cat "$work/eve.json" "$work/eve.err"; return 1; }
}
fails_with() { # WORDS COMMAND...
	words=$1
	shift
	"$@" >"$work/out" 2>&1 && { cat "$work/out"; return 1; }
	grep -qF -- "$words" "$work/out" || { cat "$work/out"; return 1; }
}

mkdir "$work/lab"
small_example "$work/lab/example.sql"
printf 'login,name,seat\neve,Eve Eriksen,C2\nbob,Bob,C3\n' >"$work/lab/roster.csv"
cat >"$work/lab/lab.yaml" <<'YAML'
lab: small
title: A small library
example: example.sql
roster: roster.csv
YAML
ok "up" lectern up
ok "apply" lectern apply "$work/lab/lab.yaml"
port=$(sed -n '/^postgres:/,/^[a-z]/s/^ *port: //p' "$LECTERN_STATE/site.yaml")
as() { # LOGIN SQL: what the student types, without the login's TLS
	printf 'SET SESSION AUTHORIZATION %s;\n%s\n' "$1" "$2" |
		psql -X -q -v ON_ERROR_STOP=1 -h "$LECTERN_STATE/run" -p "$port" -U postgres -d "$1"
}
control() { psql -X -q -t -A -v ON_ERROR_STOP=1 -h "$LECTERN_STATE/run" -p "$port" -U postgres -d lectern -c "$1"; }
ok "everybody is measured" wait_for 60 status_has '.freshness == "fresh" and all(.students[]; .progress == 0)'
ok "nothing else is so far" status_has '.lesson.state == "none" and .hands == [] and .announcement == ""'

# -- watching ------------------------------------------------------------------------------------
lectern watch --json >"$work/watch" 2>"$work/watch.err" &
watch=$!
told() { jq -e -s "any(.[]; $1)" "$work/watch" >/dev/null || { cat "$work/watch" "$work/watch.err"; return 1; }; }
ok "watch says how the class stands" wait_for 60 told '.kind == "class" and (.text | test("2 students"))'
ok "a lesson starts" lectern lesson small start --length 90min
ok "status has its clock" wait_for 30 status_has '.lesson.state == "running" and .lesson.left_seconds > 5000 and .lesson.elapsed_seconds < 300'
ok "watch tells it" wait_for 30 told '.kind == "lesson" and .to == "running"'
# What was not known before is no news: then the watch has to see the table go, and come again.
step_told() {
	as eve "CREATE TABLE author (author_id integer PRIMARY KEY, name text NOT NULL);" || return 1
	wait_for 15 told "$step" || {
		as eve "DROP TABLE author" && wait_for 60 told '.kind == "step" and .login == "eve" and .from == "author"' &&
			as eve "CREATE TABLE author (author_id integer PRIMARY KEY, name text NOT NULL);" && wait_for 60 told "$step"
	}
}
step='.kind == "step" and .login == "eve" and .to == "author"'
ok "watch tells of a completed step" step_told

# -- hands, needs, what the class lacks ----------------------------------------------------------
read_handout small
ok "a student asks" as_student bob -c "SELECT lectern.help(E'which way\\x1b[2J round?')"
ok "a hand is in the queue" wait_for 30 status_has '.queue[0].login == "bob" and .queue[0].need == "hand" and .hands[0].state == "waiting" and (.hands[0].message | test("which way"))'
ok "with its student" status_has '.students[1].need == "hand" and .students[1].hand == .hands[0].hand'
ok "watch tells it" wait_for 30 told '.kind == "hand" and .login == "bob" and .to == "waiting"'
status_text() { lectern status >"$work/status" && grep -q "hand" "$work/status" && ! grep -q "$(printf '\033')" "$work/status"; }
ok "status has it in words, disarmed" status_text
ok "somebody comes" lectern hands --by=Kim small claim bob
ok "who helps whom" wait_for 30 status_has '.queue[0].helper == "Kim" and .hands[0].state == "claimed"'
ok "watch tells it" wait_for 30 told '.kind == "hand" and .to == "claimed"'
ok "helped" lectern hands --by=Kim --note=keys small resolve bob
ok "the queue is empty again" wait_for 30 status_has '.queue == [] and .hands[0].outcome == "helped" and .helped_today == 1 and .students[1].helped_today == 1'
ok "another student asks" as_student eve -c "SELECT lectern.help('hm')"
ok "and is in the queue" wait_for 30 status_has '.queue[0].login == "eve"'
ok "and takes the hand down" as_student eve -c "SELECT lectern.thanks()"
ok "to whom nobody came was not helped" wait_for 30 status_has '.hands[0].outcome == "thanks" and .helped_today == 1 and .students[0].helped_today == 0'
ok "announce" lectern announce small "Break at 11"
ok "so is an announcement" wait_for 30 status_has '.announcement == "Break at 11"'
ok "watch tells it" wait_for 30 told '.kind == "announcement" and .to == "Break at 11"'

# -- one student ---------------------------------------------------------------------------------
# A session that stays while the test looks: psql waits for the pipe.
mkfifo "$work/typing"
as_student eve -c "\\set" >/dev/null # the login works
as_student eve <"$work/typing" >/dev/null 2>&1 &
exec 8>"$work/typing"
printf 'SELECT 1 AS eves_query;\n' >&8
control "INSERT INTO errors (student_id, at, sqlstate, message, statement)
	SELECT student_id, now(), '42703', 'column \"nmae\" does not exist', 'SELECT nmae' FROM students WHERE login = 'eve'" >/dev/null
ok "a note" lectern student small eve note "draw the keys"
ok "show has the steps with their checks" wait_for 30 shows '.steps[0].score == 1 and (.steps[1].checks | length) > 0'
ok "errors" shows '.errors[0].sqlstate == "42703"'
ok "the note, and when the step was done" shows 'any(.history[]; .kind == "note" and .text == "draw the keys") and any(.history[]; .kind == "step_done")'
ok "progress over time beside the class" wait_for 30 shows '(.timeline | length) > 0 and (.class_timeline | length) > 1'
text_of_eve() { lectern student small eve show >"$work/eve" && grep -q "draw the keys" "$work/eve" && grep -q 42703 "$work/eve"; }
ok "as text" text_of_eve
ok "who is not on the roster is named" fails_with '"nobody"' lectern student small nobody show
ok "the session, and what it ran" wait_for 30 shows 'any(.sessions[]; .state == "idle" and (.query | test("eves_query")))'
printf "ALTER ROLE eve PASSWORD 'verysecret';\n" >&8
ok "but no password" wait_for 30 shows 'any(.sessions[]; .query == "(mentions a password)")'
not_others() { [ "$(control "SET ROLE lectern_console; SELECT count(*) FROM student_sessions('postgres')")" = 0 ]; }
ok "nobody else's" not_others
exec 8>&-

# -- looking -------------------------------------------------------------------------------------
look() { printf '%s\n' "$1" | lectern student small eve psql >"$work/look" 2>&1; }
ok "psql reads" look "SELECT count(*) AS authors FROM author;"
ok "what is there" grep -q authors "$work/look"
writes_nothing() { look "INSERT INTO author VALUES (1, 'x');"; grep -q "read-only" "$work/look"; }
ok "and writes nothing" writes_nothing

# -- the console ---------------------------------------------------------------------------------
drive=$LECTERN_BUILDDIR/tests/terminal/drive
ok "another hand" as_student bob -c "SELECT lectern.help('and now?')"
by_key() {
	"$drive" 100x30 "$LECTERN_BUILDDIR/lectern" <<'SCRIPT'
wait 60 live
wait 60 Eve Eriksen
type \e[18~
wait 60 TO HELP NEXT
wait 60 asks for help
type c
wait 60 your name
type \uKim\r
wait 60 Kim is there
type d
wait 60 For those who teach
type explained\r
wait 60 RESOLVED TODAY
type \e
type q
end 0
SCRIPT
}
looks_by_key() {
	"$drive" 100x30 "$LECTERN_BUILDDIR/lectern" --private <<'SCRIPT'
wait 60 live
wait 60 Eve Eriksen
type \r
wait 60 class median
type s
wait 60 read only
type SELECT 6*7 AS answer;\r
wait 60 42
type \\q\r
wait 60 class median
type e
wait 60 minutes
type \r
wait 60 min extra time
type \e
type q
end 0
SCRIPT
}
if [ -x "$drive" ]; then
	ok "a hand is claimed and done by keys" by_key
	ok "with the note" status_has 'any(.hands[]; .helper == "Kim" and .note == "explained" and .outcome == "helped")'
	ok "psql has the terminal, and gives it back" looks_by_key
else
	skip "a hand is claimed and done by keys" "libvterm is not installed"
fi

# -- the log -------------------------------------------------------------------------------------
log_has() { lectern log --json | jq -e "$1" >/dev/null; }
ok "log has what happened" log_has 'any(.[]; .kind == "step_done" and .login == "eve")'
ok "and only so much" is 1 sh -c "lectern log small -n 1 | wc -l | tr -d ' '"
ok "and of one student" is 0 sh -c "lectern log --about bob --json | jq '[.[] | select(.login != \"bob\")] | length'"

# -- the end -------------------------------------------------------------------------------------
quietly() { kill -TERM "$watch" && { wait "$watch"; [ $? = 0 ]; }; }
ok "watch ends cleanly" quietly
closed_pipe() { timeout 60 sh -c 'lectern watch | head -n 1' >"$work/head" && [ "$(wc -l <"$work/head")" = 1 ]; }
ok "and when nobody reads on" closed_pipe
ok "down" lectern down
