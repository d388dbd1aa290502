#include <map>
#include <set>

#include "tern/augment.h"
#include "tests/support/status_matchers.h"
#include "tests/support/tensors.h"

namespace tern {
namespace {

using testing::f32;
using testing::FailsWith;
using testing::IsOk;

// f32 [1,1,2,3] {1 2 3 / 4 5 6}
Tensor small() { return f32({1, 1, 2, 3}, {1, 2, 3, 4, 5, 6}); }

Tensor augmented(const AugmentOptions& options, const RowKey& key, const Tensor& image) {
  std::vector<Tensor> row{*image.clone()};
  const auto transform = image_augmentation(options);
  EXPECT_THAT(transform, IsOk());
  EXPECT_THAT((*transform)(key, row), IsOk());
  return row[0];
}

TEST(ImageAugmentation, MirrorsAndFlips) {
  EXPECT_TRUE(testing::all_close(augmented({.mirror = 1}, {}, small()),
                                 f32({1, 1, 2, 3}, {3, 2, 1, 6, 5, 4})));
  EXPECT_TRUE(testing::all_close(augmented({.flip = 1}, {}, small()),
                                 f32({1, 1, 2, 3}, {4, 5, 6, 1, 2, 3})));
  EXPECT_TRUE(testing::all_close(augmented({}, {}, small()), small()));
}

TEST(ImageAugmentation, LayoutsMoveWholePixels) {
  const Tensor planes = f32({1, 2, 1, 2}, {1, 2, 10, 20});
  EXPECT_TRUE(
      testing::all_close(augmented({.mirror = 1}, {}, planes), f32({1, 2, 1, 2}, {2, 1, 20, 10})));
  const Tensor pixels = f32({1, 1, 2, 2}, {1, 10, 2, 20});
  EXPECT_TRUE(testing::all_close(augmented({.layout = ImageLayout::kNHWC, .mirror = 1}, {}, pixels),
                                 f32({1, 1, 2, 2}, {2, 20, 1, 10})));
}

TEST(ImageAugmentation, ShiftsGoEverywhereAndFillTheEdge) {
  // A single 5 in the middle of 3 x 3, moved by up to one: it can be in all nine places.
  const Tensor dot = testing::of(DType::kU8, {1, 1, 3, 3}, {7, 7, 7, 7, 5, 7, 7, 7, 7});
  std::map<std::size_t, int> places;
  for (std::int64_t row = 0; row < 900; ++row) {
    const Tensor moved = augmented({.shift = 1, .fill = 7}, {.row = row}, dot);
    const auto values = moved.span<std::uint8_t>();
    const auto at = std::ranges::find(values, std::uint8_t{5});
    ASSERT_NE(at, values.end());
    EXPECT_EQ(std::ranges::count(values, std::uint8_t{7}), 8);
    ++places[static_cast<std::size_t>(at - values.begin())];
  }
  EXPECT_EQ(places.size(), 9u);
  // 100 each; the standard deviation is sqrt(900 * 1/9 * 8/9) = 9.4.
  for (const auto& [place, count] : places) EXPECT_NEAR(count, 100, 50) << place;
}

TEST(ImageAugmentation, AShiftBeyondTheImageLeavesTheFill) {
  const Tensor one = f32({1, 1, 1, 1}, {3});
  std::set<float> seen;
  for (std::int64_t row = 0; row < 50; ++row) {
    seen.insert(augmented({.shift = 1000, .fill = -1}, {.row = row}, one).data<float>()[0]);
  }
  EXPECT_TRUE(seen.contains(-1));
}

TEST(ImageAugmentation, DependsOnSeedEpochAndRow) {
  const AugmentOptions options{.mirror = 0.5, .shift = 3};
  const Tensor image = testing::random_values(DType::kF32, {1, 3, 8, 8});
  const Tensor first = augmented(options, {.seed = 1, .epoch = 2, .row = 3}, image);
  EXPECT_TRUE(identical(first, augmented(options, {.seed = 1, .epoch = 2, .row = 3}, image)));
  int same = 0;
  for (std::int64_t i = 0; i < 20; ++i) {
    same += identical(
        first,
        augmented(options, {.seed = 10 + static_cast<std::uint64_t>(i), .epoch = 2, .row = 3},
                  image));
    same += identical(first, augmented(options, {.seed = 1, .epoch = 10 + i, .row = 3}, image));
    same += identical(first, augmented(options, {.seed = 1, .epoch = 2, .row = 10 + i}, image));
  }
  EXPECT_LT(same, 10);  // of 60, each the same with probability 1/98
}

TEST(ImageAugmentation, WorksInALoaderWhateverTheThreads) {
  const Dataset data =
      *Dataset::from_tensors({{"input", testing::random_values(DType::kF32, {40, 1, 6, 6})}});
  const RowTransform transform = *image_augmentation({.mirror = 0.5, .shift = 2});
  std::vector<Tensor> seen[2];
  for (int i = 0; i < 2; ++i) {
    DataLoader loader = *DataLoader::create(
        data,
        {.batch = 7, .shuffle = true, .seed = 5, .threads = 1 + 3 * i, .transform = transform});
    ASSERT_THAT(loader.start_epoch(1), IsOk());
    while (true) {
      auto batch = loader.next();
      ASSERT_THAT(batch, IsOk());
      if (!batch->has_value()) break;
      seen[i].push_back((*batch)->tensors[0]);
    }
  }
  ASSERT_EQ(seen[0].size(), 6u);
  for (std::size_t i = 0; i < 6; ++i) EXPECT_TRUE(identical(seen[0][i], seen[1][i]));
}

TEST(ImageAugmentation, RefusesWhatIsNoImage) {
  EXPECT_THAT(image_augmentation({.mirror = 1.5}), FailsWith(StatusCode::kInvalidArgument, "1.5"));
  EXPECT_THAT(image_augmentation({.flip = -1}), FailsWith(StatusCode::kInvalidArgument, "-1"));
  EXPECT_THAT(image_augmentation({.shift = -1}),
              FailsWith(StatusCode::kInvalidArgument, "-1 pixels"));
  std::vector<Tensor> row{f32({1, 4}, {1, 2, 3, 4})};
  EXPECT_THAT((*image_augmentation({}))({}, row),
              FailsWith(StatusCode::kInvalidArgument, "augmentation of f32[1,4]"));
  EXPECT_THAT((*image_augmentation({.field = 1}))({}, row),
              FailsWith(StatusCode::kInvalidArgument, "field 1 of 1"));
}

}  // namespace
}  // namespace tern
