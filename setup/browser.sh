#!/bin/sh
# Prints the path of a Chromium for the browser tests, after installing Debian's where that is ours to do
# (see may_install in common.sh). `vipdrill test` calls it and nothing else does: no report needs it, and no
# run. It speaks on stderr. Exit code 70: there is none; the last line says why and what to type.
# VIPDRILL_CHROMIUM names one of the user's own. VIPDRILL_SETUP_DRY_RUN=1 prints what it would run, and
# ends with 70.
#
# Chromium's sandbox refuses to work for root, so the tests switch it off there (--no-sandbox). What they
# open are pages that the tests themselves made, from disk, with no network: nobody else's page is ever
# rendered that way.
set -u
case $0 in */*) here=${0%/*} ;; *) here=. ;; esac
# shellcheck source=setup/common.sh
. "$here/common.sh"
# shellcheck source=setup/lock.sh
. "$here/lock.sh"

# Chromium and what it depends on, unpacked, with room for apt's archives.
disk_min_kb=$((1024 * 1024))
mac_app="$machine/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"

# Sets $browser.
find_browser() {
  for name in chromium chromium-browser google-chrome google-chrome-stable; do
    browser=$(command -v "$name") && return
  done
  browser=$mac_app
  [ -x "$browser" ]
}

advice() {
  if is_root; then sudo=; else sudo="sudo "; fi
  case $(system_kind) in
    debian*) echo "Type: ${sudo}apt-get install -y chromium" ;;
    darwin) echo "Type: brew install --cask google-chrome" ;;
    *) echo "Install Chromium or Chrome, or set VIPDRILL_CHROMIUM to one" ;;
  esac
}

install_browser() {
  free_kb=$(df -Pk "$machine/var/lib" | awk 'NR == 2 { print $4 }')
  if [ "${free_kb:-$disk_min_kb}" -lt "$disk_min_kb" ]; then
    die "Chromium needs 1 GB of disk, but only $((free_kb / 1024)) MB are free on /var/lib"
  fi
  say "there is no Chromium for the browser tests: installing Debian's with apt-get" \
    "(a minute or two, once)"
  apt_install chromium || die "chromium could not be installed"
}

if [ -n "${VIPDRILL_CHROMIUM:-}" ]; then
  [ -x "$VIPDRILL_CHROMIUM" ] ||
    die "VIPDRILL_CHROMIUM is $VIPDRILL_CHROMIUM, which is no program that may be run"
  printf '%s\n' "$VIPDRILL_CHROMIUM"
  exit 0
fi
if ! find_browser; then
  may_install || die "there is no Chromium on PATH, and this machine is left as it is ($why_not)." \
    "$(advice)"
  is_dry_run || take_lock "$machine/run/vipdrill-browser.lock" "installing Chromium"
  find_browser || install_browser
  is_dry_run && die "dry run: nothing was installed"
  find_browser || die "there is still no Chromium on PATH although it was installed"
fi
printf '%s\n' "$browser"
