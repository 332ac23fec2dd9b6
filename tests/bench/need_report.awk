# What the cases of `need` come to, recomputed from the file alone: awk -f need_report.awk CASES
# need.md has the columns and the rules.  The last line is lectern's; exits 1 when that misses a target.
BEGIN { FS = "\t" }
function quantile(values, n, part,    i, j, v) {
	for (i = 2; i <= n; i++) {
		v = values[i]
		for (j = i - 1; j >= 1 && values[j] > v; j--)
			values[j + 1] = values[j]
		values[j + 1] = v
	}
	if (n == 0)
		return "-"
	i = int(part * n + 0.999999)
	return values[i < 1 ? 1 : i]
}
FNR == 1 {
	for (i = 1; i <= NF; i++)
		column[$i] = i
	next
}
{
	rule = $column["rule"]
	kind = $column["kind"]
	visible = $column["visible"]
	detected = $column["detected"]
	reason = $column["reason"]
	if (!(rule in seen)) {
		seen[rule] = 1
		rules[++n_rules] = rule
	}
	if (kind == "-") {
		false_flags[rule]++
		false_kind[rule, reason]++
		if (rule == "lectern")
			false_profile[reason " for " $column["profile"]]++
		kinds[reason] = 1
		next
	}
	if (visible == "-") { # true, and cannot be known: counts neither way
		unseen[rule]++
		next
	}
	kinds[kind] = 1
	needs[rule]++
	kind_needs[rule, kind]++
	if (detected == "-") {
		if (rule == "lectern")
			missed[kind " of " $column["profile"]]++
		next
	}
	found[rule]++
	kind_found[rule, kind]++
	late = detected - visible
	if (late < 0)
		late = 0
	delays[rule, found[rule]] = late
	kind_delays[rule, kind, kind_found[rule, kind]] = late
	onsets[rule, found[rule]] = detected - $column["onset"]
	if (reason == kind) {
		right[rule]++
		kind_right[rule, kind]++
	}
	down = $column["down"] - $column["until"]
	outlived[rule, found[rule]] = down < 0 ? 0 : down
}
function ratio(a, b) { return b > 0 ? sprintf("%.3f", a / b) : "-" }
function list(from, prefix, n,    i, part) {
	split("", copy)
	for (i = 1; i <= n; i++)
		copy[i] = from[prefix SUBSEP i]
}
END {
	for (r = 1; r <= n_rules; r++) {
		rule = rules[r]
		for (kind in kinds) {
			n = kind_found[rule, kind] + 0
			list(kind_delays, rule SUBSEP kind, n)
			median = quantile(copy, n, 0.5)
			printf "%s %s: needs %d found %d false %d median-delay-s %s p95-delay-s %s reason-right %s\n", rule, kind, \
				kind_needs[rule, kind], n, false_kind[rule, kind], median, quantile(copy, n, 0.95), \
				ratio(kind_right[rule, kind], n) | "sort"
		}
		close("sort")
		n = found[rule] + 0
		list(onsets, rule, n)
		median = quantile(copy, n, 0.5)
		p95 = quantile(copy, n, 0.95)
		list(outlived, rule, n)
		printf "%s: needs %d found %d false %d unseen %d, from the onset median-s %s p95-s %s, flag outlives the need median-s %s p95-s %s\n", rule, \
			needs[rule], n, false_flags[rule], unseen[rule], median, p95, quantile(copy, n, 0.5), quantile(copy, n, 0.95)
	}
	for (what in missed)
		printf "missed: %d %s\n", missed[what], what | "sort"
	for (what in false_profile)
		printf "false: %d %s\n", false_profile[what], what | "sort"
	close("sort")
	for (r = 1; r <= n_rules; r++)
		if (rules[r] == "lectern") { # to the end
			rules[r] = rules[n_rules]
			rules[n_rules] = "lectern"
		}
	for (r = 1; r <= n_rules; r++) {
		rule = rules[r]
		n = found[rule] + 0
		list(delays, rule, n)
		median = quantile(copy, n, 0.5)
		p95 = quantile(copy, n, 0.95)
		if (rule == "lectern")
			reached = n > 0 && n / (n + false_flags[rule]) >= 0.9 && n / needs[rule] >= 0.9 && median <= 60 && p95 <= 120
		printf "%s: precision %s recall %s median-delay-s %s p95-delay-s %s reason-right %s\n", \
			rule == "lectern" ? (name != "" ? name : "need") : rule, ratio(n, n + false_flags[rule]), ratio(n, needs[rule]), median, p95, ratio(right[rule], n)
	}
	exit !reached
}
