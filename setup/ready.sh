# shellcheck shell=sh
# What must be there before the interface can start, and how to know it without starting Node, which
# takes 40 ms: this starts uname, ls and cksum, nothing else.
# Sourced by the launcher and by prepare.sh, with $root set.
# shellcheck disable=SC2034,SC2154 # some of these are for prepare.sh; $root is the caller's

# The first with `await using`; type stripping needs no flag in it either.
node_major_min=24
# What goes into .node/ where PATH has no such Node: pinned, so that all old machines run the same.
node_pin=24.21.0
# The npm beside an old Node may be too old to read package-lock.json (npm 6), so the private Node
# brings its own.
npm_pin=11.21.2

# In the names and stamps because a checkout may be shared between a Mac and a container on it.
platform=$(uname -sm)
platform_name=${platform%% *}-${platform#* }
private=$root/.node/$node_pin-$platform_name
private_node=$private/node_modules/.bin/node
choice=$root/.node/choice
stamp=$root/node_modules/.vipdrill-stamp
lock_file=$root/package-lock.json

# Two lines (inode, size, time) that change when PATH leads to another Node, and when that Node or
# the chosen one, $1, is replaced.
node_signature() {
  on_path=$(command -v node)
  LC_ALL=C TZ=UTC0 ls -Lin "${on_path:-$1}" "$1" 2>/dev/null
}

# Sets $node to the Node that prepare.sh chose, if that choice still stands.
node_is_chosen() {
  node=
  [ -r "$choice" ] || return 1
  {
    IFS= read -r node && IFS= read -r pin && IFS= read -r first && IFS= read -r second
  } <"$choice" || return 1
  [ "$pin" = "$node_pin $platform" ] && [ "$(node_signature "$node")" = "$first
$second" ]
}

packages_stamp() {
  sum=$(cksum <"$lock_file") && echo "$sum $platform"
}

# The stamp is written after everything else, so an installation that was killed does not have one.
packages_are_ready() {
  [ -r "$stamp" ] && IFS= read -r seen <"$stamp" && [ "$seen" = "$(packages_stamp)" ]
}
