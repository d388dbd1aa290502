// Shape: the sizes of a tensor, first axis outermost. A value with inline storage, so that copying
// one never allocates.
//
//   tern::Shape s{2, 3, 4};   s.rank() == 3, s[0] == 2, s.to_string() == "[2,3,4]"
#pragma once

#include <array>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <span>
#include <string>

#include "tern/status.h"

namespace tern {

class Shape {
 public:
  /// The highest rank tern handles.
  static constexpr int kMaxRank = 16;

  Shape() = default;
  /// More than kMaxRank sizes end the program; use from() for sizes that come from outside.
  Shape(std::initializer_list<std::int64_t> dims) : Shape(std::span(dims.begin(), dims.size())) {}
  explicit Shape(std::span<const std::int64_t> dims);
  /// Fails for a rank above kMaxRank, a negative size, or more than 2^62 elements.
  static Result<Shape> from(std::span<const std::int64_t> dims);

  int rank() const { return rank_; }
  bool empty() const { return rank_ == 0; }
  std::size_t size() const { return static_cast<std::size_t>(rank_); }
  std::int64_t operator[](int axis) const { return dims_[static_cast<std::size_t>(axis)]; }
  std::int64_t& operator[](int axis) { return dims_[static_cast<std::size_t>(axis)]; }
  const std::int64_t* begin() const { return dims_.data(); }
  const std::int64_t* end() const { return dims_.data() + rank_; }
  std::int64_t* begin() { return dims_.data(); }
  std::int64_t* end() { return dims_.data() + rank_; }
  std::int64_t back() const { return dims_[static_cast<std::size_t>(rank_ - 1)]; }
  std::span<const std::int64_t> dims() const { return {dims_.data(), size()}; }

  /// Appends an axis; beyond kMaxRank it ends the program.
  void push_back(std::int64_t dim);

  /// The number of elements, 1 for a scalar. Sizes that overflow 2^62 cannot come out of from().
  std::int64_t elements() const { return elements(0, rank_); }
  /// The product of the sizes of axes [first, last).
  std::int64_t elements(int first, int last) const;
  /// Row-major strides in elements.
  Shape strides() const;

  std::string to_string() const;
  friend bool operator==(const Shape& a, const Shape& b);

 private:
  std::array<std::int64_t, kMaxRank> dims_{};
  int rank_ = 0;
};

}  // namespace tern
