#!/bin/sh
# The console on every terminal, on the real servers: types, colours, sizes, letters, themes, a bad line
# and each way to end.  Whoever needs help most stands there with the reason, the program writes nothing
# that its terminal does not have, and gives it back as it was.
. "${LECTERN_SRCDIR:?}/tests/integration/lib.sh"
. "$LECTERN_SRCDIR/tests/integration/class.sh"

drive=$LECTERN_BUILDDIR/tests/terminal/drive
[ -x "$drive" ] || { echo "1..0 # SKIP libvterm is not installed"; exit 0; }
command -v jq >/dev/null || { echo "1..0 # SKIP jq is not installed"; exit 0; }
HOME=$work XDG_CONFIG_HOME=$work/config
export HOME XDG_CONFIG_HOME

# -- what the checks find ----------------------------------------------------------------------------
writes() { # TERM COLOURS BYTES: they fit this terminal, in ASCII
	printf 'wait 60 ready\nfits %s\n' "$2" | "$drive" -t "$1" -l C 80x24 /bin/sh -c "printf '$3ready'; read -r line"
}
lacks() { ! writes "$@"; }
ok "bold fits a VT100" writes vt100 0 '\033[1m'
ok "colour does not" lacks vt100 0 '\033[31m'
ok "nor a second screen" lacks vt100 0 '\033[?1049h'
ok "nor a sign outside ASCII" lacks vt100 0 '\303\274'
ok "cyan fits an xterm" writes xterm 8 '\033[36m'
ok "one of 256 colours does not" lacks xterm 8 '\033[38;5;200m'
ok "nor a bell" lacks xterm 8 '\007'
# A signal to no program at all would be one to everybody's.  The program's libraries need one descriptor.
no_terminal() {
	echo 'signal 0' >"$work/script"
	sh -c 'exec 3<&-; ulimit -n 4; exec "$0" 80x24 /bin/sh' "$drive" <"$work/script" 2>"$work/none" && return 1
	grep 'no terminal for' "$work/none"
}
ok "a drive that gets no terminal ends" no_terminal
ended() { printf 'end 0\nsignal 0\n' | "$drive" 80x24 /bin/true && return 1 || :; }
ok "and signals nobody once its program ended" ended

# -- a class in which three need help ----------------------------------------------------------------
mkdir "$work/lab"
small_example "$work/lab/example.sql"
cat >"$work/lab/roster.csv" <<'CSV'
login,name,seat
eve,Eve Eriksen,C2
bob,Bob Baker,C3
zoe,Zoë Zhou,C4
mei,山田 花子,C5
ann,Annabella Wolfeschlegelsteinhausenberger,C6
ali,علي حسن,C7
CSV
cat >"$work/lab/lab.yaml" <<'YAML'
lab: small
title: A small library
example: example.sql
roster: roster.csv
need: {learn: no, open_after: 5s}
YAML
ok "up" lectern up
ok "apply" lectern apply "$work/lab/lab.yaml"
read_handout small
ok "a hand" as_student eve -c "SELECT lectern.help('which way round?')"
ok "another" as_student zoe -c "SELECT lectern.help('and now?')"
mkfifo "$work/typing"
as_student bob <"$work/typing" >/dev/null 2>&1 &
exec 8>"$work/typing"
printf 'BEGIN; CREATE TABLE author (author_id integer);\n' >&8
ok "an open transaction" wait_for 60 shows '([.queue[].login] | sort) == ["bob", "eve", "zoe"]'
[ "$test_failed" = 0 ] || exit 1

# whom LOCALE: who needs help, as the script's next lines.
whom() {
	zoe='Zoë Zhou'
	case $1 in *UTF-8) ;; *) zoe='Zo? Zhou' ;; esac
	cat <<SCRIPT
wait 60 live
wait 60 NEED HELP NOW
wait 60 Eve Eriksen
wait 60 asks for help
wait 60 $zoe
wait 60 Bob Baker
wait 60 a transaction
SCRIPT
}
sizes() { # LOCALE
	for size in 120x36 200x60 250x80; do
		echo "size $size"
		whom "$1"
	done
	cat <<'SCRIPT'
size 40x10
wait 60 80x24
size 80x24
gone 60 80x24
shake 40
SCRIPT
	whom "$1"
	cat <<'SCRIPT'
steady
stop
signal 18
SCRIPT
	whom "$1"
}
ending() { # NUMBER or q
	case $1 in
	q) printf 'type q\nend 0\n' ;;
	1 | 11) printf 'signal %d\nkilled %d\n' "$1" "$1" ;;
	*) printf 'signal %d\nend 0\n' "$1" ;;
	esac
}
colours_of() { # TERM
	case $1 in
	*-256color) echo 256 ;;
	*-16color) echo 16 ;;
	vt100) echo 0 ;;
	*) echo 8 ;;
	esac
}

# -- types, letters, sizes ---------------------------------------------------------------------------
# Ends by whichever way is next, so that all of them come to all.
ways='q 15 1 2 11'
n=0
on_terminal() { # TERM LOCALE WAY
	{
		whom "$2"
		sizes "$2"
		echo "fits $(colours_of "$1")"
		ending "$3"
	} >"$work/script"
	"$drive" -t "$1" -l "$2" 80x24 "$LECTERN_BUILDDIR/lectern" <"$work/script"
}
types='xterm-256color xterm tmux-256color screen linux vt100'
for type in $types; do
	for locale in C.UTF-8 C; do
		n=$((n % 5 + 1))
		way=$(echo $ways | cut -d ' ' -f $n)
		ok "$type $locale: whom and why in every size; ended by $way" on_terminal "$type" "$locale" "$way"
	done
done
each_end() { # TERM: the way back from every end
	for way in $ways; do
		{
			echo 'wait 60 NEED HELP NOW'
			ending "$way"
		} >"$work/script"
		"$drive" -t "$1" 80x24 "$LECTERN_BUILDDIR/lectern" <"$work/script" || { echo "ended by $way"; return 1; }
	done
}
for type in $types; do
	ok "$type is given back after q, TERM, HUP, INT and SEGV" each_end "$type"
done

# -- colours -----------------------------------------------------------------------------------------
coloured() { # COLOURS DRIVE-OPTIONS... -- [CONSOLE-OPTIONS...]
	colours=$1 options=
	shift
	while [ "$1" != -- ]; do
		options="$options $1"
		shift
	done
	shift
	{
		whom C.UTF-8
		printf 'type \\r\nwait 60 table author exists\ntype \\e\n'
		echo "fits $colours"
		ending q
		echo "${extra:-}"
	} >"$work/script"
	# shellcheck disable=SC2086
	"$drive" $options 120x36 "$LECTERN_BUILDDIR/lectern" console "$@" <"$work/script"
}
ok "256 colours" coloured 256 -t xterm-256color --
ok "16 colours" coloured 16 -t lectern-16color --
ok "at most 16 of 256" coloured 16 -t xterm-256color -- --colours 16
ok "at most 8" coloured 8 -t xterm-256color -- --colours 8
ok "none" coloured 0 -t xterm-256color -- --colours none
ok "NO_COLOR" coloured 0 -t xterm-256color -e NO_COLOR=1 --
ok "NO_COLOR on the kernel's console" coloured 0 -t linux -e NO_COLOR=1 --

# -- themes ------------------------------------------------------------------------------------------
themed() { # BYTES ARGUMENTS OF coloured
	extra="wrote $1"
	shift
	coloured "$@"
	result=$?
	extra=
	return $result
}
ok "the dark theme" themed '\e[38;5;230m' 256 -e 'COLORFGBG=15;0' --
ok "the light one, where the terminal is" themed '\e[38;5;18m' 256 -e 'COLORFGBG=0;15' --
ok "the light one, when asked for" themed '\e[38;5;18m' 256 -- --theme light
mkdir -p "$work/config/lectern/themes"
lectern config theme light | sed 's/^  hand: .*/  hand: {256: 201 bold, 16: 5 bold, 8: 5 bold, mono: bold}/' >"$work/config/lectern/themes/mine.yaml"
ok "one of a file's" themed '\e[38;5;201m' 256 -- --theme mine

# -- a bad line --------------------------------------------------------------------------------------
far() {
	cat >"$work/config/lectern/lectern.yaml" <<'YAML'
escape: 700
YAML
	{
		whom C.UTF-8
		cat <<'SCRIPT'
wait 60 (eve)
type \eOC
wait 60 (bob)
type \eOC\eOC\eOD
wait 60 (zoe)
steady
type \eOR
wait 60 lacking it
steady
type \eOQ\eOD
wait 60 (bob)
type \r
wait 60 table author exists
type \e
wait 60 by roster
size 80x24
steady
fits 256
type q
end 0
SCRIPT
	} >"$work/script"
	"$drive" 120x36 "$LECTERN_BUILDDIR/tests/terminal/delay" 200 20 "$LECTERN_BUILDDIR/lectern" <"$work/script"
	result=$?
	rm "$work/config/lectern/lectern.yaml"
	return $result
}
ok "200 ms away and every sequence cut, nothing is garbled" far

exec 8>&-
ok "down" lectern down
