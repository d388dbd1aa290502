// Signatures and requests for tests of queues, without a model.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "serve/batch/signature.h"

namespace tern::serve {

/// A size of `io`: a number, or a symbol by a letter ('N').
struct Size {
  Size(int number) : dim(number) {}  // NOLINT: implicit by design
  Size(char symbol)                  // NOLINT
      : dim(static_cast<SymbolId>(symbol)), text(1, symbol) {}
  Dim dim;
  std::string text;
};

inline IoInfo io(std::string name, DType dtype, const std::vector<Size>& sizes) {
  IoInfo info;
  info.name = std::move(name);
  info.type.dtype = dtype;
  info.type.has_rank = true;
  info.text = std::string(to_string(dtype)) + "[";
  for (const Size& size : sizes) {
    if (!info.type.shape.empty()) info.text += ",";
    info.text += size.dim.known() ? std::to_string(size.dim.value()) : size.text;
    info.type.shape.push_back(size.dim);
  }
  info.text += "]";
  return info;
}

inline Signature signature(const std::vector<IoInfo>& inputs, const std::vector<IoInfo>& outputs) {
  return {inputs, outputs};
}

/// x f32[N,columns] -> y f32[N,columns]
inline Signature rows_of_floats(int columns) {
  return signature({io("x", DType::kF32, {'N', columns})}, {io("y", DType::kF32, {'N', columns})});
}

}  // namespace tern::serve
