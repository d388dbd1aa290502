#!/usr/bin/env bash
# ask_server.sh URL ROWS.csv [PREDICTIONS.csv]: sends rows like those of digits.csv to the model
# "digits" of a running `tern serve`, a hundred a request, draws some of them beside the answers, and
# counts how many are right. With PREDICTIONS.csv (what `tern predict --output` writes) it fails unless
# the server says the same of every row. Needs curl and awk.
set -euo pipefail
url=$1 rows=$2 local_predictions=${3:-}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

count=$(wc -l < "$rows")
for ((first = 1; first <= count; first += 100)); do
  sed -n "${first},$((first + 99))p" "$rows" | awk -F, '
    { for (i = 1; i <= 64; i++) data = data (NR == 1 && i == 1 ? "" : ",") $i }
    END { printf "{\"inputs\":[{\"name\":\"input\",\"datatype\":\"FP32\",\"shape\":[%d,1,8,8],\"data\":[%s]}]}", NR, data }
  ' > "$work/request.json"
  curl -sS --fail-with-body --max-time 60 "$url/v2/models/digits/infer" \
    -H 'Content-Type: application/json' --data-binary @"$work/request.json" > "$work/response.json" || {
    echo "ask_server: $url answers: $(cat "$work/response.json")" >&2
    exit 1
  }
  # Ten probabilities a row: the class is where the largest stands.
  sed 's/.*"data":\[\([^]]*\)\].*/\1/' "$work/response.json" | tr ',' '\n' | awk '
    (NR - 1) % 10 == 0 { best = $1; class = 0 }
    $1 > best { best = $1; class = (NR - 1) % 10 }
    NR % 10 == 0 { printf "%d,%.1f\n", class, 100 * best }'
done > "$work/served.csv"

# Five digits side by side, the wrong ones first.
paste -d, "$rows" "$work/served.csv" | awk -F, '{ print ($65 == $66 ? 1 : 0) "," $0 }' | sort -s -t, -k1,1n |
  head -5 | cut -d, -f2- | awk -F, '
  { for (i = 1; i <= 64; i++) pixel[NR, i] = $i; label[NR] = $65; served[NR] = $66; sure[NR] = $67 }
  END {
    split("  ,░░,▒▒,▓▓,██", shade, ",")
    for (y = 0; y < 8; y++) {
      for (n = 1; n <= NR; n++) {
        for (x = 1; x <= 8; x++) printf "%s", shade[1 + int(pixel[n, y * 8 + x] / 3.3)]
        printf "  "
      }
      printf "\n"
    }
    for (n = 1; n <= NR; n++) printf "%-18s", sprintf("it is %s", label[n])
    printf "\n"
    for (n = 1; n <= NR; n++) printf "%-18s", sprintf("served %s (%.0f %%)", served[n], sure[n])
    printf "\n"
  }'

paste -d, "$rows" "$work/served.csv" | awk -F, '
  $65 == $66 { right++ }
  END { printf "\nserved: %d of %d held-out digits right (%.2f %%)\n", right, NR, 100 * right / NR }'
[ -n "$local_predictions" ] || exit 0
cut -d, -f1 "$work/served.csv" > "$work/classes.csv"
tail -n +2 "$local_predictions" | cut -d, -f2 > "$work/predicted.csv"
if ! diff "$work/classes.csv" "$work/predicted.csv" > "$work/differences"; then
  echo "ask_server: the server and $local_predictions disagree" >&2
  head -5 "$work/differences" >&2
  exit 1
fi
echo "the server and tern predict agree on all $count"
