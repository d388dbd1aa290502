#!/usr/bin/env bash
# tern serve beside another server with the same models and the same bodies, in turns.
#
#   bench/serve/compare.sh MODELS PEER_URL [PEER_PID]
#
# MODELS holds NAME.onnx and NAME.json, an infer request for it; the peer serves the same models under
# /v2/models/NAME/infer. Prints a table in Markdown: medians of the rounds, and the ratio of tern's to
# the peer's. The server gets one core and the load another when there are two. Variables: SECONDS_EACH
# (5), ROUNDS (3), CONNECTIONS ("1 16 64"), BUILD (build/release), SERVE_ARGUMENTS.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

models=$1 peer_url=$2 peer_pid=${3:-}
seconds=${SECONDS_EACH:-5} rounds=${ROUNDS:-3} build=${BUILD:-build/release}
read -ra connections <<< "${CONNECTIONS:-1 16 64}"
read -ra arguments <<< "${SERVE_ARGUMENTS:---threads 1 --io-threads 1 --log-level error}"
server_core=() load_core=()
if [ "$(nproc)" -ge 2 ]; then server_core=(taskset -c 0) load_core=(taskset -c 1); fi
if [ -n "$peer_pid" ] && [ ${#server_core[@]} -gt 0 ]; then taskset -acp 0 "$peer_pid" > /dev/null; fi

work=$(mktemp -d)
trap 'kill "$server" 2> /dev/null || true; rm -rf "$work"' EXIT
"${server_core[@]}" "$build/bin/tern" serve --models "$models" --http 127.0.0.1:0 "${arguments[@]}" > "$work/out" &
server=$!
until grep -q '^ready ' "$work/out"; do
  kill -0 "$server" || exit 1
  sleep 0.1
done
url=$(sed -n 's/^ready \(http[^ ]*\).*/\1/p' "$work/out")

# field NAME FILE: the median of that number over the JSON lines of the file.
field() {
  sed -n "s/.*\"$1\":\([0-9.e+-]*\).*/\1/p" "$2" | sort -g | awk '{v[NR]=$1} END{if (NR) print v[int((NR+1)/2)]; else print 0}'
}
# load WHO URL PID MODEL CONNECTIONS: one round.
load() {
  "${load_core[@]}" "$build/bin/serve_load" "$2/v2/models/$4/infer" "$models/$4.json" "$5" "$seconds" ${3:+"$3"} >> "$work/$1.$4.$5"
}

echo "| model | connections | tern per s | peer per s | ratio | tern p99 us | peer p99 us | tern cpu us | peer cpu us |"
echo "|---|---|---|---|---|---|---|---|---|"
for body in "$models"/*.json; do
  model=$(basename "$body" .json)
  for c in "${connections[@]}"; do
    for ((round = 0; round < rounds; ++round)); do
      load tern "$url" "$server" "$model" "$c"
      load peer "$peer_url" "$peer_pid" "$model" "$c"
    done
    ours=$work/tern.$model.$c theirs=$work/peer.$model.$c
    awk -v m="$model" -v c="$c" -v a="$(field per_s "$ours")" -v b="$(field per_s "$theirs")" \
      -v p="$(field p99_us "$ours")" -v q="$(field p99_us "$theirs")" \
      -v x="$(field server_cpu_us "$ours")" -v y="$(field server_cpu_us "$theirs")" \
      'BEGIN{printf "| %s | %s | %.0f | %.0f | %.2f | %.0f | %.0f | %.1f | %.1f |\n", m, c, a, b, b ? a / b : 0, p, q, x, y}'
  done
done
