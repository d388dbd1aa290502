#include "graph/op_def.h"

#include <algorithm>

#include "base/errors.h"
#include "tensor/element.h"

namespace tern {
namespace {

const Port* port_at(std::span<const Port> ports, std::size_t i) {
  if (i < ports.size()) return &ports[i];
  if (!ports.empty() && ports.back().kind == PortKind::kVariadic) return &ports.back();
  return nullptr;
}

// What the ports alone say of the outputs: a dtype that only one type fits, or that an input of the
// same group has.
std::vector<TypeInfo> types_from_ports(const OpDef& def, const InferContext& c) {
  std::vector<TypeInfo> out(c.wanted_outputs);
  for (std::size_t i = 0; i < out.size(); ++i) {
    const Port* port = port_at(def.outputs, i);
    if (port == nullptr) continue;
    out[i] = TypeInfo::of(port->types.only());
    for (std::size_t k = 0; k < c.in.size() && port->group != 0; ++k) {
      const Port* input = port_at(def.inputs, k);
      if (input != nullptr && input->group == port->group && c.in[k].dtype != DType::kUndefined) {
        out[i] = TypeInfo::of(c.in[k].dtype);
        break;
      }
    }
  }
  return out;
}

}  // namespace

DType TypeSet::only() const {
  for (int i = 1; i < kDTypeCount; ++i) {
    const auto dtype = static_cast<DType>(i);
    if (*this == TypeSet(dtype)) return dtype;
  }
  return DType::kUndefined;
}

std::string TypeSet::to_string() const {
  std::string text;
  for (int i = 1; i < kDTypeCount; ++i) {
    if (!contains(static_cast<DType>(i))) continue;
    if (!text.empty()) text += ", ";
    text += tern::to_string(static_cast<DType>(i));
  }
  return text;
}

std::optional<std::vector<std::int64_t>> InferContext::ints(std::size_t i) const {
  const Tensor* tensor = constant(i);
  if (tensor == nullptr || !is_integer(tensor->dtype())) return std::nullopt;
  const LoadI64 load = load_i64(tensor->dtype());
  std::vector<std::int64_t> values(static_cast<std::size_t>(tensor->elements()));
  for (std::size_t n = 0; n < values.size(); ++n) {
    values[n] = load(tensor->raw(), static_cast<std::int64_t>(n));
  }
  return values;
}

Status check_ports(const OpDef& def, const InferContext& c) {
  if (c.in.size() < static_cast<std::size_t>(def.min_inputs)) {
    return invalid_argument("{} needs {} inputs, has {}", def.name, def.min_inputs, c.in.size());
  }
  // The first dtype seen in each group of ports, by the group's letter.
  std::array<DType, 128> group_type{};
  std::array<std::string_view, 128> group_port{};
  for (std::size_t i = 0; i < c.in.size(); ++i) {
    const Port* port = port_at(def.inputs, i);
    if (port == nullptr) {
      return invalid_argument("{} takes {} inputs, has {}", def.name, def.inputs.size(),
                              c.in.size());
    }
    const DType dtype = c.in[i].dtype;
    if (dtype == DType::kUndefined) {
      if (port->kind == PortKind::kRequired) {
        return invalid_argument("{} lacks its input {}", def.name, port->name);
      }
      continue;
    }
    if (!port->types.contains(dtype)) {
      return invalid_argument("{} takes {} for input {}, not {}", def.name, port->types.to_string(),
                              port->name, to_string(dtype));
    }
    const auto group = static_cast<std::size_t>(port->group);
    if (group == 0) continue;
    if (group_type[group] == DType::kUndefined) {
      group_type[group] = dtype;
      group_port[group] = port->name;
    } else if (group_type[group] != dtype) {
      return invalid_argument("{} has {} for input {} and {} for input {}", def.name,
                              to_string(group_type[group]), group_port[group], to_string(dtype),
                              port->name);
    }
  }
  return {};
}

namespace {

/// Sizes that come from a file can multiply beyond any tensor although every input was sane.
Status check_output_sizes(const InferContext& c) {
  for (std::size_t i = 0; i < c.out.size(); ++i) {
    const std::vector<Dim>& dims = c.out[i].shape;
    if (dims.size() > static_cast<std::size_t>(Shape::kMaxRank)) {
      return invalid_argument("output {} has rank {}, the limit is {}", i, dims.size(),
                              Shape::kMaxRank);
    }
    Shape known;
    for (const Dim& dim : dims) {
      if (dim.known()) known.push_back(dim.value());
    }
    if (Result<Shape> checked = Shape::from(known.dims()); !checked.ok()) {
      return std::move(checked).status().with_context(fmt::format("output {}", i));
    }
  }
  return {};
}

}  // namespace

Status infer_types(const Op& op, InferContext& c) {
  const OpDef& def = op.def();
  TERN_TRY(check_ports(def, c));
  c.out.clear();
  const bool ranks_known = std::ranges::all_of(
      c.in, [](const TypeInfo& type) { return type.dtype == DType::kUndefined || type.has_rank; });
  // Control flow passes on what it gets and says of its bodies what they say of themselves.
  if ((ranks_known || !c.bodies.empty()) && def.infer != nullptr) {
    TERN_TRY(def.infer(op.attributes(), c));
  } else {
    c.out = types_from_ports(def, c);
  }
  if (c.out.size() < c.wanted_outputs) c.out.resize(c.wanted_outputs);
  return check_output_sizes(c);
}

}  // namespace tern
