// A build without the libraries says so.
#include "tests/image/pictures.h"

namespace tern {
namespace {

using testing::FailsWith;

TEST(NoCodecs, FilesNameTheOption) {
  for (const std::string name : {"rgb.png", "smooth.jpg", "rgb.webp", "rgb.jp2"}) {
    EXPECT_THAT(read_image(testing::picture_path(name)),
                FailsWith(StatusCode::kUnimplemented, "TERN_WITH_IMAGE=OFF"));
  }
  const Image image = testing::painted(PixelFormat::kRgb, 2, 2, testing::pixel);
  EXPECT_THAT(
      encode_image(image, ImageFile::kPng),
      FailsWith(StatusCode::kUnimplemented, "PNG files: tern was built with TERN_WITH_IMAGE=OFF"));
}

}  // namespace
}  // namespace tern
