#!/bin/sh
# Real samples through everything: init -> apply -> lecternd -> exporter -> Prometheus -> status; then an
# outsider's check with plain psql, and servers that fail during the lesson.
. "$LECTERN_SRCDIR/tests/integration/lib.sh"
. "$LECTERN_SRCDIR/tests/integration/class.sh"

if [ -z "$shared" ]; then
	skip "the samples" "../shared is not here"
	exit 0
fi
sample() { echo "$shared/samples/$1/$1.sql"; }
lab=$work/lab
mkdir "$lab" && chmod 755 "$lab"
make_roster 30 >"$lab/roster.csv"

# -- chinook, through everything --------------------------------------------------------------------

init() { (cd "$lab" && lectern init --from "$(sample "$1")" --roster roster.csv --output "$1.yaml"); }
ok "the servers start" lectern up
ok "init writes a lab file from chinook" init chinook
ok "apply takes it unchanged" lectern apply "$lab/chinook.yaml"
ok "the slips can be read" read_handout chinook
ok "lecternd measures everybody" wait_for 60 shows '.freshness == "fresh" and ([.students[].progress] | length == 30 and all(. != null))'
ok "an untouched database is at 0 %" shows '[.students[].progress] | all(. == 0)'

fill() { as_student "$1" -f "$(sample "$2")"; }
ok "a student loads the sample's own dump" fill s001 chinook
ok "that is 100 %" wait_for 30 shows '.students[] | select(.login == "s001") | .progress > 0.9999 and .state == "done"'
ok "the others stay at 0 %" shows '[.students[] | select(.login != "s001") | .progress] | all(. == 0)'

# -- the outsider's check ---------------------------------------------------------------------------

genre=$(awk '/^CREATE TABLE genre/, /;/' "$(sample chinook)")
raised() { shows "[.students[] | select(.login == \"s002\") | .steps[] | select(.score > 0) | .name] == [\"table genre\"]"; }
ok "s002 creates one table of the task with plain psql" as_student s002 -c "$genre"
ok "exactly that step rises within 10 s" wait_for 10 raised
as_student s002 -c 'CREATE TABLE something_else (a integer)' >/dev/null
ok "a table that nobody asked for raises nothing" raised
ok "s002 drops the table" as_student s002 -c 'DROP TABLE genre'
ok "the step falls within 10 s" wait_for 10 shows '[.students[] | select(.login == "s002") | .steps[] | select(.score > 0)] == []'
refused() { ! connect "$@" -c 'SELECT 1' && grep -q "$why" "$work/ok.out"; }
why='authentication failed'
ok "a wrong password is refused" refused s003 s003 wrong
why='no pg_hba.conf entry\|pg_hba.conf rejects'
ok "another student's database is refused" refused s003 s001 "$(credential s003 password)"

# -- faults during the lesson -----------------------------------------------------------------------

kept='.students[] | select(.login == "s001") | .progress > 0.9999'
well='.freshness == "fresh" and .trouble == "none"'
stop() { sv -w 60 down "$LECTERN_STATE/service/$1"; }
start() { sv -w 20 up "$LECTERN_STATE/service/$1"; }
kill_server() { kill -9 "$(server_pid "$1")"; }

for fault in "prometheus prometheus" "exporter-students exporter" "lecternd daemon"; do
	service=${fault% *}
	ok "$service is stopped" stop "$service"
	ok "status names it" wait_for 30 shows ".trouble == \"${fault#* }\" and (.message | length > 0)"
	ok "$service comes back, all is well, nothing is lost" eval "start $service && wait_for 30 shows '($well) and ($kept)'"
done

ok "Postgres is stopped" stop postgres
ok "status says so" wait_for 30 shows '.trouble == "control" and (.message | length > 0)'
ok "Postgres comes back, all is well, nothing is lost" eval "start postgres && wait_for 40 shows '($well) and ($kept)'"
ok "and work goes on" as_student s004 -c "$genre"
ok "and is measured" wait_for 20 shows '.students[] | select(.login == "s004") | .progress > 0'

ok "slapd is stopped" stop slapd
ps_says() { lectern ps | grep "^slapd" | grep -qv running; }
ok "ps says so" wait_for 10 ps_says
no_login() { ! as_student s005 -c 'SELECT 1'; }
ok "nobody can log in" no_login
ok "the grid goes on" shows "$well"
make_roster 31 >"$lab/roster.csv"
apply_says() { ! lectern apply "$lab/chinook.yaml" && grep -qi "ldap" "$work/ok.out"; }
ok "apply names the directory that is away" apply_says
ok "slapd comes back" start slapd
ok "logins work again" wait_for 15 as_student s005 -c 'SELECT 1'
ok "apply completes what it could not do" lectern apply "$lab/chinook.yaml"
ok "the slips can be read again" read_handout chinook
ok "and the new student works" as_student s031 -c 'SELECT 1'

for service in slapd postgres prometheus exporter-students exporter-steps lecternd; do
	before=$(server_pid "$service")
	again() { # for a moment the process is the one that notes how the last one ended
		pid=$(server_pid "$service") && [ -n "$pid" ] && [ "$pid" != "$before" ] &&
			lectern ps --json | jq -e --arg name "$service" '.services[] | select(.service == $name) | .state == "running"'
	}
	ok "$service is killed and back within 5 s" eval "kill_server $service && wait_for 5 again"
done
ok "after that all is well and nothing is lost" wait_for 60 shows "($well) and ($kept)"

# -- bad input --------------------------------------------------------------------------------------

head -c 1048576 /dev/urandom >"$lab/garbage.yaml"
garbage() {
	begin=$(date +%s)
	timeout 10 lectern apply "$lab/garbage.yaml" 2>"$work/err" && return 1
	code=$?
	cat "$work/err"
	[ "$code" = 1 ] && grep -q 'garbage.yaml' "$work/err" && [ "$(wc -c <"$work/err")" -lt 1000 ] &&
		[ $(($(date +%s) - begin)) -le 3 ]
}
ok "a megabyte of garbage is a clear error, at once" garbage

# -- pagila, through apply and scoring --------------------------------------------------------------

ok "init writes a lab file from pagila" init pagila
ok "apply makes it the class's lab" lectern apply "$lab/pagila.yaml"
ok "the slips of pagila can be read" read_handout pagila
ok "everybody starts again at 0 %" wait_for 60 shows '.lab == "pagila" and .freshness == "fresh" and ([.students[].progress] | length == 31 and all(. == 0))'
ok "a student loads pagila" fill s001 pagila
ok "that is 100 %, too" wait_for 60 shows '.lab == "pagila" and (.students[] | select(.login == "s001") | .progress > 0.9999)'

ok "down ends everything" lectern down
