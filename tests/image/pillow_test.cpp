// Resizing with antialiasing against pictures that Pillow resized
// (tests/data/images/make_images.py).
#include "tests/image/pictures.h"

namespace tern {
namespace {

using testing::difference;
using testing::IsOk;
using testing::picture_path;

TEST(Resize, AgreesWithPillow) {
  const Image source = *read_image(picture_path("resize_source.png"));
  struct Case {
    ResizeFilter filter;
    std::string name;
  };
  for (const Case& c : {Case{ResizeFilter::kBilinear, "bilinear"},
                        Case{ResizeFilter::kBicubic, "bicubic"}, Case{ResizeFilter::kBox, "box"}}) {
    for (const auto& [width, height] : {std::pair{11, 7}, {50, 33}, {32, 5}, {1, 1}}) {
      const std::string name =
          c.name + "_" + std::to_string(width) + "x" + std::to_string(height) + ".png";
      const auto resized = resize_image(source, height, width, {.filter = c.filter});
      ASSERT_THAT(resized, IsOk());
      const int most = difference(*resized, *read_image(picture_path(name)));
      EXPECT_GE(most, 0) << name;
      EXPECT_LE(most, 1) << name;
    }
  }
}

}  // namespace
}  // namespace tern
