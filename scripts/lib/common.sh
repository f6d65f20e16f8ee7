# shellcheck shell=bash
# What scripts/setup, quickstart and test share. Sourced, never run.

repo=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
log_dir=$repo/build/logs

# What a user needs built; the tests build everything else as well.
# shellcheck disable=SC2034  # read by the scripts that source this file
programs=(skill-runner skill-server skillctl skill-zygote-exec skill-zygote-python)
# What the zygotes start programs with where there are no namespaces.
# shellcheck disable=SC2034
libraries=(libskill-preload.so)

# Object files are the same wherever the tree stands, so that a second checkout and the container build find them in the cache.
export CCACHE_BASEDIR=$repo CCACHE_NOHASHDIR=true

say() { printf '%s\n' "$*" >&2; }
die() {
  say "${0##*/}: $*"
  exit 1
}

# setup_or_die GROUP: installs what is missing, by the one script that knows how.
setup_or_die() { "$repo/scripts/setup" "--$1" || die "set-up did not succeed, see above"; }

# The end of a log, on stderr, and where the rest is.
show_log_tail() {
  local log=$1 lines=${2:-40}
  say "--- last lines of $log"
  tail -n "$lines" "$log" >&2
  say "--- end of $log"
}

# One line that is overwritten, for the output of a long step on a terminal.
condense() {
  local line width
  width=$(tput cols 2>/dev/null || echo 80)
  while IFS= read -r line; do
    printf '\r\033[K  %s' "${line:0:width-3}" >&2
  done
  printf '\r\033[K' >&2
}

# step LABEL COMMAND...: runs a command with its output in build/logs/LABEL.log, condensed to one line on a terminal.
step() {
  local label=$1 start=$SECONDS log
  shift
  mkdir -p "$log_dir"
  log=$log_dir/${label//[^a-zA-Z0-9]/-}.log
  say "==> $label"
  if [[ -t 2 ]]; then
    "$@" 2>&1 </dev/null | tee "$log" | condense || step_failed "$label" "$log"
  else
    "$@" >"$log" 2>&1 </dev/null || step_failed "$label" "$log"
  fi
  say "    done in $((SECONDS - start)) s"
}

step_failed() {
  show_log_tail "$2"
  die "failed: $1 (whole log: $2)"
}
