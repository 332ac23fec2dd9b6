#!/bin/sh
# embed.sh SRCDIR FILE... : print a C file in which each FILE (a path below SRCDIR) is an asset.
# The program carries its SQL, its templates and its labs with it, so it runs from the build tree,
# installed, or moved.
set -eu
export LC_ALL=C
srcdir=$1
shift
printf '/* Made by config/build-aux/embed.sh; do not edit. */\n#include "base/asset.h"\n\n'
n=0
for file; do
	printf 'static const unsigned char asset_%d[] = {\n' "$n"
	od -An -v -tx1 "$srcdir/$file" | sed -e 's/  *\([0-9a-f][0-9a-f]\)/0x\1,/g'
	printf '0x00};\n\n'
	n=$((n + 1))
done
printf 'const struct asset asset_table[] = {\n'
n=0
for file; do
	printf '    {"%s", (const char *)asset_%d, sizeof asset_%d - 1},\n' "$file" "$n" "$n"
	n=$((n + 1))
done
printf '};\n\nconst size_t asset_count = %d;\n' "$n"
