#!/bin/sh
# Who needs help, in classes that are played on real servers: robots log in over LDAP and TLS, lecternd measures
# and judges, what it raised is read from the control database and compared with the truth that the robots wrote
# down before (need.md).  The cases go into class-cases.tsv; the last line is what they come to.
#
# CLASSES: seed:lab:students:speed for each; chinook is left out where the sample is not there.
. "$LECTERN_SRCDIR/tests/integration/lib.sh"
. "$LECTERN_SRCDIR/tests/integration/class.sh"
. "$LECTERN_SRCDIR/tests/bench/class_play.sh"
exec 3>&1 1>&2
cases=${CLASS_CASES:-class-cases.tsv}

leave() {
	[ -z "$robots" ] || kill "$robots" 2>/dev/null
	stop_sampling
	lectern down >/dev/null 2>&1
	[ -z "${CLASS_KEEP:-}" ] || cp -r "$work" "$CLASS_KEEP"
	rm -rf "$work"
}
trap leave EXIT
fail() {
	say "class: $*"
	exit 1
}
example_of() {
	case $1 in
	library) echo "$LECTERN_SRCDIR/assets/labs/library/library.sql" ;;
	chinook) [ -z "$shared" ] || echo "$shared/samples/chinook/chinook.sql" ;;
	esac
}
load() { cut -d ' ' -f 1-3 /proc/loadavg; }

lectern up >"$work/up.out" 2>&1 || { cat "$work/up.out"; fail "the servers did not start"; }
: >"$work/all"
for class in ${CLASSES:-111:library:12:20 112:chinook:24:20 113:library:24:20 114:chinook:40:20 115:library:60:20}; do
	IFS=: read -r seed lab size speed <<-END
		$class
	END
	example=$(example_of "$lab")
	[ -n "$example" ] || { say "left out: $class, the sample is not here"; continue; }
	minutes=60
	[ "$lab" = chinook ] || minutes=90
	name=${lab}_$seed
	class_lab "$name" "$example" "$size" "$speed" || fail "the lab of $class could not be applied"
	say "$class: $minutes minutes in $(awk "BEGIN { print int($minutes * 60 / $speed) }") s; load before $(load)"
	class_play "$name" "$speed" "$minutes" --seed "$seed" --class measured || fail "$class could not be played"
	say "$class: $(tail -n 1 "$work/$name/events"); load after $(load)"
	sed "s/^\([^	]*	[^	]*	\)${lab}_$seed/\1$lab/" "$work/$name/cases.tsv" >>"$work/all"
done
awk 'NR == 1 || $1 != "rule"' "$work/all" >"$cases"
awk -v name=need-real -f "$LECTERN_SRCDIR/tests/bench/need_report.awk" "$cases" >&3 ||
	say "class: these classes alone miss a target; it is for those of the model, too (need.md)"
