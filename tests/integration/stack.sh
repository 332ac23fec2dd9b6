#!/bin/sh
# The embedded servers: up, ps, logs, down; killed servers, crashes, taken ports, full disks.
. "${LECTERN_SRCDIR:?}/tests/integration/lib.sh"

services="slapd postgres exporter-students exporter-steps prometheus lecternd"

ps_field() { lectern ps | awk -v service="$1" -v field="$2" '$1 == service { print $field }'; } # SERVICE COLUMN
pid_of() { ps_field "$1" 3; }
state_of() { ps_field "$1" 2; }
is_running() { [ "$(state_of "$1")" = running ]; }
all_running() {
	lectern ps
	[ "$(lectern ps | awk '$2 == "running"' | wc -l)" = 6 ]
}
pg_port() { sed -n '/^postgres:/,/^[a-z]/s/^ *port: //p' "$LECTERN_STATE/site.yaml"; }
ports() { sed -n 's/^ *[a-z_]*port: //p' "$LECTERN_STATE/site.yaml"; }
sql() { psql -X -At -v ON_ERROR_STOP=1 -h "$LECTERN_STATE/run" -p "$(pg_port)" -U postgres -d "${database:-postgres}" "$@"; }
# What works in the state directory, by its working directory: the definition of "left behind".
processes() {
	for directory in /proc/[0-9]*; do
		case $(readlink "$directory/cwd" 2>/dev/null) in
		"$LECTERN_STATE" | "$LECTERN_STATE"/*) echo "${directory#/proc/}" ;;
		esac
	done
}
nothing_runs() {
	left=$(processes)
	for pid in $left; do tr '\0' ' ' <"/proc/$pid/cmdline"; echo; done
	[ -z "$left" ]
}
nothing_listens() {
	for port in $(ports); do
		ss -Hltn "sport = :$port" | grep . && return 1
	done
	return 0
}
nothing_stale() {
	find "$LECTERN_STATE" -name '*.pid' -o -name '*.lock' -path '*/run/*' -o -name lock -o -name '.s.PGSQL*' -o -name ldapi >"$work/stale"
	cat "$work/stale"
	! [ -s "$work/stale" ]
}
within() { # SECONDS COMMAND...
	limit=$1 begin=$(date +%s%N)
	shift
	"$@" || return 1
	took=$((($(date +%s%N) - begin) / 1000000))
	echo "took $took ms"
	[ "$took" -le $((limit * 1000 * $(patience))) ]
}

# -- up ------------------------------------------------------------------------------------------
lectern up >"$work/up1" 2>&1 &
first=$!
lectern up >"$work/up2" 2>&1 &
second=$!
ok "of two ups at once the first succeeds" wait $first
ok "and the second" wait $second
ok "all services run" all_running
ok "ports are below 32768" sh -c "for p in $(ports | tr '\n' ' '); do [ \$p -lt 32768 ] || exit 1; done"
ok "ps --json is JSON" sh -c 'lectern ps --json | jq -e ".services | length == 6" || lectern ps --json | python3 -m json.tool'
lectern ps | awk '{ print $1, $3 }' >"$work/pids1"
cp "$LECTERN_STATE/site.yaml" "$work/site1"
ok "up again is fine" lectern up
lectern ps | awk '{ print $1, $3 }' >"$work/pids2"
ok "and leaves every process alone" cmp "$work/pids1" "$work/pids2"
ok "and the site" cmp "$work/site1" "$LECTERN_STATE/site.yaml"
secret_modes() {
	find "$LECTERN_STATE/secrets" "$LECTERN_STATE/tls" -type f ! -name '*.crt' ! -perm 0600 >"$work/open"
	cat "$work/open"
	! [ -s "$work/open" ]
}
ok "secrets and keys are 0600" secret_modes

# -- doctor --------------------------------------------------------------------------------------
ok "the doctor finds nothing wrong" lectern doctor
ok "and says it as JSON" sh -c 'lectern doctor --json | grep -q "\"wrong\": 0\$"'

# -- what other commands ask for -----------------------------------------------------------------
check_stack=$LECTERN_BUILDDIR/tests/integration/check_stack
connections() { sql -c "SELECT current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int"; }
ok "more connections restart PostgreSQL" test "$("$check_stack" connections 654)" = restarted
ok "it has them" test "$(connections)" = 654
ok "fewer do not" test "$("$check_stack" connections 200)" = kept
ok "and are not taken away" test "$(connections)" = 654
ok "a service is restarted" "$check_stack" restart exporter-steps
ok "it has started a moment ago" sh -c "lectern ps | grep '^exporter-steps ' | grep -qE 'running +[0-9]+ +[0-3] s'"
ok "an unknown service is an error" says 'there is no service "nosuch"' "$check_stack" restart nosuch
ok "up leaves the connections" lectern up
ok "as they are" test "$(connections)" = 654

# -- a killed server -----------------------------------------------------------------------------
for service in $services; do
	old=$(pid_of "$service")
	kill -9 "$old"
	replaced() { is_running "$service" && [ "$(pid_of "$service")" != "$old" ]; }
	ok "$service is back within 5 s of its death" within 5 wait_for 6 replaced
	ok "ps tells how $service ended" sh -c "lectern ps | grep '^$service ' | grep -q 'signal 9'"
done
old=$(pid_of postgres)
supervisor=$(awk '{ print $4 }' "/proc/$old/stat")
kill -9 "$supervisor"
replaced() { is_running postgres && [ "$(pid_of postgres)" != "$old" ]; }
ok "postgres is back after its supervisor's death" wait_for 15 replaced

# -- logs ----------------------------------------------------------------------------------------
sql -c "DO \$\$ BEGIN RAISE WARNING E'evil \\x1b[2J name'; END \$\$" >/dev/null 2>&1
ok "logs show what PostgreSQL says" wait_for 5 sh -c "lectern logs postgres | grep -q evil"
ok "disarmed" sh -c "lectern logs --lines 1000 | grep -q 'evil .x1b' && ! lectern logs --lines 1000 | grep -q \"\$(printf '\\033')\""
lectern logs --follow --lines 1 >"$work/follow.out" &
follower=$!
ok "logs --follow shows what is there" wait_for 5 test -s "$work/follow.out"
sql -c "DO \$\$ BEGIN RAISE WARNING 'followed'; END \$\$" >/dev/null 2>&1
ok "logs --follow goes on" wait_for 5 grep -q followed "$work/follow.out"
kill "$follower"
# What the logger of a server reads comes through a pipe, which root may open, or the same user.
flood() {
	for pid in $(processes); do
		case $(tr '\0' ' ' <"/proc/$pid/cmdline") in
		*svlogd*"/log/prometheus "*)
			yes 0123456789012345678901234567890123456789012345678901234567890123456789 | head -n 150000 >"/proc/$pid/fd/0"
			echo "after the flood" >"/proc/$pid/fd/0"
			return
			;;
		esac
	done
	return 1
}
ok "a server writes 10 MB" flood
ok "its log goes on after rotation" wait_for 10 sh -c "lectern logs prometheus | grep -q 'after the flood'"
ok "in pieces" sh -c "test \$(ls '$LECTERN_STATE/log/prometheus' | grep -c '^@') -ge 4"
ok "of six megabytes at most" sh -c "test \$(du -sk '$LECTERN_STATE/log/prometheus' | cut -f 1) -lt 6500"
ok "an unknown service is wrong use" sh -c 'lectern logs nosuch; test $? = 2'

# -- down ----------------------------------------------------------------------------------------
sql -c 'CREATE TABLE kept (v int)' -c 'INSERT INTO kept VALUES (42)' >/dev/null
(sql -c "BEGIN" -c "SELECT pg_catalog.pg_sleep(60)" >/dev/null 2>&1) &
ok "a session is open" wait_for 5 sh -c "psql -X -At -h '$LECTERN_STATE/run' -p $(pg_port) -U postgres -c \"SELECT count(*) FROM pg_catalog.pg_stat_activity WHERE query LIKE '%pg_sleep(60)%' AND state = 'active' AND pid <> pg_catalog.pg_backend_pid()\" | grep -q 1"
ok "down ends within 10 s with a session open" within 10 lectern down
ok "no process is left" nothing_runs
ok "no listener is left" nothing_listens
ok "no pid file, lock or socket is left" nothing_stale
ok "down again is fine" lectern down
ok "ps says that nothing runs" sh -c 'test "$(lectern ps | grep -c stopped)" = 6'
lectern doctor >"$work/doctor.out"
ok "the doctor's exit status is 3 then" test $? = 3
ok "and says how to mend it" grep -q 'mend: Start the servers with "lectern up"' "$work/doctor.out"
ok "up brings it back" lectern up
ok "the data is there" test "$(sql -c 'SELECT v FROM kept')" = 42
ok "on the same ports" cmp "$work/site1" "$LECTERN_STATE/site.yaml"

# -- a reboot ------------------------------------------------------------------------------------
crash() {
	for round in 1 2 3; do
		for pid in $(processes); do kill -9 "$pid" 2>/dev/null; done
	done
	wait_for 5 nothing_runs
}
ok "everything dies at once" crash
# After a reboot the pid in the file may be another program's; PostgreSQL minds those of its user.
if [ "$(id -u)" = 0 ]; then
	setpriv --reuid=postgres --regid=postgres --clear-groups sleep 300 &
else
	sleep 300 &
fi
stranger=$!
sed -i "1s/.*/$stranger/" "$LECTERN_STATE/postgres/postmaster.pid"
ok "up after the crash" lectern up
ok "all services run again" all_running
ok "the data survived" test "$(sql -c 'SELECT v FROM kept')" = 42
ok "the stranger with the postmaster's old pid lives" kill -0 "$stranger"
kill "$stranger"
kill -9 "$(awk '{ print $1 }' "$LECTERN_STATE/runsvdir.pid")"
ok "up after the supervisor of all died" lectern up
ok "all services run once more" all_running
ok "down after that" lectern down
ok "leaves nothing" nothing_runs

ok "up to be stopped in its tracks" lectern up
rm "$LECTERN_STATE/runsvdir.pid"
for service in postgres slapd lecternd; do kill -STOP "$(pid_of $service)"; done
ok "down ends within 10 s also servers that hang" within 10 lectern down
ok "and leaves nothing of them" nothing_runs
ok "no listener" nothing_listens
ok "nothing stale" nothing_stale

# -- another place -------------------------------------------------------------------------------
mv "$LECTERN_STATE" "$work/moved"
place=$LECTERN_STATE
LECTERN_STATE=$work/moved
ok "up in a state directory that was moved" lectern up
ok "all services run there" all_running
ok "the data came along" test "$(sql -c 'SELECT v FROM kept')" = 42
ok "down there" lectern down
mv "$LECTERN_STATE" "$place"
LECTERN_STATE=$place
mkdir "$work/private" && cp "$LECTERN_BUILDDIR/lectern" "$LECTERN_BUILDDIR/lecternd" "$work/private" && chmod 700 "$work/private"
ok "up by programs that servers' users can't reach" "$work/private/lectern" up
ok "all services run with them" all_running
touch "$work/private/lecternd"
old=$(pid_of lecternd)
ok "up with another lecternd" "$work/private/lectern" up
ok "restarts it" test "$(pid_of lecternd)" != "$old"
ok "down with it" lectern down

# -- what is in the way --------------------------------------------------------------------------
taken=$(pg_port)
perl -MIO::Socket::INET -e '$s = IO::Socket::INET->new(Listen => 1, ReuseAddr => 1, LocalAddr => "127.0.0.1", LocalPort => $ARGV[0]) or die; sleep 300' "$taken" &
thief=$!
wait_for 5 sh -c "ss -Hltn 'sport = :$taken' | grep -q ." >/dev/null
ok "a taken port is an error that names the process" says "port $taken, which postgres uses here, is taken by perl (process $thief" lectern up
lectern doctor >"$work/doctor.out"
ok "the doctor names it, too" grep -qE "WRONG +ports .*taken by perl \(process $thief" "$work/doctor.out"
ok "the port is kept" cmp "$work/site1" "$LECTERN_STATE/site.yaml"
ok "nothing was started" nothing_runs
kill "$thief"
wait_for 5 nothing_listens >/dev/null
ok "up once the port is free" lectern up
ok "down" lectern down

if [ "$(id -u)" = 0 ] && unshare -m true 2>/dev/null; then
	full() { # OPTIONS: up on a small or read-only file system
		unshare -m sh -c 'mkdir "$1/disk" && mount -t tmpfs -o "$2" none "$1/disk" && chmod 755 "$1/disk" &&
			LECTERN_STATE=$1/disk/state exec lectern up' sh "$work" "$1"
	}
	ok "a full disk is said" says "is full:" full size=20m
	rmdir "$work/disk"
	ok "a read-only disk is said" says "Read-only file system" full ro
	rmdir "$work/disk"
	small() { # a class of 40 on a disk for 20, then one of 2
		unshare -m sh -c 'mkdir "$1/disk" && mount -t tmpfs -o size=230m none "$1/disk" && chmod 755 "$1/disk" && cd "$1/disk" || exit
			LECTERN_STATE=$1/disk/state; export LECTERN_STATE
			echo "CREATE TABLE a (id integer PRIMARY KEY);" >a.sql
			{ echo login; seq -f "s%g" 40; } >class.csv; printf "lab: a\nexample: a.sql\nroster: class.csv\n" >lab.yaml
			lectern up >/dev/null && ! lectern apply lab.yaml && printf "login\nada\nbob\n" >class.csv && lectern apply lab.yaml
			lectern down' sh "$work" 2>&1
	}
	ok "a class too large for the disk is refused" eval 'small >"$work/small.out"; cat "$work/small.out"; grep -q "no room for 40 databases: .* MB are free" "$work/small.out"'
	ok "the servers go on, for a smaller one" eval 'cat "$work/small.out"; grep -q "stands: 2 students" "$work/small.out"'
	rmdir "$work/disk"
	readonly_state() {
		unshare -m sh -c 'mount --bind "$LECTERN_STATE" "$LECTERN_STATE" && mount -o remount,bind,ro "$LECTERN_STATE" && exec lectern up'
	}
	ok "a state directory that became read-only is said" says "read-only file system" readonly_state
	missing() { unshare -m sh -c 'mount --bind /dev/null "$(command -v runsvdir)" && exec lectern up'; }
	ok "a missing program names its package" says "Debian packages: runit" missing
	ok "and how to get it" grep -qF './bootstrap deps' "$work/says.out"
else
	skip "full disk, read-only disk, missing program" "only root can mount"
fi
ok "a path too long for sockets is said" says "is too long" env LECTERN_STATE="$work/$(printf '%0100d' 0)" lectern up
ok "and nothing is made" sh -c "! ls -d $work/000*"

# -- a first start that is killed ----------------------------------------------------------------
mine=$LECTERN_STATE
for delay in 0.3 0.7 1.2 1.7; do
	LECTERN_STATE=$work/killed
	timeout -s KILL $delay lectern up >/dev/null 2>&1
	ok "up after an up that was killed after $delay s" lectern up
	ok "all services run after it" all_running
	lectern down >/dev/null
	rm -rf "$LECTERN_STATE"
done
LECTERN_STATE=$mine

# -- another user --------------------------------------------------------------------------------
if [ "$(id -u)" = 0 ]; then
	mkdir "$work/home" && chown nobody "$work/home"
	as_nobody() { setpriv --reuid=nobody --regid=nogroup --clear-groups env -u LECTERN_STATE -u XDG_STATE_HOME HOME="$work/home" "$@"; }
	theirs=$work/home/.local/state/lectern
	ok "another user's state directory is refused" says 'belongs to user "root"' as_nobody env LECTERN_STATE="$LECTERN_STATE" lectern up
	nameless() { setpriv --reuid=54654 --regid=54654 --clear-groups env LECTERN_STATE="$work/nameless" lectern up; }
	mkdir "$work/nameless" && chown 54654 "$work/nameless"
	ok "a user without a name is told" says "user id 54654 has no name" nameless
	mkdir "$work/closed" && chown nobody "$work/closed" && chmod 555 "$work/closed"
	ok "a state directory without the right to write is told" says "could not write into the state directory" as_nobody env LECTERN_STATE="$work/closed" lectern up
	ok "up as an ordinary user" as_nobody lectern up
	ok "all services run" sh -c "test \$(LECTERN_STATE=$theirs lectern ps | awk '\$2 == \"running\"' | wc -l) = 6"
	owners() {
		find "$theirs" ! -user nobody >"$work/owners"
		cat "$work/owners"
		! [ -s "$work/owners" ]
	}
	ok "everything is that user's" owners
	ok "down" as_nobody lectern down
	mine=$LECTERN_STATE
	LECTERN_STATE=$theirs
	ok "nothing is left of it" nothing_runs
	LECTERN_STATE=$mine
else
	skip "an ordinary user beside root" "this is the ordinary user already"
fi
