// From the fused operators' activation attributes to what the compute core takes.
#pragma once

#include <optional>

#include "backend/cpu/compute/epilogue.h"
#include "tern/ops/fused.h"

namespace tern::cpu {

/// The epilogue for a fused operator's struct; nullopt for an activation the core does not have.
template <class Op>
std::optional<Epilogue> epilogue_of(const Op& op) {
  switch (op.activation) {
    case ops::Activation::kNone: return Epilogue::none();
    case ops::Activation::kRelu: return Epilogue::relu();
    case ops::Activation::kClip: return Epilogue::clip(op.lo, op.hi);
    case ops::Activation::kSilu: return Epilogue::of(Activation::kSilu);
    case ops::Activation::kSigmoid: return Epilogue::of(Activation::kSigmoid);
    case ops::Activation::kTanh: return Epilogue::of(Activation::kTanh);
    case ops::Activation::kGelu: return Epilogue::of(Activation::kGelu);
    case ops::Activation::kGeluTanh: return Epilogue::of(Activation::kGeluTanh);
    case ops::Activation::kHardSwish: return Epilogue::of(Activation::kHardSwish);
    case ops::Activation::kLeakyRelu: return Epilogue::leaky_relu(op.alpha);
    case ops::Activation::kHardSigmoid:
    case ops::Activation::kElu: return std::nullopt;
  }
  return std::nullopt;
}

}  // namespace tern::cpu
