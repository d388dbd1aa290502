// Reads what LiteralWriter writes.
#pragma once

#include <string>
#include <unordered_map>

#include "graph/op_def.h"
#include "graph/text_cursor.h"
#include "tern/graph.h"

namespace tern {

class LiteralReader {
 public:
  /// Symbols are those of `graph`.
  LiteralReader(TextCursor& cursor, Graph& graph) : cursor_(cursor), graph_(graph) {}

  Result<TypeInfo> type() { return type(0); }
  Result<Tensor> tensor() { return tensor(0); }
  /// A value that Op::set takes for the field.
  Result<AttributeValue> attribute(const FieldInfo& field);

 private:
  Result<DType> dtype();
  Result<Dim> dim();
  Result<Shape> shape();
  Result<TypeInfo> type(int depth);
  Status sizes(TypeInfo& type);
  Result<Tensor> tensor(int depth);
  Status elements(Tensor& tensor, int depth);
  Status element(Tensor& tensor, std::int64_t i, int depth);
  Status part(DType dtype, void* data, std::int64_t i);
  Status repeat_last(Tensor& tensor, std::int64_t count);
  Result<double> floating(DType dtype);
  Result<std::int64_t> integer();
  template <class T, class Read>
  Result<AttributeValue> list(Read read);

  TextCursor& cursor_;
  Graph& graph_;
  std::unordered_map<std::string, SymbolId> symbols_;
  std::size_t repeated_bytes_ = 0;
};

}  // namespace tern
