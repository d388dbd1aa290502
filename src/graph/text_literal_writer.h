// Types, tensors and attribute values in the text form of graphs: writing.
#pragma once

#include <string>
#include <string_view>

#include "graph/op_def.h"
#include "tern/graph.h"
#include "tern/graph_text.h"

namespace tern {

/// Complex tensors are written as twice as many real parts: the type of those, else the type
/// itself.
constexpr DType part_type(DType dtype) {
  if (dtype == DType::kComplex64) return DType::kF32;
  return dtype == DType::kComplex128 ? DType::kF64 : dtype;
}

/// "{0, ...}" says many elements in few bytes: all such tensors of one text together may take no
/// more than this.
inline constexpr std::size_t kMaxRepeatedBytes = 64u << 20;

class LiteralWriter {
 public:
  /// Appends to `out`, which must outlive the writer.
  LiteralWriter(std::string& out, const TextOptions& options) : out_(out), options_(options) {}

  void type(const Graph& graph, const TypeInfo& type);
  void tensor(const Tensor& tensor);
  /// A tensor of which only the type is left.
  void released(const TypeInfo& type);
  void attribute(const FieldInfo& field, const AttributeValue& value);

 private:
  void sizes(const Graph& graph, const TypeInfo& type);
  void items(const Tensor& container);
  void elements(const Tensor& tensor);

  std::string& out_;
  TextOptions options_;
  std::size_t repeated_bytes_ = 0;
};

}  // namespace tern
