// DType: the element types of tensors. The numbers are ONNX's TensorProto.DataType, so that files
// and attributes carry them unchanged. Sequences, optionals and maps of ONNX are tensors too, whose
// elements are tensors (tern/tensor.h); their numbers are tern's own.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "tern/status.h"

namespace tern {

enum class DType : std::uint8_t {
  kUndefined = 0,
  kF32 = 1,
  kU8 = 2,
  kI8 = 3,
  kU16 = 4,
  kI16 = 5,
  kI32 = 6,
  kI64 = 7,
  kString = 8,
  kBool = 9,
  kF16 = 10,
  kF64 = 11,
  kU32 = 12,
  kU64 = 13,
  kComplex64 = 14,
  kComplex128 = 15,
  kBF16 = 16,
  kF8E4M3FN = 17,
  kF8E4M3FNUZ = 18,
  kF8E5M2 = 19,
  kF8E5M2FNUZ = 20,
  kU4 = 21,
  kI4 = 22,
  kF4E2M1 = 23,
  kF8E8M0 = 24,
  kU2 = 25,
  kI2 = 26,
  kMap = 29,       ///< [2]: the keys and the values, of one length
  kSequence = 30,  ///< [n]: the items
  kOptional = 31,  ///< [0] or [1]: the item, if there is one
};
inline constexpr int kDTypeCount = 32;
/// Element types of a TensorProto are below this number; 27 and 28 are nobody's.
inline constexpr int kElementTypeCount = 27;

/// "f32", "i64", "bf16", "string", ...: the spelling of tern's text form.
std::string_view to_string(DType dtype);

/// The reverse of to_string; also accepts ONNX's names ("FLOAT", "INT64") and numpy's ("float32").
Result<DType> parse_dtype(std::string_view name);

/// Bits of one element: 32 for f32, 4 for i4; those of the objects for strings and containers, 0
/// for kUndefined.
int bit_width(DType dtype);

/// Bytes of `count` elements in dense storage; sub-byte types are packed, the first element in the
/// low bits (ONNX), and rounded up to whole bytes.
std::size_t storage_bytes(DType dtype, std::int64_t count);

bool is_floating(DType dtype);        ///< f64 f32 f16 bf16, the f8 and f4 types
bool is_integer(DType dtype);         ///< signed or unsigned, 2 to 64 bits; not bool
bool is_signed_integer(DType dtype);  ///< i64 i32 i16 i8 i4 i2
bool is_complex(DType dtype);
bool is_sub_byte(DType dtype);  ///< 4 and 2 bit types
/// Map, sequence and optional, whose elements are tensors.
constexpr bool is_container(DType dtype) {
  return dtype == DType::kMap || dtype == DType::kSequence || dtype == DType::kOptional;
}

/// Storage of f16 and bf16 elements: the bits, with conversions in tensor/float_bits.h.
struct Float16 {
  std::uint16_t bits;
};
struct BFloat16 {
  std::uint16_t bits;
};

/// The DType whose elements are stored as T: dtype_of<float>() == DType::kF32.
template <class T>
constexpr DType dtype_of();
template <>
constexpr DType dtype_of<float>() {
  return DType::kF32;
}
template <>
constexpr DType dtype_of<double>() {
  return DType::kF64;
}
template <>
constexpr DType dtype_of<std::int8_t>() {
  return DType::kI8;
}
template <>
constexpr DType dtype_of<std::int16_t>() {
  return DType::kI16;
}
template <>
constexpr DType dtype_of<std::int32_t>() {
  return DType::kI32;
}
template <>
constexpr DType dtype_of<std::int64_t>() {
  return DType::kI64;
}
template <>
constexpr DType dtype_of<std::uint8_t>() {
  return DType::kU8;
}
template <>
constexpr DType dtype_of<std::uint16_t>() {
  return DType::kU16;
}
template <>
constexpr DType dtype_of<std::uint32_t>() {
  return DType::kU32;
}
template <>
constexpr DType dtype_of<std::uint64_t>() {
  return DType::kU64;
}
template <>
constexpr DType dtype_of<bool>() {
  return DType::kBool;
}
template <>
constexpr DType dtype_of<std::string>() {
  return DType::kString;
}
template <>
constexpr DType dtype_of<Float16>() {
  return DType::kF16;
}
template <>
constexpr DType dtype_of<BFloat16>() {
  return DType::kBF16;
}

}  // namespace tern
