#!/bin/sh
# make bench, lecternd's rounds: what one student's database costs when nothing moved, a row did, the structure did.
. "$LECTERN_SRCDIR/tests/integration/lib.sh"
. "$LECTERN_SRCDIR/tests/integration/class.sh"
exec 3>&1 1>&2

rounds() { # NAME EXAMPLE
	mkdir -p "$work/$1"
	make_roster 1 >"$work/$1/roster.csv"
	printf 'lab: %s\nexample: %s\nroster: roster.csv\n' "$1" "$2" >"$work/$1/lab.yaml"
	chmod -R go+rX "$work/$1"
	lectern apply "$work/$1/lab.yaml" && read_handout "$1" || exit 1
	as_student s001 -f "$2" >"$work/load" 2>&1
	sv -w 10 down "$LECTERN_STATE/service/lecternd" # it would be a second one in the same database
	"$LECTERN_BUILDDIR/tests/bench/round" s001 "${BENCH_EVALUATIONS:-40}" | sed "s/^bench round/bench round_$1/" >&3
	sv up "$LECTERN_STATE/service/lecternd"
}
lectern up || exit 1
[ -z "$shared" ] || rounds chinook "$shared/samples/chinook/chinook.sql"
rounds library "$LECTERN_SRCDIR/assets/labs/library/library.sql"
