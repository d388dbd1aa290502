// dw(o, ky, kx, c) = sum over output pixels p of dy(p, o) * x(p * stride + (ky, kx) * dilation, c).
//
// For a fixed kernel row ky and image row y the input values that pixel p meets lie together
// (kernel_w * in_c floats, `run`), and so do the out_c values of dy: a sum of outer products of
// runs, read in place (outer.h). The gradient is collected as [group][ky][kx][c][o] and reordered
// at the end.
#include <algorithm>

#include "backend/cpu/compute/conv_backward.h"
#include "backend/cpu/compute/conv_backward_winograd.h"
#include "backend/cpu/compute/conv_geometry.h"
#include "backend/cpu/compute/outer.h"
#include "backend/cpu/compute/padding.h"
#include "backend/cpu/compute/reduce.h"
#include "tern/thread_pool.h"

namespace tern::cpu {
namespace {

ConvShape with_strides(ConvShape s) {
  if (s.in_pixel == 0) s.in_pixel = s.in_c;
  if (s.out_pixel == 0) s.out_pixel = s.out_c;
  return s;
}

std::int64_t ceil_div(std::int64_t a, std::int64_t b) { return (a + b - 1) / b; }

std::int64_t align(std::int64_t floats) { return (floats + 15) / 16 * 16; }

std::int64_t gradient_floats(const ConvShape& s) {
  return align(s.out_c * (s.in_c / s.groups) * s.kernel_h * s.kernel_w);
}

// Outputs o of `count` with 0 <= o * stride - offset < size.
Range outputs_inside(std::int64_t offset, std::int64_t size, std::int64_t count,
                     std::int64_t stride) {
  const std::int64_t first = offset <= 0 ? 0 : ceil_div(offset, stride);
  const std::int64_t room = size + offset;
  const std::int64_t end = room <= 0 ? 0 : std::min(count, ceil_div(room, stride));
  return {std::min(first, end), end};
}

// Output rows whose window row ky falls inside the image.
Range output_rows(const ConvShape& s, std::int64_t ky) {
  return outputs_inside(s.pad_top - ky * s.dilation_h, s.in_h, s.out_h, s.stride_h);
}

class WeightGradient {
 public:
  WeightGradient(const ConvBackwardWeightsPlan& plan, const float* source, const float* dy,
                 float* gradient)
      : s_(plan.shape),
        kernels_(outer_kernels(plan.isa)),
        source_(source),
        dy_(dy),
        gradient_(gradient),
        run_(plan.run) {
    const bool copied = plan.padded_w != 0;
    pixel_ = copied ? s_.in_c : s_.in_pixel;
    row_ = (copied ? plan.padded_w : s_.in_w) * pixel_;
    left_ = copied ? 0 : s_.pad_left;
    group_in_ = s_.in_c / s_.groups;
    group_out_ = s_.out_c / s_.groups;
    runs_ = s_.kernel_h * s_.kernel_w * group_in_ / run_;
    pieces_ = ceil_div(run_, kernels_.max_rows);
    panels_ = ceil_div(group_out_, kernels_.max_columns);
  }

  // Tiles are cells of the gradient, so threads share nothing.
  void run(ThreadPool& pool) const {
    const std::int64_t cells = s_.groups * runs_ * pieces_ * panels_;
    pool.parallel_for(cells, 1, [&](std::int64_t begin, std::int64_t end) {
      // Blocks of image rows outermost: the rows of x and dy that a block reads stay in the L2
      // cache while all cells pass over them.
      const std::int64_t lines = lines_per_block();
      for (std::int64_t image = 0; image < s_.batch; ++image) {
        for (std::int64_t y = 0; y < s_.out_h; y += lines) {
          const Range block{y, std::min(s_.out_h, y + lines)};
          for (std::int64_t cell = begin; cell < end; ++cell) {
            run_cell(cell, image, block, image == 0 && y == 0);
          }
        }
      }
    });
  }

 private:
  std::int64_t lines_per_block() const {
    constexpr std::int64_t kBlockFloats = 128 * 1024;
    const std::int64_t line = s_.out_w * (s_.stride_h * s_.stride_w * s_.in_c + s_.out_c);
    return std::max<std::int64_t>(1, kBlockFloats / line);
  }

  void run_cell(std::int64_t cell, std::int64_t image, Range lines, bool first) const {
    const std::int64_t panel = cell % panels_ * kernels_.max_columns;
    const Range columns{panel, std::min<std::int64_t>(panel + kernels_.max_columns, group_out_)};
    const std::int64_t strip = cell / panels_;
    const Range rows = part_of(run_, strip % pieces_, pieces_);
    const std::int64_t tap = strip / pieces_ % runs_;
    const std::int64_t group = strip / pieces_ / runs_;
    const std::int64_t taps_per_row = runs_ / s_.kernel_h;
    const std::int64_t ky = tap / taps_per_row;
    const std::int64_t kx = tap % taps_per_row;

    const Range inside = output_rows(s_, ky);
    const std::int64_t y = std::max(lines.begin, inside.begin);
    const std::int64_t end = std::min(lines.end, inside.end);
    OuterProduct p{.a_step = s_.stride_w * pixel_,
                   .a_segment = s_.stride_h * row_,
                   .b_step = s_.out_pixel,
                   .b_segment = s_.out_w * s_.out_pixel,
                   .steps = s_.out_w,
                   .segments = std::max<std::int64_t>(0, end - y),
                   .columns = columns.size(),
                   .c_row = group_out_,
                   .accumulate = !first};
    if (p.segments > 0) {
      const std::int64_t in_y = y * s_.stride_h - s_.pad_top + ky * s_.dilation_h;
      p.a = source_ + (image * s_.in_h + in_y) * row_ + (kx * s_.dilation_w - left_) * pixel_ +
            group * group_in_ + rows.begin;
      p.b = dy_ + (image * s_.out_h + y) * p.b_segment + group * group_out_ + columns.begin;
    } else if (!first) {
      return;
    }
    p.c = gradient_ + ((group * runs_ + tap) * run_ + rows.begin) * group_out_ + columns.begin;
    kernels_.tile(p, static_cast<int>(rows.size()));
  }

  const ConvShape& s_;
  const OuterKernels& kernels_;
  const float* source_;
  const float* dy_;
  float* gradient_;
  std::int64_t run_, pixel_, row_, left_;
  std::int64_t group_in_, group_out_;
  std::int64_t runs_, pieces_, panels_;
};

// Output columns whose window column kx falls inside the image.
Range output_columns(const ConvShape& s, std::int64_t kx) {
  return outputs_inside(s.pad_left - kx * s.dilation_w, s.in_w, s.out_w, s.stride_w);
}

// One channel per group: the gradient of a tap is a sum of products channel by channel, read from
// the image itself.
void run_depthwise(const ConvBackwardWeightsPlan& plan, const ConvBackwardWeightsCall& call,
                   float* gradient, ThreadPool& pool) {
  const ConvShape& s = plan.shape;
  constexpr std::int64_t kChannels = 64;  // whole vectors, four cache lines
  const std::int64_t slices = ceil_div(s.in_c, kChannels);
  const std::int64_t window = s.kernel_h * s.kernel_w;
  const std::int64_t row = s.in_w * s.in_pixel;
  pool.parallel_for(slices * window, 1, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t cell = begin; cell < end; ++cell) {
      const std::int64_t channel = cell / window * kChannels;
      const std::int64_t ky = cell % window / s.kernel_w;
      const std::int64_t kx = cell % s.kernel_w;
      const Range ys = output_rows(s, ky);
      const Range xs = output_columns(s, kx);
      for (std::int64_t image = 0; image < s.batch; ++image) {
        OuterProduct p{.a_step = s.stride_w * s.in_pixel,
                       .a_segment = s.stride_h * row,
                       .b_step = s.out_pixel,
                       .b_segment = s.out_w * s.out_pixel,
                       .steps = xs.size(),
                       .segments = xs.size() > 0 ? ys.size() : 0,
                       .columns = std::min(kChannels, s.in_c - channel),
                       .c = gradient + cell % window * s.in_c + channel,
                       .accumulate = image > 0};
        if (p.segments > 0) {
          const std::int64_t y = ys.begin * s.stride_h - s.pad_top + ky * s.dilation_h;
          const std::int64_t x = xs.begin * s.stride_w - s.pad_left + kx * s.dilation_w;
          p.a = call.x + (image * s.in_h + y) * row + x * s.in_pixel + channel;
          p.b =
              call.dy + ((image * s.out_h + ys.begin) * s.out_w + xs.begin) * s.out_pixel + channel;
        }
        outer_kernels(plan.isa).diagonal(p);
      }
    }
  });
  for (std::int64_t c = 0; c < s.in_c; ++c) {
    for (std::int64_t t = 0; t < window; ++t) call.dw[c * window + t] = gradient[t * s.in_c + c];
  }
}

// [group][ky][kx][c][o] to [o][c][ky][kx].
void reorder(const ConvShape& s, const float* gradient, float* dw, ThreadPool& pool) {
  const std::int64_t group_in = s.in_c / s.groups;
  const std::int64_t group_out = s.out_c / s.groups;
  const std::int64_t window = s.kernel_h * s.kernel_w;
  const std::int64_t filter = group_in * window;
  pool.parallel_for(s.out_c, std::max<std::int64_t>(1, 16 * 1024 / filter),
                    [&](std::int64_t begin, std::int64_t end) {
                      for (std::int64_t o = begin; o < end; ++o) {
                        const float* from =
                            gradient + o / group_out * filter * group_out + o % group_out;
                        float* to = dw + o * filter;
                        for (std::int64_t t = 0; t < window; ++t) {
                          for (std::int64_t c = 0; c < group_in; ++c) {
                            to[c * window + t] = from[(t * group_in + c) * group_out];
                          }
                        }
                      }
                    });
}

ReducePlan bias_plan(const ConvShape& s, int threads, Isa isa) {
  return plan_reduce(ReduceOp::kSum, 1, s.batch * s.out_h * s.out_w, s.out_pixel, threads, isa);
}

// The sum over all pixels. Only dense dy is a plain reduction; else the columns beyond out_c would
// be read and written too.
void sum_bias(const ConvBackwardWeightsPlan& plan, const float* dy, float* dbias, float* scratch,
              ThreadPool& pool) {
  const ConvShape& s = plan.shape;
  if (s.out_pixel == s.out_c) {
    return run_reduce(bias_plan(s, plan.threads, plan.isa), dy, dbias, scratch, pool);
  }
  reduce_kernels(plan.isa).first(ReduceOp::kSum, dy, s.out_pixel, s.batch * s.out_h * s.out_w,
                                 s.out_c, dbias);
}

std::int64_t padded_floats(const ConvBackwardWeightsPlan& plan) {
  return align(plan.shape.batch * plan.shape.in_h * plan.padded_w * plan.shape.in_c);
}

bool is_depthwise(const ConvShape& s) {
  return s.groups > 1 && s.groups == s.in_c && s.groups == s.out_c;
}

// Channels from which the saved multiplications outweigh the transforms, for images whose edges do
// not fill most of the tiles.
bool favours_winograd(const ConvShape& s) {
  constexpr std::int64_t kMinChannels = 32;
  const bool supported = s.kernel_h == 3 && s.kernel_w == 3 && s.stride_h == 1 && s.stride_w == 1 &&
                         s.dilation_h == 1 && s.dilation_w == 1 && s.groups == 1;
  if (!supported || s.in_c < kMinChannels || s.out_c < kMinChannels) return false;
  const std::int64_t tiles = ceil_div(s.out_h, 4) * ceil_div(s.out_w, 4);
  return 2 * 36 * tiles <= 9 * s.out_h * s.out_w;
}

ConvGradient choose_algorithm(const ConvShape& s) {
  if (is_depthwise(s)) return ConvGradient::kDepthwise;
  return favours_winograd(s) ? ConvGradient::kWinograd : ConvGradient::kDirect;
}

void run_dense(const ConvBackwardWeightsPlan& plan, const ConvBackwardWeightsCall& call,
               float* padded, float* gradient, ThreadPool& pool) {
  const float* source = call.x;
  if (plan.padded_w != 0) {
    pad_image(plan.shape, plan.padded_w, call.x, padded, pool);
    source = padded;
  }
  WeightGradient(plan, source, call.dy, gradient).run(pool);
  reorder(plan.shape, gradient, call.dw, pool);
}

}  // namespace

ConvBackwardWeightsPlan plan_conv_backward_weights(const ConvShape& forward, int threads, Isa isa) {
  const ConvShape s = with_strides(forward);
  ConvBackwardWeightsPlan plan{
      .shape = s, .isa = isa, .threads = threads, .algorithm = choose_algorithm(s)};
  plan.scratch_floats = bias_plan(s, threads, isa).scratch_floats;
  if (plan.algorithm == ConvGradient::kWinograd) {
    plan_winograd_gradient(plan);
    return plan;
  }
  if (plan.algorithm == ConvGradient::kDirect) plan.padded_w = padded_width(s);
  const std::int64_t group_in = s.in_c / s.groups;
  const std::int64_t pixel = plan.padded_w != 0 ? s.in_c : s.in_pixel;
  plan.run = s.dilation_w == 1 && pixel == group_in ? s.kernel_w * group_in : group_in;
  plan.scratch_floats += padded_floats(plan) + gradient_floats(s);
  return plan;
}

void run_conv_backward_weights(const ConvBackwardWeightsPlan& plan,
                               const ConvBackwardWeightsCall& call, float* scratch,
                               ThreadPool& pool) noexcept {
  const ConvShape& s = plan.shape;
  float* gradient = scratch + padded_floats(plan);
  if (s.batch * s.out_h * s.out_w == 0) {
    std::fill_n(call.dw, s.out_c * (s.in_c / s.groups) * s.kernel_h * s.kernel_w, 0.0F);
  } else {
    switch (plan.algorithm) {
      case ConvGradient::kDirect: run_dense(plan, call, scratch, gradient, pool); break;
      case ConvGradient::kWinograd: run_winograd_gradient(plan, call, scratch, pool); break;
      case ConvGradient::kDepthwise: run_depthwise(plan, call, gradient, pool); break;
    }
  }
  if (call.dbias != nullptr) {
    sum_bias(plan, call.dy, call.dbias, scratch, pool);
  }
}

}  // namespace tern::cpu
