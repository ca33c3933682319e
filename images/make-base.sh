#!/bin/sh
# Writes a tar of a minimal Debian root filesystem to stdout, for `docker import`,
# so that the images can be built where no image registry answers.
set -eu

usage() {
    cat <<'U'
usage: make-base.sh SUITE > base.tar
       make-base.sh SUITE | docker import - vd-base:SUITE

SUITE is bookworm, trixie or sid.  Needs root on a Debian machine.
Packages come from the mirror that this machine's own apt uses; set
VIPDRILL_DEBIAN_MIRROR to use another one.  Progress goes to stderr.
U
}

say() { printf 'make-base: %s\n' "$*" >&2; }
die() { code=$1; shift; say "$*"; exit "$code"; }

case "${1-}" in
    -h|--help) usage; exit 0 ;;
    bookworm|trixie|sid) suite=$1 ;;
    '') usage >&2; exit 64 ;;
    *) die 64 "unknown suite '$1' (bookworm, trixie or sid)" ;;
esac
[ $# -eq 1 ] || { usage >&2; exit 64; }
[ ! -t 1 ] || die 64 "stdout is a terminal; redirect it to a file or into 'docker import - NAME'"

[ -e /etc/debian_version ] || die 70 "this needs a Debian machine (debootstrap); elsewhere pull an official image: docker pull debian:$suite-slim"
[ "$(id -u)" -eq 0 ] || die 70 "root is needed, run: sudo $0 $suite > base.tar"
if ! command -v debootstrap >/dev/null 2>&1; then
    say "debootstrap is missing, installing it with apt-get"
    { apt-get update && apt-get install -y --no-install-recommends debootstrap; } >&2 ||
        die 70 "could not install it, run: apt-get install debootstrap"
fi

# The first non-security Debian archive among apt's sources, in either format.
apt_mirror() {
    cat /etc/apt/sources.list /etc/apt/sources.list.d/*.list 2>/dev/null |
        sed -n 's/^[[:space:]]*deb[[:space:]]\{1,\}\(\[[^]]*\][[:space:]]*\)\{0,1\}\([^[:space:]]\{1,\}\)[[:space:]].*/\2/p'
    for f in /etc/apt/sources.list.d/*.sources; do
        [ -r "$f" ] || continue
        # A stanza counts when its Types name "deb" and it is not disabled.
        awk 'function flush(   i) { if (deb && !off) for (i = 1; i <= n; i++) print uri[i]; n = deb = off = inuris = 0 }
             /^[ \t]*$/ { flush(); next }
             /^#/ { next }
             /^[ \t]/ { if (inuris) for (i = 1; i <= NF; i++) uri[++n] = $i; next }
             { key = tolower($1); inuris = (key == "uris:") }
             key == "types:" { for (i = 2; i <= NF; i++) if ($i == "deb") deb = 1 }
             key == "enabled:" && tolower($2) == "no" { off = 1 }
             inuris { for (i = 2; i <= NF; i++) uri[++n] = $i }
             END { flush() }' "$f"
    done
}
mirror=${VIPDRILL_DEBIAN_MIRROR:-$(apt_mirror | sed -n '/^https\{0,1\}:.*\/debian\/\{0,1\}$/{p;q;}')}
mirror=${mirror:-http://deb.debian.org/debian}

# Signatures are always checked: newer suites are signed with older keys too, so any recent keyring verifies all three.
keyring=/usr/share/keyrings/debian-archive-keyring.gpg
[ -r "$keyring" ] || die 70 "no Debian signing keys here, run: apt-get install debian-archive-keyring"

script=/usr/share/debootstrap/scripts/$suite
[ -e "$script" ] || script=/usr/share/debootstrap/scripts/sid

dir=$(mktemp -d "${TMPDIR:-/var/tmp}/vipdrill-base.XXXXXX")
trap 'rm -rf --one-file-system "$dir"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

say "debootstrap $suite (minbase)"
debootstrap --variant=minbase --keyring="$keyring" "$suite" "$dir/root" "$mirror" "$script" >&2 ||
    die 69 "debootstrap $suite failed; see the messages above"

# Later installs into this base leave out what a test host never reads, as Debian's own slim images do.
cat > "$dir/root/etc/dpkg/dpkg.cfg.d/vipdrill-slim" <<'D'
path-exclude /usr/share/doc/*
path-include /usr/share/doc/*/copyright
path-exclude /usr/share/man/*
path-exclude /usr/share/info/*
path-exclude /usr/share/locale/*
path-include /usr/share/locale/locale.alias
D
# There is no init system in a container, so no package may start its daemon at install time.
printf '#!/bin/sh\nexit 101\n' > "$dir/root/usr/sbin/policy-rc.d"
chmod 755 "$dir/root/usr/sbin/policy-rc.d"
# The build machine's name and resolver are not part of the image; the engine supplies its own.
rm -f "$dir/root/etc/hostname" "$dir/root/etc/resolv.conf"
find "$dir/root/usr/share/doc" -type f ! -name copyright -delete
find "$dir/root/usr/share/doc" -type l ! -name copyright -delete
find "$dir/root/usr/share/doc" -type d -empty -delete

say "packing"
tar -C "$dir/root" --numeric-owner --one-file-system \
    --exclude='./dev/*' --exclude='./proc/*' --exclude='./sys/*' \
    --exclude='./var/cache/apt/*' --exclude='./var/lib/apt/lists/*' --exclude='./var/cache/debconf/*-old' \
    --exclude='./var/log/*.log' --exclude='./var/log/apt/*' \
    --exclude='./usr/share/man/*' --exclude='./usr/share/info/*' --exclude='./usr/share/locale/*/LC_MESSAGES' \
    -c .
say "done"
