// Finds the place of a value in a list of keys.
#pragma once

#include <optional>
#include <string>
#include <unordered_map>

#include "ops/reference.h"
#include "tern/tensor.h"

namespace tern::ops {

/// Keys of one type: strings, integers or floats, among which NaN equals NaN and 0 equals -0. The
/// first of equal keys counts.
class KeyIndex {
 public:
  explicit KeyIndex(const Tensor& keys);

  /// Where element `i` of `x`, a tensor of the keys' dtype, stands among the keys.
  std::optional<std::int64_t> find(const Tensor& x, std::int64_t i) const;
  /// The same for keys that are integers.
  std::optional<std::int64_t> find(std::int64_t number) const;

 private:
  static std::uint64_t bits_of(const Tensor& x, std::int64_t i);

  std::unordered_map<std::string, std::int64_t> texts_;
  std::unordered_map<std::uint64_t, std::int64_t> numbers_;
};

}  // namespace tern::ops
