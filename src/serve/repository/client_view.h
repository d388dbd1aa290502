// ClientView: a model's inputs and outputs as its configuration shows them to clients: fewer open
// sizes, other shapes of the same elements.
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "serve/batch/signature.h"
#include "serve/repository/model_config.h"

namespace tern::serve {

/// The sizes of a tensor on one side, and those on the other.
struct ShapeChange {
  std::vector<std::int64_t> from;  ///< -1: open
  std::vector<std::int64_t> to;    ///< its open sizes are those of `from`, in order
  bool rows = false;               ///< before them stands an axis of rows on both sides

  /// The same elements in the other shape. kInvalidArgument when the tensor's shape is not `from`.
  Result<Tensor> apply(const Tensor& tensor) const;
};

struct ClientView {
  Signature signature;
  /// One for each input and output; none where nothing changes.
  std::vector<std::optional<ShapeChange>> inputs;   // from the client to the model
  std::vector<std::optional<ShapeChange>> outputs;  // from the model to the client

  bool changes_shapes() const;
};

/// What `config` makes of a model. kInvalidArgument names the tensor that does not suit the model.
Result<ClientView> make_client_view(const Signature& model, const ModelConfig& config);

/// What `config` says of an ensemble, which has no other description: every input and output with
/// type and dims.
Result<Signature> ensemble_signature(const ModelConfig& config);

}  // namespace tern::serve
