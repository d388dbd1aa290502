#include "ops/linalg/contraction.h"

#include <algorithm>

namespace tern::ops {
namespace {

bool has(const Labels& labels, int label) {
  return std::ranges::find(labels, label) != labels.end();
}

std::size_t product(const Sizes& shape) {
  std::int64_t n = 1;
  for (const std::int64_t size : shape) n *= size;
  return static_cast<std::size_t>(n);
}

// a times b, summed over what is not in `kept`.
template <class T>
Labelled<T> contract_pair(const Labelled<T>& a, const Labelled<T>& b, const Labels& kept,
                          std::span<const std::int64_t> sizes) {
  const Labels all = joined(a.labels, b.labels);
  Labelled<T> result;
  // Labels that stay come first, so that the sums of one element follow each other.
  Labels order;
  for (const int label : all) {
    if (has(kept, label)) order.push_back(label);
  }
  result.labels = order;
  for (const int label : all) {
    if (!has(kept, label)) order.push_back(label);
  }
  result.shape = label_shape(result.labels, sizes);
  result.values.assign(product(result.shape), T{0});
  for_each_index(label_shape(order, sizes), label_strides(result.labels, result.shape, order),
                 label_strides(a.labels, a.shape, order), label_strides(b.labels, b.shape, order),
                 [&](std::int64_t to, std::int64_t from_a, std::int64_t from_b) {
                   result.values[static_cast<std::size_t>(to)] +=
                       a.values[static_cast<std::size_t>(from_a)] *
                       b.values[static_cast<std::size_t>(from_b)];
                 });
  return result;
}

}  // namespace

Sizes label_strides(const Labels& labels, std::span<const std::int64_t> shape,
                    const Labels& wanted) {
  Sizes strides(wanted.size(), 0);
  std::int64_t stride = 1;
  for (std::size_t axis = labels.size(); axis-- > 0;) {
    const auto at = std::ranges::find(wanted, labels[axis]);
    if (at != wanted.end() && shape[axis] != 1) {
      strides[static_cast<std::size_t>(at - wanted.begin())] += stride;
    }
    stride *= shape[axis];
  }
  return strides;
}

Labels joined(const Labels& a, const Labels& b) {
  Labels all;
  for (const Labels* labels : {&a, &b}) {
    for (const int label : *labels) {
      if (!has(all, label)) all.push_back(label);
    }
  }
  return all;
}

Sizes label_shape(const Labels& labels, std::span<const std::int64_t> sizes) {
  Sizes shape;
  for (const int label : labels) shape.push_back(sizes[static_cast<std::size_t>(label)]);
  return shape;
}

template <class T>
Labelled<T> contract(std::span<const Labelled<T>> operands, const Labels& kept,
                     std::span<const std::int64_t> sizes) {
  Labelled<T> result{.labels = {}, .shape = {}, .values = {T{1}}};
  for (std::size_t i = 0; i < operands.size(); ++i) {
    Labels needed = kept;
    for (std::size_t j = i + 1; j < operands.size(); ++j) {
      needed = joined(needed, operands[j].labels);
    }
    result = contract_pair(result, operands[i], needed, sizes);
  }
  return result;
}

template Labelled<double> contract(std::span<const Labelled<double>>, const Labels&,
                                   std::span<const std::int64_t>);
template Labelled<std::uint64_t> contract(std::span<const Labelled<std::uint64_t>>, const Labels&,
                                          std::span<const std::int64_t>);

}  // namespace tern::ops
