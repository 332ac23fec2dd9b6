#!/bin/sh
# The console and `lectern status` on the whole chain: a lab is applied, lecternd measures, the console
# shows it; each link is broken and mended while the console looks on.
. "${LECTERN_SRCDIR:?}/tests/integration/lib.sh"

drive=$LECTERN_BUILDDIR/tests/terminal/drive
[ -x "$drive" ] || { echo "1..0 # SKIP libvterm is not installed"; exit 0; }
service() { echo "$LECTERN_STATE/service/$1"; }
pid_of() { lectern ps | awk -v service="$1" '$1 == service { print $3 }'; }
# A terminal of COLSxROWS with the console in it, driven by the script on stdin.
console() { # COLSxROWS [ARGUMENT...]
	size=$1
	shift
	"$drive" "$size" "$LECTERN_BUILDDIR/lectern" "$@"
}
status_has() { # JQ-EXPRESSION: true of `lectern status --json`
	lectern status --json >"$work/status.json" 2>"$work/status.err" || :
	jq -e "$1" "$work/status.json" >/dev/null || { cat "$work/status.json" "$work/status.err"; return 1; }
}
fails_with() { # WORDS COMMAND...
	words=$1
	shift
	"$@" >"$work/out" 2>&1 && { cat "$work/out"; return 1; }
	cat "$work/out"
	grep -qF -- "$words" "$work/out"
}

# -- before there is anything --------------------------------------------------------------------
ok "status without servers says what to do" fails_with "lectern up" lectern status
no_servers() {
	console 80x24 <<'SCRIPT'
wait 60 Where are the servers?
type \e
wait 60 no data yet
type q
end 0
SCRIPT
}
ok "the console opens the wizard" no_servers
ok "up" lectern up
no_lab() {
	console 80x24 <<'SCRIPT'
wait 60 Where are the servers?
type \e
wait 60 No lab is current
wait 60 F8
type q
end 0
SCRIPT
}
ok "without a lab the console says how to get one" no_lab
ok "and so does status" fails_with "lectern apply" lectern status

ok "the console without a terminal points to status" fails_with "lectern status" lectern console

# -- a lab ---------------------------------------------------------------------------------------
mkdir "$work/lab"
cat >"$work/lab/example.sql" <<'SQL'
CREATE TABLE author (author_id integer PRIMARY KEY, name text NOT NULL);
CREATE TABLE book (book_id integer PRIMARY KEY, title text NOT NULL,
    author_id integer NOT NULL REFERENCES author);
INSERT INTO author VALUES (1, 'Ursula'), (2, 'Stanislaw');
INSERT INTO book VALUES (1, 'Solaris', 2);
SQL
printf 'login,name,seat\neve,Eve Eriksen,C2\nbob,B\302\233ob,C3\nmei,\345\261\261\347\224\260,C4\n' >"$work/lab/roster.csv"
cat >"$work/lab/lab.yaml" <<'YAML'
lab: small
title: A small library
example: example.sql
roster: roster.csv
YAML
first_data() {
	(
		"$drive" 120x36 "$LECTERN_BUILDDIR/lectern" <<SCRIPT
wait 60 Where are the servers?
type \e
wait 60 No lab is current
run lectern apply "$work/lab/lab.yaml" >"$work/apply" 2>&1
wait 60 A small library
wait 60 live
wait 60 Eve Eriksen
wait 60 B\x9bob
wait 60 山田
type q
end 0
SCRIPT
	) || { cat "$work/apply"; return 1; }
}
ok "an open console sees the first lab come" first_data
ok "status has the roster" status_has '.freshness == "fresh" and [.students[].login] == ["eve", "bob", "mei"]'
ok "and the steps" status_has '[.students[0].steps[].name] == ["table author", "table book"]'
ok "untouched databases are at 0" status_has 'all(.students[]; .progress == 0)'
ok "a lab that is not there is named" fails_with '"nosuch"' lectern status nosuch

port=$(sed -n '/^postgres:/,/^[a-z]/s/^ *port: //p' "$LECTERN_STATE/site.yaml")
# What the student types, without the login's TLS: another test has that.
as() { # LOGIN SQL
	printf 'SET SESSION AUTHORIZATION %s;\n%s\n' "$1" "$2" |
		psql -X -q -v ON_ERROR_STOP=1 -h "$LECTERN_STATE/run" -p "$port" -U postgres -d "$1"
}
builds() {
	as eve "CREATE TABLE author (author_id integer PRIMARY KEY, name text NOT NULL);
		INSERT INTO author VALUES (1, 'Ursula'), (2, 'Stanislaw');" || return 1
	wait_for 15 status_has '.students[] | select(.login == "eve") | .steps[0].score == 1 and .progress > 0'
}
ok "a table that is built rises in status" builds
ok "only that step, only that student" status_has '(.students[0].steps[1].score == 0) and (.students[1].progress == 0)'
ok "with the time since the progress" status_has '.students[0].seconds_since_progress < 60'
opens() {
	console 80x24 <<'SCRIPT'
wait 60 live
wait 60 Eve Eriksen
type \r
wait 60 100 %
wait 60 book
wait 60 primary key
type \e
wait 60 by roster
size 120x36
wait 60 NEED HELP NOW
size 60x20
wait 60 80x24
size 200x60
wait 60 NEED HELP NOW
signal 15
end 0
SCRIPT
}
ok "one student's steps and checks; resizing; SIGTERM leaves a sane terminal" opens

# -- the hand-out --------------------------------------------------------------------------------
mkdir "$work/home" "$work/bin"
HOME=$work/home
export HOME
printf '#!/bin/sh\ncat >"%s/slips.$$"\necho "request id is room-1 (1 file)"\n' "$work/home" >"$work/bin/lp"
chmod 755 "$work/bin/lp"
lectern handout --json 2>/dev/null | jq -r '.students[].password' >"$work/passwords"
eve_password=$(sed -n 1p "$work/passwords")
hands_out() {
	PATH=$work/bin:$PATH console 120x36 <<SCRIPT
wait 60 live
wait 60 Eve Eriksen
type \e[17~
wait 60 Projector mode is on
type y
never $eve_password
type p
wait 60 Does anybody else see
type y
wait 60 $eve_password
wait 60 nobody changed the password yet
wait 60 answer on this machine only
type \r
wait 60 1 of 3
type Py
wait 60 printing: request id is room-1
type \e
wait 60 3 students
type Sy
wait 60 handout.txt for 3 students
type \eOQ
wait 60 by roster
never $eve_password
forgot $work/passwords
type \e[17~
wait 60 Does anybody else see
type y
wait 60 $eve_password
type p
gone 60 $eve_password
forgot $work/passwords
type \e
wait 60 by roster
type q
end 0
SCRIPT
}
ok "the hand-out shows, prints and saves, and forgets" hands_out
one_slip() { grep -hF "$eve_password" "$work"/home/slips.* && ! grep -qwF bob "$work"/home/slips.*; }
saved() { [ "$(stat -c %a "$work/home/lectern-handout/handout.txt")" = 600 ] && grep -qF "$eve_password" "$work/home/lectern-handout/handout.txt"; }
ok "one slip on paper" one_slip
ok "three in a private file" saved
rm -f "$work"/home/slips.*
no_printer() {
	PATH=$LECTERN_BUILDDIR:/usr/bin:/bin console 80x24 <<'SCRIPT'
wait 60 live
type \e[17~
wait 60 Projector mode is on
type P
wait 60 everybody's slip on the default printer?
type y
wait 60 no program "lp"
type q
wait 60 by roster
type q
end 0
SCRIPT
}
if command -v lp >/dev/null; then skip "a machine without a printer" "lp is installed"; else
	ok "a machine without a printer" no_printer
fi

# -- the page for the room -----------------------------------------------------------------------
once() { lectern board --html "$work/once.html" --once && grep -qF "<bdi>Eve Eriksen</bdi>" "$work/once.html" && grep -qF 'class="fresh"' "$work/once.html"; }
ok "board --once writes a page" once
ok "with names that do nothing" grep -qF '<bdi>B\x9bob</bdi>' "$work/once.html"
ok "where it cannot be written it says so" fails_with "$work/no/where.html" lectern board --html "$work/no/where.html"
has_made() { grep -o 'at [0-9:]*' "$work/board.html" >"$work/made.new" 2>/dev/null; }
goes_on() { # the page is made anew while it runs, and says that it ended when it is ended
	lectern board --html "$work/board.html" 2>"$work/board.err" &
	board=$!
	wait_for 30 grep -qF 'class="fresh"' "$work/board.html" && has_made && cp "$work/made.new" "$work/made"
	wait_for 30 eval 'has_made && ! cmp -s "$work/made" "$work/made.new"'
	went_on=$?
	kill -TERM "$board"
	wait "$board" || return 1
	[ "$went_on" = 0 ] && grep -qF '>ended<' "$work/board.html" && [ "$(ls "$work" | grep -c board.html)" = 1 ]
}
ok "board goes on until it is ended, and the page says so" goes_on

# -- another lab -----------------------------------------------------------------------------------
sed 's/^lab: small/lab: other/; s/A small library/Another library/' "$work/lab/lab.yaml" >"$work/lab/other.yaml"
printf 'login,name\nzoe,Zoe\n' >"$work/lab/roster_zoe.csv"
sed -i 's/roster.csv/roster_zoe.csv/' "$work/lab/other.yaml"
follows() {
	console 80x24 <<SCRIPT
wait 60 Eve Eriksen
wait 60 live
run lectern apply "$work/lab/other.yaml" >"$work/apply" 2>&1
wait 60 Another library
wait 60 Zoe
gone 60 Eve
wait 60 A 1 absent
run lectern lab use small
wait 60 Eve Eriksen
wait 60 live
type q
end 0
SCRIPT
}
ok "the console follows the current lab" follows
not_current() {
	console 80x24 console other <<'SCRIPT'
wait 60 "other" is not the current one
end 1
SCRIPT
}
ok "a lab that is not current is refused" not_current
ok "by status too" fails_with "lectern lab use other" lectern status other

# -- broken links --------------------------------------------------------------------------------
breaks() { # SERVICE SENTENCE: the console says so, shows nothing as fresh, stays quick, recovers
	service=$LECTERN_STATE/service/$1
	console 120x36 <<SCRIPT
wait 60 Eve Eriksen
wait 60 live
run sv down $service
fast 3000 l (bob)
wait 60 $2
wait 60 stale
wait 60 3 unknown
never live
fast 3000 h (eve)
run sv up $service
wait 60 live
gone 60 $2
gone 60 unknown
type q
end 0
SCRIPT
	broken=$?
	sv up "$service"
	return $broken
}
ok "Prometheus stopped" breaks prometheus "Prometheus does not answer"
ok "exporter stopped" breaks exporter-students "Prometheus cannot reach the exporter"
ok "control database stopped" breaks postgres "The control database cannot be read"
ok "lecternd stopped" breaks lecternd "lecternd measures nothing"

# Keys are answered while the server stands still, whatever was asked of it: had one waited for it, it
# would wait for good.  How fast is the bench's (tests/bench/keys.sh).
hangs() { # SERVICE SENTENCE
	pid=$(pid_of "$1")
	all="$pid \$(ps -o pid= --ppid $pid)"
	console 80x24 <<SCRIPT
wait 60 Eve Eriksen
wait 60 live
run kill -STOP $all
fast 3000 j (bob)
fast 3000 ? KEYS
fast 3000 q by roster
wait 60 $2
wait 60 stale
fast 3000 k (eve)
run kill -CONT $all
wait 60 live
type q
end 0
SCRIPT
	hung=$?
	# shellcheck disable=SC2046
	kill -CONT $(eval echo "$all")
	return $hung
}
ok "Prometheus hangs, the keyboard does not" hangs prometheus "Prometheus does not answer"
ok "lecternd hangs" hangs lecternd "lecternd measures nothing"
ok "the control database hangs" hangs postgres "The control database cannot be read"

sv down "$LECTERN_STATE/service/prometheus"
ok "status says which link broke" fails_with "Prometheus does not answer" lectern status
sv up "$LECTERN_STATE/service/prometheus"
ok "and works again" wait_for 40 status_has '.freshness == "fresh" and .trouble == "none"'
