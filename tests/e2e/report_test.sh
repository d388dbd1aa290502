#!/usr/bin/env bash
# report_test.sh TERN: the files that `tern inspect` and `tern bench` write about a model.
set -euo pipefail
tern=$1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

cat > net.tgraph << 'END'
graph net {
  input x: f32[1, 8]
  constant w = f32[8, 2] {0.5, ...}
  h = MatMul(x, w) @product
  y = Softmax(h)
  output y
}
END

"$tern" inspect net.tgraph --html page.html > report.txt
"$tern" bench net.tgraph --seconds 0.05 --json --trace trace.json > bench.json
python3 - << 'END'
import html.parser
import json

page = open("page.html", encoding="utf-8").read()
assert "http:" not in page and "https:" not in page, "the page refers to something elsewhere"


class Tags(html.parser.HTMLParser):
    """Every element that is opened is closed, in order."""

    def __init__(self):
        super().__init__()
        self.open, self.data, self.nodes = [], None, 0

    def handle_starttag(self, tag, attributes):
        if tag not in ("meta", "input"):
            self.open.append(tag)
        attributes = dict(attributes)
        self.data = "" if attributes.get("id") == "data" else self.data
        self.nodes += "data-node" in attributes

    def handle_startendtag(self, tag, attributes):
        pass

    def handle_endtag(self, tag):
        assert self.open.pop() == tag, tag

    def handle_data(self, data):
        if self.data == "":
            self.data = data


tags = Tags()
tags.feed(page)
assert tags.open == [], tags.open
views = json.loads(tags.data)["views"]
assert [view["title"] for view in views] == ["as it runs", "as in the file"]
assert tags.nodes == sum(len(view["nodes"]) for view in views)
assert [node["op"] for node in views[1]["nodes"]] == ["MatMul", "Softmax"]

events = json.load(open("trace.json", encoding="utf-8"))["traceEvents"]
steps = [event for event in events if event["ph"] == "X"]
assert len(steps) == len([node for node in views[0]["nodes"] if "kernel" in node])
assert all(a["ts"] + a["dur"] <= b["ts"] + 1e-6 for a, b in zip(steps, steps[1:]))
assert any(step["name"] == "product" and step["args"]["shapes"] == "[1,8] [8,2] -> [1,2]" for step in steps)
assert json.load(open("bench.json", encoding="utf-8"))["model"] == "net.tgraph"
END
