# Sourced by test.sh, quickstart.sh and .ci/run: numbered steps whose output goes to a log that is
# shown when, and only when, a step fails.
#
#   steps_total=3
#   step "configure" cmake --preset release
#
# A failing step ends the script with exit code 1, the command, and the end of its log.

steps_total=0
steps_done=0
step_log_dir=build/logs
jobs=$(nproc)

if [ -t 1 ]; then bold=$'\e[1m' red=$'\e[31m' dim=$'\e[2m' plain=$'\e[0m'; else bold='' red='' dim='' plain=''; fi

say() { printf '%s\n' "$*"; }
heading() {
  steps_done=$((steps_done + 1))
  printf '%s[%d/%d] %s%s\n' "$bold" "$steps_done" "$steps_total" "$1" "$plain"
}
fail() {
  printf '%sFAILED: %s%s\n' "$red" "$1" "$plain" >&2
  exit 1
}

# step TITLE COMMAND...: runs the command with its output in a log.
step() {
  local title=$1 started=$SECONDS log
  shift
  heading "$title"
  mkdir -p "$step_log_dir"
  log=$step_log_dir/$(printf '%s' "$title" | tr -cs '[:alnum:]\n' '_').log
  : > "$log"
  show_progress "$log" &
  local progress=$! status=0
  "$@" > "$log" 2>&1 < /dev/null || status=$?
  kill "$progress" 2> /dev/null || true
  wait "$progress" 2> /dev/null || true
  [ -t 1 ] && printf '\r\e[K'
  if [ "$status" -ne 0 ]; then
    show_failure "$log"
    fail "$title ($*); all of its output: $log"
  fi
  [ $((SECONDS - started)) -lt 2 ] || printf '%s      %d s%s\n' "$dim" $((SECONDS - started)) "$plain"
}

# Shows the log's last line: on a terminal every second in place, else once a minute.
show_progress() {
  local waited=0
  while sleep 1 && kill -0 $$ 2> /dev/null; do
    waited=$((waited + 1))
    if [ -t 1 ]; then
      printf '\r\e[K      %s%s%s' "$dim" "$(tail -n 1 "$1" | cut -c 1-90)" "$plain"
    elif [ $((waited % 60)) -eq 0 ]; then
      printf '      %s\n' "$(tail -n 1 "$1" | cut -c 1-90)"
    fi
  done
}

# Compilers bury the first error; show the error lines with some context, else the end of the log.
show_failure() {
  local errors
  errors=$(grep -n -m 12 -A 6 -E '(error|Error)[: ]|FAILED:|undefined reference|\*\*\*Failed' "$1" || true)
  if [ -n "$errors" ]; then printf '%s\n' "$errors" | head -80 >&2; else tail -40 "$1" >&2; fi
}

# build_preset PRESET [TARGET...]: configures and builds, shown as two steps.
build_preset() {
  local preset=$1
  shift
  step "configure the $preset preset" cmake --preset "$preset"
  step "build the $preset preset with $jobs jobs" \
    cmake --build --preset "$preset" --parallel "$jobs" ${1:+--target "$@"}
}
