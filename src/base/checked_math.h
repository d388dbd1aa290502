// Arithmetic on sizes that come from files and requests: nullopt instead of a wrapped result.
#pragma once

#include <concepts>
#include <limits>
#include <optional>
#include <span>
#include <type_traits>

namespace tern {

template <std::integral T>
constexpr std::optional<T> checked_add(T a, std::type_identity_t<T> b) {
  T sum;
  if (__builtin_add_overflow(a, b, &sum)) return std::nullopt;
  return sum;
}

template <std::integral T>
constexpr std::optional<T> checked_sub(T a, std::type_identity_t<T> b) {
  T difference;
  if (__builtin_sub_overflow(a, b, &difference)) return std::nullopt;
  return difference;
}

template <std::integral T>
constexpr std::optional<T> checked_mul(T a, std::type_identity_t<T> b) {
  T product;
  if (__builtin_mul_overflow(a, b, &product)) return std::nullopt;
  return product;
}

/// The product of all factors (1 for none). A zero makes the product zero only if no prefix of the
/// factors overflows before it.
template <std::integral T, std::size_t kExtent>
constexpr std::optional<std::remove_const_t<T>> checked_product(std::span<T, kExtent> factors) {
  std::remove_const_t<T> product = 1;
  for (const T factor : factors) {
    if (__builtin_mul_overflow(product, factor, &product)) return std::nullopt;
  }
  return product;
}

/// `value` as a To, or nullopt when To cannot hold it.
template <std::integral To, std::integral From>
constexpr std::optional<To> checked_cast(From value) {
  To result;
  if (__builtin_add_overflow(value, From{0}, &result)) return std::nullopt;
  return result;
}

/// The smallest multiple of `step` (a power of two) that is at least `n`.
template <std::unsigned_integral T>
constexpr std::optional<T> checked_round_up(T n, std::type_identity_t<T> step) {
  const std::optional<T> padded = checked_add<T>(n, step - 1);
  if (!padded) return std::nullopt;
  return *padded & ~(step - 1);
}

}  // namespace tern
