#!/bin/sh
# The demo as a newcomer runs it: as root and as somebody else, without a screen.
. "$LECTERN_SRCDIR/tests/integration/lib.sh"
. "$LECTERN_SRCDIR/tests/integration/class.sh"

arguments='--headless --for 25 --speed 40'
works() { jq -e '[.students[] | select(.progress > 0)] | length >= 16' "$1"; }
looks() { jq -e '.lab == "library" and .freshness == "fresh" and (.students | length == 24) and (.students | all(.steps | length == 23))' "$1"; }
nothing_runs() { # STATE
	[ ! -e "$1/postgres/postmaster.pid" ] && ! pgrep -a -f -- "$1"
}

# shellcheck disable=SC2086
demo() { lectern demo $arguments >"$work/status.json" 2>"$work/demo.err" || { cat "$work/demo.err"; return 1; }; }
grid_in_time() {
	seconds=$(sed -n 's/^demo: *\([0-9.]*\) s  the grid.*/\1/p' "$work/demo.err")
	say "the grid showed the class after $seconds s"
	[ -n "$seconds" ] && [ "${seconds%.*}" -lt "$1" ]
}
ok "the demo runs" demo
ok "its status is the library's, and fresh" looks "$work/status.json"
ok "most robots have made progress" works "$work/status.json"
ok "the grid was there in time" grid_in_time 60 # a busy machine; `make bench` has the figure
no_robots() { ! pgrep -f "lectern rehearse.*$LECTERN_STATE"; }
ok "the robots ended with it" wait_for 15 no_robots
ok "down ends it" lectern down
ok "and leaves nothing running" wait_for 3 nothing_runs "$LECTERN_STATE"
before=$(jq '[.students[].progress // 0] | add' "$work/status.json")
arguments='--headless --for 8 --speed 40'
ok "a second demo starts" demo
went_on() { jq -e --argjson before "$before" '[.students[].progress // 0] | add >= $before / 2' "$work/status.json"; }
ok "from the state that is there" went_on
lectern down >/dev/null 2>&1

if [ "$(id -u)" != 0 ]; then
	skip "the demo as another user" "this is not root"
	exit 0
fi
home=$work/home
mkdir -p "$home/tmp" && chown -R nobody:nogroup "$home" || exit 99
as_nobody() {
	setpriv --reuid=nobody --regid=nogroup --clear-groups env -u LECTERN_STATE -u XDG_STATE_HOME HOME="$home" \
		TMPDIR="$home/tmp" "$@"
}
trap 'as_nobody lectern down >/dev/null 2>&1; finish' EXIT
nobodys_demo() {
	as_nobody lectern demo --headless --for 25 --speed 40 >"$work/status.json" 2>"$work/demo.err" ||
		{ cat "$work/demo.err"; return 1; }
}
ok "the demo runs as a user that is not root" nobodys_demo
ok "its status is the library's, and fresh" looks "$work/status.json"
ok "most robots have made progress" works "$work/status.json"
ok "down ends it" as_nobody lectern down
ok "and leaves nothing running" wait_for 3 nothing_runs "$home/.local/state/lectern"
