#include "base/errors.h"
#include "graph/op_def.h"
#include "ops/reference.h"
#include "ops/tensor/dims.h"
#include "tern/image.h"
#include "tern/ops/image.h"

namespace tern {
namespace {

PixelFormat format_of(ops::DecodedPixels pixels) {
  switch (pixels) {
    case ops::DecodedPixels::kRgb: return PixelFormat::kRgb;
    case ops::DecodedPixels::kBgr: return PixelFormat::kBgr;
    case ops::DecodedPixels::kGrayscale: break;
  }
  return PixelFormat::kGray;
}

struct ImageDecoderImpl {
  static constexpr std::string_view summary = "The pixels of an encoded image.";
  static constexpr auto inputs = std::array{Port{"encoded_stream", DType::kU8}};
  static constexpr auto outputs = std::array{Port{"image", DType::kU8}};
  static constexpr bool data_dependent = true;

  static Status infer(const ops::ImageDecoder& op, InferContext& c) {
    TERN_TRY(ops::check_vector(c, 0, "encoded_stream"));
    const int channels = channels_of(format_of(op.pixel_format));
    c.out.emplace_back(DType::kU8, std::vector<Dim>{Dim(), Dim(), Dim(channels)});
    return {};
  }

  static void reference(const ops::ImageDecoder& op, ReferenceContext& c) {
    const std::span bytes(static_cast<const std::byte*>(c.in(0).raw()), c.in(0).bytes());
    Result<Image> image =
        decode_image(bytes, {.format = format_of(op.pixel_format), .upright = false});
    if (!image.ok()) return c.fail(image.status());
    c.set_out(0, std::move(image->pixels));
  }
};

}  // namespace

template <>
const OpDef& def_of<ops::ImageDecoder>() {
  static constexpr OpDef def =
      make_op<ops::ImageDecoder, ImageDecoderImpl>("ImageDecoder", "ai.onnx", 20);
  return def;
}

}  // namespace tern
