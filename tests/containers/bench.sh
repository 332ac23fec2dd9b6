#!/bin/sh
# make bench-containers: figures of the containers on a real engine, one line each on stdout:
#   bench NAME VALUE UNIT
# What is being done goes to stderr.  Images are built without a cache where the engine is our own.
exec 3>&1 1>&2
. "$LECTERN_SRCDIR/tests/containers/lib.sh"
bench() { echo "bench $*" >&3; }
fail() {
	say "bench: $*"
	exit 1
}
example=$LECTERN_SRCDIR/assets/labs/library/library.sql
now() { date +%s.%N; }
since() { awk "BEGIN { printf \"%.1f\", $(now) - $1 }"; }

find_engine
base_image trixie || fail "there is no base image"
use_suite trixie
use_ports 1
use_project "lectern-bench-$$"
begin=$(now)
compose build >"$work/build.log" 2>&1 || fail "the images do not build"
bench container_images "$(since "$begin")" s
come_up || fail "the containers do not start"
bench container_cold_start "$seconds" s
compose stop -t 20
come_up || fail "the containers do not start again"
bench container_warm_start "$seconds" s

for n in 30 200; do
	lab=$work/lab$n
	mkdir -p "$lab"
	make_roster $n "c$n" >"$lab/roster.csv"
	printf 'lab: bench%d\nexample: %s\nroster: roster.csv\n' $n "$example" >"$lab/lab.yaml"
	chmod -R go+rX "$lab"
	compose_connections=$(lectern plan "$lab/lab.yaml" --json | jq -r '.connections_needed // 0')
	say "$n students need $compose_connections connections"
	begin=$(now)
	lectern apply "$lab/lab.yaml" || fail "apply failed"
	bench "container_provision_$n" "$(since "$begin")" s
	begin=$(now)
	lectern apply "$lab/lab.yaml" || fail "the second apply failed"
	bench "container_provision_${n}_again" "$(since "$begin")" s
done

for service in ldap postgres exporter-students prometheus lecternd; do
	before=$(docker inspect -f '{{.State.StartedAt}}' "$(container $service)")
	pid=$(pgrep -P "$(docker inspect -f '{{.State.Pid}}' "$(container $service)")" | head -n 1)
	begin=$(now)
	kill -9 "$pid" || fail "$service could not be killed"
	is_back() { [ "$(docker inspect -f '{{.State.StartedAt}}' "$(container $service)")" != "$before" ] && all_run; }
	wait_for 120 is_back || fail "$service does not come back"
	bench "container_restart_$(echo $service | tr - _)" "$(since "$begin")" s
done
