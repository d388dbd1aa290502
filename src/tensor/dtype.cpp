#include "tern/dtype.h"

#include <array>

#include "base/errors.h"
#include "tern/tensor.h"

namespace tern {
namespace {

struct Row {
  std::string_view name, onnx, numpy;
  int bits;
};

constexpr int kObjectBits = 8 * static_cast<int>(sizeof(Tensor));

// Indexed by the DType's number.
constexpr std::array<Row, kDTypeCount> kRows{{
    {"undefined", "UNDEFINED", "", 0},
    {"f32", "FLOAT", "float32", 32},
    {"u8", "UINT8", "uint8", 8},
    {"i8", "INT8", "int8", 8},
    {"u16", "UINT16", "uint16", 16},
    {"i16", "INT16", "int16", 16},
    {"i32", "INT32", "int32", 32},
    {"i64", "INT64", "int64", 64},
    {"string", "STRING", "str", 8 * static_cast<int>(sizeof(std::string))},
    {"bool", "BOOL", "bool_", 8},
    {"f16", "FLOAT16", "float16", 16},
    {"f64", "DOUBLE", "float64", 64},
    {"u32", "UINT32", "uint32", 32},
    {"u64", "UINT64", "uint64", 64},
    {"c64", "COMPLEX64", "complex64", 64},
    {"c128", "COMPLEX128", "complex128", 128},
    {"bf16", "BFLOAT16", "bfloat16", 16},
    {"f8e4m3fn", "FLOAT8E4M3FN", "float8_e4m3fn", 8},
    {"f8e4m3fnuz", "FLOAT8E4M3FNUZ", "float8_e4m3fnuz", 8},
    {"f8e5m2", "FLOAT8E5M2", "float8_e5m2", 8},
    {"f8e5m2fnuz", "FLOAT8E5M2FNUZ", "float8_e5m2fnuz", 8},
    {"u4", "UINT4", "uint4", 4},
    {"i4", "INT4", "int4", 4},
    {"f4e2m1", "FLOAT4E2M1", "float4_e2m1fn", 4},
    {"f8e8m0", "FLOAT8E8M0", "float8_e8m0fnu", 8},
    {"u2", "UINT2", "uint2", 2},
    {"i2", "INT2", "int2", 2},
    {},
    {},
    {"map", "", "", kObjectBits},
    {"sequence", "", "", kObjectBits},
    {"optional", "", "", kObjectBits},
}};

const Row& row(DType dtype) {
  const auto index = static_cast<std::size_t>(dtype);
  return kRows[index < kRows.size() ? index : 0];
}

}  // namespace

std::string_view to_string(DType dtype) { return row(dtype).name; }

Result<DType> parse_dtype(std::string_view name) {
  for (std::size_t i = 1; i < kRows.size(); ++i) {
    if (name.empty()) break;
    if (name == kRows[i].name || name == kRows[i].onnx || name == kRows[i].numpy) {
      return static_cast<DType>(i);
    }
  }
  return invalid_argument("'{}' is no element type", name);
}

int bit_width(DType dtype) { return row(dtype).bits; }

std::size_t storage_bytes(DType dtype, std::int64_t count) {
  const auto n = static_cast<std::size_t>(count);
  const auto bits = static_cast<std::size_t>(bit_width(dtype));
  return bits >= 8 ? n * (bits / 8) : (n * bits + 7) / 8;
}

bool is_floating(DType dtype) {
  switch (dtype) {
    case DType::kF64:
    case DType::kF32:
    case DType::kF16:
    case DType::kBF16:
    case DType::kF8E4M3FN:
    case DType::kF8E4M3FNUZ:
    case DType::kF8E5M2:
    case DType::kF8E5M2FNUZ:
    case DType::kF8E8M0:
    case DType::kF4E2M1: return true;
    default: return false;
  }
}

bool is_signed_integer(DType dtype) {
  switch (dtype) {
    case DType::kI64:
    case DType::kI32:
    case DType::kI16:
    case DType::kI8:
    case DType::kI4:
    case DType::kI2: return true;
    default: return false;
  }
}

bool is_integer(DType dtype) {
  switch (dtype) {
    case DType::kU64:
    case DType::kU32:
    case DType::kU16:
    case DType::kU8:
    case DType::kU4:
    case DType::kU2: return true;
    default: return is_signed_integer(dtype);
  }
}

bool is_complex(DType dtype) { return dtype == DType::kComplex64 || dtype == DType::kComplex128; }

bool is_sub_byte(DType dtype) { return bit_width(dtype) > 0 && bit_width(dtype) < 8; }

}  // namespace tern
