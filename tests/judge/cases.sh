# cases.sh: the databases that the mutation and equivalence tests work on; read it behind server.sh.
PATH=$LECTERN_BUILDDIR/tests/judge:$LECTERN_BUILDDIR/tests/integration:$PATH
JUDGE_HOST=$PGHOST JUDGE_PORT=$PGPORT SERVER=$server
export JUDGE_HOST JUDGE_PORT SERVER
cases=$LECTERN_SRCDIR/tests/judge
sql postgres postgres "CREATE ROLE s001 LOGIN" || exit 99

# The names of the databases, and each one's dump.
databases() {
	echo zoo library
	[ -z "$shared" ] || for d in "$shared"/samples/*/; do basename "$d"; done
}
dump_of() {
	case $1 in
	zoo) echo "$cases/zoo.sql" ;;
	library) echo "$LECTERN_SRCDIR/assets/labs/library/library.sql" ;;
	*) echo "$shared/samples/$1/$1.sql" ;;
	esac
}
make_template() { # NAME : the finished database, built by a student
	sql postgres postgres "CREATE DATABASE whole_$1 TEMPLATE template0" &&
		sql postgres postgres "GRANT ALL ON DATABASE whole_$1 TO s001" &&
		sql "whole_$1" postgres "ALTER SCHEMA public OWNER TO s001" &&
		check_judge load "$(dump_of "$1")" "whole_$1" s001 120 2000 >"$work/fill.out" &&
		cat "$work/fill.out" && grep -q '"failures":\[\]' "$work/fill.out"
}
plant() { # CATALOGUE NAME PER ONLY
	cat "$cases/prelude" "$cases/$1" >"$work/catalogue.$2"
	mutate "$work/catalogue.$2" "$2" "$(dump_of "$2")" "whole_$2" s001 "$work/$2.tsv" --per "$3" ${4:+--only "$4"}
}
# run_databases CATALOGUE PER [ONLY [DATABASES]] : two at a time; lines go to $out.
run_databases() {
	names=${4:-$(databases)}
	for name in $names; do
		ok "$name: a student builds it" make_template "$name"
	done
	for half in 1 2; do
		(
			i=0
			for name in $names; do
				i=$((i + 1))
				[ $((i % 2 + 1)) = $half ] || continue
				plant "$1" "$name" "$2" "${3:-}" >"$work/$name.out" 2>&1
				echo $? >"$work/$name.status"
			done
		) &
	done
	wait
	for name in $names; do
		[ ! -f "$work/$name.tsv" ] || cat "$work/$name.tsv" >>"$out"
		ok "$name: all cases are right" eval "cat '$work/$name.out'; [ \"\$(cat '$work/$name.status')\" = 0 ]"
	done
}
