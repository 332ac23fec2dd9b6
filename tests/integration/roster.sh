#!/bin/sh
# A class list that fights back: names of every kind go through LDAP, PostgreSQL and Prometheus and come
# out as they went in, disarmed where people see them; a list with a mistake creates nothing.
. "${LECTERN_SRCDIR:?}/tests/integration/lib.sh"
cd "$work" || exit 99
fixtures=$LECTERN_SRCDIR/tests/fixtures/roster

echo 'CREATE TABLE t (id integer PRIMARY KEY);' >small.sql
# One list of them all: each fixture's lines, with logins of their own.
{
	echo 'login,name,seat'
	sed -n 's/^[a-z]*,\(.*\)/scripts@,\1,/p' "$fixtures/scripts.csv" | tail -n +2
	sed -n 's/^[a-z]*,\(.*\)/control@,\1,/p' "$fixtures/control_bytes.csv" | tail -n +2
	sed -n 's/^[a-z]*,\(.*\)/long@,\1,/p' "$fixtures/long_names.csv" | tail -n +2
	printf 'quotes@,"Alice ""Ace""\nArcher, the 1st",A\\1\n'
	echo "sql@,\"Robert'); DROP TABLE students;--\","
	printf 'ldap@,"*)(uid=*))(|(uid=*, cn=x\\00",\n'
	printf 'prom@,"{}\\"" + vector(1) # ${name} $(id) `id` %%s %%n",\n'
	printf 'json@,"</script>\\u0000\\n",\n'
	printf 'space@,"  both sides  ",\n'
} | awk '/@/ { sub(/@/, ++n) } { print }' >class.csv

field() { sed -n "s/^$1|//p" names.out; }
sql() { psql -X -At -h "$LECTERN_STATE/run" -p "$port" -U postgres -d lectern -c "$1"; }
students=15

ok "up" lectern up
port=$(sed -n '/^postgres:/,/^[a-z]/s/^ *port: //p' "$LECTERN_STATE/site.yaml")
ok "init" lectern init --from small.sql --roster class.csv --name hostile

# -- mistakes come first --------------------------------------------------------------------------
cp class.csv good.csv
printf 'scripts1,twin,\nBob,capital,\npostgres,reserved,\n' >>class.csv
nothing_made() {
	[ "$(sql "SELECT count(*) FROM pg_catalog.pg_roles WHERE rolname LIKE 'scripts%'")" = 0 ]
}
ok "a login given twice names both lines" says 'is the same as in line 2' lectern apply lab.yaml
ok "all mistakes are told at once" grep -q 'login "postgres" is reserved' says.out
ok "and nothing was created" nothing_made
cp good.csv class.csv

# -- every name as it is --------------------------------------------------------------------------
ok "apply" lectern apply lab.yaml
everybody() { [ "$(lectern handout --json | grep -c '"login"')" = $students ]; }
as_they_are() {
	sql "SELECT login || '|' || pg_catalog.encode(pg_catalog.convert_to(name, 'UTF8'), 'hex') FROM students ORDER BY position" >names.out
	cat names.out
	[ "$(wc -l <names.out)" = $students ] &&
		[ "$(field control5)" = "$(printf '\033]0;owned\007\033[2JAlice' | od -An -tx1 | tr -d ' \n')" ] &&
		[ "$(field quotes10)" = "$(printf 'Alice "Ace"\nArcher, the 1st' | od -An -tx1 | tr -d ' \n')" ] &&
		[ "$(field long8 | tr -d '\n' | wc -c)" = 510 ] &&
		[ "$(field sql11)" = "$(printf "Robert'); DROP TABLE students;--" | od -An -tx1 | tr -d ' \n')" ]
}
# No byte below a blank but newlines, no DEL, no C1 as UTF-8, no bidi override.
harmless() {
	"$@" >shown 2>shown.err || return 1
	LC_ALL=C tr -d '\n' <shown >flat
	! LC_ALL=C grep -q "[$(printf '\001-\037\177')]" flat &&
		! LC_ALL=C grep -qF "$(printf '\302\233')" flat && ! LC_ALL=C grep -qF "$(printf '\342\200\256')" flat
}
slips() { lectern handout | sed "s/^$(printf '\f')//"; } # a new page begins with a form feed, nothing else has one
csv() { lectern handout --csv | tr -d '\r'; }
unchanged() { lectern apply lab.yaml >again.out && cat again.out && grep -q ' 0 changes' again.out; }
a_login() { lectern student hostile ldap12 try; }
status() { lectern status --json >status.json && [ "$(grep -c '"login"' status.json)" = $students ]; }

ok "everybody is there" everybody
ok "each name is kept byte by byte" as_they_are
ok "a second apply changes nothing" unchanged
ok "slips are harmless on a terminal" harmless slips
ok "and so is the CSV" harmless csv
ok "and the plan" harmless lectern plan lab.yaml
ok "such a student logs in" a_login

# -- the same people, as the directory has them ----------------------------------------------------
people() { # COUNT [OPTION...]
	count=$1
	shift
	lectern directory --json "$@" >people.json && cat people.json &&
		[ "$(jq '.people | length' people.json)" = "$count" ]
}
same_name() { [ "$(jq -r '.people[] | select(.login == "quotes10").name' people.json)" = "$(printf 'Alice "Ace"\nArcher, the 1st')" ]; }
passed_over() { [ "$(jq -r '.passed_over[] | .who + ": " + .why' people.json)" = 'grace: it teaches' ]; }
found() { lectern directory | tr -d '\r'; }
is_a_roster() {
	lectern directory --filter '(uid=scripts*)' >found.csv && cat found.csv &&
		lectern init --from small.sql --roster found.csv --name again --output again.yaml
}
ok "a master" lectern master add grace --name 'Grace Hopper'
ok "all of them are found in the directory" people $students
ok "a name as it is" same_name
ok "but not who teaches" passed_over
ok "a filter" people 1 --filter '(&(objectClass=person)(uid=sql11))'
ok "another base" people 0 --base ou=groups,dc=lab
ok "a base that is not there" says 'no such entry' lectern directory --base ou=nobody,dc=lab
ok "a broken filter" says 'hint: Look at the base' lectern directory --filter '(uid='
ok "what is found is harmless" harmless found
ok "and a class list" is_a_roster
ok "the class arrives in lectern status" wait_for 30 status
ok "lectern status is harmless" harmless lectern status
