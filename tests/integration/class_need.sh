#!/bin/sh
# A class of twelve on real servers: whoever needs somebody is found, with the right reason, and nobody else is.
# tests/bench/class.sh is the long form, with figures.
. "${LECTERN_SRCDIR:?}/tests/integration/lib.sh"
. "$LECTERN_SRCDIR/tests/integration/class.sh"
. "$LECTERN_SRCDIR/tests/bench/class_play.sh"

stop_all() {
	[ -z "$robots" ] || kill "$robots" 2>/dev/null
	stop_sampling
	finish
}
trap stop_all EXIT

# Half an hour of the class in a minute: what takes the class 6 min to show takes it 12 s of the clock.
speed=30
profiles=steady,stuck,steady,error_loop,idle,steady,open_transaction,blocker,hand,never,wrong_password,leaver
export CLASS_SECONDS=66
cases=$work/library/cases.tsv

# found PROFILE KIND: of lectern's cases, its need was found, and called what it is.
found() {
	awk -F '\t' -v profile="$1" -v kind="$2" '
		$1 == "lectern" && $6 == profile && $7 == kind { seen = 1; if ($11 != "-" && $12 == kind) found = 1 }
		$1 == "lectern" && $6 == profile { print }
		END { if (!seen) print "the truth has no such need"; exit !found }' "$cases"
}
nobody() { # PROFILE: nothing was raised for it
	! awk -F '\t' -v profile="$1" '$1 == "lectern" && $6 == profile' "$cases" | grep .
}
# Each line of the truth was there before any flag: class_cases.awk fails otherwise.
written_in_time() { [ "$(awk -F '\t' '$6 == 1' "$work/library/truth" | wc -l)" -ge 9 ]; }

ok "the servers start" lectern up
ok "a lab of twelve is applied, with the robots' clock" class_lab library "$LECTERN_SRCDIR/assets/labs/library/library.sql" 12 "$speed"
ok "the class is played, and its truth written before lecternd knew" class_play library "$speed" 60 --seed 641 --class "$profiles"
ok "the truth is there" written_in_time
ok "the one who is stuck is found" found stuck stuck
ok "the one with the same error again and again is stuck" found error_loop stuck
ok "the one who does nothing is idle" found idle idle
ok "the one with the open transaction is blocked" found open_transaction blocked
ok "the one who waits for his own lock is blocked" found blocker blocked
ok "the hand is up" found hand hand
ok "the one who never comes is absent" found never absent
ok "the one who does not know his password is blocked" found wrong_password blocked
ok "the one who left is absent" found leaver absent
ok "the steady ones are left in peace" nobody steady
refused() { ! lectern rehearse --class "$1" --for 1 library >"$work/refused" 2>&1 && grep -q "$2" "$work/refused"; }
ok "an unknown profile is refused, and the known ones named" refused steady,stuk 'wrong_password'
