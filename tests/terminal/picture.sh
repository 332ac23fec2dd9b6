#!/bin/sh
# picture.sh BUILD [SECONDS [SPEED]]: make the README's pictures from the real program: the wizard on the shipped library lab,
# and the demo, half a minute into the lesson.
set -eu
build=$(cd "$1" && pwd)
cd "$(dirname "$0")/../.."
work=$(mktemp -d "${TMPDIR:-/tmp}/lectern-picture.XXXXXX")
chmod 755 "$work"
export LECTERN_STATE="$work/state"
trap '"$build/lectern" down; rm -rf "$work"' EXIT
trap 'exit 1' INT TERM HUP
mkdir -p assets/pictures
make -C "$build" -s lectern lecternd tests/terminal/picture tests/terminal/drive
pictures=$PWD/assets/pictures
mkdir "$work/class"
cp assets/labs/library/library.sql assets/labs/library/roster.csv "$work/class/"
next=$(printf '\033[21~')
# What is typed is kept, so the wizard opens where it was left: each picture goes on from there.
wizard() { # PICTURE KEYS
	(cd "$work/class" && "$build/tests/terminal/picture" 120x36 "$pictures/$1" 6 "$2" "$build/lectern")
}
walk() { (cd "$work/class" && "$build/tests/terminal/drive" 120x36 "$build/lectern"); }
walk <<'SCRIPT'
wait 60 Where are the servers?
type \e[21~
wait 90 What do the students build?
type l\t
wait 60 follow from it
signal 9
SCRIPT
wizard wizard-example.svg ""
walk <<'SCRIPT'
wait 60 follow from it
type \e[21~
wait 30 Who are the students?
type r\t
wait 30 24 students
type \e[21~
wait 30 How is it judged?
type \eOA
wait 30 steps of the task
signal 9
SCRIPT
wizard wizard-rules.svg "$(printf '\033OA')"
walk <<'SCRIPT'
wait 30 How is it judged?
type \e[21~
wait 60 PostgreSQL needs room
signal 9
SCRIPT
PICTURE_THEN=6 wizard wizard-run.svg "$next"
"$build/lectern" down
rm -rf "$LECTERN_STATE"
"$build/tests/terminal/picture" 120x36 assets/pictures/grid.svg "${2:-50}" "" "$build/lectern" demo --speed "${3:-60}"
