# shellcheck shell=sh
# Sourced by prepare.sh and engine.sh: how they speak, and whether they may install system packages.

# The tests put a pretend machine's /etc, /run, /usr and /var here.
machine=${VIPDRILL_TEST_ROOT:-}

say() {
  printf 'vipdrill: %s\n' "$*" >&2
}

# 70 is the exit code of everything that is wrong with the world rather than with the drill
# (EX_SOFTWARE in sysexits.h).
die() {
  say "$@"
  exit 70
}

# Whoever waits for something looks five times a second: how often that is in $1 seconds, and the
# pause in between.
polls_in() {
  echo $(($1 * 5))
}

poll_pause() {
  sleep 0.2 2>/dev/null || sleep 1
}

is_dry_run() {
  [ "${VIPDRILL_SETUP_DRY_RUN:-}" = 1 ]
}

# Run a command that changes the machine; in a dry run only say so.
run() {
  if is_dry_run; then
    say "would run: $*"
  else
    "$@"
  fi
}

# One of: debian (or Ubuntu), debian-like, darwin, other.
system_kind() {
  if [ "$(uname -s)" = Darwin ]; then
    echo darwin
    return
  fi
  release=$machine/etc/os-release
  # shellcheck disable=SC1090 # the machine's own file
  ids=$([ -r "$release" ] && . "$release" && echo "${ID:-} / ${ID_LIKE:-}")
  case $ids in
    "debian /"* | "ubuntu /"*) echo debian ;;
    *debian* | *ubuntu*) echo debian-like ;;
    *) echo other ;;
  esac
}

is_root() {
  [ "$(id -u)" = 0 ]
}

# Whether system packages may be installed unasked: only by root on Debian or Ubuntu, and not on a
# machine that somebody sits at. VIPDRILL_SETUP=yes vouches for the machine, VIPDRILL_SETUP=no
# forbids. Otherwise sets $why_not.
may_install() {
  why_not=
  if [ "${VIPDRILL_SETUP:-}" = no ]; then
    why_not="VIPDRILL_SETUP=no"
  elif [ "$(system_kind)" != debian ]; then
    why_not="it is neither Debian nor Ubuntu"
  elif ! is_root; then
    why_not="not running as root"
  elif [ "${VIPDRILL_SETUP:-}" = yes ]; then
    return 0
  elif [ -n "${DISPLAY:-}${WAYLAND_DISPLAY:-}${XDG_CURRENT_DESKTOP:-}" ]; then
    why_not="it has a graphical session, so somebody works at it; VIPDRILL_SETUP=yes overrides"
  elif [ -n "${SUDO_USER:-}" ]; then
    why_not="root by way of sudo, so somebody works at it; VIPDRILL_SETUP=yes overrides"
  fi
  [ -z "$why_not" ]
}

# Install Debian packages quietly; when that fails, show the end of what apt-get said.
apt_install() {
  DEBIAN_FRONTEND=noninteractive
  export DEBIAN_FRONTEND
  if is_dry_run; then
    run apt-get update
    run apt-get install -y --no-install-recommends "$@"
    return
  fi
  apt_log=$(mktemp) || die "cannot create a temporary file for apt-get's output"
  # A stale list of some unrelated source must not stop us: only the installation decides.
  apt-get update >"$apt_log" 2>&1 </dev/null
  # Another apt-get (unattended-upgrades on a young machine) may hold the lock for minutes.
  apt-get -o DPkg::Lock::Timeout=300 install -y --no-install-recommends "$@" \
    >>"$apt_log" 2>&1 </dev/null
  apt_status=$?
  if [ "$apt_status" != 0 ]; then
    say "apt-get install $* failed with exit code $apt_status; the end of its output:"
    tail -n 15 "$apt_log" >&2
  fi
  rm -f "$apt_log"
  return "$apt_status"
}
