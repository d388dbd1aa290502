#include "ops/signal/framing.h"

#include "base/errors.h"
#include "ops/elementwise.h"
#include "ops/tensor/dims.h"

namespace tern::ops {
namespace {

Result<std::int64_t> frame_count(std::int64_t samples, std::int64_t step, std::int64_t length) {
  if (step < 1) return invalid_argument("frame_step is {}, below 1", step);
  if (length < 1 || length > samples) {
    return invalid_argument("a frame of {} does not fit in {} samples", length, samples);
  }
  return (samples - length) / step + 1;
}

}  // namespace

Result<TypeInfo> infer_stft(const STFT& op, const InferContext& c, std::size_t first) {
  const TypeInfo& signal = c.in[first];
  if (signal.rank() != 2 && signal.rank() != 3) {
    return invalid_argument("the signal has rank {}, neither 2 nor 3", signal.rank());
  }
  if (signal.rank() == 3) {
    const Dim& parts = signal.shape[2];
    if (parts.known() && parts.value() != 1 && parts.value() != 2) {
      return invalid_argument("the signal's last axis has {} entries, neither 1 nor 2",
                              parts.value());
    }
    if (op.onesided && parts.known() && parts.value() == 2) {
      return invalid_argument("the spectrum of a complex signal is not onesided");
    }
  }
  TERN_TRY(check_scalar("frame_step", c.in[first + 1]));
  TERN_TRY(check_vector(c, first + 2, "window"));
  const bool has_window = c.has(first + 2);
  const bool has_length = c.has(first + 3);
  if (has_length) TERN_TRY(check_scalar("frame_length", c.in[first + 3]));
  if (!has_window && !has_length)
    return invalid_argument("neither window nor frame_length is given");
  Dim length = has_window ? c.in[first + 2].shape[0] : Dim();
  if (const auto stated = c.ints(first + 3)) {
    if ((*stated)[0] < 1) return invalid_argument("frame_length is {}", (*stated)[0]);
    Result<Dim> merged = merge_dims(length, Dim((*stated)[0]));
    if (!merged.ok()) return std::move(merged).status().with_context("window and frame_length");
    length = *merged;
  }
  Dim frames;
  const auto step = c.ints(first + 1);
  const Dim& samples = signal.shape[1];
  if (step && samples.known() && length.known()) {
    TERN_ASSIGN_OR_RETURN(const std::int64_t count,
                          frame_count(samples.value(), (*step)[0], length.value()));
    frames = Dim(count);
  }
  Dim frequencies = length;
  if (op.onesided) frequencies = length.known() ? Dim(length.value() / 2 + 1) : Dim();
  std::vector<Dim> out{signal.shape[0], frames, frequencies, Dim(2)};
  TERN_TRY(check_limits(out));
  return TypeInfo(signal.dtype, std::move(out));
}

Result<Framing> Framing::make(const STFT& op, const ReferenceContext& c, std::size_t first) {
  const Tensor& signal = c.in(first);
  Framing f{.batch = signal.dim(0), .samples = signal.dim(1)};
  if (signal.rank() == 3) f.parts = signal.dim(2);
  f.step = IntReader(c.in(first + 1))[0];
  f.length = c.has(first + 3) ? IntReader(c.in(first + 3))[0] : c.in(first + 2).dim(0);
  TERN_ASSIGN_OR_RETURN(f.frames, frame_count(f.samples, f.step, f.length));
  f.frequencies = op.onesided ? f.length / 2 + 1 : f.length;
  f.window.assign(static_cast<std::size_t>(f.length), 1.0);
  if (c.has(first + 2)) f.window = read_f64(c.in(first + 2));
  if (static_cast<std::int64_t>(f.window.size()) != f.length) {
    return invalid_argument("a window of {} for frames of {}", f.window.size(), f.length);
  }
  return f;
}

}  // namespace tern::ops
