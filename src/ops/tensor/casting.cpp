#include "ops/tensor/casting.h"

#include <bit>
#include <charconv>

#include "base/errors.h"
#include "base/strings.h"
#include "ops/reference.h"
#include "tensor/float_bits.h"

namespace tern::ops {
namespace {

// The exponent of |value|, rounded by the mode: f8e8m0 has neither sign nor fraction. Infinity and
// NaN have no value there and become its NaN.
std::uint8_t e8m0_bits(float value, bool saturate, CastRounding rounding) {
  const auto bits = std::bit_cast<std::uint32_t>(value);
  const std::uint32_t exponent = bits >> 23 & 0xffu;
  const std::uint32_t fraction = bits & 0x7fffffu;
  if (exponent == 0xff) return 0xff;
  bool up = false;
  switch (rounding) {
    case CastRounding::kUp: up = exponent == 0 ? fraction > 0x400000u : fraction != 0; break;
    case CastRounding::kDown: break;
    // Ties round up; below the smallest normal float the scale is linear, its half is exact.
    case CastRounding::kNearest: up = fraction >= (exponent == 0 ? 0x600000u : 0x400000u); break;
  }
  if (up && exponent == 0xfe && saturate) return 0xfe;
  return static_cast<std::uint8_t>(exponent + (up ? 1 : 0));
}

bool is_byte_float(DType dtype) { return is_floating(dtype) && bit_width(dtype) == 8; }

void to_byte_floats(const Tensor& from, Tensor& to, bool saturate, CastRounding rounding) {
  const FloatReader in(from);
  auto* out = static_cast<std::uint8_t*>(to.mutable_raw());
  for (std::int64_t i = 0, n = from.elements(); i < n; ++i) {
    const auto value = static_cast<float>(in[i]);
    out[i] = to.dtype() == DType::kF8E8M0 ? e8m0_bits(value, saturate, rounding)
                                          : narrow_float_bits(to.dtype(), value, saturate);
  }
}

void integers_to_floats(const Tensor& from, Tensor& to) {
  const IntReader in(from);
  const IntWriter out(to);
  const FloatWriter large(to);
  for (std::int64_t i = 0, n = from.elements(); i < n; ++i) {
    if (in[i] < 0 && from.dtype() == DType::kU64) {
      // A u64 above i64's range, rounded once to what `to` can hold at most.
      const auto value = static_cast<std::uint64_t>(in[i]);
      large.set(i, to.dtype() == DType::kF64 ? static_cast<double>(value)
                                             : static_cast<double>(static_cast<float>(value)));
    } else {
      out.set(i, in[i]);
    }
  }
}

void numbers_to_numbers(const Tensor& from, Tensor& to) {
  const std::int64_t n = from.elements();
  if (is_floating(from.dtype())) {
    const FloatReader in(from);
    const FloatWriter out(to);
    for (std::int64_t i = 0; i < n; ++i) out.set(i, in[i]);
  } else if (is_floating(to.dtype())) {
    integers_to_floats(from, to);
  } else {
    const IntReader in(from);
    const IntWriter out(to);
    for (std::int64_t i = 0; i < n; ++i) out.set(i, in[i]);
  }
}

void numbers_to_strings(const Tensor& from, Tensor& to) {
  const auto out = to.mutable_span<std::string>();
  for (std::size_t i = 0; i < out.size(); ++i) {
    const auto at = static_cast<std::int64_t>(i);
    out[i] = from.dtype() == DType::kBool ? (from.data<bool>()[i] ? "1" : "0")
                                          : element_to_string(from, at);
  }
}

std::optional<std::uint64_t> parse_unsigned(std::string_view text) {
  if (text.starts_with('+')) text.remove_prefix(1);
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

// The integer as the bits of an i64.
std::optional<std::int64_t> parse_integer(std::string_view text, DType dtype) {
  if (dtype == DType::kBool) {
    const std::string word = to_lower(text);
    if (word == "true") return 1;
    if (word == "false") return 0;
  }
  if (dtype == DType::kU64) {
    const std::optional<std::uint64_t> value = parse_unsigned(text);
    return value ? std::optional(static_cast<std::int64_t>(*value)) : std::nullopt;
  }
  return parse_int(text);
}

Status strings_to_numbers(const Tensor& from, Tensor& to) {
  const auto in = from.span<std::string>();
  const bool floating = is_floating(to.dtype());
  const FloatWriter floats(to);
  const IntWriter ints(to);
  for (std::size_t i = 0; i < in.size(); ++i) {
    const auto at = static_cast<std::int64_t>(i);
    bool good = false;
    if (floating) {
      const std::optional<double> value = parse_double(in[i]);
      if ((good = value.has_value())) floats.set(at, *value);
    } else {
      const std::optional<std::int64_t> value = parse_integer(in[i], to.dtype());
      if ((good = value.has_value())) ints.set(at, *value);
    }
    if (!good) {
      return invalid_argument("element {}, {:?}, is no {}", i,
                              std::string_view(in[i]).substr(0, 40), to_string(to.dtype()));
    }
  }
  return {};
}

}  // namespace

Status cast_elements(const Tensor& from, Tensor& to, bool saturate, CastRounding rounding) {
  if (from.dtype() == to.dtype()) {
    copy_elements(from, 0, to, 0, from.elements());
  } else if (from.dtype() == DType::kString) {
    return strings_to_numbers(from, to);
  } else if (to.dtype() == DType::kString) {
    numbers_to_strings(from, to);
  } else if (is_byte_float(to.dtype())) {
    to_byte_floats(from, to, saturate, rounding);
  } else {
    numbers_to_numbers(from, to);
  }
  return {};
}

}  // namespace tern::ops
