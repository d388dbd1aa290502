#!/usr/bin/env python3
"""Writes docs/ops.md, the index of operators, or checks that it is up to date.

usage: gen_ops_doc.py TERN OPS_TEST [--check]

TERN is the program, whose tables say what an operator takes (`tern ops --json`); OPS_TEST is the
program of the operator tests, which counts its cases when TERN_COUNT_OP_CASES is set.
"""
import json
import os
import pathlib
import subprocess
import sys

PAGE = pathlib.Path(__file__).resolve().parent.parent / "docs" / "ops.md"

HEAD = """# Index of operators

Written by `tools/gen_ops_doc.py` from the program's own tables; a test fails when it is out of date. `tern ops` shows the same.
[Operators](operators.md) says how they are made.

- **opset**: the oldest one with today's meaning, and the newest that is read. *older too*: nodes of older opsets that say it in
  another way are rewritten on import.
- **types**: of the inputs (of the outputs where there are none). *floats* are f16, bf16, f32, f64; *ints* i8 to i64 and u8 to u64;
  *numeric* both; *narrow floats* the f8, f4 and e8m0 types; *any* every type there is, containers included.
- **fast kernels** of the CPU, by name, those of its form with the channels last included; every operator has a reference
  implementation besides, for all of its types.
- **gradient**: *rule*, or *expansion* where the operator is written with simpler ones that have theirs.
- **cases** in `tests/ops`; each goes through the reference, every kernel, the passes, export and the check of its gradient (control flow,
  whose cases are small graphs, through all of that but the last). The published cases ([testing](testing.md)) come on top.
"""


def count_cases(ops_test):
    environment = dict(os.environ, TERN_COUNT_OP_CASES="1")
    output = subprocess.run([ops_test, "--gtest_filter=Op.*"], env=environment, check=True,
                            stdout=subprocess.PIPE, text=True).stdout
    counts = {}
    for line in output.splitlines():
        words = line.split()
        if len(words) == 4 and words[0] == "op-cases":
            counts[words[1], words[2]] = int(words[3])
    return counts


def opset(entry):
    text = str(entry["since"])
    if "newest" in entry and entry["newest"] != entry["since"]:
        text += f" to {entry['newest']}"
    return text + (", older too" if entry["upgraded"] else "")


def page(entries, counts):
    text = HEAD
    for domain in sorted({entry["domain"] for entry in entries}):
        rows = [entry for entry in entries if entry["domain"] == domain and not entry["lowered"]]
        lowered = [entry["name"] for entry in entries
                   if entry["domain"] == domain and entry["lowered"]]
        text += f"\n## {domain}\n\n{len(rows)} operators.\n\n"
        text += "| operator | opset | types | fast kernels | gradient | cases |\n"
        text += "|---|---|---|---|---|---|\n"
        for entry in rows:
            cells = [entry["name"], opset(entry), entry["types"],
                     ", ".join(entry["kernels"]) or "-",
                     "-" if entry["gradient"] == "none" else entry["gradient"],
                     str(counts.get((domain, entry["name"]), 0))]
            text += "| " + " | ".join(cells) + " |\n"
        if lowered:
            text += "\nRewritten with other operators when a file is read: " + ", ".join(lowered)
            text += ".\n"
    return text


def main():
    arguments = [word for word in sys.argv[1:] if word != "--check"]
    if len(arguments) != 2:
        sys.exit(__doc__)
    tern, ops_test = arguments
    output = subprocess.run([tern, "ops", "--json"], check=True, stdout=subprocess.PIPE,
                            text=True).stdout
    text = page(json.loads(output), count_cases(ops_test))
    if "--check" not in sys.argv:
        PAGE.write_text(text)
    elif not PAGE.exists() or PAGE.read_text() != text:
        sys.exit(f"{PAGE} is out of date; write it again with: {sys.argv[0]} {tern} {ops_test}")


if __name__ == "__main__":
    main()
