#include "inspect/op_index.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "base/json.h"
#include "ops/op_table.h"

namespace tern::inspect {
namespace {

const OpEntry& entry(const std::vector<OpEntry>& index, std::string_view domain,
                     std::string_view name) {
  const auto found = std::ranges::find_if(
      index, [&](const OpEntry& e) { return e.domain == domain && e.name == name; });
  EXPECT_TRUE(found != index.end()) << domain << " " << name;
  return *found;
}

TEST(OpIndex, HasEveryOperatorOnceAndSorted) {
  const std::vector<OpEntry> index = op_index();
  EXPECT_EQ(std::ranges::count(index, false, &OpEntry::lowered),
            static_cast<std::ptrdiff_t>(op_table().size()));
  EXPECT_TRUE(std::ranges::is_sorted(index, std::ranges::less(),
                                     [](const OpEntry& e) { return std::pair(e.domain, e.name); }));
}

TEST(OpIndex, TellsWhatTheTablesSay) {
  const std::vector<OpEntry> index = op_index();
  const OpEntry& softmax = entry(index, "ai.onnx", "Softmax");
  EXPECT_EQ(softmax.since, 13);
  EXPECT_TRUE(softmax.upgraded);  // opsets below 13 work on a matrix
  EXPECT_EQ(softmax.types, "X: floats");
  EXPECT_EQ(softmax.gradient, GradientKind::kRule);
  EXPECT_FALSE(softmax.kernels.empty());
  const OpEntry& non_zero = entry(index, "ai.onnx", "NonZero");
  EXPECT_EQ(non_zero.gradient, GradientKind::kNone);
  EXPECT_FALSE(non_zero.upgraded);
  EXPECT_EQ(entry(index, "tern", "ConvGradInput").newest, 0);
  // Convolutions run with the channels last.
  EXPECT_FALSE(entry(index, "ai.onnx", "Conv").kernels.empty());
  EXPECT_TRUE(entry(index, "com.microsoft", "FusedConv").lowered);
}

TEST(OpIndex, IsSearchedByAPartOfTheName) {
  const std::vector<OpEntry> index = op_index("LSTM");
  ASSERT_FALSE(index.empty());
  for (const OpEntry& e : index) EXPECT_NE(e.name.find("LSTM"), std::string_view::npos);
  EXPECT_EQ(op_index("lstm").size(), index.size());
  EXPECT_TRUE(op_index("no such thing").empty());
}

TEST(OpIndex, IsJsonToo) {
  const std::vector<OpEntry> index = op_index("Relu");
  const Result<JsonValue> json = parse_json(to_json(index));
  ASSERT_TRUE(json.ok()) << json.status().to_string();
  ASSERT_NE(json->as_array(), nullptr);
  ASSERT_EQ(json->as_array()->size(), index.size());
  EXPECT_EQ(*(*json->as_array())[0].find("name")->as_string(), index[0].name);
}

}  // namespace
}  // namespace tern::inspect
