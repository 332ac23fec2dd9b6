#!/bin/sh
# make bench, the judgement: how long one evaluation takes (facts, rows, contents, views; without connecting),
# beside pg_dump -s of the same database and a diff with the example's.
#   bench NAME VALUE UNIT vs ALTERNATIVE VALUE UNIT ratio R
# What is being done goes to stderr.  BENCH_EVALUATIONS is how many are timed for each (20).
. "$LECTERN_SRCDIR/tests/integration/lib.sh"
. "$LECTERN_SRCDIR/tests/judge/server.sh"
exec 3>&1 1>&2
. "$LECTERN_SRCDIR/tests/judge/cases.sh"
bench() { echo "bench $*" >&3; }
fail() {
	say "bench: $*"
	exit 1
}
n=${BENCH_EVALUATIONS:-20}

# The targets' ms, of n evaluations of a database; the first is left out: it warms the caches.
evaluate() { # NAME DATABASE
	uri="postgresql://s001@/$2?host=$socket&port=$PGPORT"
	set -- "$1"
	i=0
	while [ $i -le "$n" ]; do
		set -- "$@" "$uri"
		i=$((i + 1))
	done
	name=$1
	shift
	lectern score "$(dump_of "$name")" "$@" --server "$server" --json >"$work/score.json" 2>"$work/score.err"
	[ $? != 1 ] || fail "$(cat "$work/score.err")"
	sed -n 's/^      "ms": \([0-9.]*\).*/\1/p' "$work/score.json" | tail -n +2 | sort -n >"$work/ms"
	[ "$(wc -l <"$work/ms")" = "$n" ] || fail "no times in the JSON"
}
dump_and_diff() { # NAME DATABASE
	i=0
	begin=$(date +%s%N)
	while [ $i -lt "$n" ]; do
		pg_dump -s --no-owner -U s001 -d "$2" >"$work/schema.sql" || fail "pg_dump"
		diff "$work/example.sql" "$work/schema.sql" >"$work/diff"
		i=$((i + 1))
	done
	echo $((($(date +%s%N) - begin) / 1000 / n))
}
measure() { # NAME STATE DATABASE
	evaluate "$1" "$3"
	median=$(sed -n "$(((n + 1) / 2))p" "$work/ms")
	other=$(dump_and_diff "$1" "$3")
	bench "$(awk -v name="judge_$1_$2" -v m="$median" -v o="$other" 'BEGIN {
		printf "%s %.1f ms vs pg_dump_and_diff %.1f ms ratio %.1f\n", name, m, o / 1000, o / 1000 / m }')"
	bench "$(awk -v name="judge_$1_$2_rate" -v m="$median" 'BEGIN { printf "%s %.0f per_second\n", name, 1000 / m }')"
}
half() { # DATABASE : every other table is gone
	sql "$1" s001 "DO \$\$ DECLARE q text; BEGIN
		FOR q IN SELECT oid::regclass FROM (SELECT oid, row_number() OVER (ORDER BY relname) AS n FROM pg_class
			WHERE relkind IN ('r', 'p') AND NOT relispartition AND relnamespace = 'public'::regnamespace) t WHERE n % 2 = 0
		LOOP EXECUTE 'DROP TABLE ' || q || ' CASCADE'; END LOOP; END \$\$"
}
for name in ${BENCH_DATABASES:-${shared:+chinook pagila} library}; do
	make_template "$name" || fail "$name could not be built"
	sql postgres postgres "CREATE DATABASE empty_$name TEMPLATE template0"
	sql postgres postgres "CREATE DATABASE half_$name TEMPLATE whole_$name"
	half "half_$name" || fail "half of $name"
	pg_dump -s --no-owner -U s001 -d "whole_$name" >"$work/example.sql"
	measure "$name" empty "empty_$name"
	measure "$name" half_done "half_$name"
	measure "$name" complete "whole_$name"
	# The facts alone on a connection that stands, as lecternd keeps it; the best of five.
	bench "judge_${name}_facts_standing $(check_judge time "whole_$name" s001 | sed -n 's/.*"facts":\([0-9]*\.\{0,1\}[0-9]\{0,1\}\).*/\1/p') ms"
done
