#!/bin/sh
# Whole journeys by keys, on the real servers: what a lab master does in a lesson, and what the screen
# says of it.
. "${LECTERN_SRCDIR:?}/tests/integration/lib.sh"
. "$LECTERN_SRCDIR/tests/integration/class.sh"

drive=$LECTERN_BUILDDIR/tests/terminal/drive
[ -x "$drive" ] || { echo "1..0 # SKIP libvterm is not installed"; exit 0; }
HOME=$work XDG_CONFIG_HOME=$work/config
export HOME XDG_CONFIG_HOME
console() { # COLSxROWS [ARGUMENT...]
	size=$1
	shift
	(cd "$work/class" && exec "$drive" "$size" "$LECTERN_BUILDDIR/lectern" "$@")
}
# What the student types, without the login's TLS: another test has that.
cat >"$work/as" <<'SH'
#!/bin/sh
# as LOGIN SQL
port=$(sed -n '/^postgres:/,/^[a-z]/s/^ *port: //p' "$LECTERN_STATE/site.yaml")
printf 'SET SESSION AUTHORIZATION %s;\n%s\n' "$1" "$2" |
	psql -X -q -At -v ON_ERROR_STOP=1 -h "$LECTERN_STATE/run" -p "$port" -U postgres -d "$1"
SH
chmod 755 "$work/as"

mkdir "$work/class"
small_example "$work/class/small.sql"
printf 'login,name,seat\neve,Eve Eriksen,C2\nbob,Bob Baker,C3\nmei,Mei Lin,C4\nzoe,Zoe Zhou,C5\n' >"$work/class/class.csv"

# -- from nothing to a lesson ------------------------------------------------------------------------
wizard_to_lesson() {
	console 120x36 <<'SCRIPT'
wait 60 Where are the servers?
type \e[21~
wait 120 What do the students build?
type s\t
wait 60 follow from it
type \e[21~
wait 60 Who are the students?
type c\t
wait 60 4 students
type \e[21~
wait 60 How is it judged?
type \e[21~
wait 60 PostgreSQL needs room
type \e[21~
wait 180 hand out the passwords
type \e[21~
wait 60 Hand out logins
type \e
wait 60 Zoe Zhou
wait 60 live
type t
wait 60 start a lesson
type s
wait 60 minutes
type \r
wait 60 lesson 00:0
wait 60 left
type q
end 0
SCRIPT
}
ok "from the empty wizard to a running lesson" wizard_to_lesson

# -- looking after students --------------------------------------------------------------------------
hand() {
	console 120x36 <<SCRIPT
wait 60 live
wait 60 Eve Eriksen
type p
wait 60 PRIVATE
run "$work/as" eve "SELECT lectern.help('which way round is the key?')"
wait 60 which way round
type \e[18~
wait 60 TO HELP NEXT
wait 60 which way round is the key?
type c
wait 60 your name
type \uAda\r
wait 60 SOMEBODY IS THERE
wait 60 Ada
type d
wait 60 note
type \r
wait 60 helped
gone 60 SOMEBODY IS THERE
type \e
type q
end 0
SCRIPT
}
ok "a hand is raised, seen, claimed and resolved" hand
taken_down() { [ -z "$("$work/as" eve "SELECT status FROM lectern.queue")" ]; }
ok "the student's hand is down" wait_for 30 taken_down

reset() {
	console 120x36 <<SCRIPT
wait 60 live
wait 60 by roster
run "$work/as" bob "CREATE TABLE author (author_id integer PRIMARY KEY, name text NOT NULL)"
wait 60 50 %
type /bob
wait 60 1 of 4
type \r
wait 60 /bob: 1 of 4
type \r
wait 60 Bob Baker  bob
wait 60 ✔ author
type r
wait 60 All sessions end
type y
gone 60 All sessions end
wait 60 ✗ table author exists
run test -z "\$("$work/as" bob "SELECT to_regclass('author')")"
type u
wait 60 Undo the last reset
type y
gone 60 Undo the last reset
wait 60 ✔ author
run test author = "\$("$work/as" bob "SELECT to_regclass('author')")"
type \e
type q
end 0
SCRIPT
}
ok "a database is reset, and the reset undone" reset

announce() {
	console 120x36 <<'SCRIPT'
wait 60 live
wait 60 by roster
type a
wait 60 Everybody sees it
type break until ten
wait 60 break until ten
type \r
wait 60 announced  break until ten
type q
end 0
SCRIPT
}
ok "an announcement is told" announce
told() { "$work/as" zoe "SELECT * FROM lectern.board" | grep -q "break until ten"; }
ok "and the class can read it" wait_for 30 told

heat_map() {
	console 120x36 <<'SCRIPT'
wait 60 live
wait 60 by roster
type \eOR
wait 60 lacking it
wait 60 Eve Eriksen: author
type \e
wait 60 by roster
type q
end 0
SCRIPT
}
ok "the heat map says what the class lacks" heat_map

find_student() {
	console 80x24 <<'SCRIPT'
wait 60 Zoe Zhou
type /mei
gone 60 Zoe Zhou
wait 60 Mei Lin
type \r
type \r
wait 60 Mei Lin  mei
wait 60 table author exists
type \e
wait 60 Mei Lin
type \e
wait 60 Zoe Zhou
type q
end 0
SCRIPT
}
ok "the filter finds a student, Enter opens, Esc shows all" find_student

secret() {
	"$work/as" zoe "SELECT lectern.help('my topsecret question')" || return 1
	console 120x36 <<'SCRIPT' || return 1
wait 60 live
wait 60 Zoe Zhou
type \e[18~
wait 60 TO HELP NEXT
wait 60 Zoe Zhou
never topsecret
type p
wait 60 topsecret
type p
gone 60 topsecret
type \e
type q
end 0
SCRIPT
	console 120x36 --projector <<'SCRIPT'
wait 60 live
wait 60 Zoe Zhou
type \e[18~
wait 60 TO HELP NEXT
type p
type p
type \f
wait 60 Zoe Zhou
never topsecret
type \e
type q
end 0
SCRIPT
}
ok "projector mode hides a message, and --projector whatever is pressed" secret

extra_time() {
	console 120x36 <<'SCRIPT' || return 1
wait 60 live
wait 60 by roster
type /zoe
wait 60 1 of 4
type \r
wait 60 /zoe: 1 of 4
type \r
wait 60 Zoe Zhou  zoe
type e
wait 60 In this lesson
type \r
gone 60 In this lesson
type \e
type q
end 0
SCRIPT
	lectern status --json | jq -e '.students[] | select(.login == "zoe") | .extra_seconds > 0'
}
ok "a student gets more time" extra_time

kick() {
	lectern handout small --json 2>/dev/null >"$work/handout.json" || return 1
	conninfo=$(jq -r '. as $all | .students[] | select(.login == "mei") | "host=\($all.host) port=\($all.port) dbname=mei user=mei password=\(.password) sslmode=verify-full sslrootcert=\($all.ca_file)"' "$work/handout.json")
	psql -X -q "$conninfo" -c "SELECT pg_sleep(300)" >"$work/session" 2>&1 &
	session=$!
	console 120x36 <<SCRIPT
wait 60 live
wait 60 by roster
type /mei
wait 60 1 of 4
type \r
wait 60 /mei: 1 of 4
type \r
wait 60 Mei Lin  mei
wait 60 SESSIONS
run kill -0 $session
type x
wait 60 Whatever is not committed is lost
type y
gone 60 Whatever is not committed is lost
run for i in 1 2 3 4 5 6 7 8 9; do kill -0 $session 2>/dev/null || exit 0; sleep 1; done; exit 1
wait 60 1 session of "mei" ended
type \e
type \eOQ
type q
end 0
SCRIPT
	kicked=$?
	wait "$session"
	[ $kicked = 0 ] && grep -q 'terminating connection' "$work/session"
}
ok "a student's sessions are ended" kick
recorded() { lectern log small --about mei --json | jq -e 'any(.[]; .kind == "kick")'; }
ok "and the log has it" recorded

# -- when a server is lost ---------------------------------------------------------------------------
loses() { # SERVICE SENTENCE WHAT-TO-DO
	service=$LECTERN_STATE/service/$1
	console 120x36 <<SCRIPT
wait 60 live
wait 60 Eve Eriksen
run sv down $service
wait 60 $2
wait 60 $3
wait 60 stale
never live
wait 60 Eve Eriksen
type \r
wait 60 Eve Eriksen  eve
type \e
wait 60 $2
run sv up $service
gone 60 $2
wait 60 live
gone 60 stale
type q
end 0
SCRIPT
	lost=$?
	sv up "$service"
	return $lost
}
ok "Prometheus is lost: what to do, how old, and back by itself" loses prometheus "Prometheus does not answer" "lectern doctor"
ok "so with the control database" loses postgres "The control database cannot be read" "lectern"
killed() {
	pid=$(lectern ps | awk '$1 == "prometheus" { print $3 }')
	console 120x36 <<SCRIPT
wait 60 live
run kill -9 $pid
type \eOR
wait 60 lacking it
type \eOQ
wait 60 by roster
wait 90 live
type q
end 0
SCRIPT
	[ "$(lectern ps | awk '$1 == "prometheus" { print $3 }')" != "$pid" ]
}
ok "a killed Prometheus is started again under the console's eyes" killed

lesson() {
	console 120x36 <<'SCRIPT'
wait 60 live
wait 60 left
type t
wait 60 pause: nobody
type p
wait 60 paused
type t
wait 60 go on
type p
gone 60 paused
wait 60 left
type t
wait 60 announce its end
type a
wait 60 takes it back
type 20\r
wait 60 The lesson ends in 20 min.
type t
wait 60 take its end back
type b
gone 60 The lesson ends in
type t
wait 60 end it
type e
wait 60 those results stand
type y
gone 60 those results stand
wait 60 ended
type q
end 0
SCRIPT
}
ok "the lesson is paused, goes on, has its end announced and taken back, and ends" lesson

is_refused() { # LOGIN
	lectern student small "$1" try >"$work/try" 2>&1 && { cat "$work/try"; return 1; }
	grep -q 'not permitted to log in' "$work/try" || { cat "$work/try"; return 1; }
}
close_logins() {
	console 80x24 <<'SCRIPT'
wait 60 live
wait 60 lesson ended
type t
wait 60 close the logins
type c
wait 60 nobody gets in
type y
wait 60 closing its logins
type q
end 0
SCRIPT
}
ok "its logins are closed" close_logins
ok "nobody gets in" is_refused eve
