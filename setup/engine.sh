#!/bin/sh
# Makes a container engine answer at /var/run/docker.sock, where that is ours to do (see may_install
# in common.sh). The interface calls it when no engine answered; it can also be run by hand.
# It speaks on stderr. Exit code 0: an engine answers now. 70: none does; the last line says what to
# do. VIPDRILL_SETUP_DRY_RUN=1 prints what it would run, and ends with 70.
set -u
case $0 in */*) here=${0%/*} ;; *) here=. ;; esac
# shellcheck source=setup/common.sh
. "$here/common.sh"
# shellcheck source=setup/lock.sh
. "$here/lock.sh"
PATH=$PATH:$machine/usr/sbin:$machine/sbin

socket=$machine/var/run/docker.sock
log=$machine/var/log/dockerd.log
# It takes 0.4 s on two cores; a first start on a slow disk may need many times that.
start_wait_s=${VIPDRILL_ENGINE_WAIT_S:-30}
# docker.io with what it depends on unpacks to 260 MB; the rest is room for images, their build
# layers and a run's data.
disk_min_kb=$((3 * 1024 * 1024))

answers() {
  [ -S "$socket" ] || return 1
  if command -v curl >/dev/null; then
    curl -sf --noproxy '*' --max-time 3 --unix-socket "$socket" http://localhost/_ping \
      >/dev/null 2>&1
  else
    # Debian always has this much of perl.
    # shellcheck disable=SC2016 # perl's own variables
    perl -MIO::Socket::UNIX -e '
      alarm 3;
      my $engine = IO::Socket::UNIX->new($ARGV[0]) or exit 1;
      $engine->print("GET /_ping HTTP/1.0\r\n\r\n");
      exit(<$engine> =~ / 200 / ? 0 : 1)' "$socket" 2>/dev/null
  fi
}

has_systemd() {
  [ -d "$machine/run/systemd/system" ]
}

is_installed() {
  command -v dockerd >/dev/null
}

# What the user can type, for a machine that we leave alone.
advice() {
  if is_root; then sudo=; else sudo="sudo "; fi
  if has_systemd; then
    start="${sudo}systemctl start docker"
  elif is_root; then
    start="dockerd >$log 2>&1 &"
  else
    start="sudo service docker start"
  fi
  members="then run vipdrill as root or as a member of the group docker"
  if [ -S "$socket" ] && [ ! -w "$socket" ]; then
    echo "You may not use that socket: sudo usermod -aG docker $(id -un), and log in again"
  elif is_installed; then
    echo "Start it: $start"
  else
    case $(system_kind) in
      debian*) echo "Type: ${sudo}apt-get install -y docker.io && $start ($members)" ;;
      darwin) echo "Type: open -a Docker (to install it first: brew install --cask docker)" ;;
      *) echo "See https://docs.docker.com/engine/install/, then type: $start ($members)" ;;
    esac
  fi
}

install_engine() {
  free_kb=$(df -Pk "$machine/var/lib" | awk 'NR == 2 { print $4 }')
  if [ "${free_kb:-$disk_min_kb}" -lt "$disk_min_kb" ]; then
    die "a container engine and its images need 3 GB on /var/lib," \
      "but only $((free_kb / 1024)) MB are free there"
  fi
  say "no container engine answers at $socket:" \
    "installing Debian's docker.io and iptables with apt-get, and starting dockerd"
  apt_install docker.io iptables && return
  # Where services cannot be started the usual way, the package's own attempt fails; what it
  # installed is good.
  is_installed || die "docker.io could not be installed, so there is no container engine"
}

# is_running NAME PID_FILE: whether the file names a living process of that name; then sets
# $engine_pid. Otherwise the file goes: after a container was restarted, its number belongs to some
# other process, and dockerd would refuse to start.
is_running() {
  engine_pid=
  if [ -r "$2" ]; then
    IFS= read -r engine_pid <"$2"
    [ "$(cat "/proc/$engine_pid/comm" 2>/dev/null)" = "$1" ] && is_alive "$engine_pid" && return
    run rm -f "$2"
  fi
  return 1
}

# Sets $engine_pid where there is a process to watch. The session of its own is for Ctrl-C on a
# drill, which must not end it.
start_engine() {
  engine_pid=
  if has_systemd; then
    run systemctl start docker || explain_failure "was not started by systemd"
  elif is_dry_run; then
    run "setsid dockerd >>$log 2>&1 &"
  else
    is_running containerd "$machine/var/run/docker/containerd/containerd.pid"
    # Not `service docker start`: its script raises limits first, which a container may not.
    (cd / && exec setsid dockerd >>"$log" 2>&1 </dev/null) &
    engine_pid=$!
  fi
}

wait_for_engine() {
  polls=0
  until answers; do
    if [ "$polls" -ge "$(polls_in "$start_wait_s")" ]; then
      explain_failure "did not answer at $socket within $start_wait_s s"
    fi
    if [ -n "$engine_pid" ] && ! is_alive "$engine_pid"; then
      explain_failure "ended before it answered at $socket"
    fi
    polls=$((polls + 1))
    poll_pause
  done
}

explain_failure() {
  say "dockerd $1; the last warnings and errors in its log:"
  if has_systemd; then
    whole_log="journalctl -u docker"
    journalctl -u docker -p warning -n 6 --no-pager >&2
  else
    whole_log=$log
    grep -v level=info "$log" | tail -n 6 >&2
  fi
  die "common causes: a container without the right to change iptables or mounts (start it" \
    "privileged), cgroups missing or mounted read-only, a full disk, another dockerd." \
    "See $whole_log, or set DOCKER_HOST to an engine elsewhere"
}

if [ -n "${DOCKER_HOST:-}" ]; then
  die "the container engine at $DOCKER_HOST did not answer. DOCKER_HOST names it, so no other" \
    "is tried: start it (docker version must show a Server), or unset DOCKER_HOST"
fi
answers && exit 0
if ! may_install; then
  die "no container engine answers at $socket, and this machine is left as it is" \
    "($why_not). $(advice)"
fi
is_dry_run || take_lock "$machine/run/vipdrill-engine.lock" "starting a container engine"
answers && exit 0
if is_running dockerd "$machine/var/run/docker.pid"; then
  say "dockerd (process $engine_pid) is running but does not answer at $socket:" \
    "waiting for it (at most $start_wait_s s)"
else
  if is_installed; then
    say "no container engine answers at $socket: starting the installed dockerd"
  else
    install_engine
  fi
  start_engine
fi
if is_dry_run; then
  die "dry run: nothing was installed or started"
fi
wait_for_engine
say "the container engine answers at $socket"
