# The cases of one class that was played on real servers, in the columns of `need` (need.md):
#   awk -f class_cases.awk part=truth TRUTH part=needs NEEDS part=samples SAMPLES
# TRUTH is what `lectern rehearse --truth` wrote, the last line of a need holds.  NEEDS has login, kind,
# raised and ended (seconds since 1970; "" while it is up), SAMPLES time, login, progress, last activity and
# sessions, a line per student and look; both with "|" between.  The two simple rules are played on the samples.
BEGIN {
	FS = OFS = "\t"
	NONE = "-"
	print "rule", "seed", "lab", "size", "student", "profile", "kind", "onset", "visible", "until", "detected", "reason", "down"
}
function class_s(epoch) { return (epoch - start) * speed }
function raise(rule, student, what, from,    n) {
	if (up[rule, student] == what)
		return
	drop(rule, student, from)
	n = ++flags[rule, student]
	flag_kind[rule, student, n] = up[rule, student] = what
	flag_from[rule, student, n] = from
	flag_to[rule, student, n] = 1e9
}
function drop(rule, student, at) {
	if (up[rule, student] == "")
		return
	flag_to[rule, student, flags[rule, student]] = at
	up[rule, student] = ""
}

part == "truth" && /^# start / {
	split($0, words, " ")
	start = words[3]
	speed = words[5]
	lesson = words[7]
	# What lecternd is late by, it is late by in seconds of the clock.
	slack = 30 + 2.5 * speed
	next
}
part == "truth" && FNR == 1 { next }
part == "truth" && $6 == 0 {
	seed = $1
	lab = $2
	size = $3
	students[++n_students] = $4
	profile[$4] = $5
	next
}
part == "truth" {
	if ($6 > needs[$4])
		needs[$4] = $6
	if (written[$4, $6] == "")
		written[$4, $6] = $11
	kind[$4, $6] = $7
	onset[$4, $6] = $8
	visible[$4, $6] = $9
	until[$4, $6] = $10
	next
}
FNR == 1 { FS = "|"; $0 = $0 }
part == "needs" && profile[$1] != "" && class_s($3) < lesson && ($4 == "" || class_s($4) > 0) {
	raise("lectern", $1, $2, class_s($3))
	if ($4 != "")
		drop("lectern", $1, class_s($4))
	next
}

# -- the simple rules ------------------------------------------------------------------------------
function lowest(    i, k, s, most, below, counts) {
	most = int((n_students + 9) / 10)
	for (i = 1; i <= n_students; i++) {
		s = students[i]
		below = 0
		counts = sessions[s] > 0 && progress[s] < 1 - 1e-9
		for (k = 1; counts && k <= n_students; k++)
			if (sessions[students[k]] > 0 &&
				(progress[students[k]] < progress[s] || (progress[students[k]] == progress[s] && k < i)))
				below++
		if (counts && below < most)
			raise("lowest-first", s, "behind", now)
		else
			drop("lowest-first", s, now)
	}
}
part == "samples" && profile[$2] != "" {
	now = class_s($1)
	if (now < 0 || now >= lesson)
		next
	progress[$2] = $3 + 0
	sessions[$2] = $5
	if ($4 != "" && progress[$2] < 1 - 1e-9 && now - class_s($4) > 120)
		raise("idle-2min", $2, "idle", now)
	else
		drop("idle-2min", $2, now)
	if ($2 == students[n_students] && now >= 600 && now - looked >= 60) {
		looked = now
		lowest()
	}
}

# -- the cases -------------------------------------------------------------------------------------
function time(s) { return s == NONE || s == "" ? NONE : sprintf("%.1f", s) }
function out(rule, s, i, n,    from, to) {
	from = n ? flag_from[rule, s, n] : NONE
	to = n ? flag_to[rule, s, n] : NONE
	if (n && i && from < onset[s, i] + 0)
		from = onset[s, i] + 0
	if (n && to > lesson)
		to = lesson
	print rule, seed, lab, size, s, profile[s], i ? kind[s, i] : NONE, i ? time(onset[s, i]) : NONE, \
		i ? time(visible[s, i]) : NONE, i ? time(until[s, i]) : NONE, time(from), n ? flag_kind[rule, s, n] : NONE, time(to)
}
function cases(rule, s,    i, n, found, right, least) {
	for (i = 1; i <= needs[s]; i++) {
		found = 0
		for (n = 1; n <= flags[rule, s] && !found; n++) {
			# A flag of the need before that is still coming down tells nothing of this one.
			least = onset[s, i] + (flag_from[rule, s, n] < onset[s, i] ? 2.5 * speed : 0)
			if (flag_to[rule, s, n] > least && flag_from[rule, s, n] < until[s, i] + 0)
				found = n
		}
		out(rule, s, i, found)
	}
	for (n = 1; n <= flags[rule, s]; n++) {
		right = 0
		for (i = 1; i <= needs[s]; i++)
			if (flag_from[rule, s, n] >= onset[s, i] - 1 - speed / 10 && flag_from[rule, s, n] <= until[s, i] + slack)
				right = 1
		if (!right)
			out(rule, s, 0, n)
	}
}
END {
	split("lectern idle-2min lowest-first", rules, " ")
	for (r = 1; r <= 3; r++)
		for (k = 1; k <= n_students; k++)
			cases(rules[r], students[k])
	# A need that was written down after lecternd raised it would be no truth.
	for (k = 1; k <= n_students; k++)
		for (i = 1; i <= needs[students[k]]; i++)
			for (n = 1; n <= flags["lectern", students[k]]; n++)
				if (flag_kind["lectern", students[k], n] == kind[students[k], i] && \
					flag_from["lectern", students[k], n] >= onset[students[k], i] + 0 && \
					flag_from["lectern", students[k], n] < class_s(written[students[k], i]) && \
					flag_from["lectern", students[k], n] < until[students[k], i] + 0)
					late = late students[k] " " kind[students[k], i] "; "
	if (late != "") {
		print "written down after the flag: " late >"/dev/stderr"
		exit 1
	}
}
