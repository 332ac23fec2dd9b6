#!/bin/sh
# The setup wizard on the real servers: from an empty state to the running grid, what it keeps when it
# is killed, what it says when the world is not as it should be.
. "${LECTERN_SRCDIR:?}/tests/integration/lib.sh"

drive=$LECTERN_BUILDDIR/tests/terminal/drive
[ -x "$drive" ] || { echo "1..0 # SKIP libvterm is not installed"; exit 0; }
# A terminal with the console in it, started where the example lies, driven by the script on stdin.
console() { # COLSxROWS [ARGUMENT...]
	size=$1
	shift
	(cd "$work/class" && exec "$drive" "$size" "$LECTERN_BUILDDIR/lectern" "$@")
}
# The keystrokes of a script: each escape sequence and each other byte that is typed is one.
keystrokes() { # FILE
	sed -n 's/^type //p' "$1" | sed 's/\\e\[[0-9]*~/K/g; s/\\eO[A-D]/K/g; s/\\e/K/g; s/\\r/K/g; s/\\t/K/g' |
		tr -d '\n' | wc -m
}

mkdir "$work/class"
if [ -n "$shared" ]; then
	cp "$shared/samples/chinook/chinook.sql" "$work/class/chinook.sql"
else
	skip "the wizard on chinook" "../shared/samples is not here"
	exit 0
fi

# -- from nothing to the grid ----------------------------------------------------------------------
cat >"$work/open" <<'SCRIPT'
wait 30 Where are the servers?
type \e[21~
wait 90 What do the students build?
type c\t
wait 60 follow from it
type \e[21~
wait 30 Who are the students?
type \eOA \e[21~
wait 30 How is it judged?
type \e[21~
SCRIPT
cat "$work/open" - >"$work/fast" <<'SCRIPT'
wait 60 PostgreSQL needs room
type \e[21~
wait 120 hand out the passwords
type \e[21~
wait 30 Hand out logins
type \e
wait 60 Student 01
wait 60 live
wait 60 30 absent
type q
end 0
SCRIPT
few_keys() {
	count=$(keystrokes "$work/fast")
	say "$count keystrokes"
	[ "$count" -le 60 ] && [ "$count" -gt 5 ]
}
ok "the script has at most 60 keystrokes" few_keys
say "$(keystrokes "$work/fast") keystrokes"
begin=$(date +%s%N)
ok "from an empty state to the running grid of chinook with 30 students" console 120x36 <"$work/fast"
took=$((($(date +%s%N) - begin) / 1000000))
say "$took ms"
if [ -z "$sanitized" ]; then
	ok "within 90 s" [ "$took" -le 90000 ]
fi
is_ordinary() {
	lectern plan "$LECTERN_STATE/labs/chinook/lab.yaml" >"$work/plan" || { cat "$work/plan"; return 1; }
	grep -q '^databases  *30 wanted,  *0 to change' "$work/plan" || { cat "$work/plan"; return 1; }
}
ok "its lab.yaml is an ordinary one, with nothing left to do" is_ordinary
comments() { [ "$(grep -c '^ *#' "$LECTERN_STATE/labs/chinook/lab.yaml")" -gt 20 ]; }
ok "and has comments" comments
private() { [ "$(stat -c %a "$LECTERN_STATE/wizard.json")" = 600 ]; }
ok "the draft is the owner's only" private

# -- a wrong example, a class list of another shape, killed, broken off ----------------------------
printf 'CREATE TABLE a (a_id integer PRIMARY KEY);\n\nCREATE TABEL b ();\n' >"$work/class/broken.sql"
printf 'CREATE TABLE author (author_id integer PRIMARY KEY, name text NOT NULL);
CREATE TABLE book (book_id integer PRIMARY KEY, author_id integer REFERENCES author);\n' >"$work/class/small.sql"
{
	echo 'Nachname;Vorname;E-Mail;Platz'
	for i in 1 2 3 4 5 6 7 8 9; do echo "Mayr $i;Ada;Ada$i@school.example;A$i"; done
} >"$work/class/export.csv"
wrong_example() {
	console 80x24 <<'SCRIPT'
wait 60 live
type \e[19~
wait 30 Where are the servers?
type \e[21~
wait 90 What do the students build?
type b\t
wait 60 broken.sql:3
wait 60 TABEL
type \e[21~
wait 60 TABEL
never Who are
signal 9
SCRIPT
}
ok "a wrong example is named with its line" wrong_example
no_child() { ! pgrep -f "$LECTERN_BUILDDIR/lectern (apply|checks|plan|up)" >"$work/children"; }
ok "no command outlives a killed console" wait_for 10 no_child
mapped() {
	console 120x36 <<'SCRIPT'
wait 60 live
type \e[19~
wait 30 What do the students build?
wait 60 broken.sql
wait 60 broken.sql:3
type \us\t
wait 60 follow from it
type \e[21~
wait 30 Who are the students?
type \eOA\eOD
wait 60 30 students
type \eOB\unobody
wait 30 distinguished name
type \uou=people,dc=nowhere\t
wait 60 no such entry
type \eOA\uou=people,dc=lab\eOB\u(uid=student0*)\t
wait 60 9 students
wait 30 Student 09
type \eOC\eOBe\t
wait 30 Ada Mayr 9
wait 30 9 students
type \e[21~
wait 30 How is it judged?
type \t Small and quiet
wait 30 Small and quiet
type \e[21~
wait 60 PostgreSQL needs room
type \e[21~
wait 60 Making it so
signal 9
SCRIPT
}
ok "the directory is searched, a class list is mapped; killed while apply works" mapped
ok "and apply with it" wait_for 10 no_child
resumed() {
	console 120x36 <<'SCRIPT'
wait 60 broken off before it was complete
type \e[20~\e[20~
wait 30 Small and quiet
type \e[20~
wait 30 export.csv
type \e[21~
wait 30 How is it judged?
type \e[21~
wait 60 PostgreSQL needs room
type \e[21~
wait 60 Making it so
type c
wait 60 broken off
type \e[21~
wait 90 stands: 9 students
wait 30 hand out the passwords
type \e
wait 60 Small and quiet
wait 60 live
type q
end 0
SCRIPT
}
ok "what was typed is there; apply is broken off, and gone on with" resumed
mapped_roster() { [ "$(sed -n 3p "$LECTERN_STATE/labs/small/roster.csv")" = "ada2,Ada Mayr 2,Ada2@school.example,A2" ]; }
ok "the roster is what the columns were mapped to" mapped_roster
nothing_left() { lectern plan small | grep -E '^(roles|ldap|databases|control) ' | grep -v ' 0 to change' && return 1 || :; }
ok "nothing is left to do" nothing_left
left_while_working() {
	{ printf '%s\n' 'wait 60 live' 'type \e[19~' && cat "$work/open" - <<'SCRIPT'; } | console 80x24
wait 30 There is a lab "chinook" already
type _2\e[21~
wait 60 PostgreSQL needs room
wait 5 set aside
type \e[21~
wait 60 Making it so
type \e
fast 1000 ? KEYS: grid
type q
wait 90 30 absent
type \e[19~
wait 60 hand out the passwords
type \e
type q
end 0
SCRIPT
}
ok "a name that is taken is said; apply goes on while the grid is looked at" left_while_working

# -- other state: a taken port, nonsense, no room --------------------------------------------------
first=$LECTERN_STATE
lectern down >/dev/null 2>&1
LECTERN_STATE=$work/second
pg_port() { sed -n '/^postgres:/,/^[a-z]/s/^ *port: //p' "$LECTERN_STATE/site.yaml"; }
ok "other servers" lectern up
ok "are down again" lectern down
taken=$(pg_port)
perl -MIO::Socket::INET -e '$s = IO::Socket::INET->new(Listen => 1, ReuseAddr => 1, LocalAddr => "127.0.0.1", LocalPort => $ARGV[0]) or die; sleep 300' "$taken" &
thief=$!
wait_for 5 sh -c "ss -Hltn 'sport = :$taken' | grep -q ." >/dev/null
taken_port() {
	console 80x24 <<SCRIPT
wait 30 no data yet
type \e[19~
wait 30 Where are the servers?
type \e[21~
wait 60 port $taken, which postgres uses here, is taken by perl
never What do the students
run kill $thief
run while kill -0 $thief 2>/dev/null; do sleep 0.1; done
type \e[21~
wait 90 What do the students build?
type zzz.sql\e[21~
wait 30 There is no file
type \e
type q
end 0
SCRIPT
}
ok "a taken port is said, and tried again once it is free" taken_port
nonsense() {
	console 80x24 <<'SCRIPT'
wait 60 no data yet
type \e[19~
wait 30 zzz.sql
type \e[20~\eOD\eOBa b\e[21~
wait 30 A host has no blanks
never What do the
type \e
type q
end 0
SCRIPT
}
ok "nonsense is said in its place, and kept" nonsense
existing() {
	console 120x36 <<SCRIPT
wait 60 no data yet
type \e[19~
wait 30 a b
type \e[21~
wait 30 A host has no blanks
type \e[3~\e
type q
end 0
SCRIPT
}
ok "also over a restart" existing
# -- servers that exist already: here those of the second state, seen from another one --------------
ok "the second servers run" lectern up
second=$LECTERN_STATE
value() { sed -n "s/^ *$1: //p" "$second/site.yaml" | head -1 | tr -d '"'; }
existing() {
	port=$(pg_port)
	LECTERN_STATE=$work/fourth
	mkdir "$LECTERN_STATE" && cp -r "$second/secrets" "$LECTERN_STATE/secrets" || return 1
	console 120x36 <<SCRIPT
wait 30 Where are the servers?
type \eOD\t\u$second/run\t\u1\t\t\t\uldaps://localhost:$(value ldaps_port)\t\t\t\t\uhttp://localhost:1\t\t\t\t\u/nowhere.crt\e[21~
wait 30 There is no file
type \u$second/tls/ca.crt\e[21~
wait 60 PostgreSQL: connection
wait 60 Prometheus: Failed to connect
never LDAP:
never What do the students
type \eOA\eOA\eOA\eOA\u$(value url)\eOA\eOA\eOA\eOA\eOA\eOA\eOA\u$port\e[21~
wait 60 What do the students build?
type s\t
wait 60 follow from it
type \e
wait 60 No lab is current
type q
end 0
SCRIPT
}
ok "existing servers: what fails is said, then they are used" existing
unembedded() { grep -q '^embedded: false' "$work/fourth/site.yaml"; }
ok "site.yaml says that they are not ours" unembedded
# A PostgreSQL, an slapd and a Grafana that have passwords of their own.
. "$LECTERN_SRCDIR/tests/integration/others.sh"
stop_all() {
	stop_others
	kill "$grafana" 2>/dev/null
	finish
}
port=$(free_port 23432)
ldaps_port=$(free_port 23636)
mkdir "$work/grafana"
python3 "$LECTERN_SRCDIR/tests/integration/grafana_server.py" "$work/grafana" >"$work/grafana.out" 2>&1 &
grafana=$!
trap stop_all EXIT
ok "a PostgreSQL with a password" start_postgres "$port" boss
ok "an slapd with a suffix of its own" start_slapd "$(free_port 23389)" "$ldaps_port" dc=school,dc=example
wait_for 30 [ -s "$work/grafana/port" ]
others() {
	LECTERN_STATE=$work/fifth
	console 120x36 <<SCRIPT
wait 30 Where are the servers?
type \eOD\t\ulocalhost\t\u$port\t\uboss\t\uwrong
type \t\uldaps://127.0.0.1:$ldaps_port\t\udc=school,dc=example\t\ucn=admin,dc=school,dc=example\t\uwrong
type \t\u$(value url)\t\t\uhttp://127.0.0.1:$(cat "$work/grafana/port")\t\uwrong\t\u$work/tls/ca.crt\e[21~
wait 60 PostgreSQL: connection to server
wait 60 password authentication failed
wait 60 the login or the password is wrong
wait 60 refuses the token
never What do the students
type \eOA\uglsa_admin_0123456789\eOA\eOA\eOA\eOA\usesame\eOA\eOA\eOA\eOA\usesame
wait 30 ******
never sesame
never glsa_admin
type \e[21~
wait 60 What do the students build?
type s\t
wait 60 follow from it
type \e
wait 60 no data yet
type q
end 0
SCRIPT
}
ok "wrong passwords are said, right ones masked and taken" others
LECTERN_STATE=$work/fifth
kept() { # FILE LINE
	[ "$(stat -c %a "$LECTERN_STATE/secrets/$1")" = 600 ] && is "$2" cat "$LECTERN_STATE/secrets/$1"
}
ok "they are kept for their owner only" eval 'kept postgres.password sesame && kept ldap.password sesame && kept grafana glsa_admin_0123456789'
ok "and nowhere else" eval '! grep -rE "sesame|glsa" "$LECTERN_STATE" --exclude-dir=secrets'
addresses() { grep -q 'people: .*ou=people,dc=school,dc=example' "$LECTERN_STATE/site.yaml" && grep -A1 '^grafana:' "$LECTERN_STATE/site.yaml" | grep -q 'url: .*http://127.0.0.1:'; }
ok "site.yaml has the addresses" addresses
printf 'login\nada\n' >"$work/class/ada.csv"
printf 'lab: others\nexample: small.sql\nroster: ada.csv\n' >"$work/class/others.yaml"
planned() {
	lectern plan "$work/class/others.yaml"
	[ $? = 3 ] # there is something to do
}
ok "a plan is made on them" planned
shown_again() {
	console 80x24 <<'SCRIPT'
wait 60 no data yet
type \e[19~
wait 30 What do the students build?
type \e[20~
wait 30 ******
never sesame
type \e
type q
end 0
SCRIPT
}
ok "another day they are there, masked" shown_again
LECTERN_STATE=$second
lectern down >/dev/null 2>&1
full() {
	LECTERN_STATE=$work/third
	mkdir -p "$LECTERN_STATE/wizard.json"
	console 80x24 <<'SCRIPT'
wait 30 Where are the servers?
type \eOC
wait 30 is not kept
type \e
type q
end 0
SCRIPT
}
ok "a draft that cannot be kept is said" full
LECTERN_STATE=$first
