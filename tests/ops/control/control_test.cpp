#include "tern/ops/control.h"
#include "tests/support/graph_case.h"

namespace tern::testing {
namespace {

Tensor count(std::int64_t n) { return i64({}, {n}); }

}  // namespace

TERN_GRAPH_TEST(If) {
  const std::string graph = R"(graph "g" {
  input c: bool[]
  input x: f32[2]
  y = If(c) @choose
    body () {
      twice = Add(x, x)
      output twice
    }
    body () {
      minus = Neg(x)
      output minus
    }
  output y
})";
  return {
      {.name = "true",
       .graph = graph,
       .inputs = {boolean({}, {1}), f32({2}, {1, -3})},
       .expected = {f32({2}, {2, -6})}},
      {.name = "false",
       .graph = graph,
       .inputs = {boolean({}, {0}), f32({2}, {1, -3})},
       .expected = {f32({2}, {-1, 3})}},
  };
}

TERN_GRAPH_TEST(Loop) {
  return {
      {.name = "a number of times",
       .graph = R"(graph "g" {
  input m: i64[]
  input x: f32[2]
  y, all = Loop(m, _, x) @double
    body (i: i64[], go: bool[], v: f32[2]) {
      w = Add(v, v)
      again = Identity(go)
      output again, w, w
    }
  output y, all
})",
       .inputs = {count(3), f32({2}, {1, 2})},
       .expected = {f32({2}, {8, 16}), f32({3, 2}, {2, 4, 4, 8, 8, 16})}},
      {.name = "while a condition holds",
       .graph = R"(graph "g" {
  input x: f32[]
  constant start = bool[] {true}
  constant limit = f32[] {10}
  y, all = Loop(_, start, x) @double
    body (i: i64[], go: bool[], v: f32[]) {
      w = Add(v, v)
      again = Less(w, limit)
      output again, w, w
    }
  output y, all
})",
       .inputs = {f32({}, {1})},
       .expected = {f32({}, {16}), f32({4}, {2, 4, 8, 16})}},
      {.name = "the number of the iteration",
       .graph = R"(graph "g" {
  input m: i64[]
  all = Loop(m, _) @count
    body (i: i64[], go: bool[]) {
      again = Identity(go)
      square = Mul(i, i)
      output again, square
    }
  output all
})",
       .inputs = {count(4)},
       .expected = {i64({4}, {0, 1, 4, 9})}},
      {.name = "not at all",
       .graph = R"(graph "g" {
  input m: i64[]
  input x: f32[2]
  y = Loop(m, _, x) @double
    body (i: i64[], go: bool[], v: f32[2]) {
      w = Add(v, v)
      again = Identity(go)
      output again, w
    }
  output y
})",
       .inputs = {count(0), f32({2}, {1, 2})},
       .expected = {f32({2}, {1, 2})}},
  };
}

namespace {

// Sums of the rows so far, with the attributes given.
std::string running_sum(const std::string& attributes) {
  return R"(graph "g" {
  input s: f32[2]
  input x: f32[?, ?]
  y, all = Scan(s, x) {num_scan_inputs = 1)" +
         attributes + R"(} @sum
    body (t: f32[2], row: f32[2]) {
      next = Add(t, row)
      output next, next
    }
  output y, all
})";
}

}  // namespace

TERN_GRAPH_TEST(Scan) {
  const Tensor zero = f32({2}, {0, 0});
  const Tensor rows = f32({3, 2}, {1, 2, 3, 4, 5, 6});
  return {
      {.name = "rows",
       .graph = running_sum(""),
       .inputs = {zero, rows},
       .expected = {f32({2}, {9, 12}), f32({3, 2}, {1, 2, 4, 6, 9, 12})}},
      {.name = "from the end",
       .graph = running_sum(", scan_input_directions = [1]"),
       .inputs = {zero, rows},
       .expected = {f32({2}, {9, 12}), f32({3, 2}, {5, 6, 8, 10, 9, 12})}},
      {.name = "written from the end",
       .graph = running_sum(", scan_output_directions = [1]"),
       .inputs = {zero, rows},
       .expected = {f32({2}, {9, 12}), f32({3, 2}, {9, 12, 4, 6, 1, 2})}},
      {.name = "columns",
       .graph = running_sum(", scan_input_axes = [1], scan_output_axes = [1]"),
       .inputs = {zero, f32({2, 3}, {1, 3, 5, 2, 4, 6})},
       .expected = {f32({2}, {9, 12}), f32({2, 3}, {1, 4, 9, 2, 6, 12})}},
  };
}

TERN_GRAPH_TEST(BatchScan) {
  const std::string graph = R"(graph "g" {
  input lengths: i64[2]
  input s: f32[2, 1]
  input x: f32[2, 3, 1]
  y, all = tern.BatchScan(lengths, s, x) {num_scan_inputs = 1} @sum
    body (t: f32[1], row: f32[1]) {
      next = Add(t, row)
      output next, next
    }
  output y, all
})";
  const Tensor x = f32({2, 3, 1}, {1, 2, 3, 10, 20, 30});
  return {
      {.name = "whole rows",
       .graph = graph,
       .inputs = {i64({2}, {3, 3}), f32({2, 1}, {0, 100}), x},
       .expected = {f32({2, 1}, {6, 160}), f32({2, 3, 1}, {1, 3, 6, 110, 130, 160})}},
      {.name = "rows that end early",
       .graph = graph,
       .inputs = {i64({2}, {2, 3}), f32({2, 1}, {0, 0}), x},
       .expected = {f32({2, 1}, {3, 60}), f32({2, 3, 1}, {1, 3, 0, 10, 30, 60})}},
  };
}

TERN_GRAPH_TEST(SequenceMap) {
  return {
      {.name = "an item at a time, with a tensor for all",
       .graph = R"(graph "g" {
  input a: f32[1]
  input b: f32[2]
  input c: f32[1]
  s = SequenceConstruct(a, b)
  sums, products = SequenceMap(s, c) @each
    body (v: f32[?], w: f32[1]) {
      sum = Add(v, w)
      product = Mul(v, w)
      output sum, product
    }
  output sums, products
})",
       .inputs = {f32({1}, {1}), f32({2}, {2, 3}), f32({1}, {10})},
       .expected = {Tensor::container(DType::kSequence, {f32({1}, {11}), f32({2}, {12, 13})}),
                    Tensor::container(DType::kSequence, {f32({1}, {10}), f32({2}, {20, 30})})}},
  };
}

}  // namespace tern::testing
