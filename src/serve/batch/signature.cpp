#include "serve/batch/signature.h"

#include <algorithm>

#include "base/errors.h"

namespace tern::serve {
namespace {

std::optional<std::size_t> find(std::span<const IoInfo> all, std::string_view name) {
  const auto it = std::ranges::find(all, name, &IoInfo::name);
  if (it == all.end()) return std::nullopt;
  return static_cast<std::size_t>(it - all.begin());
}

// A sequence may have an item per row; optionals and maps are one thing.
bool first_size_open(const IoInfo& info) {
  if (info.type.dtype == DType::kOptional || info.type.dtype == DType::kMap) return false;
  return info.type.has_rank && info.type.rank() >= 1 && !info.type.shape[0].known();
}

}  // namespace

std::optional<std::size_t> Signature::find_input(std::string_view name) const {
  return find(inputs_, name);
}

std::optional<std::size_t> Signature::find_output(std::string_view name) const {
  return find(outputs_, name);
}

Status Signature::check(std::span<const Shape> shapes) const {
  struct Size {
    SymbolId symbol;
    std::int64_t size;
    const IoInfo* input;
  };
  std::vector<Size> sizes;
  for (std::size_t i = 0; i < inputs_.size(); ++i) {
    const IoInfo& input = inputs_[i];
    const Shape& shape = shapes[i];
    if (!input.type.has_rank) continue;
    const auto mismatch = [&] {
      return invalid_argument("input {} has shape {}, the model wants {}", input.name,
                              shape.to_string(), input.text);
    };
    if (shape.rank() != input.type.rank()) return mismatch();
    for (int axis = 0; axis < shape.rank(); ++axis) {
      const Dim& dim = input.type.shape[static_cast<std::size_t>(axis)];
      if (dim.known() && dim.value() != shape[axis]) return mismatch();
      if (dim.known() || dim.symbol() == SymbolId::kAnonymous) continue;
      const auto seen = std::ranges::find(sizes, dim.symbol(), &Size::symbol);
      if (seen == sizes.end()) {
        sizes.push_back({dim.symbol(), shape[axis], &input});
      } else if (seen->size != shape[axis]) {
        return invalid_argument("input {} has shape {}, whose size {} should be {} as in input {}",
                                input.name, shape.to_string(), shape[axis], seen->size,
                                seen->input->name);
      }
    }
  }
  return {};
}

bool Signature::rows_are_open() const {
  if (inputs_.empty()) return false;
  std::vector<SymbolId> rows;
  for (const auto* infos : {&inputs_, &outputs_}) {
    if (!std::ranges::all_of(*infos, first_size_open)) return false;
    for (const IoInfo& info : *infos) rows.push_back(info.type.shape[0].symbol());
  }
  // A number of rows that is a size inside of a row as well cannot change without changing rows.
  const auto counts_rows = [&](const Dim& dim) {
    return !dim.known() && dim.symbol() != SymbolId::kAnonymous &&
           std::ranges::find(rows, dim.symbol()) != rows.end();
  };
  for (const auto* infos : {&inputs_, &outputs_}) {
    for (const IoInfo& info : *infos) {
      if (std::any_of(info.type.shape.begin() + 1, info.type.shape.end(), counts_rows)) {
        return false;
      }
    }
  }
  return true;
}

Shape row_shape(const Shape& shape) {
  return shape.empty() ? Shape() : Shape(shape.dims().subspan(1));
}

}  // namespace tern::serve
