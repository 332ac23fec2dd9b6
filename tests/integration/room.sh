#!/bin/sh
# The room: servers in one network namespace, a lab PC in another, a cable between them.  With --room
# the PC reaches PostgreSQL and ldaps, by verified certificates, and nothing else.
. "${LECTERN_SRCDIR:?}/tests/integration/lib.sh"

server=lectern-server-$$
pc=lectern-pc-$$
if [ "$(id -u)" != 0 ]; then
	skip "the room from another network namespace" "only root can make network namespaces"
	exit 0
fi
if ! command -v ip >/dev/null || ! ip netns add "$server" 2>"$work/netns.err"; then
	skip "the room from another network namespace" "no network namespaces here: $(cat "$work/netns.err" 2>/dev/null)"
	exit 0
fi
ip netns add "$pc"
cleanup() {
	finish
	ip netns del "$server"
	ip netns del "$pc"
}
trap cleanup EXIT

ip link add vserver netns "$server" type veth peer name vpc netns "$pc"
ip -n "$server" link set lo up
ip -n "$server" addr add 10.213.7.1/24 dev vserver
ip -n "$server" link set vserver up
ip -n "$pc" link set lo up
ip -n "$pc" addr add 10.213.7.2/24 dev vpc
ip -n "$pc" link set vpc up
on_server() { ip netns exec "$server" "$@"; }
on_pc() { ip netns exec "$pc" "$@"; }

yaml() { # KEY: the first value of the key in site.yaml
	sed -n "s/^ *$1: \"\\{0,1\\}\\([^\"]*\\)\"\\{0,1\\}\$/\\1/p" "$LECTERN_STATE/site.yaml" | head -n 1
}
section_port() { sed -n "/^$1:/,/^[a-z]/s/^ *$2: //p" "$LECTERN_STATE/site.yaml"; }

listens() { # PORT ADDRESS-PATTERN: every listener of the port has such an address
	on_server ss -Hltn "sport = :$1" | awk '{ print $4 }' >"$work/listeners"
	cat "$work/listeners"
	[ -s "$work/listeners" ] && ! grep -qvE "$2" "$work/listeners"
}
refused() { # PORT: the PC's connection is refused, not just late
	on_pc timeout 5 bash -c "exec 3<>/dev/tcp/10.213.7.1/$1" 2>&1 | tee "$work/refused.out"
	grep -q 'Connection refused' "$work/refused.out"
}

ok "up on loopback" on_server lectern up
pg=$(section_port postgres port)
ldap=$(section_port ldap port)
ldaps=$(section_port ldap ldaps_port)
prometheus=$(section_port prometheus port)
students=$(yaml exporter_students_port)
steps=$(yaml exporter_steps_port)
for port in $pg $ldap $ldaps $prometheus $students $steps; do
	ok "closed: port $port listens on loopback only" listens "$port" '^127\.0\.0\.1:'
done
ok "closed: PostgreSQL is refused in the room" refused "$pg"

ok "up --room opens" on_server lectern up --room lab.room.test
ok "site.yaml keeps the name" test "$(section_port room host)" = '"lab.room.test"'
ok "Prometheus is refused" refused "$prometheus"
ok "the students' exporter is refused" refused "$students"
ok "the steps' exporter is refused" refused "$steps"
ok "plain LDAP is refused" refused "$ldap"

# One student, made by hand: this is about the way in, not about provisioning.
mac() { printf %s "$1" | openssl dgst -sha256 -mac HMAC -macopt "hexkey:$2" -binary | base64 | tr '+/' '-_' | tr -d '=\n'; }
provisioner=$(mac prov "$(cat "$LECTERN_STATE/secrets/ldap")")
cat >"$work/student.ldif" <<X
dn: uid=kim,ou=people,dc=lab
objectClass: inetOrgPerson
uid: kim
cn: Kim
sn: Kim
userPassword: first-Secret-1
X
admin() { on_server psql -X -q -h "$LECTERN_STATE/run" -p "$pg" -U postgres -v ON_ERROR_STOP=1 "$@"; }
ok "an LDAP entry" on_server ldapadd -x -H "$(yaml uri)" -D cn=prov,dc=lab -w "$provisioner" -f "$work/student.ldif"
ok "a role and a database" admin -d postgres -c 'CREATE ROLE kim LOGIN IN ROLE lectern_student' \
	-c 'CREATE DATABASE kim' -c 'GRANT CONNECT ON DATABASE kim TO kim'

cp "$LECTERN_STATE/tls/ca.crt" "$work/ca.crt" && chmod 644 "$work/ca.crt"
login() { # HOST PASSWORD [MORE]
	PGPASSWORD=$2 on_pc psql -X -At "host=$1 hostaddr=10.213.7.1 port=$pg user=kim dbname=kim sslmode=verify-full sslrootcert=$work/ca.crt connect_timeout=10 ${3:-}" \
		-c 'SELECT session_user, ssl FROM pg_catalog.pg_stat_ssl WHERE pid = pg_catalog.pg_backend_pid()'
}
login_says() { # WORDS ARGUMENTS...
	words=$1
	shift
	login "$@" 2>&1 | tee "$work/login.out"
	grep -qF "$words" "$work/login.out"
}
ok "login by name over verified TLS" login_says 'kim|t' lab.room.test first-Secret-1
ok "login by address over verified TLS" login_says 'kim|t' 10.213.7.1 first-Secret-1
ok "another name is not in the certificate" login_says 'does not match host name' other.room.test first-Secret-1
ok "a wrong password is refused" login_says 'LDAP authentication failed' lab.room.test wrong
ok "no TLS, no login" login_says 'no encryption' lab.room.test first-Secret-1 sslmode=disable

tls_ldap() { on_pc env LDAPTLS_CACERT="$work/ca.crt" LDAPTLS_REQCERT=demand "$@"; }
ok "a student changes the password from the lab PC" tls_ldap ldappasswd -x -H "ldaps://10.213.7.1:$ldaps" \
	-D uid=kim,ou=people,dc=lab -w first-Secret-1 -a first-Secret-1 -s second-Secret-2
ok "the old password is refused at once" login_says 'LDAP authentication failed' lab.room.test first-Secret-1
ok "the new password is taken" login_says 'kim|t' lab.room.test second-Secret-2

# Without --room the choice stays; --loopback takes it back.
on_server lectern up >"$work/again.out" 2>&1
ok "up again says that the room is open" grep -qF 'still open to the room as "lab.room.test"' "$work/again.out"
ok "and it is" login_says 'kim|t' lab.room.test second-Secret-2
ok "the doctor finds that the name has no address" sh -c "ip netns exec $server lectern doctor | grep -q 'WRONG *names .*lab.room.test'"
ok "--room of an address listens there and on loopback" sh -c "ip netns exec $server lectern up --room 10.213.7.1"
ok "PostgreSQL on that address" listens "$pg" '^(127\.0\.0\.1|10\.213\.7\.1):'
ok "ldaps on that address" listens "$ldaps" '^(127\.0\.0\.1|10\.213\.7\.1):'
ok "the doctor has nothing against it" on_server lectern doctor
ok "login" login_says 'kim|t' 10.213.7.1 second-Secret-2
ok "--room localhost is no room" sh -c "ip netns exec $server lectern up --room localhost; test \$? = 2"
ok "up --loopback closes" on_server lectern up --loopback
ok "closed again: PostgreSQL is refused" refused "$pg"
ok "closed again: ldaps is refused" refused "$ldaps"
