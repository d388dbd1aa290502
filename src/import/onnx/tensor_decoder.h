// Serialized TensorProto and SparseTensorProto messages as Tensors.
#pragma once

#include <memory>

#include "import/onnx/external_data.h"
#include "import/onnx/wire_reader.h"
#include "tern/status.h"
#include "tern/tensor.h"

namespace tern::onnx {

/// Where the bytes of tensors come from.
struct TensorSource {
  /// Keeps the bytes of the file alive. Tensors whose data stands in the file as a Tensor holds it
  /// (raw, aligned to its elements) become read-only views with this owner. Null: all are copied.
  std::shared_ptr<void> owner;
  /// For data in other files; null: a tensor that has any is refused.
  ExternalFiles* external = nullptr;
  /// What the dense forms of sparse tensors may still take; their size in the file does not bound
  /// it. Null: each may take kMaxDenseBytes.
  std::int64_t* dense_bytes_left = nullptr;
};

inline constexpr std::int64_t kMaxDenseBytes = std::int64_t{256} << 20;

/// Messages do not name the tensor; the caller knows where it stands.
Result<Tensor> decode_tensor(Bytes message, const TensorSource& source);
Result<Tensor> decode_sparse_tensor(Bytes message, const TensorSource& source);

}  // namespace tern::onnx
