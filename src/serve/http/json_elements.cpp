#include "serve/http/json_elements.h"

#include <cmath>
#include <limits>
#include <type_traits>

#include "base/errors.h"
#include "base/strings.h"
#include "serve/http/base64.h"
#include "serve/tensors/datatypes.h"
#include "tensor/element.h"

namespace tern::serve {
namespace {

using Code = simdjson::error_code;

std::string_view token_of(json::value& value) { return trim(value.raw_json_token()); }

// A value as messages show it.
std::string_view text_of(json::value& value) {
  json::json_type type{};
  if (value.type().get(type) != simdjson::SUCCESS || type == json::json_type::array ||
      type == json::json_type::object) {
    return kind_of(value);
  }
  constexpr std::size_t kMost = 40;
  return token_of(value).substr(0, kMost);
}

// A number, or one of the three strings that stand for what JSON lacks.
Code read_double(json::value& value, double& number) {
  const Code code = value.get_double().get(number);
  if (code == simdjson::SUCCESS) return code;
  const std::string_view token = token_of(value);
  if (token == "\"NaN\"") {
    number = std::numeric_limits<double>::quiet_NaN();
  } else if (token == "\"Infinity\"") {
    number = std::numeric_limits<double>::infinity();
  } else if (token == "\"-Infinity\"") {
    number = -std::numeric_limits<double>::infinity();
  } else {
    return code;
  }
  return value.get_string().error();
}

// {"b64": "..."}: bytes that JSON cannot carry as they are.
Code read_base64(json::value& value, std::string& bytes) {
  json::object object;
  if (const Code code = value.get_object().get(object)) return code;
  bool found = false;
  for (auto item : object) {
    json::field field;
    if (const Code code = std::move(item).get(field)) return code;
    std::string_view key;
    if (const Code code = field.unescaped_key().get(key)) return code;
    if (key != "b64" || found) return simdjson::INCORRECT_TYPE;
    std::string_view text;
    if (const Code code = field.value().get_string().get(text)) return code;
    std::optional<std::string> decoded = decode_base64(text);
    if (!decoded) return simdjson::INCORRECT_TYPE;
    bytes = std::move(*decoded);
    found = true;
  }
  return found ? simdjson::SUCCESS : simdjson::INCORRECT_TYPE;
}

struct ReadF32 {
  float* data;
  Code operator()(json::value& value, std::int64_t i) const {
    double number = 0;
    if (const Code code = read_double(value, number)) return code;
    data[i] = static_cast<float>(number);
    return std::isinf(data[i]) && std::isfinite(number) ? simdjson::NUMBER_OUT_OF_RANGE
                                                        : simdjson::SUCCESS;
  }
};

struct ReadF64 {
  double* data;
  Code operator()(json::value& value, std::int64_t i) const { return read_double(value, data[i]); }
};

struct ReadFloat {  // of any narrow type
  void* data;
  LoadF64 load;
  StoreF64 store;
  Code operator()(json::value& value, std::int64_t i) const {
    double number = 0;
    if (const Code code = read_double(value, number)) return code;
    store(data, i, number);
    return std::isfinite(number) && !std::isfinite(load(data, i)) ? simdjson::NUMBER_OUT_OF_RANGE
                                                                  : simdjson::SUCCESS;
  }
};

struct ReadInteger {  // of all types but u64
  void* data;
  StoreI64 store;
  std::int64_t lowest;
  std::int64_t highest;
  Code operator()(json::value& value, std::int64_t i) const {
    std::int64_t number = 0;
    if (const Code code = value.get_int64().get(number)) return code;
    if (number < lowest || number > highest) return simdjson::NUMBER_OUT_OF_RANGE;
    store(data, i, number);
    return simdjson::SUCCESS;
  }
};

struct ReadU64 {
  std::uint64_t* data;
  Code operator()(json::value& value, std::int64_t i) const {
    return value.get_uint64().get(data[i]);
  }
};

struct ReadBool {
  bool* data;
  Code operator()(json::value& value, std::int64_t i) const {
    if (const Code code = value.get_bool().get(data[i]); code == simdjson::SUCCESS) return code;
    std::int64_t number = 0;
    if (const Code code = value.get_int64().get(number)) return code;
    data[i] = number != 0;
    return number == 0 || number == 1 ? simdjson::SUCCESS : simdjson::NUMBER_OUT_OF_RANGE;
  }
};

struct ReadString {
  std::string* data;
  Code operator()(json::value& value, std::int64_t i) const {
    std::string_view text;
    json::json_type type{};
    if (const Code code = value.type().get(type)) return code;
    if (type == json::json_type::object) return read_base64(value, data[i]);
    if (const Code code = value.get_string().get(text)) return code;
    data[i] = text;
    return simdjson::SUCCESS;
  }
};

template <class Read>
class Walk {
 public:
  Walk(const Shape& shape, DType dtype, const Read& read)
      : shape_(shape), dtype_(dtype), read_(read), count_(shape.elements()) {}

  ElementsResult run(json::value value, Arrangement arrangement) {
    if (shape_.empty() && arrangement == Arrangement::kExact) {
      element(value);
      return std::move(result_);
    }
    json::array array;
    if (value.get_array().get(array) != simdjson::SUCCESS) {
      fail("data is {}, not an array", kind_of(value));
      return std::move(result_);
    }
    if (arrangement == Arrangement::kFlatOrExact) {
      flat_or_nested(array);
    } else {
      nested(array, 0);
    }
    return std::move(result_);
  }

 private:
  // All of these return false once result_ says what is wrong.
  bool flat_or_nested(json::array array) {
    bool first = true;
    std::int64_t rows = 0;
    bool deep = false;
    for (auto item : array) {
      json::value value;
      if (!check(item.get(value))) return false;
      if (first) {
        first = false;
        json::json_type type{};
        if (!check(value.type().get(type))) return false;
        deep = type == json::json_type::array && shape_.rank() > 1;
      }
      if (!deep) {
        if (!element(value)) return false;
      } else if (!row(value, 0, rows++)) {
        return false;
      }
    }
    if (deep) return ended(0, rows);
    return next_ == count_ || fail("data ends after {} of the {} elements of shape {}", next_,
                                   count_, shape_.to_string());
  }

  bool nested(json::array array, int axis) {
    std::int64_t rows = 0;
    for (auto item : array) {
      json::value value;
      if (!check(item.get(value))) return false;
      if (!row(value, axis, rows++)) return false;
    }
    return ended(axis, rows);
  }

  // Entry `index` of an array that lies along `axis`.
  bool row(json::value& value, int axis, std::int64_t index) {
    if (index >= shape_[axis]) {
      return fail("an array along axis {} has more than the {} entries of shape {}", axis,
                  shape_[axis], shape_.to_string());
    }
    if (axis + 1 == shape_.rank()) return element(value);
    json::array inner;
    if (value.get_array().get(inner) != simdjson::SUCCESS) {
      return fail("element {} is {} where shape {} has an array", next_, kind_of(value),
                  shape_.to_string());
    }
    return nested(inner, axis + 1);
  }

  bool ended(int axis, std::int64_t rows) {
    return rows == shape_[axis] || fail("an array along axis {} has {} entries, {} by shape {}",
                                        axis, rows, shape_[axis], shape_.to_string());
  }

  bool element(json::value& value) {
    if (next_ >= count_) {
      return fail("data has more than the {} elements of shape {}", count_, shape_.to_string());
    }
    const Code code = read_(value, next_);
    if (code == simdjson::SUCCESS) {
      ++next_;
      return true;
    }
    if (code == simdjson::NUMBER_OUT_OF_RANGE) {
      return fail("element {} is out of the range of {}", next_, protocol_name(dtype_));
    }
    return fail("element {}: {} is no {}", next_, text_of(value), protocol_name(dtype_));
  }

  bool check(Code code) {
    result_.code = code;
    return code == simdjson::SUCCESS;
  }
  template <class... Args>
  bool fail(fmt::format_string<Args...> format, Args&&... args) {
    result_.status = invalid_argument(format, std::forward<Args>(args)...);
    return false;
  }

  const Shape& shape_;
  const DType dtype_;
  const Read& read_;
  const std::int64_t count_;
  std::int64_t next_ = 0;
  ElementsResult result_;
};

template <class Read>
ElementsResult walk(json::value value, const Shape& shape, Arrangement arrangement, DType dtype,
                    const Read& read) {
  return Walk<Read>(shape, dtype, read).run(value, arrangement);
}

// The bounds of an integer type of up to 63 bits, and of i64.
std::pair<std::int64_t, std::int64_t> bounds_of(DType dtype) {
  const int bits = bit_width(dtype);
  if (!is_signed_integer(dtype)) return {0, (std::int64_t{1} << bits) - 1};
  const std::int64_t highest =
      bits == 64 ? std::numeric_limits<std::int64_t>::max() : (std::int64_t{1} << (bits - 1)) - 1;
  return {-highest - 1, highest};
}

void write_complex(JsonWriter& json, const Tensor& tensor, std::int64_t i) {
  for (const std::int64_t part : {2 * i, 2 * i + 1}) {
    if (tensor.dtype() == DType::kComplex64) {
      json.value(static_cast<const float*>(tensor.raw())[part]);
    } else {
      json.value(static_cast<const double*>(tensor.raw())[part]);
    }
  }
}

// Element i of any type that is not complex.
Status write_element(JsonWriter& json, const Tensor& tensor, std::int64_t i) {
  switch (tensor.dtype()) {
    case DType::kF32: json.value(tensor.data<float>()[i]); return {};
    case DType::kF64: json.value(tensor.data<double>()[i]); return {};
    case DType::kBool: json.value(tensor.data<bool>()[i]); return {};
    case DType::kU64: json.value(tensor.data<std::uint64_t>()[i]); return {};
    case DType::kString: {
      const std::string& text = tensor.data<std::string>()[i];
      if (!is_utf8(text)) {
        return failed_precondition("element {} is not UTF-8, which JSON cannot carry", i);
      }
      json.value(text);
      return {};
    }
    default: break;
  }
  if (is_floating(tensor.dtype())) {
    json.value(static_cast<float>(load_f64(tensor.dtype())(tensor.raw(), i)));
  } else {
    json.value(load_i64(tensor.dtype())(tensor.raw(), i));
  }
  return {};
}

Status write_range(JsonWriter& json, const Tensor& tensor, std::int64_t begin, std::int64_t end) {
  json.begin_array();
  for (std::int64_t i = begin; i < end; ++i) TERN_TRY(write_element(json, tensor, i));
  json.end_array();
  return {};
}

// A complex element is one more axis of two.
void write_pairs(JsonWriter& json, const Tensor& tensor, std::int64_t begin, std::int64_t end) {
  json.begin_array();
  for (std::int64_t i = begin; i < end; ++i) {
    json.begin_array();
    write_complex(json, tensor, i);
    json.end_array();
  }
  json.end_array();
}

Status write_axis(JsonWriter& json, const Tensor& tensor, int axis, std::int64_t begin) {
  const Shape& shape = tensor.shape();
  if (axis + 1 == shape.rank()) {
    if (!is_complex(tensor.dtype())) return write_range(json, tensor, begin, begin + shape.back());
    write_pairs(json, tensor, begin, begin + shape.back());
    return {};
  }
  json.begin_array();
  const std::int64_t inner = shape.elements(axis + 1, shape.rank());
  for (std::int64_t i = 0; i < shape[axis]; ++i) {
    TERN_TRY(write_axis(json, tensor, axis + 1, begin + i * inner));
  }
  json.end_array();
  return {};
}

}  // namespace

bool is_utf8(std::string_view text) { return simdjson::validate_utf8(text.data(), text.size()); }

ElementsResult read_elements(json::value value, const Shape& shape, Arrangement arrangement,
                             Tensor& tensor) {
  const DType dtype = tensor.dtype();
  const auto read = [&](const auto& reader) {
    return walk(value, shape, arrangement, dtype, reader);
  };
  switch (dtype) {
    case DType::kF32: return read(ReadF32{tensor.mutable_data<float>()});
    case DType::kF64: return read(ReadF64{tensor.mutable_data<double>()});
    case DType::kBool: return read(ReadBool{tensor.mutable_data<bool>()});
    case DType::kU64: return read(ReadU64{tensor.mutable_data<std::uint64_t>()});
    case DType::kString: return read(ReadString{tensor.mutable_data<std::string>()});
    case DType::kComplex64:
    case DType::kComplex128: {
      if (shape.rank() == Shape::kMaxRank) {
        return {.status = unimplemented("complex data of rank {}", shape.rank())};
      }
      Shape parts = shape;
      parts.push_back(2);
      if (dtype == DType::kComplex64) {
        return walk(value, parts, arrangement, dtype,
                    ReadF32{static_cast<float*>(tensor.mutable_raw())});
      }
      return walk(value, parts, arrangement, dtype,
                  ReadF64{static_cast<double*>(tensor.mutable_raw())});
    }
    default: break;
  }
  if (is_floating(dtype)) {
    return read(ReadFloat{tensor.mutable_raw(), load_f64(dtype), store_f64(dtype)});
  }
  const auto [lowest, highest] = bounds_of(dtype);
  return read(ReadInteger{tensor.mutable_raw(), store_i64(dtype), lowest, highest});
}

Status write_flat(JsonWriter& json, const Tensor& tensor) {
  if (tensor.dtype() == DType::kF32) {
    json.value(tensor.span<float>());
    return {};
  }
  if (!is_complex(tensor.dtype())) return write_range(json, tensor, 0, tensor.elements());
  json.begin_array();
  for (std::int64_t i = 0; i < tensor.elements(); ++i) write_complex(json, tensor, i);
  json.end_array();
  return {};
}

Status write_nested(JsonWriter& json, const Tensor& tensor) {
  if (tensor.rank() > 0) return write_axis(json, tensor, 0, 0);
  if (!is_complex(tensor.dtype())) return write_element(json, tensor, 0);
  json.begin_array();
  write_complex(json, tensor, 0);
  json.end_array();
  return {};
}

}  // namespace tern::serve
