// ImageRowOptions as JSON, as they travel in a model's metadata.
#include <algorithm>
#include <array>

#include "base/errors.h"
#include "base/json.h"
#include "tern/data_files.h"

namespace tern {
namespace {

// In the order of the enumerators.
constexpr std::array<std::string_view, 3> kFits{"stretch", "crop", "pad"};
constexpr std::array<std::string_view, 4> kFilters{"nearest", "box", "bilinear", "bicubic"};
constexpr std::array<std::string_view, 4> kColors{"gray", "rgb", "bgr", "rgba"};
constexpr std::array<std::string_view, 2> kLayouts{"nchw", "nhwc"};
constexpr std::int64_t kMaxSide = 65'535;

void write_numbers(JsonWriter& json, std::string_view name, const std::vector<float>& numbers) {
  json.key(name);
  json.value(std::span<const float>(numbers));
}

// Members of one object. After a mistake nothing more is read; absent members change nothing.
class Members {
 public:
  explicit Members(const JsonValue& object) : object_(object) {}

  template <class Enum, std::size_t kCount>
  void choice(std::string_view name, const std::array<std::string_view, kCount>& names, Enum& to) {
    const JsonValue* const value = find(name);
    if (value == nullptr) return;
    const auto at =
        value->as_string() == nullptr ? names.end() : std::ranges::find(names, *value->as_string());
    if (at == names.end()) return mistake(name, "one of those it may be");
    to = static_cast<Enum>(at - names.begin());
  }
  void flag(std::string_view name, bool& to) {
    const JsonValue* const value = find(name);
    if (value == nullptr) return;
    if (value->as_bool() == nullptr) return mistake(name, "true or false");
    to = *value->as_bool();
  }
  template <class Int>
  void integer(std::string_view name, std::int64_t most, Int& to) {
    const JsonValue* const value = find(name);
    if (value == nullptr) return;
    const std::int64_t* const number = value->as_int();
    if (number == nullptr || *number < 0 || *number > most) {
      return mistake(name, "a whole number in its range");
    }
    to = static_cast<Int>(*number);
  }
  void number(std::string_view name, float& to) {
    const JsonValue* const value = find(name);
    if (value == nullptr) return;
    if (!value->as_number()) return mistake(name, "a number");
    to = static_cast<float>(*value->as_number());
  }
  void numbers(std::string_view name, std::vector<float>& to) {
    const JsonValue* const value = find(name);
    if (value == nullptr) return;
    if (value->as_array() == nullptr) return mistake(name, "a list of numbers");
    to.clear();
    for (const JsonValue& item : *value->as_array()) {
      if (!item.as_number()) return mistake(name, "a list of numbers");
      to.push_back(static_cast<float>(*item.as_number()));
    }
  }
  void dtype(std::string_view name, DType& to) {
    const JsonValue* const value = find(name);
    if (value == nullptr) return;
    const auto parsed = parse_dtype(value->as_string() == nullptr ? "" : *value->as_string());
    if (!parsed.ok() || (*parsed != DType::kF32 && *parsed != DType::kU8)) {
      return mistake(name, "f32 or u8");
    }
    to = *parsed;
  }

  const Status& status() const { return status_; }

 private:
  const JsonValue* find(std::string_view name) const {
    return status_.ok() ? object_.find(name) : nullptr;
  }
  void mistake(std::string_view name, std::string_view wanted) {
    status_ = invalid_argument("image input: {} is not {}", name, wanted);
  }

  const JsonValue& object_;
  Status status_;
};

}  // namespace

std::string to_json(const ImageRowOptions& options) {
  std::string text;
  JsonWriter json(text);
  json.begin_object();
  json.field("height", options.height);
  json.field("width", options.width);
  json.field("fit", kFits[static_cast<std::size_t>(options.fit)]);
  json.field("filter", kFilters[static_cast<std::size_t>(options.resize.filter)]);
  json.field("antialias", options.resize.antialias);
  json.field("fill", options.fill);
  const PixelFormat color = options.decode.format.value_or(PixelFormat::kRgb);
  json.field("color", kColors[static_cast<std::size_t>(color)]);
  json.field("dtype", to_string(options.tensor.dtype));
  json.field("layout", kLayouts[static_cast<std::size_t>(options.tensor.layout)]);
  json.field("scale", options.tensor.scale);
  write_numbers(json, "mean", options.tensor.mean);
  write_numbers(json, "std", options.tensor.std);
  json.end_object();
  return text;
}

Result<ImageRowOptions> parse_image_row_options(std::string_view text) {
  TERN_ASSIGN_OR_RETURN(const JsonValue json, parse_json(text));
  if (json.as_object() == nullptr) return invalid_argument("image input: it is not an object");
  ImageRowOptions options;
  Members members(json);
  members.integer("height", kMaxSide, options.height);
  members.integer("width", kMaxSide, options.width);
  members.choice("fit", kFits, options.fit);
  members.choice("filter", kFilters, options.resize.filter);
  members.flag("antialias", options.resize.antialias);
  members.integer("fill", 255, options.fill);
  PixelFormat color = PixelFormat::kRgb;
  members.choice("color", kColors, color);
  options.decode.format = color;
  members.dtype("dtype", options.tensor.dtype);
  members.choice("layout", kLayouts, options.tensor.layout);
  members.number("scale", options.tensor.scale);
  members.numbers("mean", options.tensor.mean);
  members.numbers("std", options.tensor.std);
  TERN_TRY(members.status());
  return options;
}

}  // namespace tern
