# class_play.sh: one class on real servers whose truth is known; read it behind lib.sh and class.sh.

ask_control() { # SQL: as the administrator, columns with | between
	psql -XAtq -h "$(site postgres host)" -p "$(site postgres port)" -U "$(site postgres admin)" -d lectern -c "$1"
}

# start_sampling FILE: what activity says of everybody, each half second, until stop_sampling.
start_sampling() {
	printf '%s\n\\watch 0.5\n' "SELECT extract(epoch FROM clock_timestamp()), s.login, a.progress,
		extract(epoch FROM a.last_activity_at), coalesce(a.sessions, 0)
		FROM labs l JOIN students s USING (lab_id) LEFT JOIN activity a USING (student_id)
		WHERE l.is_current AND s.is_active ORDER BY s.position, s.student_id" |
		psql -XAtq -h "$(site postgres host)" -p "$(site postgres port)" -U "$(site postgres admin)" -d lectern >"$1" 2>/dev/null &
	sampler=$!
}
sampler=
stop_sampling() {
	[ -z "$sampler" ] || kill "$sampler" 2>/dev/null
	sampler=
}

# class_lab NAME EXAMPLE STUDENTS SPEED: applies a lab of its own, whose clock runs as fast as its robots.
class_lab() {
	mkdir -p "$work/$1"
	make_roster "$3" >"$work/$1/roster.csv"
	printf 'lab: %s\nexample: %s\nroster: roster.csv\nlimits:\n  speed: %s\n' "$1" "$2" "$4" >"$work/$1/lab.yaml"
	chmod -R go+rX "$work/$1"
	lectern apply "$work/$1/lab.yaml" >"$work/apply.out" 2>&1 || { cat "$work/apply.out"; return 1; }
}

robots_begin() { grep -q '"event":"begin"' "$work/$1/events"; }

# class_play NAME SPEED MINUTES REHEARSE-OPTIONS...: plays the lesson (the first CLASS_SECONDS of it) and leaves
# truth, needs, samples and cases.tsv in $work/NAME.
class_play() {
	name=$1 speed=$2 minutes=$3
	shift 3
	start_sampling "$work/$name/samples"
	lectern rehearse --speed "$speed" --minutes "$minutes" --for "${CLASS_SECONDS:-$(awk "BEGIN { print int($minutes * 60 / $speed) }")}" \
		--truth "$work/$name/truth" --json "$@" "$name" >"$work/$name/events" 2>"$work/$name/errors" &
	robots=$!
	wait_for 120 robots_begin "$name" && lectern lesson "$name" start >"$work/lesson.out" 2>&1 || { cat "$work/lesson.out"; return 1; }
	wait "$robots" || { cat "$work/$name/errors"; return 1; }
	robots=
	stop_sampling
	ask_control "SELECT s.login, n.kind, extract(epoch FROM n.raised_at), extract(epoch FROM n.ended_at)
		FROM needs n JOIN students s USING (student_id) JOIN labs l USING (lab_id)
		WHERE l.name = '$name' ORDER BY n.raised_at, n.need_id" >"$work/$name/needs" || return 1
	lectern lesson "$name" end --yes --no-wait >"$work/lesson.out" 2>&1 || cat "$work/lesson.out"
	awk -f "$LECTERN_SRCDIR/tests/bench/class_cases.awk" part=truth "$work/$name/truth" part=needs "$work/$name/needs" \
		part=samples "$work/$name/samples" >"$work/$name/cases.tsv"
}
robots=
