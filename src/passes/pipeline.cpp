#include "passes/pipeline.h"

#include <algorithm>
#include <array>

#include "base/errors.h"
#include "graph/verify.h"
#include "passes/canonical_form.h"
#include "passes/channels_last.h"
#include "passes/common_subexpressions.h"
#include "passes/constant_folding.h"
#include "passes/dead_code.h"
#include "passes/fold_sizes.h"
#include "passes/fuse_activation.h"
#include "passes/fuse_attention.h"
#include "passes/fuse_conv_bn.h"
#include "passes/fuse_epilogue.h"
#include "passes/fuse_gelu.h"
#include "passes/fuse_layer_norm.h"
#include "passes/fuse_linear.h"
#include "passes/fuse_quantized.h"
#include "passes/fuse_rms_norm.h"
#include "passes/fuse_transposed_matmul.h"
#include "passes/pack_attention.h"
#include "passes/relu_grad_before_pool_grad.h"
#include "passes/remove_no_ops.h"
#include "passes/sink_transposes.h"
#include "passes/unflatten_linear.h"
#include "tern/simplify.h"

namespace tern::passes {
namespace {

constexpr bool kPortable = true;

// A name may stand at several places: switching it off switches off all of them.
constexpr std::array kPasses{
    // Arithmetic on bytes, before the weights of its float form would be folded.
    Pass{"fuse_quantized", fuse_quantized},
    // What is there without being needed.
    Pass{"constant_folding", fold_constants, kPortable},
    Pass{"canonical_form", use_canonical_form, kPortable},
    Pass{"no_ops", remove_no_ops, kPortable},
    Pass{"dead_code", remove_dead_code, kPortable},
    Pass{"common_subexpressions", merge_common_subexpressions, kPortable},
    // Shapes become known, and with them what else is constant.
    Pass{"fold_sizes", fold_sizes, kPortable},
    Pass{"constant_folding", fold_constants, kPortable},
    Pass{"no_ops", remove_no_ops, kPortable},
    Pass{"dead_code", remove_dead_code, kPortable},
    // Operators that exporters take to pieces.
    Pass{"fuse_gelu", fuse_gelu},
    Pass{"fuse_activation", fuse_activation},
    Pass{"fuse_layer_norm", fuse_layer_norm},
    Pass{"fuse_rms_norm", fuse_rms_norm},
    Pass{"fuse_attention", fuse_attention},
    Pass{"fold_sizes", fold_sizes,
         kPortable},  // an attention's shape tells more than those of its pieces
    Pass{"pack_attention", pack_attention},
    // Weights swallow what follows them.
    Pass{"fuse_conv_bn", fuse_conv_bn, kPortable},
    Pass{"fuse_linear", fuse_linear},
    Pass{"relu_grad_before_pool_grad", move_relu_grad_before_pool_grad},
    Pass{"unflatten_linear", unflatten_linear},
    // Images become channels-last from end to end.
    Pass{"channels_last", assign_channels_last},
    Pass{"sink_transposes", sink_transposes},
    Pass{"dead_code", remove_dead_code, kPortable},
    Pass{"constant_folding", fold_constants, kPortable},
    Pass{"fuse_quantized", fuse_quantized},  // limits move into channels-last convolutions
    // Products read their operands as they lie and scale their results.
    Pass{"fuse_transposed_matmul", fuse_transposed_matmul},
    // Bias, residual and activation move into the operator before them.
    Pass{"fuse_epilogue", fuse_epilogue},
    Pass{"dead_code", remove_dead_code, kPortable},
    Pass{"common_subexpressions", merge_common_subexpressions, kPortable},
};

Status apply(Graph& graph, const Pass& pass, const PassContext& context) {
  Result<bool> changed = pass.run(graph, context);
  if (!changed.ok()) return changed.status().with_context(fmt::format("pass {}", pass.name));
  if (!*changed) return {};
  TERN_TRY(graph.sort());
#ifndef NDEBUG
  if (Status s = verify(graph); !s.ok()) {
    return std::move(s).with_context(fmt::format("after pass {}", pass.name));
  }
#endif
  return {};
}

}  // namespace

std::span<const Pass> pipeline() { return kPasses; }

Status optimize(Graph& graph, const PassContext& context, std::span<const std::string> disabled) {
  for (const std::string& name : disabled) {
    if (std::ranges::find(kPasses, name, &Pass::name) == kPasses.end()) {
      return invalid_argument("there is no pass '{}'", name);
    }
  }
  for (const Pass& pass : kPasses) {
    if (std::ranges::find(disabled, pass.name) != disabled.end()) continue;
    TERN_TRY(apply(graph, pass, context));
  }
  return {};
}

}  // namespace tern::passes

namespace tern {

Status simplify(Graph& graph) {
  for (const passes::Pass& pass : passes::kPasses) {
    if (pass.portable) TERN_TRY(passes::apply(graph, pass, {.fold_growing = false}));
  }
  return {};
}

}  // namespace tern
