#!/bin/sh
# The postgres container's start, with Debian's and the official image alike: makes the cluster once,
# then becomes the server.  The cluster gets its name when it is complete, so that what a full disk
# or a kill left of it is never taken for one.
set -eu
umask 077
cluster=/lectern/data/cluster
fresh=/lectern/data/cluster.new

fail() {
	echo "postgres: $1" >&2
	echo "postgres: hint: $2" >&2
	exit 1
}

version=$(postgres --version | sed 's/^[^0-9]*\([0-9]*\).*/\1/')
[ "$version" -ge 15 ] || fail "this image has PostgreSQL $version, and lectern needs 15 to 18" \
	"Set LECTERN_POSTGRES_IMAGE to another one."
if [ -e "$cluster" ] && [ ! -f "$cluster/lectern-complete" ]; then
	fail "there is a cluster in the volume that lectern did not make" "Give the project another name, or remove the volume."
elif [ -e "$cluster" ]; then
	made=$(cat "$cluster/PG_VERSION")
	[ "$made" = "$version" ] || fail "the volume has a cluster of PostgreSQL $made, this image has $version" \
		"Set LECTERN_POSTGRES_IMAGE (or LECTERN_BASE) to what it was made with."
else
	: >/tmp/starting
	rm -rf "$fresh"
	initdb -D "$fresh" -U postgres --pwfile=/lectern/password -A scram-sha-256 -k -E UTF8 --locale=C.UTF-8 >/tmp/initdb 2>&1 || {
		cat /tmp/initdb >&2
		rm -rf "$fresh"
		fail "could not make the cluster" "See above; where the disk is full, make room: it is tried again by itself."
	}
	if ! { echo "$version" >"$fresh/lectern-complete" && sync; }; then
		rm -rf "$fresh"
		fail "could not finish the cluster" "Is the disk full?  It is tried again by itself."
	fi
	mv "$fresh" "$cluster"
	sync
	rm -f /tmp/starting /tmp/initdb
fi

# The server wants to own its key; nobody but the containers' own start can have left the socket.
cp /lectern/tls/postgres.key /tmp/postgres.key
rm -f /lectern/run/.s.PGSQL.*
LDAPCONF=/lectern/config/ldap.conf
export LDAPCONF
exec postgres -D "$cluster" -c config_file=/lectern/config/postgresql.conf -c ssl_key_file=/tmp/postgres.key
