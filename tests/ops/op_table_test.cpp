#include "ops/op_table.h"

#include <gtest/gtest.h>

#include <set>

#include "ops/reference.h"
#include "tern/functions.h"

namespace tern {
namespace {

TEST(OpTable, RowsAreUniqueAndUsable) {
  std::set<std::pair<std::string_view, std::string_view>> seen;
  for (const OpDef* def : op_table()) {
    SCOPED_TRACE(def->name);
    EXPECT_TRUE(seen.emplace(def->domain, def->name).second);
    EXPECT_FALSE(def->summary.empty());
    EXPECT_TRUE(def->infer != nullptr || def->expand != nullptr);
    EXPECT_TRUE(def->reference != nullptr || def->expand != nullptr);
    EXPECT_EQ(find_op(def->domain, def->name), def);
  }
}

TEST(OpTable, AttributesAreSetAndReadByTheirOnnxNames) {
  Op op = ops::Conv{};
  ASSERT_TRUE(op.set("group", std::int64_t{2}).ok());
  ASSERT_TRUE(op.set("auto_pad", std::string("SAME_UPPER")).ok());
  EXPECT_EQ(op.as<ops::Conv>()->group, 2);
  EXPECT_EQ(op.as<ops::Conv>()->auto_pad, ops::AutoPad::kSameUpper);
  EXPECT_EQ(op.set("group", 1.0f).message(), "attribute 'group' is a float, not an int");
  EXPECT_EQ(op.set("grupo", std::int64_t{1}).message(), "Conv has no attribute 'grupo'");
  EXPECT_FALSE(op.set("auto_pad", std::string("SAME")).ok());
}

TEST(Reference, SoftmaxOfEqualEntriesIsUniform) {
  const Tensor x = *Tensor::from<float>({2, 4}, std::vector<float>(8, 3.0f));
  const Tensor* in[] = {&x};
  const auto y = run_reference(ops::Softmax{.axis = 1}, in, 1);
  ASSERT_TRUE(y.ok());
  for (const float v : (*y)[0].span<float>()) EXPECT_FLOAT_EQ(v, 0.25f);
}

TEST(Builder, TheFirstErrorNamesItsNode) {
  GraphBuilder b("g");
  const Value x = b.input("x", DType::kF32, {2, 3});
  const Value y = matmul(x, x);
  b.output("y", relu(y));
  const auto graph = b.build();
  ASSERT_FALSE(graph.ok());
  EXPECT_NE(graph.status().message().find("node MatMul: A has 3 columns and B has 2 rows"),
            std::string::npos)
      << graph.status().to_string();
}

}  // namespace
}  // namespace tern
