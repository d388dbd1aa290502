#include "serve/batch/row_probe.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "base/errors.h"
#include "tests/serve/signatures.h"

namespace tern::serve {
namespace {

// y has the shape of x, and `f` computes a row from all of x.
using RowFunction = float (*)(std::span<const float> x, std::int64_t row, std::int64_t columns);

RunModel model(RowFunction f) {
  return [f](std::span<const Tensor> inputs, std::span<Tensor> outputs) -> Status {
    TERN_ASSIGN_OR_RETURN(outputs[0], inputs[0].clone());
    const std::int64_t rows = inputs[0].dim(0);
    const std::int64_t columns = inputs[0].elements() / rows;
    for (std::int64_t r = 0; r < rows; ++r) {
      const float y = f(inputs[0].span<float>(), r, columns);
      for (std::int64_t c = 0; c < columns; ++c) {
        outputs[0].mutable_data<float>()[r * columns + c] = y;
      }
    }
    return {};
  };
}

float row_sum(std::span<const float> x, std::int64_t row, std::int64_t columns) {
  float sum = 0;
  for (std::int64_t c = 0; c < columns; ++c) {
    sum += x[static_cast<std::size_t>(row * columns + c)];
  }
  return sum;
}

float sum_up_to_row(std::span<const float> x, std::int64_t row, std::int64_t columns) {
  float sum = 0;
  for (std::int64_t r = 0; r <= row; ++r) sum += row_sum(x, r, columns);
  return sum;
}

TEST(RowsAreIndependent, WhenEachIsComputedFromItself) {
  EXPECT_TRUE(rows_are_independent(rows_of_floats(4), model(row_sum)));
}

// Each item of the sequence is a map made from one row.
TEST(RowsAreIndependent, AlsoAsItemsOfASequence) {
  const auto items = [](std::int64_t each) -> RunModel {
    return [each](std::span<const Tensor> inputs, std::span<Tensor> outputs) -> Status {
      std::vector<Tensor> maps;
      for (std::int64_t r = 0; r < inputs[0].dim(0); r += each) {
        const float sum = row_sum(inputs[0].span<float>(), r, 4);
        maps.push_back(Tensor::container(
            DType::kMap, {Tensor::vector<std::int64_t>({7}), Tensor::vector<float>({sum})}));
      }
      outputs[0] = Tensor::container(DType::kSequence, std::move(maps));
      return {};
    };
  };
  const IoInfo x = io("x", DType::kF32, {'N', 4});
  const TypeInfo map = TypeInfo::of(DType::kMap);
  const IoInfo z{.name = "z", .type = TypeInfo::container(DType::kSequence, map), .text = {}};
  EXPECT_TRUE(rows_are_independent(signature({x}, {z}), items(1)));
  EXPECT_FALSE(rows_are_independent(signature({x}, {z}), items(2))) << "an item for two rows";
  const IoInfo one{.name = "z", .type = TypeInfo::container(DType::kOptional, map), .text = {}};
  EXPECT_FALSE(rows_are_independent(signature({x}, {one}), items(1)));
}

TEST(RowsAreIndependent, NotInASequence) {
  EXPECT_FALSE(rows_are_independent(rows_of_floats(4), model(sum_up_to_row)));
}

TEST(RowsAreIndependent, NotWhenTheFirstSizeIsFixed) {
  const IoInfo fixed = io("x", DType::kF32, {1, 4});
  const RunModel never = [](std::span<const Tensor>, std::span<Tensor>) {
    ADD_FAILURE() << "there is nothing to try";
    return Status();
  };
  EXPECT_FALSE(rows_are_independent(signature({fixed}, {fixed}), never));
}

TEST(RowsAreIndependent, OpenSizesInRowsAreTriedUntilOneRuns) {
  const IoInfo image = io("x", DType::kF32, {'N', 3, 'H', 'W'});
  std::vector<std::int64_t> tried;
  const RunModel wants_64 = [&](std::span<const Tensor> inputs,
                                std::span<Tensor> outputs) -> Status {
    tried.push_back(inputs[0].dim(2));
    if (inputs[0].dim(2) < 64) return invalid_argument("too small");
    return model(row_sum)(inputs, outputs);
  };
  EXPECT_TRUE(rows_are_independent(signature({image}, {image}), wants_64));
  EXPECT_EQ(tried, (std::vector<std::int64_t>{8, 64, 64, 64, 64}));
}

TEST(RowsAreIndependent, NotWhenNothingRuns) {
  const RunModel broken = [](std::span<const Tensor>, std::span<Tensor>) {
    return internal_error("broken");
  };
  EXPECT_FALSE(rows_are_independent(rows_of_floats(4), broken));
}

TEST(RowsAreIndependent, IntegersAndTextsCount) {
  const IoInfo ids = io("x", DType::kI64, {'N', 4});
  const IoInfo text = io("t", DType::kString, {'N'});
  const RunModel copy = [](std::span<const Tensor> inputs, std::span<Tensor> outputs) -> Status {
    TERN_ASSIGN_OR_RETURN(outputs[0], inputs[0].clone());
    TERN_ASSIGN_OR_RETURN(outputs[1], inputs[1].clone());
    return {};
  };
  EXPECT_TRUE(rows_are_independent(signature({ids, text}, {ids, text}), copy));
  const RunModel reversed = [](std::span<const Tensor> inputs,
                               std::span<Tensor> outputs) -> Status {
    TERN_ASSIGN_OR_RETURN(outputs[0], inputs[0].clone());
    TERN_ASSIGN_OR_RETURN(outputs[1], inputs[1].clone());
    std::ranges::reverse(outputs[0].mutable_span<std::int64_t>());
    return {};
  };
  EXPECT_FALSE(rows_are_independent(signature({ids, text}, {ids, text}), reversed));
}

}  // namespace
}  // namespace tern::serve
