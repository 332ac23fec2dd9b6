#!/bin/sh
# What a key takes until its answer stands on the real console's screen, while all is well, while a server
# hangs or is gone, and while a lab is applied.  The median, the 95th in a hundred, the longest:
#   bench keys_NAME VALUE ms      bench keys_NAME_p95 VALUE ms      bench keys_NAME_most VALUE ms
# KEYS is how many are pressed in each (60); with KEYS_MOST no key may take longer than so many ms.
. "$LECTERN_SRCDIR/tests/integration/lib.sh"
. "$LECTERN_SRCDIR/tests/integration/class.sh"
exec 3>&1 1>&2

drive=$LECTERN_BUILDDIR/tests/terminal/drive
[ -x "$drive" ] || { say "keys: libvterm is not installed"; rm -rf "$work"; trap - EXIT; exit 0; }
HOME=$work XDG_CONFIG_HOME=$work/config
export HOME XDG_CONFIG_HOME
stopped=
leave() {
	# shellcheck disable=SC2086
	[ -z "$stopped" ] || kill -CONT $stopped 2>/dev/null
	lectern down >/dev/null 2>&1
	rm -rf "$work"
}
trap leave EXIT
fail() {
	say "keys: $*"
	exit 1
}

mkdir "$work/lab"
make_roster 24 >"$work/lab/roster.csv"
printf 'lab: keys\nexample: %s\nroster: roster.csv\n' "$LECTERN_SRCDIR/assets/labs/library/library.sql" >"$work/lab/lab.yaml"
lectern up && lectern apply "$work/lab/lab.yaml" || fail "no servers"
make_roster 120 >"$work/lab/roster.csv"
prometheus=$(server_pid prometheus)
postmaster=$(server_pid postgres)
tree="$postmaster \$(ps -o pid= --ppid $postmaster)"
stopped="$prometheus $postmaster $(ps -o pid= --ppid "$postmaster")"

keys="keys ${KEYS:-60}"
last="l (s002) h (s001)"
cat >"$work/script" <<SCRIPT
wait 90 live
wait 60 (s001)
$keys idle $last
run kill -STOP $prometheus
$keys prometheus_hangs $last
wait 60 Prometheus does not answer
$keys prometheus_hung $last
run kill -CONT $prometheus
gone 60 Prometheus does not answer
wait 60 live
run kill -STOP $tree
$keys control_hangs $last
wait 60 stale
$keys control_hung $last
run kill -CONT $tree
wait 90 live
run sv down "$LECTERN_STATE/service/postgres"
$keys control_down $last
wait 60 The control database cannot be read
run sv up "$LECTERN_STATE/service/postgres"
wait 120 live
run (lectern apply "$work/lab/lab.yaml" >"$work/apply" 2>&1; touch "$work/applied") &
$keys apply_runs $last
run ! test -e "$work/applied"
run while ! test -e "$work/applied"; do sleep 0.2; done
wait 90 120 students
type q
end 0
SCRIPT
"$drive" 120x36 "$LECTERN_BUILDDIR/lectern" <"$work/script" >"$work/keys" || { cat "$work/keys"; fail "the console did not answer"; }
grep '^bench ' "$work/keys" >&3
awk -v most="${KEYS_MOST:-0}" '/_most/ && most > 0 && $3 > most { print "# " $2 " took " $3 " ms"; bad = 1 } END { exit bad }' "$work/keys"
