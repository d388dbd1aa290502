// Operators on images and the boxes in them (onnx.ai/onnx/operators): resampling, sampling at
// computed positions, regions of interest. Images are [N, C, spatial...].
#pragma once

#include "tern/op.h"

namespace tern::ops {

/// How a position of the output becomes one of the input, in Resize.
enum class ResizeCoordinates : int {
  kHalfPixel,
  kHalfPixelSymmetric,
  kPytorchHalfPixel,
  kAlignCorners,
  kAsymmetric,
  kTfCropAndResize,
};
/// What Resize makes of sizes that would change the proportions.
enum class AspectPolicy : int { kStretch, kNotLarger, kNotSmaller };
enum class ResizeMode : int { kNearest, kLinear, kCubic };
/// Which of two neighbours is the nearest.
enum class NearestMode : int { kRoundPreferFloor, kRoundPreferCeil, kFloor, kCeil };

enum class GridSampleMode : int { kLinear, kNearest, kCubic };
/// What GridSample reads outside the image: zeros, the nearest border, or the image mirrored.
enum class GridPadding : int { kZeros, kBorder, kReflection };

/// The channels that ImageDecoder makes.
enum class DecodedPixels : int { kRgb, kBgr, kGrayscale };

enum class RoiCoordinates : int { kHalfPixel, kOutputHalfPixel };
enum class RoiMode : int { kAvg, kMax };

/// (theta, size) to the positions, in [-1, 1], that an image of `size` reads under the affine maps
/// theta [N, d, d + 1]: [N, spatial..., d]. `align_corners`: -1 and 1 are the centres of the
/// outermost pixels instead of their edges.
struct AffineGrid {
  bool align_corners = false;
  static constexpr auto fields = Fields{Field{"align_corners", &AffineGrid::align_corners}};
};

/// (X [N, C * product of block_shape, L], image_shape, block_shape) to images [N, C, image_shape]:
/// the sums of what the L positions of a sliding block hold for each pixel.
struct Col2Im {
  std::vector<std::int64_t> dilations;
  std::vector<std::int64_t> pads;
  std::vector<std::int64_t> strides;
  static constexpr auto fields =
      Fields{Field{"dilations", &Col2Im::dilations}, Field{"pads", &Col2Im::pads},
             Field{"strides", &Col2Im::strides}};
};

/// Conv on two spatial axes whose window has each position moved by `offset` and weighted by
/// `mask`: (X, W, offset [N, offset_group * taps * 2, oH, oW], B, mask [N, offset_group * taps, oH,
/// oW]).
struct DeformConv {
  std::vector<std::int64_t> dilations;
  std::int64_t group = 1;
  std::vector<std::int64_t> kernel_shape;
  std::int64_t offset_group = 1;
  std::vector<std::int64_t> pads;
  std::vector<std::int64_t> strides;
  static constexpr auto fields = Fields{Field{"dilations", &DeformConv::dilations},
                                        Field{"group", &DeformConv::group},
                                        Field{"kernel_shape", &DeformConv::kernel_shape},
                                        Field{"offset_group", &DeformConv::offset_group},
                                        Field{"pads", &DeformConv::pads},
                                        Field{"strides", &DeformConv::strides}};
};

/// tern domain. Gradients of DeformConv: (dY, X, W, offset, mask) to those of X, W, offset and
/// mask. The mask may be left out.
struct DeformConvGrad : DeformConv {};

/// X [N, C, spatial...] read at the positions grid [N, out..., d], which are in [-1, 1] and name
/// the last spatial axis first.
struct GridSample {
  bool align_corners = false;
  GridSampleMode mode = GridSampleMode::kLinear;
  GridPadding padding_mode = GridPadding::kZeros;
  static constexpr auto fields =
      Fields{Field{"align_corners", &GridSample::align_corners}, Field{"mode", &GridSample::mode},
             Field{"padding_mode", &GridSample::padding_mode}};
};

/// tern domain. Gradients of GridSample: (dY, X, grid) to those of X and of the grid.
struct GridSampleGrad : GridSample {};

/// tern domain. The transpose of Col2Im: (images [N, C, spatial...], block_shape) to the pixels
/// that each position of a sliding block covers, [N, C * product of block_shape, L], zero in the
/// pads.
struct Im2Col {
  std::vector<std::int64_t> dilations;
  std::vector<std::int64_t> pads;
  std::vector<std::int64_t> strides;
  static constexpr auto fields =
      Fields{Field{"dilations", &Im2Col::dilations}, Field{"pads", &Im2Col::pads},
             Field{"strides", &Im2Col::strides}};
};

/// The pixels u8 [H, W, C] of an image file whose bytes (u8) are the input; as stored, not turned
/// as EXIF says.
struct ImageDecoder {
  DecodedPixels pixel_format = DecodedPixels::kRgb;
  static constexpr auto fields = Fields{Field{"pixel_format", &ImageDecoder::pixel_format}};
};

/// (boxes [N, B, 4], scores [N, C, B], max_output_boxes_per_class, iou_threshold, score_threshold)
/// to rows (image, class, box): best first, without those that overlap a better box of their class
/// by more than the threshold. Boxes are two opposite corners (y, x, y, x), or centre and size (x,
/// y, width, height) with `center_point_box`.
struct NonMaxSuppression {
  std::int64_t center_point_box = 0;
  static constexpr auto fields =
      Fields{Field{"center_point_box", &NonMaxSuppression::center_point_box}};
};

/// (X, roi, scales, sizes): X resampled to `sizes`, or by the factors `scales`, of `axes` (all
/// without them). `roi` (all starts, then all ends, in [0, 1]) is read by kTfCropAndResize only,
/// which puts `extrapolation_value` outside X.
struct Resize {
  bool antialias = false;
  std::vector<std::int64_t> axes;
  ResizeCoordinates coordinate_transformation_mode = ResizeCoordinates::kHalfPixel;
  float cubic_coeff_a = -0.75F;
  bool exclude_outside = false;
  float extrapolation_value = 0.0F;
  AspectPolicy keep_aspect_ratio_policy = AspectPolicy::kStretch;
  ResizeMode mode = ResizeMode::kNearest;
  NearestMode nearest_mode = NearestMode::kRoundPreferFloor;
  static constexpr auto fields =
      Fields{Field{"antialias", &Resize::antialias},
             Field{"axes", &Resize::axes},
             Field{"coordinate_transformation_mode", &Resize::coordinate_transformation_mode},
             Field{"cubic_coeff_a", &Resize::cubic_coeff_a},
             Field{"exclude_outside", &Resize::exclude_outside},
             Field{"extrapolation_value", &Resize::extrapolation_value},
             Field{"keep_aspect_ratio_policy", &Resize::keep_aspect_ratio_policy},
             Field{"mode", &Resize::mode},
             Field{"nearest_mode", &Resize::nearest_mode}};
};

/// tern domain. Gradient of Resize: (dY, X, roi, scales, sizes) to the sums of dY over the elements
/// that each element of X went into, by the same weights. Only the shape of X is read.
struct ResizeGrad : Resize {};

/// (X, rois [R, 4] as x1, y1, x2, y2, batch_indices [R]) to [R, C, output_height, output_width]:
/// each region cut into cells, the mean (or largest) of sampling_ratio^2 points in each; 0 takes as
/// many as pixels fit. kHalfPixel shifts regions by half a pixel, as they should be.
struct RoiAlign {
  RoiCoordinates coordinate_transformation_mode = RoiCoordinates::kHalfPixel;
  RoiMode mode = RoiMode::kAvg;
  std::int64_t output_height = 1;
  std::int64_t output_width = 1;
  std::int64_t sampling_ratio = 0;
  float spatial_scale = 1.0F;
  static constexpr auto fields =
      Fields{Field{"coordinate_transformation_mode", &RoiAlign::coordinate_transformation_mode},
             Field{"mode", &RoiAlign::mode},
             Field{"output_height", &RoiAlign::output_height},
             Field{"output_width", &RoiAlign::output_width},
             Field{"sampling_ratio", &RoiAlign::sampling_ratio},
             Field{"spatial_scale", &RoiAlign::spatial_scale}};
};

/// tern domain. Gradient of RoiAlign with respect to X: (dY, X, rois, batch_indices).
struct RoiAlignGrad : RoiAlign {};

}  // namespace tern::ops

namespace tern {

template <>
struct AttributeEnum<ops::ResizeCoordinates> {
  static constexpr std::array<std::string_view, 6> names{
      "half_pixel",    "half_pixel_symmetric", "pytorch_half_pixel",
      "align_corners", "asymmetric",           "tf_crop_and_resize"};
};
template <>
struct AttributeEnum<ops::AspectPolicy> {
  static constexpr std::array<std::string_view, 3> names{"stretch", "not_larger", "not_smaller"};
};
template <>
struct AttributeEnum<ops::ResizeMode> {
  static constexpr std::array<std::string_view, 3> names{"nearest", "linear", "cubic"};
};
template <>
struct AttributeEnum<ops::NearestMode> {
  static constexpr std::array<std::string_view, 4> names{"round_prefer_floor", "round_prefer_ceil",
                                                         "floor", "ceil"};
};
template <>
struct AttributeEnum<ops::GridSampleMode> {
  static constexpr std::array<std::string_view, 3> names{"linear", "nearest", "cubic"};
};
template <>
struct AttributeEnum<ops::GridPadding> {
  static constexpr std::array<std::string_view, 3> names{"zeros", "border", "reflection"};
};
template <>
struct AttributeEnum<ops::DecodedPixels> {
  static constexpr std::array<std::string_view, 3> names{"RGB", "BGR", "Grayscale"};
};
template <>
struct AttributeEnum<ops::RoiCoordinates> {
  static constexpr std::array<std::string_view, 2> names{"half_pixel", "output_half_pixel"};
};
template <>
struct AttributeEnum<ops::RoiMode> {
  static constexpr std::array<std::string_view, 2> names{"avg", "max"};
};

}  // namespace tern
