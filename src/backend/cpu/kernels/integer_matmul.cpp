// Products of bytes with a constant matrix: tern.IntegerLinear, MatMulInteger, QLinearMatMul. The
// latter two also with a B that is made at run time.
#include <algorithm>

#include "backend/cpu/compute/int8_gemm.h"
#include "backend/cpu/kernels/byte_scales.h"
#include "backend/cpu/kernels/epilogue_of.h"
#include "ops/math/matrix_product.h"
#include "tern/ops/fused_quant.h"
#include "tern/ops/quant.h"

namespace tern::cpu {
namespace {

constexpr std::size_t kNone = 31;  // no operator has that many inputs

// Which inputs an operator's operands are.
template <class Op>
struct Ports;
template <>
struct Ports<ops::IntegerLinear> {
  static constexpr std::size_t a = 0, a_scale = 1, a_zero = 2, b = 3, b_scale = 4, b_zero = 5;
  static constexpr std::size_t y_scale = kNone, y_zero = kNone, bias = 6, residual = 7;
  static constexpr SumOutput output = SumOutput::kF32;
};
template <>
struct Ports<ops::MatMulInteger> {
  static constexpr std::size_t a = 0, a_scale = kNone, a_zero = 2, b = 1, b_scale = kNone;
  static constexpr std::size_t b_zero = 3, y_scale = kNone, y_zero = kNone;
  static constexpr std::size_t bias = kNone, residual = kNone;
  static constexpr SumOutput output = SumOutput::kI32;
};
template <>
struct Ports<ops::QLinearMatMul> {
  static constexpr std::size_t a = 0, a_scale = 1, a_zero = 2, b = 3, b_scale = 4, b_zero = 5;
  static constexpr std::size_t y_scale = 6, y_zero = 7, bias = kNone, residual = kNone;
  static constexpr SumOutput output = SumOutput::kByte;
};

const Tensor* optional_tensor(const RunContext& c, std::size_t i) {
  return i < c.in.size() ? c.in[i] : nullptr;
}

// One number, or a vector of one per column of B.
bool fits_columns(const KernelQuery& q, std::size_t i, const Dim& n) {
  if (!q.has(i) || is_single(q.in[i])) return true;
  return q.in[i].rank() == 1 && same(q.in[i].shape[0], n);
}

// Sums of deeper products might not fit 32 bits. Only MatMulInteger then wraps around as well.
template <class P>
bool depth_fits(const Dim& k) {
  return P::output == SumOutput::kI32 || (k.known() && k.value() <= kMaxInt8Depth);
}

template <class P>
bool matches_types(const KernelQuery& q) {
  if (!is_byte(q.in[P::a].dtype) || !is_byte(q.in[P::b].dtype)) return false;
  if (q.in[P::a].rank() < 2 || q.in[P::b].rank() < 2) return false;
  if (P::a_scale != kNone && q.in[P::a_scale].dtype != DType::kF32) return false;
  if (P::y_zero != kNone && !is_byte(q.in[P::y_zero].dtype)) return false;
  for (const std::size_t i : {P::a_scale, P::a_zero, P::y_scale, P::y_zero}) {
    if (!is_single_or_absent(q, i)) return false;
  }
  const std::vector<Dim>& b = q.in[P::b].shape;
  return depth_fits<P>(b[b.size() - 2]) && fits_columns(q, P::b_scale, b.back()) &&
         fits_columns(q, P::b_zero, b.back());
}

// Where the parts of scratch begin.
struct Layout {
  std::int64_t factors = 0;
  std::int64_t strips = 0;
  std::int64_t bytes = 0;
};

constexpr std::int64_t aligned(std::int64_t bytes) { return (bytes + 63) / 64 * 64; }

Layout layout_of(const Int8Weights& w, std::int64_t m, int threads) {
  Layout l;
  l.factors = aligned(w.columns * std::int64_t{sizeof(std::int32_t)});
  l.strips = l.factors + aligned(w.columns * std::int64_t{sizeof(float)});
  l.bytes = l.strips + aligned(int8_scratch_bytes(w, m, threads));
  return l;
}

// What becomes of the sums in this run; `scratch` gets starts and factors.
template <class Op>
SumFinish finish_of(const Int8Weights& w, const std::int32_t* column_sums, const Epilogue& epilogue,
                    RunContext& c, std::byte* scratch, const Layout& layout) {
  using P = Ports<Op>;
  auto* start = reinterpret_cast<std::int32_t*>(scratch);
  start_sums(w, column_sums, single_zero(optional_tensor(c, P::a_zero)),
             c.in[P::a]->dtype() == DType::kI8, nullptr, start);
  SumFinish finish{.output = P::output, .start = start, .epilogue = epilogue};
  if constexpr (P::output != SumOutput::kI32) {
    auto* factor = reinterpret_cast<float*>(scratch + layout.factors);
    const float a_scale = *c.input<float>(P::a_scale);
    const auto* b_scale = c.input<float>(P::b_scale);
    const bool single = c.in[P::b_scale]->elements() == 1;
    for (std::int64_t i = 0; i < w.columns; ++i) {
      float f = i < w.n ? a_scale * b_scale[single ? 0 : i] : 0.0F;
      if constexpr (P::output == SumOutput::kByte) {
        f = i < w.n ? finite_factor(f / *c.input<float>(P::y_scale)) : 0.0F;
      }
      factor[i] = f;
    }
    finish.factor = factor;
  }
  if constexpr (P::output == SumOutput::kF32) finish.add = c.optional_input<float>(P::bias);
  if constexpr (P::output == SumOutput::kByte) {
    finish.zero = single_zero(c.in[P::y_zero]);
    finish.lo = lowest_byte(c.out[0]->dtype());
    finish.hi = highest_byte(c.out[0]->dtype());
  }
  return finish;
}

template <class Op>
struct ConstantMatrix {
  using Operator = Op;
  using P = Ports<Op>;
  static constexpr std::uint32_t kPackedInputs = 1u << P::b | 1u << P::b_zero;
  struct Packed {
    Int8Weights weights;
    Tensor matrix;       // u8
    Tensor column_sums;  // i32
    Epilogue epilogue;
  };
  struct Plan {
    std::int64_t rows = 0;
    Layout layout;
  };

  static bool matches(const KernelQuery& q) {
    if constexpr (P::output == SumOutput::kF32) {
      if (!epilogue_of(q.attributes<Op>())) return false;
    }
    return matches_types<P>(q) && q.in[P::b].rank() == 2 && q.is_constant(P::b) &&
           (!q.has(P::b_zero) || q.is_constant(P::b_zero));
  }

  static Result<Packed> pack(const PackContext& c) {
    const Tensor& b = c.constant(P::b);
    const std::int64_t k = b.dim(0);
    const std::int64_t n = b.dim(1);
    const std::vector<std::int32_t> zeros =
        zeros_of(c.query.has(P::b_zero) ? &c.constant(P::b_zero) : nullptr, n);
    const Int8Source source{.w = static_cast<const std::uint8_t*>(b.raw()),
                            .is_signed = b.dtype() == DType::kI8,
                            .row = n,
                            .zeros = zeros.empty() ? nullptr : zeros.data()};
    Packed packed;
    packed.weights = plan_int8_weights(k, n, int8_layers(source, k, n));
    if constexpr (P::output == SumOutput::kF32) {
      packed.epilogue = *epilogue_of(c.query.attributes<Op>());
    }
    Result<Tensor> matrix = Tensor::uninitialized(DType::kU8, {packed.weights.packed_bytes});
    if (!matrix.ok()) return matrix.status();
    Result<Tensor> sums = Tensor::uninitialized(DType::kI32, {packed.weights.columns});
    if (!sums.ok()) return sums.status();
    packed.matrix = std::move(*matrix);
    packed.column_sums = std::move(*sums);
    pack_int8(packed.weights, source, static_cast<std::byte*>(packed.matrix.mutable_raw()),
              packed.column_sums.template mutable_data<std::int32_t>(), c.pool);
    return packed;
  }

  static Status plan(const PlanContext& c, Plan& plan) {
    const Shape& a = c.in[P::a].shape;
    plan.rows = a.elements(0, a.rank() - 1);
    plan.layout = layout_of(c.packed_as<Packed>().weights, plan.rows, c.threads);
    c.scratch_bytes = static_cast<std::size_t>(plan.layout.bytes);
    return {};
  }

  static void run(const Plan& plan, RunContext& c) noexcept {
    const auto& packed = c.packed_as<Packed>();
    const Int8Weights& w = packed.weights;
    auto* scratch = static_cast<std::byte*>(c.scratch);
    const SumFinish finish = finish_of<Op>(w, packed.column_sums.template data<std::int32_t>(),
                                           packed.epilogue, c, scratch, plan.layout);
    run_int8(w,
             {.m = plan.rows,
              .a = c.input<std::uint8_t>(P::a),
              .a_row = w.k,
              .a_signed = c.in[P::a]->dtype() == DType::kI8,
              .packed = static_cast<const std::byte*>(packed.matrix.raw()),
              .finish = finish,
              .residual = c.optional_input<float>(P::residual),
              .residual_row = w.n,
              .c = c.out[0]->mutable_raw(),
              .c_row = w.n},
             scratch + plan.layout.strips, c.pool);
  }
};

// Stacks of matrices, B packed matrix by matrix at every run.
template <class Op>
struct RunTimeMatrix {
  using Operator = Op;
  using P = Ports<Op>;
  struct Offsets {
    std::int64_t a = 0, b = 0, y = 0;
  };
  struct Plan {
    std::int64_t m = 0, n = 0, k = 0;
    std::vector<Offsets> products;
    Layout layout;  // for as many layers as any B needs
    std::int64_t zeros = 0, sums = 0, packed = 0;
  };

  static bool matches(const KernelQuery& q) { return matches_types<P>(q); }

  static Status plan(const PlanContext& c, Plan& plan) {
    const ops::ProductGeometry g(c.in[P::a].shape, c.in[P::b].shape);
    plan.m = g.m;
    plan.n = g.n;
    plan.k = g.k;
    for_each_offset(g.batch, g.batch_strides_a, g.batch_strides_b,
                    [&](std::int64_t i, std::int64_t a, std::int64_t b) {
                      plan.products.push_back({a, b, i * g.m * g.n});
                    });
    const Int8Weights w = plan_int8_weights(
        g.k, g.n, most_int8_layers(c.in[P::b].dtype == DType::kI8, c.has(P::b_zero)));
    plan.layout = layout_of(w, g.m, c.threads);
    plan.zeros = plan.layout.bytes;
    plan.sums = plan.zeros + aligned(g.n * std::int64_t{sizeof(std::int32_t)});
    plan.packed = plan.sums + aligned(w.columns * std::int64_t{sizeof(std::int32_t)});
    c.scratch_bytes = static_cast<std::size_t>(plan.packed + w.packed_bytes);
    return {};
  }

  static void run(const Plan& plan, RunContext& c) noexcept {
    auto* scratch = static_cast<std::byte*>(c.scratch);
    auto* zeros = reinterpret_cast<std::int32_t*>(scratch + plan.zeros);
    auto* sums = reinterpret_cast<std::int32_t*>(scratch + plan.sums);
    std::byte* packed = scratch + plan.packed;
    const Tensor* const b_zero = optional_tensor(c, P::b_zero);
    for (std::int64_t i = 0; b_zero != nullptr && i < plan.n; ++i) {
      zeros[i] = byte_at(*b_zero, b_zero->elements() == 1 ? 0 : i);
    }
    std::int64_t packed_b = -1;
    Int8Weights w;
    SumFinish finish;
    for (const Offsets& at : plan.products) {
      if (at.b != packed_b) {
        const Int8Source source{.w = c.input<std::uint8_t>(P::b) + at.b,
                                .is_signed = c.in[P::b]->dtype() == DType::kI8,
                                .row = plan.n,
                                .zeros = b_zero != nullptr ? zeros : nullptr};
        w = plan_int8_weights(plan.k, plan.n, int8_layers(source, plan.k, plan.n));
        pack_int8(w, source, packed, sums, c.pool);
        finish = finish_of<Op>(w, sums, Epilogue::none(), c, scratch, plan.layout);
        packed_b = at.b;
      }
      const std::int64_t y_bytes = P::output == SumOutput::kByte ? 1 : 4;
      run_int8(w,
               {.m = plan.m,
                .a = c.input<std::uint8_t>(P::a) + at.a,
                .a_row = plan.k,
                .a_signed = c.in[P::a]->dtype() == DType::kI8,
                .packed = packed,
                .finish = finish,
                .c = static_cast<std::byte*>(c.out[0]->mutable_raw()) + at.y * y_bytes,
                .c_row = plan.n},
               scratch + plan.layout.strips, c.pool);
    }
  }
};

}  // namespace

extern constinit const KernelDef kIntegerLinearPacked, kMatMulIntegerPacked, kMatMulInteger,
    kQLinearMatMulPacked, kQLinearMatMul;
constinit const KernelDef kIntegerLinearPacked =
    make_kernel<ConstantMatrix<ops::IntegerLinear>>("integer_linear_packed");
constinit const KernelDef kMatMulIntegerPacked =
    make_kernel<ConstantMatrix<ops::MatMulInteger>>("matmul_integer_packed");
constinit const KernelDef kMatMulInteger =
    make_kernel<RunTimeMatrix<ops::MatMulInteger>>("matmul_integer");
constinit const KernelDef kQLinearMatMulPacked =
    make_kernel<ConstantMatrix<ops::QLinearMatMul>>("qlinear_matmul_packed");
constinit const KernelDef kQLinearMatMul =
    make_kernel<RunTimeMatrix<ops::QLinearMatMul>>("qlinear_matmul");

}  // namespace tern::cpu
