// What operators on sequences and control flow share: joining, stacking, taking apart.
#pragma once

#include <span>
#include <vector>

#include "graph/op_def.h"
#include "ops/reference.h"
#include "tern/graph.h"

namespace tern::ops {

/// The tensor itself when it owns its storage, else a copy: what a run computes lies in memory that
/// the next run writes over, and a container keeps its items for longer.
Result<Tensor> keep(const Tensor& tensor);

/// Tensors joined along `axis`. At least one.
Result<Tensor> join(std::span<const Tensor> items, std::int64_t axis);

/// Tensors of one shape joined along a new axis. Without items, an empty tensor of type `item`,
/// whose unknown sizes become 0.
Result<Tensor> stack(std::span<const Tensor> items, std::int64_t axis, const TypeInfo& item);

/// Element `index` along `axis`, which goes away.
Result<Tensor> element_at(const Tensor& tensor, std::int64_t axis, std::int64_t index);

/// The element type of a sequence or optional; nothing is known when it is neither.
TypeInfo item_type(const TypeInfo& container);

/// `position` counted from the front; fails outside [-count, count).
Result<std::size_t> item_index(std::int64_t position, std::int64_t count);

}  // namespace tern::ops
