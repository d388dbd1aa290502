#include "import/onnx/lowering.h"

#include "base/errors.h"
#include "tensor/element.h"

namespace tern::onnx {
namespace {

/// Rules add and multiply sizes without further checks.
constexpr std::int64_t kLargestSize = std::int64_t{1} << 40;

}  // namespace

Lowering::Lowering(NodeDraft& node, GraphBuilder& builder)
    : node_(node), builder_(builder), outputs_(node.outputs.size()) {}

const Tensor* Lowering::constant(std::size_t i) const {
  return has(i) ? node_.graph.constant(node_.inputs[i]) : nullptr;
}

std::vector<std::int64_t> Lowering::constant_ints(std::size_t i) {
  const Tensor* const tensor = constant(i);
  if (tensor == nullptr || load_i64(tensor->dtype()) == nullptr) {
    fail(unimplemented("input {} is not a constant of integers", i));
    return {};
  }
  std::vector<std::int64_t> values(static_cast<std::size_t>(tensor->elements()));
  for (std::size_t k = 0; k < values.size(); ++k) {
    values[k] = load_i64(tensor->dtype())(tensor->raw(), static_cast<std::int64_t>(k));
  }
  return values;
}

int Lowering::rank(Value x) {
  if (!x.present()) return 0;
  if (!x.type().has_rank) {
    fail(unimplemented("the rank of {} is not known", builder_.graph().value(x.id()).name));
  }
  return x.rank();
}

std::int64_t Lowering::size(Value x, int axis) {
  const int have = rank(x);
  const int at = axis < 0 ? axis + have : axis;
  if (!x.present() || !x.type().has_rank) return 0;
  const std::string& name = builder_.graph().value(x.id()).name;
  if (at < 0 || at >= have) {
    fail(invalid_argument("{} has rank {}, axis {} is wanted", name, have, axis));
    return 0;
  }
  const Dim& dim = x.type().shape[static_cast<std::size_t>(at)];
  if (dim.value() > kLargestSize) {
    fail(invalid_argument("axis {} of {} has {} entries, above {}", axis, name, dim.value(),
                          kLargestSize));
    return 0;
  }
  if (dim.known()) return dim.value();
  fail(unimplemented("the size of axis {} of {} is not known", axis, name));
  return 0;
}

template <class T>
std::optional<T> Lowering::take(std::string_view name) {
  Result<std::optional<T>> value = node_.take<T>(name);
  if (value.ok()) return std::move(*value);
  fail(value.status());
  return std::nullopt;
}

std::int64_t Lowering::integer(std::string_view name, std::int64_t fallback) {
  return take<std::int64_t>(name).value_or(fallback);
}
float Lowering::number(std::string_view name, float fallback) {
  return take<float>(name).value_or(fallback);
}
std::optional<std::int64_t> Lowering::optional_integer(std::string_view name) {
  return take<std::int64_t>(name);
}
std::optional<float> Lowering::optional_number(std::string_view name) { return take<float>(name); }
std::string Lowering::text(std::string_view name, std::string_view fallback) {
  return take<std::string>(name).value_or(std::string(fallback));
}
std::vector<std::int64_t> Lowering::integers(std::string_view name) {
  return take<std::vector<std::int64_t>>(name).value_or(std::vector<std::int64_t>());
}
std::vector<float> Lowering::numbers(std::string_view name) {
  return take<std::vector<float>>(name).value_or(std::vector<float>());
}

void Lowering::only(std::string_view name, std::int64_t value) {
  const std::int64_t given = integer(name, value);
  if (given != value) fail(unimplemented("{} = {} is not supported", name, given));
}

void Lowering::without(std::size_t i, std::string_view name) {
  if (has(i)) fail(unimplemented("input {} ({}) is not supported", i, name));
}

std::vector<Value> Lowering::rest_n(std::string_view op, std::initializer_list<Value> inputs,
                                    std::size_t outputs) {
  Result<Op> made = make_op("ai.onnx", op, node_.attributes);
  node_.attributes.clear();
  if (made.ok()) return builder_.op_n(std::move(*made), inputs, outputs);
  fail(made.status());
  return std::vector<Value>(outputs);
}

void Lowering::set(std::size_t i, Value value) {
  if (i < outputs_.size()) outputs_[i] = value;
}

Value Lowering::fail(Status status) {
  builder_.fail(std::move(status));
  return {};
}

Status Lowering::finish() {
  TERN_TRY(builder_.status());
  if (!node_.attributes.empty()) {
    return invalid_argument("{} has no attribute '{}'", node_.op_type, node_.attributes[0].first);
  }
  for (std::size_t i = 0; i < outputs_.size(); ++i) {
    if (wants(i) && !outputs_[i].present()) {
      return unimplemented("output {} of {} is not supported", i, node_.op_type);
    }
  }
  return {};
}

}  // namespace tern::onnx
