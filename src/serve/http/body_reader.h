// BodyReader: a request body on its way into tensors. First it says which shapes it holds, so that
// the scheduler can give memory for them; then it writes its elements there.
#pragma once

#include <span>
#include <vector>

#include "tern/status.h"
#include "tern/tensor.h"

namespace tern::serve {

class BodyReader {
 public:
  virtual ~BodyReader() = default;

  /// One shape per input of the model, in its order. Not more elements than the body can hold.
  std::span<const Shape> shapes() const { return shapes_; }
  /// Writes every element of tensors of these shapes and the model's types, or fails.
  virtual Status fill(std::span<Tensor> inputs) = 0;

 protected:
  std::vector<Shape> shapes_;
};

}  // namespace tern::serve
