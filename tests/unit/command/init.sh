#!/bin/sh
# lectern init: checks what it is given, writes what `apply` takes, and never touches a file.
. "$LECTERN_SRCDIR/tests/integration/lib.sh"
cd "$work" || exit 99
rosters=$LECTERN_SRCDIR/tests/fixtures/roster
cp "$rosters/plain.csv" class.csv
echo 'CREATE TABLE t (id integer PRIMARY KEY);' >Chinook-2.sql

# refused STATUS WORDS ARGUMENTS... : fails with that status, says these words, writes nothing.
refused() {
	wanted=$1 words=$2
	shift 2
	lectern init --output new/lab.yaml "$@" 2>said
	[ $? = "$wanted" ] && grep -qF -- "$words" said && [ ! -e new/lab.yaml ] || {
		cat said
		return 1
	}
}
written() {
	lectern init --from Chinook-2.sql --roster class.csv && grep -qx 'lab: "chinook_2"' lab.yaml &&
		grep -qx 'example: "Chinook-2.sql"' lab.yaml && grep -qx 'roster: "class.csv"' lab.yaml
}
untouched() {
	before=$(cksum lab.yaml)
	! lectern init --from Chinook-2.sql --roster class.csv && [ "$before" = "$(cksum lab.yaml)" ]
}
elsewhere() {
	lectern init --from Chinook-2.sql --roster class.csv --name other --output there/l.yaml &&
		grep -qx "example: \"$work/Chinook-2.sql\"" there/l.yaml && grep -qx 'lab: "other"' there/l.yaml
}
live() {
	lectern init --from postgresql://teacher@db.example/Shop --roster class.csv --output live.yaml &&
		grep -qx 'lab: "shop"' live.yaml
}
shipped() {
	lectern init --from library --output own/lab.yaml &&
		cmp "$LECTERN_SRCDIR/assets/labs/library/library.sql" own/library.sql &&
		cmp "$LECTERN_SRCDIR/assets/labs/library/lab.yaml" own/lab.yaml &&
		cmp "$LECTERN_SRCDIR/assets/labs/library/roster.csv" own/roster.csv &&
		[ -s own/rows/01-branch.sql ]
}
shipped_own_roster() {
	lectern init --from library --roster class.csv --name mine --output own2/lab.yaml &&
		grep -qx 'lab: mine' own2/lab.yaml && grep -qx "roster: \"$work/class.csv\"" own2/lab.yaml &&
		[ ! -e own2/roster.csv ]
}
shipped_untouched() {
	rm own/lab.yaml
	! lectern init --from library --output own/lab.yaml && [ ! -e own/lab.yaml ]
}

ok "a lab file named after the example" written
ok "a file that is there is never touched" untouched
ok "paths stay right in another directory" elsewhere
ok "a live database as the example" live
ok "the shipped lab with all its files" shipped
ok "the shipped lab for a class of one's own" shipped_own_roster
ok "the shipped lab never overwrites either" shipped_untouched
ok "no example" refused 2 '--from is missing' --roster class.csv
ok "no roster" refused 2 '--roster is missing' --from Chinook-2.sql
ok "an example that is not there" refused 1 'could not find the example "nope.sql"' --from nope.sql --roster class.csv
: >empty.sql
ok "an empty example" refused 1 'the example "empty.sql" is empty' --from empty.sql --roster class.csv
ok "a directory as the example" refused 1 'without a pg_dump archive' --from there --roster class.csv
ok "a password in the URI" refused 1 'contains a password' --from postgresql://u:pw@h/db --roster class.csv
ok "a URI without a database" refused 1 'names no database' --from postgresql://u@h --roster class.csv
ok "a broken URI" refused 1 'no URI that PostgreSQL knows' --from 'postgresql://u@h/%zz' --roster class.csv
ok "a roster that is not there" refused 1 'nope.csv' --from Chinook-2.sql --roster nope.csv
ok "a roster with illegal logins" refused 1 'illegal.csv:2:1: login "1up"' --from Chinook-2.sql --roster "$rosters/illegal.csv"
ok "a name that no lab can have" refused 1 '"A b" cannot be' --from Chinook-2.sql --roster class.csv --name 'A b'
