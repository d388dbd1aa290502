// Models that say something impossible, and bytes that are no model: a clear error, nothing else.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include "base/random.h"
#include "import/onnx/model_view.h"
#include "tests/import/onnx/model_maker.h"
#include "tests/support/status_matchers.h"
#include "tests/support/temp_dir.h"

namespace tern::onnx {
namespace {

using tern::testing::as_bytes;
using tern::testing::FailsWith;
using tern::testing::IsOk;
using tern::testing::ModelMaker;
using tern::testing::TempDir;

/// A small model with every kind of message in it.
ModelMaker small_model() {
  ModelMaker m(11);
  m.input("x", DType::kF32, {"N", 3, 8, 8});
  m.initializer<float>("w", {2, 3, 3, 3}, std::vector<float>(54, 0.5f));
  m.initializer<std::int64_t>("shape", {2}, {0, -1});
  m.node("Conv", {"x", "w"}, {"c"})
      .name("conv")
      .ints("pads", {1, 1, 1, 1})
      .text("auto_pad", "NOTSET");
  m.node("Relu", {"c"}, {"r"});
  m.node("Reshape", {"r", "shape"}, {"flat"});
  m.node("Softmax", {"flat"}, {"y"}).integer("axis", 1);
  auto constant = m.node("Constant", {}, {"k"});
  tern::testing::fill(*constant.attribute("value", onnx_pb::AttributeProto::TENSOR).mutable_t(),
                      {1}, std::vector<float>{3});
  m.node("Add", {"y", "k"}, {"z"});
  m.output("z");
  tern::testing::declare(*m.graph().add_value_info(), "flat", DType::kF32, {"N", 128});
  m.proto().set_producer_name("test");
  auto& property = *m.proto().add_metadata_props();
  property.set_key("k");
  property.set_value("v");
  return m;
}

TEST(HostileModel, TheSmallModelItselfIsFine) { EXPECT_THAT(small_model().import(), IsOk()); }

TEST(HostileModel, TruncationAtEveryByteIsAnError) {
  const std::string bytes = small_model().bytes();
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    const Result<Graph> graph = import_onnx(as_bytes(std::string_view(bytes).substr(0, size)));
    // Where a field of the outermost message ends, what is left can be a model without its end.
    onnx_pb::ModelProto shorter;
    const bool is_message = shorter.ParseFromString(bytes.substr(0, size));
    EXPECT_TRUE(!graph.ok() || (is_message && shorter.has_graph())) << size;
  }
}

TEST(HostileModel, FlippedBytesNeverCrash) {
  const std::string bytes = small_model().bytes();
  RandomStream random(1);
  int accepted = 0;
  for (int round = 0; round < 4000; ++round) {
    std::string mutant = bytes;
    for (int flips = 1 + static_cast<int>(random.below(3)); flips > 0; --flips) {
      mutant[random.below(mutant.size())] = static_cast<char>(random.below(256));
    }
    if (import_onnx(as_bytes(mutant)).ok()) ++accepted;
  }
  // Names, weights and notes may change without harm; structure may not.
  EXPECT_GT(accepted, 0);
  EXPECT_LT(accepted, 4000);
}

TEST(HostileModel, EmptyAndForeignBytes) {
  EXPECT_THAT(import_onnx(Bytes()), FailsWith(StatusCode::kInvalidArgument, "no graph"));
  EXPECT_FALSE(import_onnx(as_bytes("hello, this is text")).ok());
  EXPECT_FALSE(import_onnx(as_bytes(std::string(1000, '\xff'))).ok());
}

TEST(HostileModel, FilesAreNamed) {
  const TempDir dir;
  EXPECT_THAT(import_onnx(dir.write("cut.onnx", small_model().bytes().substr(0, 100))),
              FailsWith(StatusCode::kDataLoss, "cut.onnx: ModelProto: field 7"));
  EXPECT_THAT(import_onnx(dir.file("none.onnx")), FailsWith(StatusCode::kNotFound, "none.onnx"));
}

TEST(HostileModel, CyclesAreNamed) {
  ModelMaker m;
  m.input("x", DType::kF32, {2});
  m.node("Add", {"x", "c"}, {"a"}).name("first");
  m.node("Relu", {"a"}, {"b"}).name("second");
  m.node("Relu", {"b"}, {"c"}).name("third");
  m.output("c");
  EXPECT_THAT(m.import(), FailsWith(StatusCode::kInvalidArgument,
                                    "nodes form a cycle: node first -> node second -> node third "
                                    "-> node first"));
}

TEST(HostileModel, ANodeThatReadsItself) {
  ModelMaker m;
  m.node("Relu", {"a"}, {"a"}).name("self");
  m.output("a");
  EXPECT_THAT(m.import(), FailsWith(StatusCode::kInvalidArgument, "cycle: node self -> node self"));
}

TEST(HostileModel, NamesStandForOneValue) {
  ModelMaker twice;
  twice.input("x", DType::kF32, {2});
  twice.node("Relu", {"x"}, {"y"}).name("a");
  twice.node("Relu", {"x"}, {"y"}).name("b");
  twice.output("y");
  EXPECT_THAT(twice.import(),
              FailsWith(StatusCode::kInvalidArgument, "y is made by node a and again by node b"));

  ModelMaker input;
  input.input("x", DType::kF32, {2});
  input.node("Relu", {"x"}, {"x"}).name("a");
  input.output("x");
  EXPECT_FALSE(input.import().ok());

  ModelMaker initializers;
  initializers.initializer<float>("w", {1}, {1});
  initializers.initializer<float>("w", {1}, {1});
  initializers.output("w");
  EXPECT_THAT(initializers.import(),
              FailsWith(StatusCode::kInvalidArgument, "w stands for two values"));
}

TEST(HostileModel, MissingNamesAreNamed) {
  ModelMaker m;
  m.input("x", DType::kF32, {2});
  m.node("Add", {"x", "nowhere"}, {"y"}).name("add1");
  m.output("y");
  EXPECT_THAT(m.import(), FailsWith(StatusCode::kInvalidArgument,
                                    "node add1 (Add): nowhere is no input, no initializer and no "
                                    "output of a node"));
  ModelMaker output;
  output.input("x", DType::kF32, {2});
  output.node("Relu", {"x"}, {"y"});
  output.output("z");
  EXPECT_THAT(output.import(), FailsWith(StatusCode::kInvalidArgument, "output z: z is no input"));
}

TEST(HostileModel, MissingInputsAndTooManyOfThem) {
  ModelMaker missing;
  missing.input("x", DType::kF32, {2});
  missing.node("Add", {"", "x"}, {"y"}).name("add1");
  missing.output("y");
  EXPECT_THAT(missing.import(), FailsWith(StatusCode::kInvalidArgument, "input 0 (A) is missing"));

  ModelMaker gap;  // in a list of any length
  gap.input("x", DType::kF32, {2});
  gap.node("SequenceConstruct", {"x", "", "x"}, {"y"});
  gap.output("y");
  EXPECT_THAT(gap.import(), FailsWith(StatusCode::kInvalidArgument, "input 1 (inputs) is missing"));

  ModelMaker many;
  many.input("x", DType::kF32, {2});
  many.node("Relu", {"x", "x"}, {"y"});
  many.output("y");
  EXPECT_THAT(many.import(), FailsWith(StatusCode::kInvalidArgument, "it has 2 inputs, 1 are"));
}

TEST(HostileModel, AttributesAreChecked) {
  const auto import_softmax = [](auto set) {
    ModelMaker m;
    m.input("x", DType::kF32, {2, 3});
    auto node = m.node("Softmax", {"x"}, {"y"});
    node.name("sm");
    set(node);
    m.output("y");
    return m.import().status();
  };
  EXPECT_THAT(import_softmax([](auto& n) { n.number("axis", 1); }),
              FailsWith(StatusCode::kInvalidArgument,
                        "node sm (Softmax): attribute 'axis' is a float, not an int"));
  EXPECT_THAT(import_softmax([](auto& n) { n.integer("axes", 1); }),
              FailsWith(StatusCode::kInvalidArgument, "Softmax has no attribute 'axes'"));
  EXPECT_THAT(import_softmax([](auto& n) { n.integer("axis", 0).integer("axis", 1); }),
              FailsWith(StatusCode::kInvalidArgument, "attribute 'axis' is given twice"));
  EXPECT_THAT(import_softmax([](auto& n) { n.integer("axis", 5); }),
              FailsWith(StatusCode::kInvalidArgument, "axis 5"));
  EXPECT_THAT(import_softmax([](auto& n) { n.integer("", 5); }),
              FailsWith(StatusCode::kInvalidArgument, "node sm: an attribute has no name"));
  EXPECT_THAT(
      import_softmax([](auto& n) {
        n.attribute("axis", onnx_pb::AttributeProto::INT).set_ref_attr_name("outer");
      }),
      FailsWith(StatusCode::kInvalidArgument, "refers to 'outer', but stands in no function"));
}

TEST(HostileModel, SizesThatOverflowAreRefused) {
  ModelMaker input;
  input.input("x", DType::kF32, {1LL << 40, 1LL << 40});
  input.output("x");
  EXPECT_THAT(input.import(), FailsWith(StatusCode::kInvalidArgument, "input x: shape"));

  ModelMaker product;
  product.input("a", DType::kF32, {1LL << 40, 1});
  product.input("b", DType::kF32, {1, 1LL << 40});
  product.node("MatMul", {"a", "b"}, {"y"}).name("mm");
  product.output("y");
  EXPECT_THAT(product.import(),
              FailsWith(StatusCode::kInvalidArgument, "node mm: output 0: shape"));

  ModelMaker rank;
  rank.input("x", DType::kF32, tern::testing::DeclaredShape(17, 1));
  rank.output("x");
  EXPECT_THAT(rank.import(), FailsWith(StatusCode::kInvalidArgument, "rank 17"));
}

TEST(HostileModel, UnknownTypesAreRefused) {
  ModelMaker m;
  m.input("x", DType::kF32, {2});
  m.graph().mutable_input(0)->mutable_type()->mutable_tensor_type()->set_elem_type(77);
  m.output("x");
  EXPECT_THAT(m.import(), FailsWith(StatusCode::kInvalidArgument, "input x: elem_type is 77"));
  m.graph().mutable_input(0)->clear_type();
  EXPECT_THAT(m.import(),
              FailsWith(StatusCode::kInvalidArgument, "input x: it has no element type"));
  m.graph().mutable_input(0)->mutable_type()->mutable_opaque_type();
  EXPECT_THAT(m.import(), FailsWith(StatusCode::kUnimplemented, "type opaque"));
}

TEST(HostileModel, DeepNestingIsRefused) {
  ModelMaker m;
  m.output("x");
  onnx_pb::GraphProto* graph = &m.graph();
  for (int i = 0; i < 100; ++i) {
    auto node = tern::testing::add_node(*graph->mutable_node(), "If", {"c"}, {"y"});
    graph = node.attribute("then_branch", onnx_pb::AttributeProto::GRAPH).mutable_g();
  }
  EXPECT_THAT(m.import(), FailsWith(StatusCode::kInvalidArgument, "deeper than 32 levels"));
}

/// Function f of domain "local" with input a and output b.
onnx_pb::FunctionProto& add_function(ModelMaker& m, std::string_view name) {
  auto& function = *m.proto().add_functions();
  function.set_name(std::string(name));
  function.set_domain("local");
  function.add_input("a");
  function.add_output("b");
  auto& opset = *function.add_opset_import();
  opset.set_domain("");
  opset.set_version(17);
  return function;
}

TEST(HostileModel, FunctionsThatCallThemselves) {
  ModelMaker m;
  m.import_domain("local", 1);
  m.input("x", DType::kF32, {2});
  m.node("F", {"x"}, {"y"}).domain("local");
  m.output("y");
  auto& function = add_function(m, "F");
  tern::testing::add_node(*function.mutable_node(), "F", {"a"}, {"b"}).domain("local");
  EXPECT_THAT(m.import(), FailsWith(StatusCode::kInvalidArgument, "does function F call itself?"));
}

TEST(HostileModel, FunctionsThatMultiply) {
  // Each calls the next one 16 times: 16^20 nodes.
  ModelMaker m;
  m.import_domain("local", 1);
  m.input("x", DType::kF32, {2});
  m.node("F0", {"x"}, {"y"}).domain("local");
  m.output("y");
  for (int i = 0; i < 20; ++i) {
    auto& function = add_function(m, fmt::format("F{}", i));
    const std::string next = i == 19 ? "Relu" : fmt::format("F{}", i + 1);
    for (int k = 0; k < 16; ++k) {
      const std::string from = k == 0 ? "a" : fmt::format("t{}", k - 1);
      const std::string to = k == 15 ? "b" : fmt::format("t{}", k);
      tern::testing::add_node(*function.mutable_node(), next, {from}, {to})
          .domain(i == 19 ? "" : "local");
    }
  }
  EXPECT_THAT(m.import(), FailsWith(StatusCode::kResourceExhausted, "make more than"));
}

TEST(HostileModel, ALongChainInReverseOrder) {
  ModelMaker m;
  m.input("v0", DType::kF32, {2});
  constexpr int kNodes = 20000;
  for (int i = kNodes; i > 0; --i) {
    m.node("Relu", {fmt::format("v{}", i - 1)}, {fmt::format("v{}", i)});
  }
  m.output(fmt::format("v{}", kNodes));
  EXPECT_THAT(m.import(), IsOk());
}

}  // namespace
}  // namespace tern::onnx
