#include <algorithm>
#include <cstring>

#include "backend/backend.h"
#include "ops/evaluate.h"
#include "tests/support/op_checks.h"

namespace tern::testing {
namespace {

// Sums in another order, and Winograd's transforms.
Tolerance loosened(Tolerance t) { return {std::max(t.relative, 3e-5), std::max(t.absolute, 1e-4)}; }

constexpr RandomKey kKey{.seed = 5, .step = 6, .node = 7};

// Everything a kernel is given for one run of a case.
class KernelRun {
 public:
  KernelRun(const OpCase& test, std::vector<Tensor> inputs, bool all_constant)
      : test_(test), inputs_(std::move(inputs)) {
    for (const Tensor& input : inputs_) {
      in_types_.push_back(input.defined() ? TypeInfo::of(input) : TypeInfo());
      in_descs_.push_back(input.defined() ? TensorDesc{input.dtype(), input.shape()}
                                          : TensorDesc());
      // What decides axes and shapes is known more often than not.
      const bool constant = input.defined() && (all_constant || !is_floating(input.dtype()));
      constants_.push_back(constant ? &input : nullptr);
    }
  }

  // The reference's outputs; empty when it refuses the inputs.
  std::vector<Tensor> expected() const {
    auto results = evaluate_op(test_.op, input_pointers(inputs_), test_.expected.size(), kKey);
    return results.ok() ? std::move(*results) : std::vector<Tensor>();
  }

  void check(const std::vector<Tensor>& expected) {
    for (const Tensor& output : expected) {
      out_types_.push_back(TypeInfo::of(output));
      out_descs_.push_back({output.dtype(), output.shape()});
    }
    const KernelQuery query{test_.op, in_types_, out_types_, constants_};
    for (const KernelDef* kernel : cpu_backend().candidates(query)) {
      if (kernel == &reference_kernel()) continue;
      for (const int threads : {1, 3}) {
        SCOPED_TRACE(std::string(kernel->name) + " with " + std::to_string(threads) + " threads");
        check_kernel(*kernel, query, threads, expected);
      }
    }
  }

 private:
  void check_kernel(const KernelDef& kernel, const KernelQuery& query, int threads,
                    const std::vector<Tensor>& expected) {
    ThreadPool pool(threads);
    std::shared_ptr<const void> packed;
    if (kernel.pack != nullptr) {
      auto result = kernel.pack({query, pool});
      ASSERT_TRUE(result.ok()) << result.status().to_string();
      packed = std::move(*result);
    }
    const PlanContext context{test_.op, in_descs_, out_descs_, constants_, packed.get(), threads};
    const auto plan = kernel.plan(context);
    ASSERT_TRUE(plan.ok()) << plan.status().to_string();

    const auto run = [&](std::vector<Tensor> in, std::vector<Tensor>& out) {
      run_kernel(kernel, plan->get(), packed.get(), context.scratch_bytes, pool, std::move(in),
                 out);
    };
    std::vector<Tensor> first = garbage(expected);
    run(inputs_, first);
    compare(first, expected);
    std::vector<Tensor> second = garbage(expected);
    run(inputs_, second);
    for (std::size_t i = 0; i < first.size(); ++i) {
      EXPECT_TRUE(identical(first[i], second[i])) << "output " << i << " differs from run to run";
    }
    for (std::size_t o = 0; o < expected.size(); ++o) {
      for (std::size_t i = 0; i < inputs_.size(); ++i) {
        if ((kernel.in_place(o) >> i & 1u) == 0 || !inputs_[i].defined()) continue;
        if (inputs_[i].dtype() != expected[o].dtype()) continue;
        if (!(inputs_[i].shape() == expected[o].shape())) continue;
        SCOPED_TRACE("output " + std::to_string(o) + " over input " + std::to_string(i));
        std::vector<Tensor> in = inputs_;
        in[i] = *inputs_[i].clone();
        std::vector<Tensor> out = garbage(expected);
        out[o] = Tensor::view(in[i].dtype(), in[i].shape(), in[i].mutable_raw());
        run(in, out);
        compare(out, expected);
      }
    }
  }

  static std::vector<Tensor> garbage(const std::vector<Tensor>& like) {
    std::vector<Tensor> outputs;
    for (const Tensor& tensor : like) {
      outputs.push_back(*Tensor::uninitialized(tensor.dtype(), tensor.shape()));
      if (tensor.dtype() == DType::kString) continue;  // they are objects
      std::memset(outputs.back().mutable_raw(), 0xff, outputs.back().bytes());
    }
    return outputs;
  }

  static void run_kernel(const KernelDef& kernel, const void* plan, const void* packed,
                         std::size_t scratch_bytes, ThreadPool& pool, std::vector<Tensor> in,
                         std::vector<Tensor>& out) {
    const std::vector<const Tensor*> in_pointers = input_pointers(in);
    std::vector<Tensor*> out_pointers;
    for (Tensor& tensor : out) out_pointers.push_back(&tensor);
    Tensor scratch = *Tensor::uninitialized(DType::kU8, {static_cast<std::int64_t>(scratch_bytes)});
    if (scratch_bytes > 0) std::memset(scratch.mutable_raw(), 0xff, scratch_bytes);
    RunContext context{.in = in_pointers,
                       .out = out_pointers,
                       .packed = packed,
                       .scratch = scratch.mutable_raw(),
                       .pool = pool,
                       .random = kKey,
                       .status = {}};
    kernel.run(plan, context);
    EXPECT_TRUE(context.status.ok()) << context.status.to_string();
  }

  void compare(const std::vector<Tensor>& actual, const std::vector<Tensor>& expected) const {
    for (std::size_t i = 0; i < expected.size(); ++i) {
      EXPECT_TRUE(all_close(actual[i], expected[i], loosened(test_.tolerance))) << "output " << i;
    }
  }

  const OpCase& test_;
  std::vector<Tensor> inputs_;
  std::vector<TypeInfo> in_types_, out_types_;
  std::vector<TensorDesc> in_descs_, out_descs_;
  std::vector<const Tensor*> constants_;
};

void check_with(const OpCase& test, const std::vector<Tensor>& inputs, bool all_constant) {
  KernelRun run(test, inputs, all_constant);
  const std::vector<Tensor> expected = run.expected();
  if (!expected.empty()) run.check(expected);
}

}  // namespace

void check_kernels(const OpCase& test) {
  const OpDef& def = test.op.def();
  if (def.reference == nullptr || def.data_dependent) return;
  for (const bool all_constant : {false, true}) {
    SCOPED_TRACE(all_constant ? "all inputs are constants" : "floating inputs vary");
    check_with(test, test.inputs, all_constant);
  }
}

}  // namespace tern::testing
