// Resizing: every output pixel is a weighted sum of the input pixels around the same place, first
// along the rows, then along the columns.
#include <algorithm>
#include <cmath>
#include <cstring>

#include "image/check_image.h"

namespace tern {
namespace {

// Weights are integers in units of 2^-kBits, so that results are the same on every machine. With
// |weights| summing to less than 2 and pixels of 8 bits a sum fits into 31 bits.
constexpr int kBits = 21;
constexpr std::int64_t kMaxSide = std::int64_t{1} << 24;

/// Half the width of a filter at scale 1.
double radius_of(ResizeFilter filter) {
  switch (filter) {
    case ResizeFilter::kNearest:
    case ResizeFilter::kBox: return 0.5;
    case ResizeFilter::kBilinear: return 1;
    case ResizeFilter::kBicubic: return 2;
  }
  return 1;
}

double weight_of(ResizeFilter filter, double x) {
  x = std::abs(x);
  switch (filter) {
    case ResizeFilter::kNearest: return 0;  // has no weights
    case ResizeFilter::kBox: return x <= 0.5 ? 1 : 0;
    case ResizeFilter::kBilinear: return std::max(0.0, 1 - x);
    case ResizeFilter::kBicubic: {
      // Keys, "Cubic convolution interpolation", 1981, with a = -1/2.
      constexpr double kA = -0.5;
      if (x < 1) return ((kA + 2) * x - (kA + 3)) * x * x + 1;
      if (x < 2) return ((kA * x - 5 * kA) * x + 8 * kA) * x - 4 * kA;
      return 0;
    }
  }
  return 0;
}

/// For every place along one output side: the first input place and the weights from there.
struct Taps {
  std::size_t count = 0;  // per place; unused ones are 0
  std::vector<std::int64_t> first;
  std::vector<std::int32_t> weights;
};

Taps taps_for(std::int64_t in, std::int64_t out, const ResizeOptions& options) {
  const double scale = static_cast<double>(in) / static_cast<double>(out);
  const double stretch = options.antialias ? std::max(scale, 1.0) : 1.0;
  const double radius = radius_of(options.filter) * stretch;
  Taps taps;
  taps.count = static_cast<std::size_t>(
      std::min<double>(static_cast<double>(in), std::ceil(radius) * 2 + 1));
  std::vector<double> exact(taps.count);
  for (std::int64_t i = 0; i < out; ++i) {
    const double center = (static_cast<double>(i) + 0.5) * scale;
    const auto begin = std::clamp<std::int64_t>(
        static_cast<std::int64_t>(std::floor(center - radius + 0.5)), 0, in - 1);
    const auto end = std::clamp<std::int64_t>(
        static_cast<std::int64_t>(std::floor(center + radius + 0.5)), begin + 1, in);
    const auto used = std::min(static_cast<std::size_t>(end - begin), taps.count);
    double sum = 0;
    for (std::size_t k = 0; k < used; ++k) {
      const double distance = static_cast<double>(begin) + static_cast<double>(k) + 0.5 - center;
      exact[k] = weight_of(options.filter, distance / stretch);
      sum += exact[k];
    }
    if (sum == 0) exact[0] = sum = 1;  // all weights ended on the edge of the filter
    taps.first.push_back(begin);
    for (std::size_t k = 0; k < taps.count; ++k) {
      const double weight = k < used ? exact[k] / sum * (1 << kBits) : 0;
      taps.weights.push_back(static_cast<std::int32_t>(std::lround(weight)));
    }
  }
  return taps;
}

std::uint8_t to_byte(std::int32_t sum) {
  return static_cast<std::uint8_t>(std::clamp((sum + (1 << (kBits - 1))) >> kBits, 0, 255));
}

template <int kChannels>
void resize_row(const std::uint8_t* from, std::int64_t in, std::uint8_t* to, const Taps& taps) {
  const std::int32_t* weights = taps.weights.data();
  for (const std::int64_t first : taps.first) {
    const auto used =
        std::min(taps.count, static_cast<std::size_t>(in - first));  // the others weigh 0
    std::int32_t sums[kChannels] = {};
    const std::uint8_t* pixel = from + first * kChannels;
    for (std::size_t k = 0; k < used; ++k, pixel += kChannels) {
      for (int c = 0; c < kChannels; ++c) sums[c] += weights[k] * pixel[c];
    }
    for (int c = 0; c < kChannels; ++c) *to++ = to_byte(sums[c]);
    weights += taps.count;
  }
}

void resize_row(const Image& image, std::int64_t y, std::uint8_t* to, const Taps& taps) {
  switch (image.channels()) {
    case 1: return resize_row<1>(image.row(y), image.width(), to, taps);
    case 3: return resize_row<3>(image.row(y), image.width(), to, taps);
    default: return resize_row<4>(image.row(y), image.width(), to, taps);
  }
}

Result<Image> resize_nearest(const Image& image, std::int64_t height, std::int64_t width) {
  TERN_ASSIGN_OR_RETURN(Image out, Image::create(height, width, image.format));
  const auto channels = static_cast<std::size_t>(image.channels());
  const auto nearest = [](std::int64_t i, std::int64_t in, std::int64_t size) {
    return (2 * i + 1) * in / (2 * size);  // of the middle of the pixel, rounded down
  };
  for (std::int64_t y = 0; y < height; ++y) {
    const std::uint8_t* const from = image.row(nearest(y, image.height(), height));
    std::uint8_t* to = out.mutable_row(y);
    for (std::int64_t x = 0; x < width; ++x, to += channels) {
      std::copy_n(from + nearest(x, image.width(), width) * image.channels(), channels, to);
    }
  }
  return out;
}

}  // namespace

Result<Image> resize_image(const Image& image, std::int64_t height, std::int64_t width,
                           const ResizeOptions& options) {
  TERN_TRY(image::check_image(image));
  if (height < 1 || width < 1 || height > kMaxSide || width > kMaxSide) {
    return invalid_argument("resizing to {} x {} pixels; 1 to {} a side are possible", width,
                            height, kMaxSide);
  }
  if (height == image.height() && width == image.width()) return image;
  if (options.filter == ResizeFilter::kNearest) return resize_nearest(image, height, width);

  const Taps across = taps_for(image.width(), width, options);
  const Taps down = taps_for(image.height(), height, options);
  TERN_ASSIGN_OR_RETURN(Image out, Image::create(height, width, image.format));
  // Rows that were resized and are still needed, each at its number modulo the size of the ring.
  const auto row_bytes = static_cast<std::size_t>(width * image.channels());
  std::vector<std::uint8_t> ring(row_bytes * down.count);
  const auto ring_row = [&](std::int64_t y) {
    return ring.data() + static_cast<std::size_t>(y) % down.count * row_bytes;
  };
  std::vector<std::int32_t> sums(row_bytes);
  std::int64_t done = 0;
  for (std::int64_t y = 0; y < height; ++y) {
    const std::int64_t first = down.first[static_cast<std::size_t>(y)];
    const std::int64_t end =
        std::min(first + static_cast<std::int64_t>(down.count), image.height());
    for (done = std::max(done, first); done < end; ++done) {
      resize_row(image, done, ring_row(done), across);
    }
    std::ranges::fill(sums, 0);
    const std::int32_t* weight = down.weights.data() + static_cast<std::size_t>(y) * down.count;
    for (std::int64_t v = first; v < end; ++v, ++weight) {
      const std::uint8_t* const from = ring_row(v);
      for (std::size_t i = 0; i < row_bytes; ++i) sums[i] += *weight * from[i];
    }
    std::ranges::transform(sums, out.mutable_row(y), to_byte);
  }
  return out;
}

}  // namespace tern
