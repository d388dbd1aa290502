#include "ops/ml/key_index.h"

#include <bit>
#include <cmath>
#include <limits>

namespace tern::ops {
namespace {

template <class Map, class Key>
std::optional<std::int64_t> look_up(const Map& map, const Key& key) {
  const auto found = map.find(key);
  if (found == map.end()) return std::nullopt;
  return found->second;
}

}  // namespace

KeyIndex::KeyIndex(const Tensor& keys) {
  for (std::int64_t i = 0; i < keys.elements(); ++i) {
    if (keys.dtype() == DType::kString) {
      texts_.emplace(keys.data<std::string>()[i], i);
    } else {
      numbers_.emplace(bits_of(keys, i), i);
    }
  }
}

std::uint64_t KeyIndex::bits_of(const Tensor& x, std::int64_t i) {
  if (!is_floating(x.dtype())) return std::bit_cast<std::uint64_t>(IntReader(x)[i]);
  double value = FloatReader(x)[i];
  if (std::isnan(value)) value = std::numeric_limits<double>::quiet_NaN();
  if (value == 0) value = 0;
  return std::bit_cast<std::uint64_t>(value);
}

std::optional<std::int64_t> KeyIndex::find(const Tensor& x, std::int64_t i) const {
  if (x.dtype() == DType::kString) return look_up(texts_, x.data<std::string>()[i]);
  return look_up(numbers_, bits_of(x, i));
}

std::optional<std::int64_t> KeyIndex::find(std::int64_t number) const {
  return look_up(numbers_, std::bit_cast<std::uint64_t>(number));
}

}  // namespace tern::ops
