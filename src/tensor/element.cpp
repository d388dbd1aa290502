#include "tensor/element.h"

#include <fmt/format.h>

#include <bit>
#include <cmath>
#include <limits>
#include <type_traits>

#include "tensor/float_bits.h"

namespace tern {
namespace {

// Bits [i * width, (i + 1) * width) of packed storage, the first element in the low bits.
unsigned packed_bits(const void* data, std::int64_t i, int width) {
  const auto* bytes = static_cast<const std::uint8_t*>(data);
  const std::int64_t bit = i * width;
  return (bytes[bit / 8] >> (bit % 8)) & ((1u << width) - 1);
}

void set_packed_bits(void* data, std::int64_t i, int width, unsigned value) {
  auto* bytes = static_cast<std::uint8_t*>(data);
  const std::int64_t bit = i * width;
  const unsigned mask = ((1u << width) - 1) << (bit % 8);
  bytes[bit / 8] =
      static_cast<std::uint8_t>((bytes[bit / 8] & ~mask) | ((value << (bit % 8)) & mask));
}

int sign_extend(unsigned bits, int width) {
  const unsigned sign = 1u << (width - 1);
  return static_cast<int>(bits ^ sign) - static_cast<int>(sign);
}

// A float on its way to an integer: truncated, NaN becomes 0, beyond 64 bits the nearest limit.
std::int64_t truncate(double value) {
  if (std::isnan(value)) return 0;
  if (value >= 0x1p63) {
    // u64 has values above i64's: keep their bits so that a store to u64 sees them.
    if (value < 0x1p64) return static_cast<std::int64_t>(static_cast<std::uint64_t>(value));
    return std::numeric_limits<std::int64_t>::max();
  }
  if (value < -0x1p63) return std::numeric_limits<std::int64_t>::min();
  return static_cast<std::int64_t>(value);
}

// `value` on its way to a narrower type: where float cannot hold it, the neighbour whose last bit
// is set. Rounding that again gives what rounding once would have given (Boldo and Melquiond, "When
// double rounding is odd", 2005).
template <class V>
float round_to_odd(V value) {
  const auto nearest = static_cast<float>(value);
  if constexpr (std::is_same_v<V, float>) return nearest;
  // All 64 bits of an integer matter.
  using Exact = std::conditional_t<std::is_integral_v<V>, long double, double>;
  const auto exact = static_cast<Exact>(value), rounded = static_cast<Exact>(nearest);
  auto bits = std::bit_cast<std::uint32_t>(nearest);
  if (rounded == exact || std::isnan(nearest) || (bits & 1u) != 0) return nearest;
  if (std::isinf(value)) return nearest;
  bits = std::abs(rounded) < std::abs(exact) ? bits + 1 : bits - 1;
  return std::bit_cast<float>(bits);
}

template <class T>
struct Plain {
  static T get(const void* data, std::int64_t i) { return static_cast<const T*>(data)[i]; }
  template <class V>
  static void set(void* data, std::int64_t i, V value) {
    if constexpr (std::is_same_v<T, bool>) {
      static_cast<T*>(data)[i] = value != V{0};
    } else if constexpr (std::is_integral_v<T> && std::is_floating_point_v<V>) {
      static_cast<T*>(data)[i] = static_cast<T>(truncate(value));
    } else {
      static_cast<T*>(data)[i] = static_cast<T>(value);
    }
  }
};

struct Half {
  static float get(const void* data, std::int64_t i) {
    return f16_value(static_cast<const std::uint16_t*>(data)[i]);
  }
  template <class V>
  static void set(void* data, std::int64_t i, V value) {
    static_cast<std::uint16_t*>(data)[i] = f16_bits(round_to_odd(value));
  }
};

struct Brain {
  static float get(const void* data, std::int64_t i) {
    return bf16_value(static_cast<const std::uint16_t*>(data)[i]);
  }
  template <class V>
  static void set(void* data, std::int64_t i, V value) {
    static_cast<std::uint16_t*>(data)[i] = bf16_bits(round_to_odd(value));
  }
};

template <DType kFormat>
struct Narrow {
  static float get(const void* data, std::int64_t i) {
    return narrow_float_value(kFormat, static_cast<const std::uint8_t*>(data)[i]);
  }
  template <class V>
  static void set(void* data, std::int64_t i, V value) {
    static_cast<std::uint8_t*>(data)[i] = narrow_float_bits(kFormat, round_to_odd(value));
  }
};

struct PackedF4 {
  static float get(const void* data, std::int64_t i) {
    return narrow_float_value(DType::kF4E2M1, static_cast<std::uint8_t>(packed_bits(data, i, 4)));
  }
  template <class V>
  static void set(void* data, std::int64_t i, V value) {
    set_packed_bits(data, i, 4, narrow_float_bits(DType::kF4E2M1, round_to_odd(value)));
  }
};

template <int kWidth, bool kSigned>
struct PackedInt {
  static int get(const void* data, std::int64_t i) {
    const unsigned bits = packed_bits(data, i, kWidth);
    return kSigned ? sign_extend(bits, kWidth) : static_cast<int>(bits);
  }
  template <class V>
  static void set(void* data, std::int64_t i, V value) {
    std::int64_t wide;
    if constexpr (std::is_floating_point_v<V>) {
      wide = truncate(value);
    } else {
      wide = value;
    }
    set_packed_bits(data, i, kWidth, static_cast<unsigned>(wide));
  }
};

// The four accessors of one storage format.
struct Access {
  LoadF64 load_f64;
  LoadI64 load_i64;
  StoreF64 store_f64;
  StoreI64 store_i64;
};

template <class Storage>
constexpr Access access() {
  using Element = decltype(Storage::get(nullptr, 0));
  return {
      [](const void* data, std::int64_t i) { return static_cast<double>(Storage::get(data, i)); },
      [](const void* data, std::int64_t i) -> std::int64_t {
        if constexpr (std::is_floating_point_v<Element>) {
          return truncate(static_cast<double>(Storage::get(data, i)));
        } else {
          return static_cast<std::int64_t>(Storage::get(data, i));
        }
      },
      [](void* data, std::int64_t i, double value) { Storage::set(data, i, value); },
      [](void* data, std::int64_t i, std::int64_t value) { Storage::set(data, i, value); },
  };
}

Access access_of(DType dtype) {
  switch (dtype) {
    case DType::kF32: return access<Plain<float>>();
    case DType::kF64: return access<Plain<double>>();
    case DType::kI8: return access<Plain<std::int8_t>>();
    case DType::kI16: return access<Plain<std::int16_t>>();
    case DType::kI32: return access<Plain<std::int32_t>>();
    case DType::kI64: return access<Plain<std::int64_t>>();
    case DType::kU8: return access<Plain<std::uint8_t>>();
    case DType::kU16: return access<Plain<std::uint16_t>>();
    case DType::kU32: return access<Plain<std::uint32_t>>();
    case DType::kU64: return access<Plain<std::uint64_t>>();
    case DType::kBool: return access<Plain<bool>>();
    case DType::kF16: return access<Half>();
    case DType::kBF16: return access<Brain>();
    case DType::kF8E4M3FN: return access<Narrow<DType::kF8E4M3FN>>();
    case DType::kF8E4M3FNUZ: return access<Narrow<DType::kF8E4M3FNUZ>>();
    case DType::kF8E5M2: return access<Narrow<DType::kF8E5M2>>();
    case DType::kF8E5M2FNUZ: return access<Narrow<DType::kF8E5M2FNUZ>>();
    case DType::kF8E8M0: return access<Narrow<DType::kF8E8M0>>();
    case DType::kF4E2M1: return access<PackedF4>();
    case DType::kU4: return access<PackedInt<4, false>>();
    case DType::kI4: return access<PackedInt<4, true>>();
    case DType::kU2: return access<PackedInt<2, false>>();
    case DType::kI2: return access<PackedInt<2, true>>();
    default: return {};
  }
}

template <class T>
std::string complex_to_string(const Tensor& t, std::int64_t i) {
  const auto* parts = static_cast<const T*>(t.raw()) + 2 * i;
  return fmt::format("({},{})", parts[0], parts[1]);
}

}  // namespace

LoadF64 load_f64(DType dtype) { return access_of(dtype).load_f64; }
LoadI64 load_i64(DType dtype) { return access_of(dtype).load_i64; }
StoreF64 store_f64(DType dtype) { return access_of(dtype).store_f64; }
StoreI64 store_i64(DType dtype) { return access_of(dtype).store_i64; }

std::string element_to_string(const Tensor& t, std::int64_t i) {
  switch (t.dtype()) {
    case DType::kMap:
    case DType::kSequence:
    case DType::kOptional: return t.items()[static_cast<std::size_t>(i)].to_string();
    case DType::kString: return fmt::format("{:?}", std::string_view(t.data<std::string>()[i]));
    case DType::kComplex64: return complex_to_string<float>(t, i);
    case DType::kComplex128: return complex_to_string<double>(t, i);
    case DType::kBool: return t.data<bool>()[i] ? "true" : "false";
    case DType::kF64: return fmt::format("{}", t.data<double>()[i]);
    case DType::kU64: return fmt::format("{}", t.data<std::uint64_t>()[i]);
    default: break;
  }
  if (is_floating(t.dtype())) {
    return fmt::format("{}", static_cast<float>(load_f64(t.dtype())(t.raw(), i)));
  }
  return fmt::format("{}", load_i64(t.dtype())(t.raw(), i));
}

}  // namespace tern
