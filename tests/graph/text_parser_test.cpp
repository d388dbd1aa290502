#include "graph/text_parser.h"

#include <fmt/format.h>

#include "ops/control_flow.h"
#include "ops/op_table.h"
#include "tern/graph_text.h"
#include "tern/ops/math.h"
#include "tests/support/graph_compare.h"
#include "tests/support/status_matchers.h"
#include "tests/support/tensors.h"

namespace tern {
namespace {

using testing::f32;
using testing::FailsWith;
using testing::IsOk;
using testing::same_graph;

// The text inside "graph {" and "}", which stand on lines of their own.
Result<Graph> parse_body(const std::string& body) {
  return parse_graph("graph {\n" + body + "\n}\n", "m");
}

void expect_error(const std::string& body, std::string_view message) {
  EXPECT_THAT(parse_body(body), FailsWith(StatusCode::kInvalidArgument, std::string(message)));
}

TEST(TextParser, ReadsWhatPeopleWrite) {
  const Result<Graph> graph = parse_graph(R"(
    # types of results follow from the operators
    format 1
    graph "a b" {
      metadata "producer" = "hand"
      input x: f32[N, 2]
      h = MatMul(x, f32[2, 2] {1, 0, 0, 1})   # a constant without a name
      variable scale = f32[2] {1, ...}
      y: f32[N, 2] = Mul(h, scale) @last
      output y  update scale = scale
    })",
                                          "m");
  ASSERT_THAT(graph, IsOk());
  EXPECT_EQ(graph->name, "a b");
  EXPECT_EQ(graph->metadata.at("producer"), "hand");
  ASSERT_EQ(graph->nodes().size(), 2U);
  const Node& matmul = graph->node(graph->nodes()[0]);
  EXPECT_EQ(matmul.op.name(), "MatMul");
  EXPECT_TRUE(identical(*graph->constant(matmul.inputs[1]), f32({2, 2}, {1, 0, 0, 1})));
  const ValueData& h = graph->value(matmul.outputs[0]);
  EXPECT_EQ(h.type.dtype, DType::kF32);
  EXPECT_EQ(graph->symbol_name(h.type.shape[0].symbol()), "N");
  EXPECT_TRUE(identical(graph->value(graph->find("scale")).tensor, f32({2}, {1, 1})));
  EXPECT_EQ(graph->updates().size(), 1U);
}

TEST(TextParser, KeywordsCanBeNamesOfValues) {
  const Result<Graph> graph = parse_body(
      "input input: f32[2]\n"
      "output = Relu(input)\n"
      "constant, variable: f32[1] = Split(output) {num_outputs = 2}\n"
      "body = Concat(constant, variable) {axis = 0}\n"
      "output output, body");
  ASSERT_THAT(graph, IsOk());
  EXPECT_EQ(graph->outputs().size(), 2U);
}

TEST(TextParser, SaysWhereAndWhat) {
  expect_error("input x: f32[2", "m:3:1: expected ',', found '}'");
  expect_error("input x: f33[2]", "m:2:10: expected an element type such as f32, found 'f33'");
  expect_error("input x: FLOAT[2]", "m:2:10: expected an element type");
  expect_error("input x f32[2]", "m:2:9: expected ':', found 'f32'");
  expect_error("input x: f32[-1]", "m:2:14: expected a size, found '-1'");
  expect_error("y = Relu(x)", "m:2:10: there is no value x before this");
  expect_error("input x: f32[2] y = Relu(x", "m:3:1: expected ',', found '}'");
  expect_error("y = \"",
               "m:2:5: expected an operator, found a string that does not end on its line");
  expect_error("output ;", "m:2:8: expected '=', found a character that means nothing here");
  expect_error("update x = x", "m:2:8: there is no value x before this");
  expect_error("input x: f32 update x = x", "m:2:21: x is no variable");
  expect_error("metadata \"k\" = \"1\" metadata \"k\" = \"2\"",
               "m:2:29: metadata k is given twice");
  EXPECT_THAT(parse_graph("", "m"),
              FailsWith(StatusCode::kInvalidArgument,
                        "m:1:1: expected 'graph', found the end of the text"));
  EXPECT_THAT(parse_graph("graph {} x", "m"),
              FailsWith(StatusCode::kInvalidArgument, "m:1:10: expected nothing after '}'"));
  EXPECT_THAT(parse_graph("format 2 graph {}", "m"),
              FailsWith(StatusCode::kUnimplemented, "m:1:8: format 2 is not known"));
}

TEST(TextParser, NamesStandForOneValue) {
  expect_error("input x: f32 input x: f32", "m:2:20: the name x is taken");
  expect_error("input x: f32[2] x = Relu(x)", "m:2:17: the name x is taken");
  expect_error("input x: f32[2] a, a = Split(x) {num_outputs = 2}", "m:2:20: the name a is taken");
  expect_error("input \"\": f32", "m:2:7: the input's name cannot be empty");
  expect_error("input x: f32[2] output _", "m:2:24: expected the name of a value, found '_'");
}

TEST(TextParser, OperatorsAndAttributesAreChecked) {
  EXPECT_THAT(parse_body("input x: f32[2] y = tern.Nothing(x)"),
              FailsWith(StatusCode::kUnimplemented, "m:2:21: there is no operator tern.Nothing"));
  const std::string x = "input x: f32[1, 1, 2, 2]\n";
  expect_error(x + "y = Relu(x) {slope = 1}", "m:3:14: Relu has no attribute 'slope'");
  expect_error(x + "y = Softmax(x) {axis = 1.5}", "m:3:24: '1.5' is no integer of 64 bits");
  expect_error(x + "y = Softmax(x) {axis = 1, axis = 1}", "attribute 'axis' is given twice");
  expect_error(x + "y = Softmax(x) {axis = 7}", "m:3:5: Softmax: axis 7");
  expect_error(x + "y = MaxPool(x)", "MaxPool lacks its attribute 'kernel_shape'");
  expect_error(x + "y = MaxPool(x) {kernel_shape = [2, 2], auto_pad = SOME}",
               "attribute 'auto_pad' is 'SOME', not one of");
  expect_error(x + "y = Dropout(x) {seed = \"1\"}", "expected an integer, found \"1\"");
  expect_error(x + "y = Relu(x, x)", "m:3:5: Relu: it has 2 inputs, 1 are the most");
  expect_error(x + "y = Add(x)", "m:3:5: Add: input 1 (B) is missing");
  expect_error(x + "y, z = Relu(x)", "m:3:8: Relu: it has 2 outputs, 1 are the most");
  expect_error("input i: i64[2] y = Sqrt(i) @root", "m:2:21: node root: Sqrt takes");
  expect_error("input u: ? y = Add(u)", "input 1 (B) is missing");  // also where types are unknown
}

TEST(TextParser, TypesOfResultsMustBePossible) {
  const std::string x = "input x: f32[N, 2]\n";
  expect_error(x + "y: f64[N, 2] = Relu(x)", "m:3:1: y cannot have the type that is written here");
  expect_error(x + "y: f32[2] = Relu(x)", "y cannot have the type");
  expect_error(x + "y: f32[N, 3] = Relu(x)", "y cannot have the type");
  // What is written counts where inference knows less, or more.
  const Result<Graph> graph = parse_body(x + "y: f32[4, ?] = Relu(x) z = Relu(y) output z");
  ASSERT_THAT(graph, IsOk());
  const TypeInfo& z = graph->value(graph->find("z")).type;
  EXPECT_EQ(z.shape[0].value(), 4);
  EXPECT_FALSE(z.shape[1].known());
}

TEST(TextParser, TensorsHaveOneElementPerPlace) {
  expect_error("constant c = f32[2] {1}", "m:2:23: 1 elements of 2");
  expect_error("constant c = f32[2] {1, 2, 3}", "m:2:28: more than 2 elements");
  expect_error("constant c = f32[3] {1, 2,}", "m:2:27: expected a number, found '}'");
  expect_error("constant c = f32[0] {1}", "more than 0 elements");
  expect_error("constant c = f32[2] {...}", "expected a number, found '...'");
  expect_error("constant c = f32[N] {1}", "expected a size, found 'N'");
  expect_error("constant c = f32 {1}", "m:2:18: expected '[', found '{'");
  expect_error("constant c = f32[1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1] {1}", "rank 17");
  expect_error("input x: f32[1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1]", "more than 16 sizes");
}

TEST(TextParser, ElementsMustFitTheirType) {
  const auto error = [](const std::string& tensor, std::string_view message) {
    expect_error("constant c = " + tensor, message);
  };
  error("u8[1] {256}", "m:2:21: 256 is out of the range of u8");
  error("u8[1] {-1}", "-1 is out of the range of u8");
  error("i4[1] {8}", "8 is out of the range of i4");
  error("i2[1] {-3}", "-3 is out of the range of i2");
  error("i64[1] {9223372036854775808}", "is no integer of 64 bits");
  error("u64[1] {18446744073709551616}", "expected an integer of u64");
  error("i32[1] {1.0}", "'1.0' is no integer");
  error("f32[1] {1e39}", "'1e39' is no number for f32");
  error("f16[1] {70000}", "70000 is too large for f16");
  error("f32[1] {1x}", "'1x' is no number for f32");
  error("f32[1] {0x7fc}", "'0x7fc' is no number for f32");
  error("f32[1] {\"1\"}", "expected a number, found \"1\"");
  error("bool[1] {1}", "expected true or false, found '1'");
  error("string[1] {a}", "expected a string, found 'a'");
  error("string[1] {\"\\q\"}", "m:2:25: an escape in a string");
  error("c64[1] {1}", "expected '(', found '1'");
}

TEST(TextParser, SizesBuyNoMemory) {
  expect_error("constant c = f32[4611686018427387904] {1}",
               "4611686018427387904 elements cannot stand in the");
  expect_error("constant c = f32[1000000000] {0, ...}", "elements cannot stand in the");
  expect_error("constant c = f32[4611686018427387904, 4611686018427387904] {}", "m:2:17: ");
  expect_error("input x: f32[4611686018427387904, 4]", "m:2:14: ");
  // 64 MiB of repeated elements is what one text may have: 16 tensors of 4 MiB, not 17.
  std::string text;
  for (int i = 0; i < 16; ++i) text += fmt::format("constant c{} = f32[1048576] {{0, ...}}\n", i);
  ASSERT_THAT(parse_body(text + "output c0"), IsOk());
  expect_error(text + "constant d = f32[1048576] {0, ...}", "m:18:");
  expect_error(text + "constant d = f32[9] {0, ...}", "repeated elements take more than 67108864");
}

TEST(TextParser, ContainersHaveTheirLimits) {
  std::string type = "input x: ", tensor = "constant c = ";
  for (int i = 0; i < 100'000; ++i) {
    type += "sequence of ";
    tensor += "sequence[1] {";
  }
  expect_error(type, "containers are nested deeper than 8 levels");
  expect_error(tensor, "containers are nested deeper than 8 levels");
  expect_error("input x: f32 of f32", "expected '=', found 'f32'");
  expect_error("constant c = sequence[2] {f32[] {1}, ...}", "expected an item, found '...'");
  expect_error("constant c = sequence[1] {1}", "expected an element type");
  expect_error("constant c = sequence[1000000] {_}", "1000000 elements cannot stand in the");
}

// -------------------------------------------------------------------------------------- bodies

// A table where Identity has two bodies and takes any number of values from them, so that bodies
// can be tried whatever control flow there is.
struct ChoiceImpl {
  static constexpr std::string_view summary = "One of two bodies.";
  static constexpr std::array inputs{Port{"cond", kBools}};
  static constexpr std::array outputs{Port{"outputs", kAnyType, PortKind::kVariadic, 0}};
};
struct ChoiceFields {
  static constexpr Fields<> fields{};
};
constinit const OpDef kChoice = make_op<ChoiceFields, ChoiceImpl>("Choice", "ai.onnx", 1);

const OpDef* find_with_choice(std::string_view domain, std::string_view name) {
  return name == "Choice" ? &kChoice : find_op(domain, name);
}

std::size_t bodies_with_choice(const OpDef& def) { return &def == &kChoice ? 2 : body_count(def); }

Result<Graph> parse_choice(const std::string& body) {
  return parse_graph("graph {\n" + body + "\n}\n", "m",
                     {.find = find_with_choice, .bodies = bodies_with_choice});
}

TEST(TextParser, BodiesSeeTheValuesAroundThem) {
  const Result<Graph> graph = parse_choice(R"(
    input c: bool[]
    input x: f32[2]
    h = Relu(x)
    y: f32[2], _ = Choice(c) @choice
      body () {
        t = Add(h, f32[] {1})
        inner: f32[2] = Choice(c)
          body (u: f32[2]) { output u, t }
          body () { k = Neg(t) output k }
        output inner
      }
      body (v: f32[M]) { output h }
    output y)");
  ASSERT_THAT(graph, IsOk());
  const Node& choice = graph->node(graph->nodes()[1]);
  ASSERT_EQ(choice.regions.size(), 2U);
  const Region& first = graph->region(choice.regions[0]);
  ASSERT_EQ(first.nodes.size(), 2U);
  EXPECT_EQ(graph->node(first.nodes[0]).inputs[0], graph->find("h"));
  EXPECT_EQ(graph->node(first.nodes[1]).regions.size(), 2U);
  EXPECT_EQ(graph->region(choice.regions[1]).results, std::vector<ValueId>{graph->find("h")});
  const Result<Graph> back = parse_graph(to_text(*graph), "text",
                                         {.find = find_with_choice, .bodies = bodies_with_choice});
  ASSERT_THAT(back, IsOk()) << to_text(*graph);
  EXPECT_TRUE(same_graph(*graph, *back)) << to_text(*graph);
}

TEST(TextParser, WhatABodyMakesStaysInIt) {
  const auto error = [](const std::string& body, const std::string& message) {
    EXPECT_THAT(parse_choice(body), FailsWith(StatusCode::kInvalidArgument, message));
  };
  const std::string head = "input c: bool[]\ny: f32 = Choice(c)\n";
  error(head + "body () {t = Cast(c) {to = f32} output t} body () {output t}",
        "m:4:59: t belongs to a body that is closed");
  error(head + "body (a: f32) {output a} body (a: f32) {output a}", "m:4:32: the name a is taken");
  error(head + "body (y: f32) {output y} body () {output c}", "m:3:1: the name y is taken");
  error(head + "body () {output y} body () {output c}", "m:4:17: there is no value y before this");
  error(head + "body () {input x: f32}", "m:4:16: expected '=', found 'x'");
  error(head + "body () {output c}", "m:3:10: Choice has 1 bodies, needs 2");
  error("input c: bool[] y = Not(c) body () {}", "Not has 1 bodies, needs 0");
}

TEST(TextParser, NestingIsLimited) {
  std::string text = "input c: bool[]\n";
  for (int i = 0; i < 100'000; ++i) text += "_ = Choice(c) body () {";
  EXPECT_THAT(parse_choice(text),
              FailsWith(StatusCode::kInvalidArgument, "bodies are nested deeper than 32 levels"));
}

// Every prefix of a text, and the text without one of its bytes, is refused or a graph.
TEST(TextParser, BrokenTextIsRefusedOrAGraph) {
  const std::string text = R"(graph "g" {
  metadata "k" = "v"
  input c: bool[]
  input x: f32[N, ?, 2]
  variable w frozen = f32[2] {1, -inf}
  constant s = string[2] {"a\x41", "b"}
  h: f32[N, ?, 2] = Softmax(x) {axis = -1} @"node 1"
  y: f32[2], _ = Choice(c) @choice
    body (i: i64) { output w }
    body () { k = Clip(w, _, f32[] {0.5}) output k }
  output y, h
  update w = y
}
)";
  ASSERT_THAT(parse_choice(""), IsOk());
  const OperatorTable table{.find = find_with_choice, .bodies = bodies_with_choice};
  ASSERT_THAT(parse_graph(text, "m", table), IsOk());
  for (std::size_t i = 0; i < text.size() - 2; ++i) {
    EXPECT_FALSE(parse_graph(text.substr(0, i), "m", table).ok()) << i;
    const Result<Graph> mutant = parse_graph(text.substr(0, i) + text.substr(i + 1), "m", table);
    if (mutant.ok()) continue;
    EXPECT_TRUE(mutant.status().message().starts_with("m:")) << i;
  }
}

}  // namespace
}  // namespace tern
