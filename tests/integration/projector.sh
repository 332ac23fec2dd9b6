#!/bin/sh
# One person, two screens, on the real servers: `lectern --private` shows what is private, while
# `lectern --projector` beside it shows none of it, on no pane and whatever key is pressed, not even for
# the blink of an eye between two frames.
. "${LECTERN_SRCDIR:?}/tests/integration/lib.sh"
. "$LECTERN_SRCDIR/tests/integration/class.sh"

drive=$LECTERN_BUILDDIR/tests/terminal/drive
[ -x "$drive" ] || { echo "1..0 # SKIP libvterm is not installed"; exit 0; }
command -v jq >/dev/null || { echo "1..0 # SKIP jq is not installed"; exit 0; }
HOME=$work XDG_CONFIG_HOME=$work/config
export HOME XDG_CONFIG_HOME

mkdir "$work/lab"
small_example "$work/lab/example.sql"
printf 'login,name,email,seat\neve,Eve Eriksen,eve@mail.example,C2\nbob,Bob Baker,bob@mail.example,C3\n' >"$work/lab/roster.csv"
printf 'lab: small\ntitle: A small library\nexample: example.sql\nroster: roster.csv\n' >"$work/lab/lab.yaml"
ok "up" lectern up
ok "apply" lectern apply "$work/lab/lab.yaml"
read_handout small
listening() {
	[ "$(psql -X -At -h "$LECTERN_STATE/run" -p "$(site postgres port)" -U postgres -d lectern -c 'SELECT count(*) > 0 FROM log_marks')" = t ]
}
ok "lecternd listens to the log" wait_for 60 listening
mkfifo "$work/typing"
as_student eve <"$work/typing" >/dev/null 2>&1 &
exec 8>"$work/typing"
printf '\\set ON_ERROR_STOP off\nSELECT mistyped_column FROM pg_class;\nSELECT 1 AS eves_statement;\n' >&8
ok "a hand with a message" as_student eve -c "SELECT lectern.help('what eve asks')"
ok "another one's" as_student bob -c "SELECT lectern.help('what bob asks')"
ok "a note" lectern student small eve note "noted of eve"
all_there() {
	lectern student small eve show --json >"$work/eve.json" &&
		jq -e 'any(.errors[]; .message | test("mistyped_column")) and any(.history[]; .text == "noted of eve")
			and any(.sessions[]; .query | test("eves_statement"))' "$work/eve.json" ||
		{ jq -c '{errors, sessions, history}' "$work/eve.json"; return 1; }
}
ok "lectern knows all of it" wait_for 60 all_there
{
	credential eve password
	credential bob password
	printf '%s\n' 'what eve asks' 'what bob asks' 'noted of eve' mistyped_column eves_statement mail.example
} >"$work/hidden"
ok "eight things are private" is 8 sh -c "wc -l <'$work/hidden' | tr -d ' '"
[ "$test_failed" = 0 ] || exit 1

# -- the one who may see it --------------------------------------------------------------------------
cat >"$work/private.script" <<SCRIPT
wait 60 live
wait 60 PRIVATE
wait 60 Eve Eriksen
wait 60 what eve asks
type \\e[18~
wait 60 TO HELP NEXT
wait 60 what bob asks
type \\eOQ
wait 60 by roster
type g\\r
wait 60 eves_statement
wait 60 mistyped_column
wait 60 noted of eve
type \\e[17~
wait 60 Does anybody else see
type y
wait 60 $(credential eve password)
wait 60 $(credential bob password)
run touch "$work/seen"
run while ! [ -e "$work/pressed" ]; do sleep 0.1; done
type \\eOQ
wait 60 by roster
wait 60 what eve asks
wait 60 what bob asks
type q
end 0
SCRIPT
"$drive" 200x60 "$LECTERN_BUILDDIR/lectern" --private <"$work/private.script" >"$work/private.out" 2>&1 &
private=$!
ok "the private one shows passwords, messages, statements, errors and notes" wait_for 120 test -e "$work/seen"

# -- the one whom everybody sees ---------------------------------------------------------------------
every() { # NAME KEYS-TO-THE-PANE COLSxROWS
	"$drive" "$3" "$LECTERN_BUILDDIR/lectern" --projector <<SCRIPT
hide $work/hidden
wait 60 live
wait 60 PROJECTOR
wait 60 Eve Eriksen
every $2
type \\e\\e\\e
never PRIVATE
type \\eOQ
wait 60 PROJECTOR
type q
end 0
SCRIPT
}
while read -r pane keys size; do
	ok "every key, $pane: nothing private" every "$pane" "$keys" "$size"
done <<'PANES'
grid \eOQg 120x36
queue_of_the_grid \eOQ\t 80x24
heat_map \eOR 120x36
student \eOQg\r 200x60
students_course \eOQg\r\t 80x24
seats \e[15~ 120x36
hand-out \e[17~ 120x36
queue \e[18~ 120x36
wizard \e[19~ 120x36
log \e[20~ 120x36
PANES

# The check can fail: a console in plain projector mode, once p is pressed.
toggled() {
	! "$drive" 200x60 "$LECTERN_BUILDDIR/lectern" >"$work/toggled" <<SCRIPT
wait 60 live
wait 60 Eve Eriksen
hide $work/hidden
type p
wait 60 PRIVATE
type \\eOQg\\r
wait 60 class median
SCRIPT
	grep 'was to be hidden' "$work/toggled"
}
ok "a plain console, switched by p, would have been caught" toggled

touch "$work/pressed"
ends() { wait "$private" || { cat "$work/private.out"; return 1; }; }
ok "the private one worked beside it all the time" ends
exec 8>&-
ok "down" lectern down
