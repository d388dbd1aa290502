#!/usr/bin/env bash
# command_line_test.sh TERN: what every subcommand of `tern` owes to a script.
set -euo pipefail
tern=$1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

# expect CODE TEXT COMMAND...: the exit code, and a line of standard error that holds TEXT.
expect() {
  local wanted=$1 text=$2 code=0
  shift 2
  "$@" 2> error.log || code=$?
  if [ "$code" != "$wanted" ] || ! grep -qF -- "$text" error.log; then
    echo "FAILED: $* ended with $code, not $wanted and '$text':"
    cat error.log
    exit 1
  fi
}

cat > relu.tgraph << 'END'
graph relu {
  input x: f32[2]
  y: f32[2] = Relu(x)
  output y
}
END
# A name that would clear the terminal and set its title.
printf 'graph g {\n input x: f32[2]\n y: f32[3] = Relu(x) @"\\x1b[2J\\xc2\\x9b1m"\n output y\n}\n' \
  > hostile.tgraph
cat > sequence.tgraph << 'END'
graph sequence {
  input x: f32[2]
  y = SequenceConstruct(x)
  output y
}
END

"$tern" run relu.tgraph > out.log
grep -q '^y  f32\[2\]' out.log

# Exit code 0 only on success: output that nobody gets is a failure, whether it fails at once or
# when the last of it is written.
expect 1 'standard output' sh -c '"$0" run relu.tgraph > /dev/full' "$tern"
expect 1 'No space left' sh -c '"$0" ops > /dev/full' "$tern"

expect 1 'missing.onnx' "$tern" inspect missing.onnx
expect 2 'no input' "$tern" run relu.tgraph --input z=x.npy
expect 2 '' "$tern" run relu.tgraph --no-such-option

expect 2 'hostile.tgraph' "$tern" inspect hostile.tgraph
if grep -q "$(printf '\033')" error.log; then
  echo "FAILED: a message drives the terminal"
  exit 1
fi

expect 1 'no such input' "$tern" run relu.tgraph --shape z=2

# Nor do names that a command shows.
printf 'graph g {\n input x: f32[2]\n "\\x1b[2J" = Relu(x)\n output "\\x1b[2J"\n}\n' > names.tgraph
for command in run inspect; do
  "$tern" $command names.tgraph > out.log
  grep -qF '\x1b[2J' out.log
done

# What a file cannot hold is said, not written.
expect 1 'element type sequence' "$tern" run sequence.tgraph --output out
expect 1 'TensorProto of type sequence' "$tern" run sequence.tgraph --record record
[ ! -e out/y.npy ]

# Smaller numbers: the model is written, read back, and near the one it was made from.
cat > linear.tgraph << 'END'
graph linear {
  input x: f32[N, 2]
  constant w = f32[2, 3] {1, 2, -3, 4, 0.5, 6}
  h = MatMul(x, w)
  y = Relu(h)
  output y
}
END
printf '1,2\n-3,4\n0.5,-1\n' > rows.csv
"$tern" quantize linear.tgraph small.onnx --data rows.csv --json > report.json
grep -q '"samples":3' report.json
grep -q '"op":"MatMul"' report.json
"$tern" inspect small.onnx --text | grep -q 'i8\[2, 3\]'
expect 2 'needs samples' "$tern" quantize linear.tgraph none.onnx
expect 2 '' "$tern" quantize linear.tgraph none.onnx --scheme int3
expect 1 'no layer to quantise' "$tern" quantize relu.tgraph none.onnx --scheme dynamic
[ ! -e none.onnx ]

"$tern" convert linear.tgraph linear.onnx --optimize | grep -q '2 nodes of 2'
"$tern" convert linear.onnx half.onnx --outputs h | grep -q '1 nodes of 2'
expect 2 'no value z' "$tern" convert linear.onnx half.onnx --outputs z

# Measurements side by side, each in a process of its own; one that fails stands in the table.
expect 2 'need --report' "$tern" bench linear.onnx half.onnx
"$tern" bench linear.onnx half.onnx --threads 1,2 --seconds 0.02 --report bench > out.log
[ "$(grep -c '^| linear | f32 |' bench/report.md)" = 2 ]
grep -q '<svg' bench/report.html
expect 1 '1 of 2 measurements failed' "$tern" bench linear.onnx missing.onnx --seconds 0.02 --report bench
grep -q 'missing.onnx: No such file' bench/report.md

# A model that states its rows is measured with them.
cat > rows.tgraph << 'END'
graph rows {
  input x: f32[3, 2]
  y = Relu(x)
  output y
}
END
"$tern" bench rows.tgraph --seconds 0.02 --json | grep -q '"batch":1'
expect 2 'x' "$tern" bench rows.tgraph --seconds 0.02 --batch 2
