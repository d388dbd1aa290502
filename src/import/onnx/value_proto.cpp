#include "import/onnx/value_proto.h"

#include <algorithm>

#include "base/errors.h"
#include "base/file.h"
#include "import/onnx/tensor_proto.h"
#include "ops/reference.h"

namespace tern::onnx {
namespace {

constexpr int kMaxLevels = 8;

Result<Tensor> parse(Bytes message, DType kind, int level);

// tensor_values = 3, sequence_values = 5, map_values = 6, optional_values = 7.
Result<Tensor> parse_sequence(Bytes message, int level) {
  std::vector<Tensor> items;
  WireReader reader(message, "SequenceProto");
  while (reader.next()) {
    DType kind = DType::kUndefined;
    switch (reader.field()) {
      case 3: break;
      case 5: kind = DType::kSequence; break;
      case 6: kind = DType::kMap; break;
      case 7: kind = DType::kOptional; break;
      case 4: return unimplemented("a sequence of sparse tensors");
      default: continue;
    }
    TERN_ASSIGN_OR_RETURN(Tensor item, parse(reader.bytes(), kind, level));
    items.push_back(std::move(item));
  }
  TERN_TRY(reader.status());
  return Tensor::container(DType::kSequence, std::move(items));
}

// elem_type = 2, then the field of that type: tensor_value = 3, sequence_value = 5, map_value = 6,
// optional_value = 7. Some writers leave an empty tensor_value in an optional without a value.
Result<Tensor> parse_optional(Bytes message, int level) {
  constexpr std::int64_t kUndefined = 0;
  std::int64_t type = kUndefined;
  std::vector<Tensor> items;
  WireReader reader(message, "OptionalProto");
  while (reader.next()) {
    DType kind = DType::kUndefined;
    switch (reader.field()) {
      case 2: type = reader.integer(); continue;
      case 3: break;
      case 5: kind = DType::kSequence; break;
      case 6: kind = DType::kMap; break;
      case 7: kind = DType::kOptional; break;
      case 4: return unimplemented("an optional sparse tensor");
      default: continue;
    }
    if (reader.bytes().empty()) continue;
    TERN_ASSIGN_OR_RETURN(Tensor item, parse(reader.bytes(), kind, level));
    items.assign(1, std::move(item));
  }
  TERN_TRY(reader.status());
  if (type == kUndefined) items.clear();
  return Tensor::container(DType::kOptional, std::move(items));
}

// Scalars of one type as a tensor of rank 1; anything else stays a sequence.
Result<Tensor> joined_scalars(Tensor sequence) {
  const auto items = sequence.items();
  if (items.empty() || is_container(items[0].dtype())) return sequence;
  const auto fits = [&](const Tensor& item) {
    return item.dtype() == items[0].dtype() && item.elements() == 1;
  };
  if (!std::ranges::all_of(items, fits)) return sequence;
  TERN_ASSIGN_OR_RETURN(Tensor joined,
                        Tensor::zeros(items[0].dtype(), {static_cast<std::int64_t>(items.size())}));
  for (std::size_t i = 0; i < items.size(); ++i) {
    copy_element(items[i], 0, joined, static_cast<std::int64_t>(i));
  }
  return joined;
}

// keys = 3 (integers), string_keys = 4, values = 5 (a SequenceProto of scalars).
Result<Tensor> parse_map(Bytes message, int level) {
  std::vector<std::int64_t> numbers;
  std::vector<std::string> texts;
  Tensor values = Tensor::container(DType::kSequence, {});
  WireReader reader(message, "MapProto");
  while (reader.next()) {
    if (reader.field() == 3) reader.append_integers(numbers);
    if (reader.field() == 4) texts.emplace_back(reader.text());
    if (reader.field() == 5) {
      TERN_ASSIGN_OR_RETURN(values, parse(reader.bytes(), DType::kSequence, level));
    }
  }
  TERN_TRY(reader.status());
  Tensor keys = texts.empty() ? Tensor::vector<std::int64_t>(std::span<const std::int64_t>(numbers))
                              : Tensor::vector<std::string>(std::span<const std::string>(texts));
  TERN_ASSIGN_OR_RETURN(values, joined_scalars(std::move(values)));
  return Tensor::container(DType::kMap, {std::move(keys), std::move(values)});
}

Result<Tensor> parse(Bytes message, DType kind, int level) {
  if (level >= kMaxLevels) {
    return invalid_argument("containers are nested deeper than {} levels", kMaxLevels);
  }
  switch (kind) {
    case DType::kSequence: return parse_sequence(message, level + 1);
    case DType::kOptional: return parse_optional(message, level + 1);
    case DType::kMap: return parse_map(message, level + 1);
    default: break;
  }
  TERN_ASSIGN_OR_RETURN(NamedTensor named, parse_tensor_proto(message));
  return std::move(named.tensor);
}

}  // namespace

Result<Tensor> parse_value_proto(Bytes message, DType kind) { return parse(message, kind, 0); }

Result<Tensor> read_value_proto(const std::string& path, DType kind) {
  TERN_ASSIGN_OR_RETURN(const MappedFile file, MappedFile::open(path));
  Result<Tensor> value = parse_value_proto(file.bytes(), kind);
  if (!value.ok()) return std::move(value).status().with_context(path);
  return value;
}

}  // namespace tern::onnx
