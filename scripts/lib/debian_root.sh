# shellcheck shell=bash
# A minimal Debian 12 as a tarball: what a bare machine, and the base image of the Dockerfile, is for the tests.
# Sourced after common.sh. Needs root and mmdebstrap.

# Prints the path of the tarball; made once, then kept in build/cache/.
debian_root_tarball() {
  local tarball=$repo/build/cache/debian-12-minbase.tar sources=()
  if [[ ! -e $tarball ]]; then
    mkdir -p "${tarball%/*}"
    # The mirrors that this machine uses, if it is a Debian 12 itself.
    if [[ -e /etc/apt/sources.list.d/debian.sources ]] && grep -q '^VERSION_CODENAME=bookworm' /etc/os-release; then
      sources=(/etc/apt/sources.list.d/debian.sources)
    fi
    mmdebstrap --format=tar --variant=minbase bookworm "$tarball.$$" "${sources[@]}" >&2
    mv "$tarball.$$" "$tarball"
  fi
  echo "$tarball"
}

# The environment that a program needs to reach package mirrors from here, as NAME=VALUE lines.
network_environment() {
  env | grep -iE '^(http|https|ftp|no|all)_proxy=' || true
}
