#include "backend/cpu/compute/int8_conv.h"

#include <algorithm>
#include <cstring>
#include <vector>

#include "backend/cpu/compute/conv_geometry.h"
#include "backend/cpu/compute/int8_depthwise.h"

namespace tern::cpu {
namespace {

std::int64_t element_bytes(Isa isa) { return 4 / int8_tile_kernels(isa).products; }

bool is_pointwise(const ConvShape& s) {
  return s.kernel_h == 1 && s.kernel_w == 1 && s.stride_h == 1 && s.stride_w == 1 &&
         s.pad_top == 0 && s.pad_left == 0 && s.out_h == s.in_h && s.out_w == s.in_w;
}

// Rows of a group's matrix are (kernel row, kernel column, channel), as a window lies in an image.
std::vector<std::int64_t> filter_rows(const Int8ConvWeights& w) {
  std::vector<std::int64_t> rows;
  const std::int64_t taps = w.kernel_h * w.kernel_w;
  rows.reserve(static_cast<std::size_t>(taps * w.group_in));
  for (std::int64_t tap = 0; tap < taps; ++tap) {
    for (std::int64_t c = 0; c < w.group_in; ++c) rows.push_back(c * taps + tap);
  }
  return rows;
}

Int8Source source_of(const Int8ConvWeights& w, const Int8Filter& filter, std::int64_t group,
                     const std::vector<std::int64_t>& rows) {
  const std::int64_t filter_size = w.kernel_h * w.kernel_w * w.group_in;
  const std::int64_t first = group * w.group_out;
  return {.w = filter.w + first * filter_size,
          .is_signed = filter.is_signed,
          .rows = rows.data(),
          .column = filter_size,
          .zeros = filter.zeros != nullptr ? filter.zeros + first : nullptr};
}

// As copies of A in the strips of a product: raised where words have bytes and x is signed.
std::int32_t element_of(Isa isa, bool is_signed, std::int32_t value) {
  return is_signed && element_bytes(isa) == 1 ? value + 128 : value;
}

void fill_elements(Isa isa, std::int32_t element, std::int64_t count, std::byte* to) {
  if (element_bytes(isa) == 1) {
    std::memset(to, element, static_cast<std::size_t>(count));
  } else {
    std::fill_n(reinterpret_cast<std::int16_t*>(to), count, static_cast<std::int16_t>(element));
  }
}

// A run of bytes, most often short.
void copy_run(const std::uint8_t* from, std::int64_t count, std::byte* to) {
  if (count > 32 || count < 8) {
    if (count < 8) {
      for (std::int64_t i = 0; i < count; ++i) to[i] = std::byte{from[i]};
      return;
    }
    std::memcpy(to, from, static_cast<std::size_t>(count));
  } else if (count >= 16) {  // two halves that may overlap
    std::memcpy(to, from, 16);
    std::memcpy(to + count - 16, from + count - 16, 16);
  } else {
    std::memcpy(to, from, 8);
    std::memcpy(to + count - 8, from + count - 8, 8);
  }
}

// `lines` short runs that lie `stride` apart, one behind the other: each as two pieces of kPiece
// bytes that may overlap.
template <std::int64_t kPiece>
void copy_lines(const std::uint8_t* from, std::int64_t stride, std::int64_t lines,
                std::int64_t count, std::byte* to) {
  for (std::int64_t i = 0; i < lines; ++i, from += stride, to += count) {
    std::memcpy(to, from, kPiece);
    std::memcpy(to + count - kPiece, from + count - kPiece, kPiece);
  }
}

// Copies windows of one group into rows of A.
class Windows {
 public:
  Windows(const Int8ConvWeights& w, const ConvShape& s, const Int8ConvCall& call,
          std::int64_t group)
      : w_(w),
        s_(s),
        call_(call),
        x_(call.x + group * w.group_in),
        bytes_(element_bytes(w.isa)),
        padding_(element_of(w.isa, call.x_signed, call.x_zero)),
        plain_(bytes_ == 1 && !call.x_signed),
        joined_(s.dilation_w == 1 && s.in_pixel == w.group_in),
        reach_((s.kernel_w - 1) * s.dilation_w),
        run_(plain_ && joined_ ? s.kernel_w * w.group_in : 0) {}

  void gather(std::int64_t first, std::int64_t count, std::byte* to, std::int64_t row_bytes) const {
    std::int64_t line = first / s_.out_w;
    std::int64_t x = first % s_.out_w;
    while (count > 0) {
      const std::int64_t end = std::min(s_.out_w, x + count);
      count -= end - x;
      const std::int64_t top = line % s_.out_h * s_.stride_h - s_.pad_top;
      const std::uint8_t* image = x_ + line / s_.out_h * s_.in_h * s_.in_w * s_.in_pixel;
      const Range rows = positions_inside(top, s_.in_h, s_.kernel_h, s_.dilation_h);
      for (; x < end; ++x, to += row_bytes) {
        gather_window(image, top, rows, x * s_.stride_w - s_.pad_left, to);
      }
      x = 0;
      ++line;
    }
  }

 private:
  void gather_window(const std::uint8_t* image, std::int64_t top, Range rows, std::int64_t left,
                     std::byte* to) const {
    const bool inside = left >= 0 && left + reach_ < s_.in_w;
    if (inside && run_ >= 8 && run_ <= 32 && rows.size() == s_.kernel_h) {
      const std::int64_t stride = s_.dilation_h * s_.in_w * s_.in_pixel;
      const std::uint8_t* first = image + (top * s_.in_w + left) * s_.in_pixel;
      return run_ < 16 ? copy_lines<8>(first, stride, s_.kernel_h, run_, to)
                       : copy_lines<16>(first, stride, s_.kernel_h, run_, to);
    }
    const Range columns = inside ? Range{0, s_.kernel_w}
                                 : positions_inside(left, s_.in_w, s_.kernel_w, s_.dilation_w);
    to = pad(rows.begin * s_.kernel_w, to);
    for (std::int64_t ky = rows.begin; ky < rows.end; ++ky) {
      const std::int64_t y = top + ky * s_.dilation_h;
      const std::uint8_t* from = image + (y * s_.in_w + left) * s_.in_pixel;
      to = pad(columns.begin, to);
      if (joined_) {
        to = copy(from + columns.begin * s_.in_pixel, columns.size() * w_.group_in, to);
      } else {
        for (std::int64_t kx = columns.begin; kx < columns.end; ++kx) {
          to = copy(from + kx * s_.dilation_w * s_.in_pixel, w_.group_in, to);
        }
      }
      to = pad(s_.kernel_w - columns.end, to);
    }
    pad((s_.kernel_h - rows.end) * s_.kernel_w, to);
  }

  std::byte* copy(const std::uint8_t* from, std::int64_t count, std::byte* to) const {
    if (plain_) {
      copy_run(from, count, to);
    } else {
      int8_tile_kernels(w_.isa).copy(from, count, call_.x_signed, to);
    }
    return to + count * bytes_;
  }
  std::byte* pad(std::int64_t taps, std::byte* to) const {
    if (taps <= 0) return to;
    fill_elements(w_.isa, padding_, taps * w_.group_in, to);
    return to + taps * w_.group_in * bytes_;
  }

  const Int8ConvWeights& w_;
  const ConvShape& s_;
  const Int8ConvCall& call_;
  const std::uint8_t* x_;
  std::int64_t bytes_;
  std::int32_t padding_;
  bool plain_;   // elements are the bytes as they lie
  bool joined_;  // a kernel row of a window lies together
  std::int64_t reach_;
  std::int64_t run_;  // bytes of a kernel row that lie together as elements do; else 0
};

void run_groups(const Int8ConvWeights& w, const ConvShape& s, const Int8ConvCall& call,
                std::byte* scratch, ThreadPool& pool) {
  const std::int64_t y_bytes = call.finish.output == SumOutput::kByte ? 1 : 4;
  for (std::int64_t group = 0; group < w.groups; ++group) {
    Int8Call product{.m = s.batch * s.out_h * s.out_w,
                     .a = call.x + group * w.group_in,
                     .a_row = s.in_pixel,
                     .a_signed = call.x_signed,
                     .packed = call.packed + group * w.gemm.packed_bytes,
                     .finish = call.finish,
                     .c = static_cast<std::byte*>(call.y) + group * w.group_out * y_bytes,
                     .c_row = s.out_pixel};
    product.finish.start += group * w.columns;
    if (product.finish.factor != nullptr) product.finish.factor += group * w.columns;
    if (is_pointwise(s)) {
      run_int8(w.gemm, product, scratch, pool);
    } else {
      const Windows windows(w, s, call, group);
      run_int8_gathered(
          w.gemm, product,
          [&](std::int64_t first, std::int64_t count, std::byte* to, std::int64_t row_bytes) {
            windows.gather(first, count, to, row_bytes);
          },
          scratch, pool);
    }
  }
}

// ------------------------------------------------------------------------------------ depthwise

std::int64_t tap_slots(const Int8ConvWeights& w) {
  return w.gemm.words() * int8_tile_kernels(w.isa).products;
}

// A line of pixels of padding, so that taps above and below the image move along like the others.
std::int64_t padding_bytes(const Int8ConvWeights& w, const ConvShape& s) {
  const std::int64_t pixel = s.in_pixel != 0 ? s.in_pixel : s.in_c;
  return (std::max<std::int64_t>(0, s.out_w - 1) * s.stride_w * pixel + w.groups + 63) / 64 * 64;
}

// Outputs of a line whose windows reach over neither side of the image.
Range inner_pixels(const ConvShape& s) {
  const std::int64_t reach = (s.kernel_w - 1) * s.dilation_w;
  const std::int64_t last = s.in_w - 1 - reach + s.pad_left;
  const std::int64_t end = last < 0 ? 0 : std::min(s.out_w, last / s.stride_w + 1);
  const std::int64_t begin = s.pad_left <= 0 ? 0 : (s.pad_left + s.stride_w - 1) / s.stride_w;
  return {std::min(begin, end), end};
}

class Depthwise {
 public:
  Depthwise(const Int8ConvWeights& w, const ConvShape& s, const Int8ConvCall& call,
            const std::uint8_t* padding)
      : w_(w),
        s_(s),
        call_(call),
        padding_(padding),
        slots_(w.gemm.layer_words * int8_tile_kernels(w.isa).products),
        inner_(inner_pixels(s)) {}

  void run_line(std::int64_t line, const std::uint8_t** taps) const {
    for (std::int64_t x = 0; x < inner_.begin; ++x) run_pixels(line, x, 1, taps);
    if (inner_.size() > 0) run_pixels(line, inner_.begin, inner_.size(), taps);
    for (std::int64_t x = inner_.end; x < s_.out_w; ++x) run_pixels(line, x, 1, taps);
  }

 private:
  void run_pixels(std::int64_t line, std::int64_t x, std::int64_t count,
                  const std::uint8_t** taps) const {
    find_taps(line, x, taps);
    const std::int64_t y_bytes = call_.finish.output == SumOutput::kByte ? 1 : 4;
    int8_depthwise_kernels(w_.isa).pixels(
        {.taps = taps,
         .step = s_.stride_w * s_.in_pixel,
         .used_taps = w_.kernel_h * w_.kernel_w,
         .words = w_.gemm.words(),
         .is_signed = call_.x_signed,
         .packed = call_.packed,
         .channels = w_.groups,
         .finish = call_.finish,
         .y = static_cast<std::byte*>(call_.y) + (line * s_.out_w + x) * s_.out_pixel * y_bytes,
         .y_pixel = s_.out_pixel,
         .count = count});
  }

  // Of several outputs, all have their windows' columns inside the image.
  void find_taps(std::int64_t line, std::int64_t x, const std::uint8_t** taps) const {
    const std::int64_t left = x * s_.stride_w - s_.pad_left;
    const std::int64_t top = line % s_.out_h * s_.stride_h - s_.pad_top;
    const std::uint8_t* image = call_.x + line / s_.out_h * s_.in_h * s_.in_w * s_.in_pixel;
    std::int64_t slot = 0;
    for (std::int64_t ky = 0; ky < s_.kernel_h; ++ky) {
      const std::int64_t iy = top + ky * s_.dilation_h;
      for (std::int64_t kx = 0; kx < s_.kernel_w; ++kx, ++slot) {
        const std::int64_t ix = left + kx * s_.dilation_w;
        const bool inside = iy >= 0 && iy < s_.in_h && ix >= 0 && ix < s_.in_w;
        taps[slot] = inside ? image + (iy * s_.in_w + ix) * s_.in_pixel : padding_;
      }
    }
    for (; slot < slots_; ++slot) taps[slot] = padding_;
    for (int layer = 1; layer < w_.gemm.layers; ++layer) {
      std::copy_n(taps, slots_, taps + layer * slots_);
    }
  }

  const Int8ConvWeights& w_;
  const ConvShape& s_;
  const Int8ConvCall& call_;
  const std::uint8_t* padding_;
  std::int64_t slots_;
  Range inner_;
};

void run_depthwise(const Int8ConvWeights& w, const ConvShape& s, const Int8ConvCall& call,
                   std::byte* scratch, ThreadPool& pool) {
  auto* padding = reinterpret_cast<std::uint8_t*>(scratch);
  std::memset(padding, call.x_zero, static_cast<std::size_t>(padding_bytes(w, s)));
  auto* taps = reinterpret_cast<const std::uint8_t**>(scratch + padding_bytes(w, s));
  const Depthwise depthwise(w, s, call, padding);
  constexpr std::int64_t kMinWork = 256 * 1024;  // products per thread
  const std::int64_t lines = s.batch * s.out_h;
  const std::int64_t work = lines * s.out_w * w.groups * w.kernel_h * w.kernel_w;
  const std::int64_t parts = std::clamp<std::int64_t>(work / kMinWork, 1, pool.size());
  pool.parallel_for(parts, 1, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t part = begin; part < end; ++part) {
      const Range mine = part_of(lines, part, parts);
      for (std::int64_t line = mine.begin; line < mine.end; ++line) {
        depthwise.run_line(line, taps + part * tap_slots(w));
      }
    }
  });
}

}  // namespace

Int8ConvWeights plan_int8_filter(const ConvShape& shape, const Int8Filter& filter, Isa isa) {
  Int8ConvWeights w{.isa = isa, .groups = shape.groups};
  w.depthwise = shape.groups > 1 && shape.groups == shape.in_c && shape.groups == shape.out_c;
  w.group_in = shape.in_c / shape.groups;
  w.group_out = shape.out_c / shape.groups;
  w.kernel_h = shape.kernel_h;
  w.kernel_w = shape.kernel_w;
  const std::int64_t depth = w.kernel_h * w.kernel_w * w.group_in;
  // The filter seen as a matrix with a column per output channel of all groups.
  const int layers = int8_layers({.w = filter.w,
                                  .is_signed = filter.is_signed,
                                  .row = 1,
                                  .column = depth,
                                  .zeros = filter.zeros},
                                 depth, shape.out_c, isa);
  w.gemm = plan_int8_weights(depth, w.depthwise ? w.groups : w.group_out, layers, isa);
  w.columns = w.gemm.columns;
  w.packed_bytes = w.gemm.packed_bytes * (w.depthwise ? 1 : w.groups);
  return w;
}

void pack_int8_filter(const Int8ConvWeights& w, const Int8Filter& filter, std::byte* packed,
                      std::int32_t* column_sums, ThreadPool& pool) {
  if (w.depthwise) {
    const Int8Source source{.w = filter.w,
                            .is_signed = filter.is_signed,
                            .row = 1,
                            .column = w.kernel_h * w.kernel_w,
                            .zeros = filter.zeros};
    return pack_int8(w.gemm, source, packed, column_sums, pool);
  }
  const std::vector<std::int64_t> rows = filter_rows(w);
  for (std::int64_t group = 0; group < w.groups; ++group) {
    pack_int8(w.gemm, source_of(w, filter, group, rows), packed + group * w.gemm.packed_bytes,
              column_sums + group * w.columns, pool);
  }
}

void start_int8_conv(const Int8ConvWeights& w, const std::int32_t* column_sums, std::int32_t x_zero,
                     bool x_signed, const std::int32_t* bias, std::int32_t* start) noexcept {
  const std::int64_t groups = w.depthwise ? 1 : w.groups;
  for (std::int64_t group = 0; group < groups; ++group) {
    start_sums(w.gemm, column_sums + group * w.columns, x_zero, x_signed,
               bias != nullptr ? bias + group * w.group_out : nullptr, start + group * w.columns);
  }
}

std::int64_t column_of(const Int8ConvWeights& w, std::int64_t channel) {
  if (w.depthwise) return channel;
  return channel / w.group_out * w.columns + channel % w.group_out;
}

std::int64_t int8_conv_scratch_bytes(const Int8ConvWeights& w, const ConvShape& shape,
                                     int threads) {
  if (w.depthwise) {
    return padding_bytes(w, shape) +
           threads * tap_slots(w) * static_cast<std::int64_t>(sizeof(const std::uint8_t*));
  }
  return int8_scratch_bytes(w.gemm, shape.batch * shape.out_h * shape.out_w, threads);
}

void run_int8_conv(const Int8ConvWeights& w, const ConvShape& shape, const Int8ConvCall& call,
                   std::byte* scratch, ThreadPool& pool) noexcept {
  if (w.depthwise) {
    run_depthwise(w, shape, call, scratch, pool);
  } else {
    run_groups(w, shape, call, scratch, pool);
  }
}

}  // namespace tern::cpu
