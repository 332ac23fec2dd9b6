#!/bin/sh
# Includes point one way:
#   base <- {io, lab} <- {facts, control, render} <- {example, provision, probe, board, stack, rehearse} <- command <- mains
#   ui -> base, lab, io/loop
# Folders in one brace do not include each other.  Third-party headers stay behind one folder each.
set -u
cd "${LECTERN_SRCDIR:-.}" || exit 99
echo 1..2
allowed() {
	case $1 in
	base) echo base ;;
	io) echo base io ;;
	lab) echo base lab ;;
	facts | control | render) echo base io lab "$1" ;;
	example | provision | probe | board | stack | rehearse) echo base io lab facts control render "$1" ;;
	command) echo base io lab facts control render example provision probe board stack rehearse command ui ;;
	mains) echo command ;;
	ui) echo base lab ui ;;
	esac
}
bad=0
for file in src/*.c src/*/*.[ch] ui/*.[ch]; do
	[ -f "$file" ] || continue
	case $file in
	ui/*) folder=ui ;;
	src/*/*) folder=${file#src/} folder=${folder%%/*} ;;
	*) folder=mains ;;
	esac
	ok=" $(allowed "$folder") "
	for included in $(sed -n 's|^#include "\([a-z_]*\)/.*|\1|p' "$file" | sort -u); do
		case $ok in
		*" $included "*) ;;
		*)
			if [ "$folder" = ui ] && [ "$included" = io ] &&
				! grep '^#include "io/' "$file" | grep -qv '"io/loop.h"'; then
				continue
			fi
			echo "# $file includes $included/, which $folder may not"
			bad=1
			;;
		esac
	done
done
[ $bad = 0 ] && echo "ok 1 - includes point one way" || echo "not ok 1 - includes point one way"
bad=0
wrapped() { # header-pattern, the files that may include it
	grep -lE "^#include <($1)" src/*.c src/*/*.[ch] ui/*.[ch] 2>/dev/null | grep -vE "^($2)" |
		while read -r file; do echo "# $file includes <$1>, which only $2 may"; done
}
found=$(
	wrapped 'curses|ncurses|ncursesw/' 'ui/'
	wrapped 'curl/' 'src/io/http\.c'
	wrapped 'ldap\.h|lber\.h' 'src/io/ldap\.c'
	wrapped 'yaml\.h' 'src/base/yaml\.[ch]'
	wrapped 'openssl/' 'src/base/secret\.c|src/stack/certificate\.c|src/base/digest\.c'
)
[ -z "$found" ] || { echo "$found"; bad=1; }
[ $bad = 0 ] && echo "ok 2 - libraries behind their wrappers" || echo "not ok 2 - libraries behind their wrappers"
