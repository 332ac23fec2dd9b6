#!/bin/sh
# picture.sh BUILD : make the README's picture from the real program: the demo, half a minute into the lesson.
set -eu
build=$(cd "$1" && pwd)
cd "$(dirname "$0")/../.."
work=$(mktemp -d "${TMPDIR:-/tmp}/lectern-picture.XXXXXX")
chmod 755 "$work"
export LECTERN_STATE="$work/state"
trap '"$build/lectern" down; rm -rf "$work"' EXIT
trap 'exit 1' INT TERM HUP
mkdir -p assets/pictures
make -C "$build" -s lectern lecternd tests/terminal/picture
"$build/tests/terminal/picture" 120x36 assets/pictures/grid.svg "${2:-50}" "" "$build/lectern" demo --speed "${3:-60}"
