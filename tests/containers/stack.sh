#!/bin/sh
# The containers of docker-compose.yml on a real engine: built on Debian 13 and 12, a class of chinook from
# the host, numbers through Prometheus, faults, and nothing left behind.
. "$LECTERN_SRCDIR/tests/containers/lib.sh"

lab=$work/lab
mkdir "$lab" && chmod 755 "$lab"
make_roster 30 >"$lab/roster.csv"
if [ -n "$shared" ]; then
	example=$shared/samples/chinook/chinook.sql lab_name=chinook
else
	example=$LECTERN_SRCDIR/assets/labs/library/library.sql lab_name=library
fi

find_engine
say "engine $(docker version --format '{{.Server.Version}}'), $(docker info --format '{{.Driver}}'), $(docker-compose version --short)"

# -- images -----------------------------------------------------------------------------------------

bases() {
	base_image trixie >"$work/trixie.out" 2>&1 &
	pid=$!
	base_image bookworm >"$work/bookworm.out" 2>&1
	status=$?
	wait $pid && [ $status = 0 ] || { cat "$work/trixie.out" "$work/bookworm.out"; return 1; }
}
build() {
	begin=$(date +%s)
	compose build >"$work/build.log" 2>&1 || { tail -n 40 "$work/build.log"; return 1; }
	built=$(($(date +%s) - begin))
}
ok "the base images are there" bases
use_suite trixie
use_ports 1
use_project "lectern-test-$$"
ok "the images build on Debian 13" build
say "measured: images on Debian 13 built in ${built:-?} s"

unit_tests() {
	docker build -q -f "$LECTERN_SRCDIR/config/docker/Dockerfile" --target check --build-arg "BASE=$LECTERN_BASE" \
		-t lectern-check:trixie "$LECTERN_SRCDIR" >"$work/check.log" 2>&1 || { tail -n 40 "$work/check.log"; return 1; }
	docker run --rm --network none lectern-check:trixie >"$work/unit.log" 2>&1 || { grep -A 20 '^not ok\|^FAIL' "$work/unit.log"; return 1; }
	grep '^# PASS: *[1-9]' "$work/unit.log" && ! grep -E '^# (FAIL|ERROR|SKIP): *[1-9]' "$work/unit.log"
}
ok "the unit tests pass inside the Debian 13 image" unit_tests

# -- cold start -------------------------------------------------------------------------------------

ok "a fresh project starts and is healthy" come_up
say "measured: cold start to healthy in $seconds s"

per_container() { docker inspect -f "$1" $(docker ps -aq --filter "label=com.docker.compose.project=$LECTERN_COMPOSE"); }
processes() { # of the project's running containers, as seen from outside
	for id in $(docker ps -q --filter "label=com.docker.compose.project=$LECTERN_COMPOSE"); do
		docker top "$id" -eo pid | tail -n +2
	done
}
powerless() {
	for pid in $(processes); do
		awk '/^Uid:/ { if ($2 == 0 || $3 == 0) exit 1 } /^Cap(Eff|Prm|Bnd):/ { if ($2 !~ /^0+$/) exit 1 }
			/^NoNewPrivs:/ { if ($2 != 1) exit 1 }' "/proc/$pid/status" || { cat "/proc/$pid/status"; return 1; }
	done
}
hardened() {
	per_container '{{.Name}}|{{.Config.User}}|{{.HostConfig.ReadonlyRootfs}}|{{.HostConfig.CapDrop}}|{{.HostConfig.SecurityOpt}}|{{.HostConfig.Memory}}|{{.HostConfig.Privileged}}' |
		awk -F '|' '{ print } $2 == "" || $2 ~ /^(0|root)(:|$)/ || $3 != "true" || $4 != "[ALL]" || $5 !~ /no-new-privileges/ || $6 == 0 || $7 != "false" { bad = 1 }
			END { exit bad || NR < 8 }'
}
no_socket() { ! per_container '{{range .Mounts}}{{.Source}} {{end}}' | grep 'docker.sock\|engine/socket'; }
on_loopback() { ! ss -Hltn | awk '{ print $4 }' | grep -E ":($LECTERN_PG_PORT|$LECTERN_LDAPS_PORT|$LECTERN_PROMETHEUS_PORT)$" | grep -v '^127\.0\.0\.1:'; }
ok "no process has root or a capability" powerless
ok "roots are read-only, memory is limited, nothing is privileged" hardened
ok "no container has the engine's socket" no_socket
ok "ports are open on 127.0.0.1 only" on_loopback
ok "doctor finds nothing wrong" lectern doctor

# -- a class from the host --------------------------------------------------------------------------

init() { (cd "$lab" && lectern init --from "$example" --roster roster.csv --output lab.yaml); }
apply() {
	begin=$(date +%s.%N)
	lectern apply "$lab/lab.yaml" || return 1
	seconds=$(awk "BEGIN { printf \"%.1f\", $(date +%s.%N) - $begin }")
}
well='.freshness == "fresh" and .trouble == "none"'
done_is() { shows ".students[] | select(.login == \"$1\") | .progress > 0.9999 and .state == \"done\""; }
fill() { as_student "$1" -f "$example"; }
prometheus() { # QUERY FILTER
	curl -sf "http://127.0.0.1:$LECTERN_PROMETHEUS_PORT/api/v1/query" --data-urlencode "query=$1" | jq -e "$2"
}
ok "init writes a lab file" init
ok "apply takes it" apply
say "measured: 30 students provisioned in $seconds s"
unchanged() { lectern apply "$lab/lab.yaml" | tee "$work/again.out" && grep -q ' 0 changes' "$work/again.out"; }
ok "a second apply changes nothing" unchanged
ok "everybody is measured" wait_for 60 shows "($well) and ([.students[].progress] | length == 30 and all(. == 0))"
ok "the slips can be read" read_handout "$lab_name"
ok "they name the published port" eval '[ "$(jq -r .port "$work/handout.json")" = "$LECTERN_PG_PORT" ]'
ok "student try logs in over TLS with the LDAP password" lectern student "$lab_name" s003 try
ok "a student loads the example" fill s001
ok "the grid shows it" wait_for 30 done_is s001
ok "so does Prometheus" prometheus 'lectern_student_progress_ratio{student="s001"}' '.data.result[0].value[1] == "1"'
as_student s004 -c 'SELEC 1' >/dev/null 2>&1
ok "a student's error is read from the container's log" wait_for 30 prometheus 'lectern_student_errors_total{student="s004"}' '.data.result[0].value[1] == "1"'
robots() {
	timeout 90 lectern rehearse "$lab_name" --speed 60 --for 25 >"$work/robots.log" 2>&1 || { cat "$work/robots.log"; return 1; }
	wait_for 30 shows '[.students[].progress] | map(select(. > 0)) | length >= 20'
}
ok "robots work, and the grid moves" robots
ok "a student's password is refused for another's database" eval '! connect s002 s001 "$(credential s002 password)" -c "SELECT 1"'
no_secret_seen() {
	per_container '{{.Config.Env}} {{.Config.Cmd}} {{.Args}}' >"$work/arguments"
	cat /proc/[0-9]*/cmdline 2>/dev/null | tr '\0' ' ' >>"$work/arguments"
	for file in "$LECTERN_STATE/compose/$LECTERN_COMPOSE"/secrets/*; do
		! grep -q -F -f "$file" "$work/arguments" && [ "$(stat -c %a "$file")" = 600 ] || return 1
	done
	[ "$(stat -c %a "$(dirname "$file")")" = 700 ]
}
ok "no secret stands in an argument, a variable or an open file" no_secret_seen
in_container() {
	compose run --rm -T lectern status --json >"$work/inside.json" 2>"$work/inside.err" &&
		jq -e "($well) and (.students[] | select(.login == \"s001\") | .progress > 0.9999)" "$work/inside.json" ||
		{ head -c 500 "$work/inside.json"; cat "$work/inside.err"; return 1; }
}
ok "the console's container shows the same" in_container
same_slips() { # what the host made is known inside: the lab's secret went to the volume
	compose run --rm -T lectern handout --json >"$work/slips.json" 2>/dev/null &&
		[ "$(jq -c '[.students[].password]' "$work/slips.json")" = "$(jq -c '[.students[].password]' "$work/handout.json")" ]
}
ok "and hands out the same passwords" same_slips
compose stop -t 20 >/dev/null 2>&1

# -- what happens to containers ---------------------------------------------------------------------

ok "stopped and started again, all is there" come_up
ok "with the class's work" wait_for 60 shows "($well) and ([.students[] | select(.progress > 0.9999)] | length >= 1)"
main_process() { pgrep -P "$(docker inspect -f '{{.State.Pid}}' "$(container "$1")")" | head -n 1; }
started() { docker inspect -f '{{.State.StartedAt}}' "$(container "$1")"; }
is_back() { # SERVICE EARLIER-START
	[ "$(started "$1")" != "$2" ] && all_run
}
for service in ldap postgres exporter-students exporter-steps prometheus lecternd; do
	before=$(started $service)
	pid=$(main_process $service)
	begin=$(date +%s.%N)
	ok "$service's process is killed" kill -9 "$pid"
	ok "$service comes back by itself" wait_for 90 is_back $service "$before"
	say "measured: $service is healthy again in $(awk "BEGIN { printf \"%.1f\", $(date +%s.%N) - $begin }") s"
done
ok "all is well again and nothing is lost" wait_for 60 eval "shows '$well' && done_is s001"
sleep_until_grace() { # the check counts from 20 s after the start on
	[ $(($(date +%s) - $(date -d "$(started "$1")" +%s))) -ge 20 ]
}
wait_for 40 sleep_until_grace exporter-students
before=$(started exporter-students)
ok "an exporter hangs" kill -STOP "$(main_process exporter-students)"
ok "it is ended by its health check and starts again" wait_for 120 is_back exporter-students "$before"
ok "the grid is fresh again" wait_for 60 shows "$well"

# -- faults -----------------------------------------------------------------------------------------

first=$LECTERN_COMPOSE
second=$first-b
doctor_says() { ! lectern doctor >"$work/doctor.out" && { grep -qiE "$1" "$work/doctor.out" || { cat "$work/doctor.out"; false; }; }; }
use_project "$second"
no_up() { ! compose up -d >"$work/up.log" 2>&1; }
ok "a second project does not get the first one's ports" no_up
ok "doctor names the port's variable" doctor_says 'LECTERN_(PG|LDAPS|PROMETHEUS)_PORT'
ok "other commands say what is wrong" eval '! lectern status 2>"$work/err.out" && grep -q "doctor" "$work/err.out"'
compose down -v >/dev/null 2>&1
use_ports 101
missing() { # whatever the registry answers, compose stops at the line that wants it
	! LECTERN_POSTGRES_IMAGE=localhost/lectern-nothing:none LECTERN_TAG=nothing compose build postgres >"$work/up.log" 2>&1 &&
		grep -qE 'FROM .*POSTGRES|lectern-nothing' "$work/up.log" || { tail "$work/up.log"; return 1; }
}
ok "a missing image stops the build where it is named" missing
ok "without containers doctor says how to start them" doctor_says 'up -d'
LECTERN_COMPOSE=$first
export LECTERN_COMPOSE
use_ports 1 # only for the messages: the first project has its own
ok "without an engine the error says what to do" eval '! DOCKER_HOST=unix:///nonexistent/socket lectern status 2>"$work/err.out" && grep -q "hint: Start it" "$work/err.out"'
ok "without docker, too" eval '! PATH=/nonexistent "$LECTERN_BUILDDIR/lectern" ps 2>"$work/err.out" && grep -q "apt-get install" "$work/err.out"'

has_volume() { volume=$(docker volume inspect -f '{{.Mountpoint}}' "${second}_postgres-data") && [ -f "$volume/installation" ]; }
postgres_says() { docker logs "$(container postgres)" 2>&1 | grep -qi "$1"; }

# Volumes of another installation: the data without the secrets.
use_project "$second"
use_ports 101
ok "a second project starts with its own ports" come_up
compose down >/dev/null 2>&1
docker volume rm "${second}_state" >/dev/null
ok "its data without its secrets are refused" no_up
ok "doctor says whose they are" doctor_says 'belongs to another installation'
compose down -v >/dev/null 2>&1

# A full disk: a small file system where the cluster's volume is.
if [ "$(id -u)" = 0 ] && compose up -d setup >"$work/up.log" 2>&1 && wait_for 60 has_volume; then
	mount -t tmpfs -o size=16m,mode=770 tmpfs "$volume" && chown 920:999 "$volume"
	compose up -d >>"$work/up.log" 2>&1 & # waits for a postgres that does not come
	up_pid=$!
	ok "initdb fails on a full disk" wait_for 90 postgres_says 'no space left'
	ok "and leaves nothing that looks like a cluster" eval '[ ! -e "$volume/cluster" ]'
	ok "doctor says so" doctor_says 'postgres'
	mount -o remount,size=700m "$volume"
	ok "with room, the cluster is made by itself" wait_for 120 test -f "$volume/cluster/lectern-complete"
	wait $up_pid
	ok "and all comes up" come_up
	compose down >/dev/null 2>&1
	umount "$volume"
else
	skip "a full disk" "the engine's volumes are out of reach"
fi
compose down -v >/dev/null 2>&1

# -- nothing is left --------------------------------------------------------------------------------

use_ports 1
LECTERN_COMPOSE=$first
export LECTERN_COMPOSE
destroyed() { lectern destroy "$lab_name" --yes >"$work/destroy.out" 2>&1 || { cat "$work/destroy.out"; return 1; }
	ls "$LECTERN_STATE/compose/$LECTERN_COMPOSE"/archive/*/s001.dump; }
ok "destroy archives on the host and removes" destroyed
ports=$(lectern ps --json | jq -r '.services[] | select(.port != null) | .port' | tr '\n' ' ')
ok "down -v ends it" compose down -v
LECTERN_PG_PORT=${ports%% *}
ok "and leaves nothing" nothing_is_left

# -- the same with compose v2, and on Debian 12 -----------------------------------------------------

# Debian 13's docker-compose is v2, one program without dependencies but libc.
get_v2() {
	printf 'FROM debian:trixie-slim\nRUN apt-get update && apt-get install -y --no-install-recommends docker-compose\n' |
		docker build -q -t lectern-test-v2 - >"$work/v2.log" 2>&1 || { tail "$work/v2.log"; return 1; }
	id=$(docker create lectern-test-v2) && docker cp "$id:/usr/libexec/docker/cli-plugins/docker-compose" "$work/compose-v2" &&
		docker rm "$id" >/dev/null && "$work/compose-v2" version
}
use_project "$first-v2"
use_ports 201
address=$(ip -4 -o address show scope global | awk '$2 !~ /^(docker|br-|veth)/ { sub(/\/.*/, "", $4); print $4; exit }')
LECTERN_BIND=${address:-127.0.0.1} # open to the room; a machine without a network has none
export LECTERN_BIND
ok "compose v2 can be had from Debian 13" get_v2
compose_program=$work/compose-v2
ok "v2 starts the same file" come_up
ok "doctor finds nothing wrong there" lectern doctor
ok "apply works there" lectern apply "$lab/lab.yaml"
ok "and is measured" wait_for 60 shows "($well) and ([.students[].progress] | length == 30 and all(. != null))"
ok "the slips can be read there" read_handout "$lab_name"
ok "they name this machine's address" eval '[ "$(jq -r .host "$work/handout.json")" = "${address:-localhost}" ]'
ok "a student loads the example over it" fill s001
in_the_room() {
	ss -Hltn | awk '{ print $4 }' | sort -u >"$work/listeners"
	grep -qxF "$LECTERN_BIND:$LECTERN_PG_PORT" "$work/listeners" && grep -qxF "$LECTERN_BIND:$LECTERN_LDAPS_PORT" "$work/listeners" &&
		grep -qxF "127.0.0.1:$LECTERN_PROMETHEUS_PORT" "$work/listeners" || { cat "$work/listeners"; return 1; }
}
ok "PostgreSQL and ldaps are open there, Prometheus is not" in_the_room
ok "v2's down -v ends it" compose down -v
ok "and leaves nothing, either" nothing_is_left
compose_program=
unset LECTERN_BIND

use_suite bookworm
use_project "$first-12"
use_ports 301
ok "the images build on Debian 12" build
say "measured: images on Debian 12 built in ${built:-?} s"
ok "they start" come_up
ok "apply works there, too" lectern apply "$lab/lab.yaml"
ok "the slips can be read there" read_handout "$lab_name"
ok "a student loads the example there" fill s001
ok "and the grid shows it" wait_for 40 done_is s001
ok "down -v ends it, too" compose down -v
ok "and leaves nothing there" nothing_is_left

# -- an image in place of ours ----------------------------------------------------------------------

use_suite trixie
LECTERN_TAG=mixed LECTERN_POSTGRES_IMAGE=lectern-postgres:bookworm
export LECTERN_TAG LECTERN_POSTGRES_IMAGE
use_project "$first-mixed"
use_ports 401
ok "a variable puts another image in PostgreSQL's place" build
ok "it starts" come_up
ok "and is what the variable named" eval 'lectern doctor >"$work/doctor.out" && grep -q "PostgreSQL is version 15" "$work/doctor.out"'
ok "and ends" compose down -v
