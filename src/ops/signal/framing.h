// What STFT and its gradients share: frames of a signal.
#pragma once

#include "graph/op_def.h"
#include "ops/reference.h"
#include "tern/ops/signal.h"

namespace tern::ops {

/// The type of STFT of inputs [first, first + 4): signal, frame_step, window, frame_length.
Result<TypeInfo> infer_stft(const STFT& op, const InferContext& c, std::size_t first);

/// A concrete STFT.
struct Framing {
  std::int64_t batch = 1;
  std::int64_t samples = 0;
  std::int64_t parts = 1;  // 2 for a complex signal
  std::int64_t step = 1;
  std::int64_t length = 0;  // of a frame
  std::int64_t frames = 0;
  std::int64_t frequencies = 0;
  std::vector<double> window;  // `length` factors

  static Result<Framing> make(const STFT& op, const ReferenceContext& c, std::size_t first);
};

}  // namespace tern::ops
