# lib.sh: what the tests on containers need; read it with `. "$LECTERN_SRCDIR/tests/containers/lib.sh"`.
# Prints TAP.  Uses the engine that answers already, else starts one of its own (as root), with its data,
# socket and process ids in a private directory, and ends it with the test.  Where neither works, the whole
# test is skipped, loudly: in CI that is a failure.  LECTERN_ENGINE_DATA keeps the own engine's images from run to run.
. "$LECTERN_SRCDIR/tests/integration/lib.sh"
. "$LECTERN_SRCDIR/tests/integration/class.sh"
cache=$LECTERN_BUILDDIR/tests/containers/cache
compose_file=$LECTERN_SRCDIR/docker-compose.yml
engine_pid=
projects=

# -- the engine -------------------------------------------------------------------------------------

engine_answers() { docker version --format '{{.Server.Version}}' >/dev/null 2>&1; }

# Rules that the engine leaves behind when it ends.
forget_firewall() {
	command -v iptables-save >/dev/null || return 0
	iptables-save | grep -viE 'docker|br-[0-9a-f]{12}' >"$work/rules" && iptables -P FORWARD "$forward_policy" 2>/dev/null
	sed -i "s/^:FORWARD [A-Z]*/:FORWARD $forward_policy/" "$work/rules"
	iptables-restore <"$work/rules"
}

start_engine() { # STORAGE-DRIVER or ""
	mkdir -p "$work/engine"
	forward_policy=$(iptables -S FORWARD 2>/dev/null | sed -n 's/^-P FORWARD //p')
	forward_policy=${forward_policy:-ACCEPT}
	had_bridge=$(ip link show docker0 2>/dev/null)
	dockerd --data-root "${LECTERN_ENGINE_DATA:-$work/engine/data}" --exec-root "$work/engine/exec" --pidfile "$work/engine/pid" \
		-H "unix://$work/engine/socket" ${1:+--storage-driver "$1"} >"$work/engine/log" 2>&1 &
	engine_pid=$!
	DOCKER_HOST=unix://$work/engine/socket
	export DOCKER_HOST
	wait_for 40 engine_answers
}

stop_engine() {
	[ -n "$engine_pid" ] || return 0
	kill "$engine_pid" 2>/dev/null
	wait "$engine_pid" 2>/dev/null
	engine_pid=
	forget_firewall
	[ -n "$had_bridge" ] || ip link delete docker0 2>/dev/null
	# what the kernel still holds mounted goes with it
	awk -v below="$work/engine/" 'index($2, below) == 1 { print $2 }' /proc/mounts | sort -r | xargs -r umount -l 2>/dev/null
}

skip_all() { # REASON
	say "NO CONTAINER WAS TESTED: $1"
	skip "containers" "$1"
	exit 0
}

find_engine() {
	command -v docker >/dev/null || skip_all "docker is not installed (apt-get install docker.io)"
	command -v docker-compose >/dev/null || skip_all "docker-compose is not installed (apt-get install docker-compose)"
	engine_answers && return 0
	[ "$(id -u)" = 0 ] || skip_all "no container engine answers, and only root can start one"
	command -v dockerd >/dev/null || skip_all "dockerd is not installed (apt-get install docker.io)"
	start_engine "" && return 0
	sed 's/^/#   /' "$work/engine/log" | tail -n 5
	stop_engine
	start_engine vfs && return 0
	sed 's/^/#   /' "$work/engine/log" | tail -n 20
	skip_all "dockerd does not start here"
}

# -- images -----------------------------------------------------------------------------------------

# The base image: there, or from a registry, or made from Debian's packages.
base_image() { # SUITE
	docker image inspect "debian:$1-slim" >/dev/null 2>&1 || timeout 120 docker pull -q "debian:$1-slim" ||
		LECTERN_BASE_CACHE=$cache sh "$LECTERN_SRCDIR/config/docker/base.sh" "$1"
}

# Everything after this works on images of that suite's own.
use_suite() { # SUITE
	LECTERN_BASE=debian:$1-slim LECTERN_TAG=$1
	export LECTERN_BASE LECTERN_TAG
}

# -- projects ---------------------------------------------------------------------------------------

free_port() { # FIRST: the first port from there that nobody listens on
	port=$1
	while ss -Hltn "sport = :$port" | grep -q .; do port=$((port + 1)); done
	echo "$port"
}

use_ports() { # OFFSET
	LECTERN_PG_PORT=$(free_port $((21000 + $1))) LECTERN_LDAPS_PORT=$(free_port $((22000 + $1)))
	LECTERN_PROMETHEUS_PORT=$(free_port $((23000 + $1)))
	export LECTERN_PG_PORT LECTERN_LDAPS_PORT LECTERN_PROMETHEUS_PORT
}

# use_project NAME: compose and lectern speak of it from now on.
use_project() {
	LECTERN_COMPOSE=$1
	export LECTERN_COMPOSE
	projects="$projects $1"
}
compose() { ${compose_program:-docker-compose} -f "$compose_file" -p "$LECTERN_COMPOSE" "$@"; }
container() { # SERVICE: its id
	docker ps -aq --filter "label=com.docker.compose.project=$LECTERN_COMPOSE" \
		--filter "label=com.docker.compose.service=$1" --filter "label=com.docker.compose.oneoff=False" | head -n 1
}
all_run() {
	lectern ps --json >"$work/ps.json" && jq -e '
		[.services[] | select(.state == "running") | .service] | sort ==
		["exporter-steps", "exporter-students", "ldap", "lecternd", "postgres", "prometheus"]' "$work/ps.json" ||
		{ jq -r '.services[] | "\(.service) \(.state) \(.health)"' "$work/ps.json"; return 1; }
}
# Up, and healthy: leaves the seconds in $seconds.
come_up() { # COMPOSE-ARGUMENTS...
	begin=$(date +%s.%N)
	compose up -d "$@" && wait_for 180 all_run
	result=$?
	seconds=$(awk "BEGIN { printf \"%.1f\", $(date +%s.%N) - $begin }")
	return $result
}
nothing_is_left() {
	! { docker ps -aq --filter "label=com.docker.compose.project=$LECTERN_COMPOSE"
		docker volume ls -q --filter "label=com.docker.compose.project=$LECTERN_COMPOSE"
		docker network ls -q --filter "label=com.docker.compose.project=$LECTERN_COMPOSE"
		ss -Hltn "sport = :$LECTERN_PG_PORT or sport = :$LECTERN_LDAPS_PORT or sport = :$LECTERN_PROMETHEUS_PORT"; } | grep .
}

containers_finish() {
	if [ "$test_failed" != 0 ]; then
		kept=$LECTERN_BUILDDIR/tests/kept/containers
		mkdir -p "$kept"
		for id in $(docker ps -aq 2>/dev/null); do
			{ docker inspect -f '{{.Name}} {{.State.Status}} {{.State.ExitCode}} {{.State.Error}}' "$id"
				docker logs --tail 50 "$id"; } >"$kept/$id.log" 2>&1
		done
		cp "$work"/*.out "$work"/*.log "$kept" 2>/dev/null
	fi
	for name in $projects; do
		LECTERN_COMPOSE=$name
		compose down -v --remove-orphans >/dev/null 2>&1
	done
	stop_engine
	unset LECTERN_COMPOSE
	finish
}
trap containers_finish EXIT
