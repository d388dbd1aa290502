// Tensor: dtype + shape + dense row-major storage. A cheap handle on reference-counted storage.
//
//   auto x = tern::Tensor::from<float>({2, 3}, std::vector<float>{1, 2, 3, 4, 5, 6});
//   if (!x.ok()) return x.status();
//   float first = x->span<float>()[0];
//
// Copies share storage; writing through one is seen by all. Reading from many threads is safe.
//
// A sequence, an optional or a map is a tensor of rank 1 whose elements are tensors (dtypes
// kSequence, kOptional, kMap); items() reads them.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "tern/dtype.h"
#include "tern/shape.h"
#include "tern/status.h"

namespace tern {

class Tensor {
 public:
  /// No tensor: dtype kUndefined, no storage.
  Tensor() = default;

  /// Zero-filled (strings: empty), 64-byte aligned. Fails when the memory cannot be had.
  static Result<Tensor> zeros(DType dtype, const Shape& shape);
  /// Like zeros(), but the contents are indeterminate (strings: empty).
  static Result<Tensor> uninitialized(DType dtype, const Shape& shape);
  /// A copy of `values` in row-major order; fails unless there is one value per element.
  template <class T>
  static Result<Tensor> from(const Shape& shape, std::span<const T> values);
  template <class T>
  static Result<Tensor> from(const Shape& shape, const std::vector<T>& values) {
    return from<T>(shape, std::span<const T>(values));
  }
  /// A rank-0 tensor.
  template <class T>
  static Tensor scalar(T value);
  /// A rank-1 tensor.
  template <class T>
  static Tensor vector(std::span<const T> values);
  template <class T>
  static Tensor vector(std::initializer_list<T> values) {
    return vector<T>(std::span<const T>(values.begin(), values.size()));
  }
  /// A container of tensors, which it shares: a sequence of them, an optional that holds none or
  /// one, or a map of keys to values. `kind` is the dtype.
  static Tensor container(DType kind, std::vector<Tensor> items);
  /// A tensor on memory that someone else provides: storage_bytes(dtype, elements) bytes at `data`
  /// that live as long as `owner` (or, with a null owner, as long as the caller sees to it).
  static Tensor view(DType dtype, const Shape& shape, void* data, std::shared_ptr<void> owner = {});

  bool defined() const { return dtype_ != DType::kUndefined; }
  DType dtype() const { return dtype_; }
  const Shape& shape() const { return shape_; }
  int rank() const { return shape_.rank(); }
  std::int64_t dim(int axis) const { return shape_[axis]; }
  std::int64_t elements() const { return shape_.elements(); }
  std::size_t bytes() const { return storage_bytes(dtype_, elements()); }

  const void* raw() const { return data_; }
  void* mutable_raw() { return data_; }
  /// The elements as T; ends the program unless T is this tensor's storage type. Not for sub-byte
  /// types, whose packed bytes are at raw().
  template <class T>
  const T* data() const {
    check_type(dtype_of<T>());
    return static_cast<const T*>(data_);
  }
  template <class T>
  T* mutable_data() {
    check_type(dtype_of<T>());
    return static_cast<T*>(data_);
  }
  template <class T>
  std::span<const T> span() const {
    return {data<T>(), static_cast<std::size_t>(elements())};
  }
  template <class T>
  std::span<T> mutable_span() {
    return {mutable_data<T>(), static_cast<std::size_t>(elements())};
  }

  /// The tensors in a container; ends the program unless is_container(dtype()).
  std::span<const Tensor> items() const;
  std::span<Tensor> mutable_items();

  /// The same storage under another shape with as many elements.
  Result<Tensor> reshape(const Shape& shape) const;
  /// Rows [begin, end) of the first axis on the same storage. Sub-byte rows must start at a byte.
  Result<Tensor> slice(std::int64_t begin, std::int64_t end) const;
  /// A deep copy with storage of its own, the items of containers included.
  Result<Tensor> clone() const;
  /// The owner of the storage, null for a bare view.
  const std::shared_ptr<void>& owner() const { return owner_; }

  /// Like "f32[2,3] {1, 2, 3, 4, 5, 6}", with at most `max_elements` elements shown.
  std::string to_string(std::int64_t max_elements = 8) const;

 private:
  void check_type(DType wanted) const;

  void* data_ = nullptr;
  std::shared_ptr<void> owner_;
  Shape shape_;
  DType dtype_ = DType::kUndefined;
};

/// True when dtype, shape and every element agree, bit by bit (so do NaNs), in containers item by
/// item.
bool identical(const Tensor& a, const Tensor& b);

}  // namespace tern
