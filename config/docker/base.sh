#!/bin/sh
# base.sh [SUITE [MIRROR]]: makes the image debian:SUITE-slim from Debian's packages, where the engine can
# pull it from no registry.  Needs root, debootstrap and docker.  SUITE is trixie (the default) or bookworm;
# the mirror is the one that this machine's apt uses.  LECTERN_BASE_CACHE names a directory for the packed
# root, which is used again for a day.
set -eu
suite=${1:-trixie}
tag=debian:$suite-slim
uris=$(apt-get indextargets --format '$(REPO_URI)' | sort -u)
mirror=${2:-$(printf '%s\n' "$uris" | grep -v security | head -n 1)}
security=$(printf '%s\n' "$uris" | grep security | head -n 1)
[ -n "$mirror" ] || { echo "base.sh: apt knows no mirror; name one: base.sh $suite URL" >&2; exit 1; }
proxy=
eval "$(apt-config shell proxy Acquire::http::Proxy)"
if [ -n "$proxy" ]; then
	http_proxy=$proxy
	export http_proxy
fi
work=$(mktemp -d /var/tmp/lectern-base.XXXXXX)
trap 'rm -rf "$work"' EXIT
trap 'exit 1' INT TERM HUP
root=$work/root

make_root() {
	debootstrap --variant=minbase "$suite" "$root" "$mirror" >"$work/log" 2>&1 || {
		tail -n 20 "$work/log" >&2
		exit 1
	}
	# As in the official image: no caches, no documentation, no services while packages are configured.
	rm -rf "$root"/var/cache/apt/*.bin "$root"/var/cache/apt/archives/*.deb "$root"/var/lib/apt/lists/* \
		"$root"/var/log/*.log "$root"/var/log/apt "$root"/usr/share/man/* "$root"/usr/share/info/* "$root"/usr/share/locale/*
	find "$root/usr/share/doc" -mindepth 1 ! -type d ! -name copyright -delete
	printf 'path-exclude /usr/share/%s/*\n' doc groff info lintian locale man >"$root/etc/dpkg/dpkg.cfg.d/docker"
	printf 'Acquire::Languages "none";\nAcquire::GzipIndexes "true";\n' >"$root/etc/apt/apt.conf.d/docker"
	[ -z "$proxy" ] || printf 'Acquire::http::Proxy "%s";\n' "$proxy" >"$root/etc/apt/apt.conf.d/docker-proxy"
	printf '#!/bin/sh\nexit 101\n' >"$root/usr/sbin/policy-rc.d"
	chmod 755 "$root/usr/sbin/policy-rc.d"
	rm -f "$root/etc/apt/sources.list" "$root/etc/hostname" "$root/etc/resolv.conf"
	signed='Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg'
	printf 'Types: deb\nURIs: %s\nSuites: %s\nComponents: main\n%s\n\n' "$mirror" "$suite $suite-updates" "$signed" \
		"${security:-$mirror}" "$suite-security" "$signed" >"$root/etc/apt/sources.list.d/debian.sources"
	tar -C "$root" --numeric-owner -cf "$1" .
}

packed=$work/root.tar
if [ -n "${LECTERN_BASE_CACHE:-}" ]; then
	mkdir -p "$LECTERN_BASE_CACHE"
	packed=$LECTERN_BASE_CACHE/$suite.tar
fi
if [ -z "$(find "$packed" -mmin -1440 2>/dev/null)" ]; then
	make_root "$packed.part"
	mv "$packed.part" "$packed"
fi
docker import --change 'CMD ["bash"]' --change 'ENV PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin' \
	"$packed" "$tag" >/dev/null
echo "$tag"
