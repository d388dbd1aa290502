#include <bit>
#include <cmath>
#include <limits>

#include "graph/op_def.h"
#include "ops/control_flow.h"
#include "ops/ml/maps.h"
#include "ops/op_table.h"
#include "tensor/element.h"
#include "tern/functions.h"
#include "tern/graph_text.h"
#include "tests/support/graph_compare.h"
#include "tests/support/status_matchers.h"
#include "tests/support/tensors.h"

namespace tern {
namespace {

using testing::f32;
using testing::FailsWith;
using testing::i64;
using testing::IsOk;
using testing::same_graph;
using testing::strings;

// Written and read again, the graph is the same.
void expect_round_trip(const Graph& graph) {
  const std::string text = to_text(graph);
  const Result<Graph> back = parse_graph(text, "text");
  ASSERT_THAT(back, IsOk()) << text;
  EXPECT_TRUE(same_graph(graph, *back)) << text;
  EXPECT_EQ(to_text(*back), text);
}

Graph with_constant(Tensor tensor) {
  Graph graph;
  graph.set_outputs({graph.add_constant(std::move(tensor), "c")});
  return graph;
}

TEST(TextPrinter, WritesWhatThePageShows) {
  GraphBuilder b("affine");
  const Value x = b.input("x", DType::kF32, {"N", 2});
  const Value w = b.constant(f32({2, 1}, {0.5, -1}), "w");
  b.output("y", softmax(matmul(x, w), 0));
  Result<Graph> graph = b.build();
  ASSERT_THAT(graph, IsOk());
  EXPECT_EQ(to_text(*graph),
            "graph affine {\n"
            "  input x: f32[N, 2]\n"
            "  constant w = f32[2, 1] {0.5, -1}\n"
            "  MatMul: f32[N, 1] = MatMul(x, w) @MatMul\n"
            "  y: f32[N, 1] = Softmax(MatMul) {axis = 0} @Softmax\n"
            "  output y\n"
            "}\n");
  expect_round_trip(*graph);
}

TEST(TextPrinter, EverythingOfAGraphComesBack) {
  Graph graph;
  graph.name = "all of it";
  graph.metadata = {{"producer", "a \"quoted\" one"}, {"labels", "cat\ndog"}, {"", ""}};
  const ValueId x = graph.add_input("input", {DType::kF32, {Dim(graph.symbol("batch size")), 3}});
  const ValueId any = graph.add_input("331", TypeInfo::of(DType::kF32));
  TypeInfo unknown;
  unknown.has_rank = true;
  unknown.shape = {Dim(), Dim(graph.symbol("?")), Dim(graph.symbol(""))};
  graph.add_input("onnx::Add_1", unknown);
  graph.add_input("_", TypeInfo());
  const ValueId v = graph.add_variable("w.momentum", f32({3}, {0, 0, 0}), false);
  const ValueId w = graph.add_variable("variable", f32({3}, {1, 2, 3}));
  const ValueId c = graph.add_constant(Tensor::scalar<float>(0.1F), "constant");
  graph.add_constant(i64({0}, {}), "unused");
  const ValueId clip_in[] = {x, kNoValue, c};
  const NodeId clip = *graph.add_node(ops::Clip{}, clip_in, 1, "clip node", {});
  const std::string pair[] = {"pooled", ""};
  const ValueId pool_in[] = {any};
  const NodeId pool = *graph.add_node(ops::MaxPool{.kernel_shape = {2, 2}}, pool_in, 2, "", pair);
  const ValueId sum_in[] = {w, v};
  const NodeId sum = *graph.add_node(ops::Add{}, sum_in, 1);
  graph.set_type(graph.node(sum).outputs[0], TypeInfo());
  const ValueId clipped = graph.node(clip).outputs[0];
  graph.set_outputs({clipped, graph.node(pool).outputs[0], x, clipped});
  graph.add_update(w, graph.node(sum).outputs[0]);
  graph.add_update(v, w);
  expect_round_trip(graph);
}

TEST(TextPrinter, RemovedNodesAndDroppedConstantsAreGone) {
  GraphBuilder b("g");
  const Value x = b.input("x", DType::kF32, {2});
  const Value dead = x + b.constant(f32({2}, {7, 7}), "seven");
  b.output("y", relu(x));
  Result<Graph> graph = b.build();
  ASSERT_THAT(graph, IsOk());
  graph->remove_node(graph->value(dead.id()).producer);
  graph->drop_unused_constants();
  EXPECT_EQ(to_text(*graph),
            "graph g {\n  input x: f32[2]\n  y: f32[2] = Relu(x) @Relu\n  output y\n}\n");
}

// Every element type, with all bit patterns where there are few and the awkward ones elsewhere.
TEST(TextPrinter, ElementsComeBackBitByBit) {
  for (int code = 1; code < kDTypeCount; ++code) {
    const auto type = static_cast<DType>(code);
    const int bits = bit_width(type);
    const bool plain = !is_container(type) && type != DType::kString && type != DType::kBool;
    if (bits == 0 || !plain) continue;
    const std::int64_t count = bits <= 16 ? std::int64_t{1} << bits : 64;
    Result<Tensor> t = Tensor::zeros(type, {count});
    ASSERT_THAT(t, IsOk()) << to_string(type);
    auto* bytes = static_cast<unsigned char*>(t->mutable_raw());
    if (bits == 16) {
      for (std::int64_t i = 0; i < count; ++i) {
        bytes[2 * i] = static_cast<unsigned char>(i);
        bytes[2 * i + 1] = static_cast<unsigned char>(i >> 8);
      }
    } else {
      for (std::size_t i = 0; i < t->bytes(); ++i) bytes[i] = static_cast<unsigned char>(i * 37);
    }
    const Result<Graph> back = parse_graph(to_text(with_constant(*t)), "text");
    ASSERT_THAT(back, IsOk()) << to_string(type);
    EXPECT_TRUE(identical(*back->constant(back->outputs()[0]), *t)) << to_string(type);
  }
}

TEST(TextPrinter, SpecialFloatsComeBackBitByBit) {
  std::vector<float> values{0.0F,
                            -0.0F,
                            std::numeric_limits<float>::max(),
                            std::numeric_limits<float>::min(),
                            std::numeric_limits<float>::denorm_min(),
                            std::numeric_limits<float>::infinity(),
                            -std::numeric_limits<float>::infinity(),
                            0.1F};
  for (const std::uint32_t bits : {0x7fc00000u, 0xffc00000u, 0x7f800001u, 0x7fc12345u, 0x1u}) {
    values.push_back(std::bit_cast<float>(bits));
  }
  const Tensor t = Tensor::vector<float>(values);
  const std::string text = to_text(with_constant(t));
  EXPECT_NE(text.find("{0, -0, 3.4028235e+38, 1.1754944e-38, 1e-45, inf, -inf, 0.1, nan, "
                      "0xffc00000, 0x7f800001, 0x7fc12345, 1e-45}"),
            std::string::npos)
      << text;
  const Result<Graph> back = parse_graph(text, "text");
  ASSERT_THAT(back, IsOk());
  EXPECT_TRUE(identical(*back->constant(back->outputs()[0]), t));
}

TEST(TextPrinter, OtherElementsComeBack) {
  expect_round_trip(with_constant(strings({3}, {"", "a \"b\"\n", std::string("\0\xff", 2)})));
  expect_round_trip(with_constant(testing::boolean({2, 2}, {1, 0, 0, 1})));
  expect_round_trip(with_constant(Tensor::scalar<std::uint64_t>(0xffffffffffffffffu)));
  expect_round_trip(with_constant(Tensor::scalar<std::int64_t>(INT64_MIN)));
  expect_round_trip(with_constant(f32({2, 0, 3}, {})));
}

TEST(TextPrinter, KeysAndValuesOfMapsComeBack) {
  Graph graph;
  const TypeInfo map = ops::map_type(DType::kString, DType::kF32);
  graph.set_outputs({graph.add_input("m", TypeInfo::container(DType::kSequence, map))});
  const std::string text = to_text(graph);
  EXPECT_NE(text.find("input m: sequence[?] of map[?] of string[?] of f32[?]\n"), std::string::npos)
      << text;
  const Result<Graph> back = parse_graph(text, "text");
  ASSERT_THAT(back, IsOk());
  EXPECT_EQ(to_text(*back), text);
  EXPECT_EQ(ops::value_type(*back->value(back->find("m")).type.element), DType::kF32);
}

TEST(TextPrinter, ContainersComeBack) {
  Graph graph;
  const TypeInfo rows(DType::kF32, {Dim(graph.symbol("N")), 2});
  graph.add_input("s", TypeInfo::container(DType::kSequence, rows));
  graph.add_input("o", TypeInfo::container(DType::kOptional,
                                           TypeInfo::container(DType::kSequence, TypeInfo())));
  graph.add_input("m", TypeInfo::of(DType::kMap));
  const Tensor map = Tensor::container(DType::kMap, {strings({2}, {"a", "b"}), i64({2}, {1, 2})});
  const Tensor none = Tensor::container(DType::kOptional, {});
  const Tensor all = Tensor::container(DType::kSequence, {map, none, Tensor(), f32({0}, {})});
  graph.set_outputs({graph.add_constant(all, "c")});
  const std::string text = to_text(graph);
  EXPECT_NE(
      text.find("input s: sequence[?] of f32[N, 2]\n"
                "  input o: optional[?] of sequence[?] of ?\n"
                "  input m: map\n"
                "  constant c = sequence[4] {map[2] {string[2] {\"a\", \"b\"}, i64[2] {1, 2}}, "
                "optional[0] {}, _, f32[0] {}}\n"),
      std::string::npos)
      << text;
  const Result<Graph> back = parse_graph(text, "text");
  ASSERT_THAT(back, IsOk());
  EXPECT_EQ(to_text(*back), text);
  const Tensor& read = *back->constant(back->outputs()[0]);
  EXPECT_TRUE(identical(read.items()[0], map));
  EXPECT_FALSE(read.items()[2].defined());
  EXPECT_EQ(back->value(back->find("o")).type.element->dtype, DType::kSequence);
}

TEST(TextPrinter, EqualElementsAreWrittenOnce) {
  const std::string text = to_text(with_constant(*Tensor::zeros(DType::kF32, {1000, 1000})));
  EXPECT_EQ(text, "graph {\n  constant c = f32[1000, 1000] {0, ...}\n  output c\n}\n");
  expect_round_trip(with_constant(*Tensor::zeros(DType::kF32, {1000, 10})));
  Result<Tensor> mixed = Tensor::zeros(DType::kF32, {8});
  mixed->mutable_data<float>()[3] = -0.0F;
  EXPECT_NE(to_text(with_constant(*mixed)).find("{0, 0, 0, -0, 0, 0, 0, 0}"), std::string::npos);
}

// The digests are FNV-1a's: published vectors for "" and "a" (draft-eastlake-fnv).
TEST(TextPrinter, LargeTensorsCanBeWrittenAsDigests) {
  const TextOptions options{.max_elements = 0};
  const Tensor a = *Tensor::from<std::uint8_t>({1}, std::vector<std::uint8_t>{'a'});
  EXPECT_NE(to_text(with_constant(a), options).find("u8[1] <1 bytes, fnv1a af63dc4c8601ec8c>"),
            std::string::npos);
  EXPECT_NE(to_text(with_constant(a), {.max_elements = 1}).find("u8[1] {97}"), std::string::npos);
  EXPECT_THAT(parse_graph(to_text(with_constant(a), options), "text"),
              FailsWith(StatusCode::kInvalidArgument,
                        "text:2:16: this tensor's elements were left "
                        "out"));
}

TEST(TextPrinter, ReleasedConstantsAreMarked) {
  GraphBuilder b("g");
  b.output("y", b.input("x", DType::kF32, {2}) + b.constant(f32({2}, {7, 7}), "seven"));
  Result<Graph> graph = b.build();
  ASSERT_THAT(graph, IsOk());
  graph->release_constant(graph->find("seven"));
  EXPECT_NE(to_text(*graph).find("constant seven = f32[2] <released>"), std::string::npos);
  EXPECT_THAT(parse_graph(to_text(*graph)), FailsWith(StatusCode::kInvalidArgument, "left out"));
}

// A value of its kind for the attribute that is not the default.
AttributeValue another_value(const FieldInfo& field, const AttributeValue& old) {
  switch (field.type) {
    case FieldType::kInt: return std::get<std::int64_t>(old) + 3;
    case FieldType::kOptionalInt: return std::int64_t{-3};
    case FieldType::kFloat: return std::get<float>(old) + 0.3F;
    case FieldType::kOptionalFloat: return 0.3F;
    case FieldType::kBool: return std::int64_t{std::get<std::int64_t>(old) == 0};
    case FieldType::kDType: return static_cast<std::int64_t>(DType::kI4);
    case FieldType::kEnum: return std::string(field.enum_names.back());
    case FieldType::kString: return std::string("a \"string\"");
    case FieldType::kTensor: return f32({2}, {1, 2});
    case FieldType::kIntList: return std::vector<std::int64_t>{1, -2};
    case FieldType::kFloatList: return std::vector<float>{0.1F, -0.0F};
    case FieldType::kStringList: return std::vector<std::string>{"", "b,c"};
  }
  return {};
}

// Of every operator; types stay unknown, so that no rule of inference has a say.
TEST(TextPrinter, AttributesOfEveryOperatorComeBack) {
  for (const OpDef* def : op_table()) {
    for (const bool changed : {false, true}) {
      Op op(*def);
      for (const auto& [name, value] : Op(*def).attribute_values()) {
        const auto field = std::ranges::find(def->fields, name, &FieldInfo::name);
        // What is absent is not written, so absent must be what it is by default.
        if (changed || (field->required && value.index() == 0)) {
          ASSERT_THAT(op.set(name, another_value(*field, value)), IsOk()) << def->name;
        }
      }
      Graph graph;
      const ValueId x = graph.add_input("x", TypeInfo());
      const int least = def->inputs.empty() ? 0 : 1;
      const auto count = static_cast<std::size_t>(std::max(def->min_inputs, least));
      const std::vector<ValueId> inputs(count, x);
      std::vector<RegionId> bodies;
      for (std::size_t i = 0; i < body_count(*def); ++i) {
        bodies.push_back(graph.add_region());
      }
      const Result<NodeId> node =
          graph.add_node(op, inputs, 1, "", {}, kMainRegion, std::move(bodies));
      if (!node.ok() && count == 0) continue;  // without inputs there is inference after all
      ASSERT_THAT(node, IsOk()) << def->name;
      graph.set_outputs({graph.node(*node).outputs[0]});
      expect_round_trip(graph);
    }
  }
}

}  // namespace
}  // namespace tern
