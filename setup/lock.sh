# shellcheck shell=sh
# A lock between processes that survives being killed. Sourced after common.sh.
#
# The lock is a folder (mkdir is atomic) with one file named for its holder's process id, and one
# for each long-running program the holder started: such a program can outlive a holder that was
# killed, and is still writing. When all of them are dead, a waiter renames the dead holder's file
# to its own name; only one of several waiters can succeed in that.

# Longer than npm ci takes on a slow line, or apt-get waits for its own lock.
lock_wait_s=${VIPDRILL_LOCK_WAIT_S:-600}
# An empty lock folder is a holder between two steps, or one that was killed there: after two
# seconds it is the latter.
lock_empty_polls_max=10

# A zombie counts as dead: in a container without an init nobody ever reaps it.
is_alive() {
  if [ -r "/proc/$1/stat" ]; then
    IFS= read -r process 2>/dev/null <"/proc/$1/stat" || return 1
    case ${process##*) } in Z* | X*) return 1 ;; esac
    return 0
  fi
  kill -0 "$1" 2>/dev/null || ps -p "$1" >/dev/null 2>&1
}

claim_lock() {
  holder=
  if mkdir "$lock" 2>/dev/null; then
    # Fails when a waiter has just swept the folder away as empty. (Not `:`, whose failing
    # redirection would end the shell.)
    true 2>/dev/null >"$lock/holder.$$"
    return
  fi
  for mark in "$lock"/holder.* "$lock"/worker.*; do
    if [ -e "$mark" ] && is_alive "${mark##*.}"; then
      holder=${mark##*.}
      return 1
    fi
  done
  for mark in "$lock"/holder.*; do
    if mv "$mark" "$lock/holder.$$" 2>/dev/null; then
      rm -f "$lock"/worker.*
      return 0
    fi
  done
  lock_empty_polls=$((lock_empty_polls + 1))
  if [ "$lock_empty_polls" -ge "$lock_empty_polls_max" ]; then
    lock_empty_polls=0
    rmdir "$lock" 2>/dev/null
  fi
  return 1
}

# take_lock FOLDER WHAT: wait until this process alone may do WHAT ("installing the packages").
# Released when the process exits.
take_lock() {
  lock=$1
  lock_polls=0
  lock_empty_polls=0
  lock_told=
  mkdir -p "${lock%/*}" 2>/dev/null
  while ! claim_lock; do
    [ -d "$lock" ] || [ -w "${lock%/*}" ] || die "cannot write to ${lock%/*}, needed for $2"
    if [ -n "$holder" ] && [ -z "$lock_told" ]; then
      say "waiting for process $holder, which is busy with $2 (at most $lock_wait_s s)"
      lock_told=yes
    fi
    if [ "$lock_polls" -ge "$(polls_in "$lock_wait_s")" ]; then
      die "waited $lock_wait_s s for process ${holder:-(unknown)}, which is still busy with $2." \
        "If it is no vipdrill of yours, remove $lock and try again"
    fi
    lock_polls=$((lock_polls + 1))
    poll_pause
  done
  trap release_lock EXIT
  trap 'exit 129' HUP
  trap 'exit 130' INT
  trap 'exit 143' TERM
}

release_lock() {
  rm -f "$lock"/worker.* "$lock/holder.$$"
  rmdir "$lock" 2>/dev/null
}

# Run a program that must be waited for even if this process is killed meanwhile.
run_locked() {
  # shellcheck disable=SC2016 # expanded by the inner shell, whose process id becomes the program's
  sh -c 'true >"$0/worker.$$" && exec "$@"' "$lock" "$@"
}
