#!/bin/sh
# The ldap container's start: makes slapd's configuration and the base entries, then becomes slapd.
# The file "complete" is written last: without it all is made again.
set -eu
umask 077
home=/lectern/slapd
PATH=$PATH:/usr/sbin

configure() { # DIRECTORY
	rm -rf "$1"
	mkdir "$1"
	slapadd -n 0 -F "$1" -l /lectern/config/slapd.ldif
}

if [ ! -f $home/complete ]; then
	: >/tmp/starting
	rm -rf $home/db
	mkdir $home/db
	configure $home/config
	slapadd -q -n 1 -F $home/config -l /lectern/config/base.ldif
	cp /lectern/config/slapd.ldif $home/slapd.ldif
	sync
	: >$home/complete
	sync
	rm -f /tmp/starting
elif ! cmp -s /lectern/config/slapd.ldif $home/slapd.ldif; then
	# Another version's: the configuration holds nothing that is not in its file.
	configure $home/config.new
	rm -rf $home/config
	mv $home/config.new $home/config
	cp /lectern/config/slapd.ldif $home/slapd.ldif
fi
# A kill between the last rm and mv.
[ -d $home/config ] || configure $home/config
exec slapd -F $home/config -h "ldap://0.0.0.0:1389/ ldaps://0.0.0.0:1636/" -d none
