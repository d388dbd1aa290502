// What a pass is: a function that rewrites a Graph and says whether it changed anything.
//
//   Result<bool> fuse_conv_bn(Graph& graph, const PassContext& context);
//
// Passes match by operator and attribute, never by a node's name. They may leave nodes out of
// execution order; the pipeline sorts and, in debug builds, verifies after each.
#pragma once

#include "tern/graph.h"
#include "tern/status.h"

namespace tern::passes {

struct PassContext {
  /// The graph will only be run, not trained: variables do not change, so what only training needs
  /// may go.
  bool inference = true;
  /// Constants above this many bytes are not made by folding.
  std::size_t fold_limit_bytes = 64u << 20;
  /// Off: nodes stay that make large constants of smaller ones, such as the DequantizeLinear or
  /// Cast behind a weight that is stored in few bits.
  bool fold_growing = true;
};

using PassFunction = Result<bool> (*)(Graph& graph, const PassContext& context);

struct Pass {
  std::string_view name;
  PassFunction run;
  /// What it makes are operators that every ONNX runtime reads: none of tern's, none newer than
  /// opset 17.
  bool portable = false;
};

}  // namespace tern::passes
