// What MatMul and the products of quantised matrices share: numpy's matmul over stacks of matrices.
#pragma once

#include <cstdint>
#include <vector>

#include "graph/op_def.h"
#include "ops/broadcast.h"

namespace tern::ops {

/// The symbolic sizes of A B over the last two axes; vectors count as one row or one column.
Result<std::vector<Dim>> product_dims(const std::vector<Dim>& a, const std::vector<Dim>& b);

/// C[batch] = A[batch] B[batch] over concrete shapes.
struct ProductGeometry {
  tern::Shape batch;
  tern::Shape batch_strides_a;
  tern::Shape batch_strides_b;
  std::int64_t m = 1, n = 1, k = 1;

  ProductGeometry(const tern::Shape& a, const tern::Shape& b);
};

/// The product: `a` and `b` are read by a[i], `c` is written by c.set(i, value).
template <class ReaderA, class ReaderB, class Writer>
void multiply(const ProductGeometry& g, const ReaderA& a, const ReaderB& b, const Writer& c) {
  for_each_offset(g.batch, g.batch_strides_a, g.batch_strides_b,
                  [&](std::int64_t batch, std::int64_t a0, std::int64_t b0) {
                    for (std::int64_t m = 0; m < g.m; ++m) {
                      for (std::int64_t n = 0; n < g.n; ++n) {
                        decltype(a[0] * b[0]) sum = 0;
                        for (std::int64_t k = 0; k < g.k; ++k)
                          sum += a[a0 + m * g.k + k] * b[b0 + k * g.n + n];
                        c.set((batch * g.m + m) * g.n + n, sum);
                      }
                    }
                  });
}

}  // namespace tern::ops
