#include "tests/backend/cpu/kernel_case.h"

#include <algorithm>

#include "backend/backend.h"
#include "backend/kernel.h"
#include "graph/op_def.h"

namespace tern::testing {
namespace {

struct Node {
  std::vector<TypeInfo> in_types, out_types;
  std::vector<TensorDesc> in, out;
  std::vector<const Tensor*> inputs, constants;
};

Node node_of(const KernelCase& test, const std::vector<Tensor>& expected) {
  Node node;
  for (std::size_t i = 0; i < test.inputs.size(); ++i) {
    const Tensor& input = test.inputs[i];
    const bool given = input.defined();
    node.in_types.push_back(given ? TypeInfo::of(input) : TypeInfo());
    node.in.push_back(given ? TensorDesc{input.dtype(), input.shape()} : TensorDesc());
    node.inputs.push_back(given ? &input : nullptr);
    const bool constant = given && std::ranges::count(test.constants, i) > 0;
    node.constants.push_back(constant ? &input : nullptr);
  }
  for (const Tensor& output : expected) {
    node.out_types.push_back(TypeInfo::of(output));
    node.out.push_back({output.dtype(), output.shape()});
  }
  return node;
}

void run_kernel(const KernelDef& kernel, const KernelCase& test, const Node& node, int threads,
                const std::vector<Tensor>& expected) {
  ThreadPool pool(threads);
  const KernelQuery query{test.op, node.in_types, node.out_types, node.constants, test.precision};
  std::shared_ptr<const void> packed;
  std::vector<const Tensor*> inputs = node.inputs;
  if (kernel.pack != nullptr) {
    auto result = kernel.pack({query, pool});
    ASSERT_TRUE(result.ok()) << result.status().to_string();
    packed = *result;
    for (std::size_t i = 0; i < inputs.size(); ++i) {
      if ((kernel.packed_inputs >> i & 1u) != 0) inputs[i] = nullptr;  // run does not read them
    }
  }
  const PlanContext context{test.op, node.in, node.out, node.constants, packed.get(), threads};
  const auto plan = kernel.plan(context);
  ASSERT_TRUE(plan.ok()) << plan.status().to_string();
  std::vector<Tensor> outputs;
  std::vector<Tensor*> out;
  for (const Tensor& e : expected) outputs.push_back(*Tensor::uninitialized(e.dtype(), e.shape()));
  for (Tensor& output : outputs) out.push_back(&output);
  // NaN everywhere: what a kernel reads without having written it shows.
  const auto floats = static_cast<std::int64_t>((context.scratch_bytes + 3) / 4);
  Tensor scratch = filled(DType::kF32, {floats}, [](std::int64_t) { return NAN; });
  RunContext run{inputs, out, packed.get(), scratch.mutable_raw(), pool, {}, {}};
  kernel.run(plan->get(), run);
  ASSERT_TRUE(run.status.ok()) << run.status.to_string();
  for (std::size_t i = 0; i < expected.size(); ++i) {
    EXPECT_TRUE(all_close(outputs[i], expected[i], test.tolerance)) << "output " << i;
  }
}

}  // namespace

void expect_kernels_agree(const KernelCase& test, const std::string& kernel) {
  SCOPED_TRACE(test.name);
  std::vector<const Tensor*> pointers;
  for (const Tensor& input : test.inputs) pointers.push_back(input.defined() ? &input : nullptr);
  const auto expected = run_reference(test.op, pointers, test.outputs);
  ASSERT_TRUE(expected.ok()) << expected.status().to_string();
  const Node node = node_of(test, *expected);
  const KernelQuery query{test.op, node.in_types, node.out_types, node.constants, test.precision};
  const std::vector<const KernelDef*> kernels = cpu_backend().candidates(query);
  EXPECT_EQ(kernels[0]->name, kernel);
  for (const KernelDef* candidate : kernels) {
    if (candidate == &reference_kernel()) continue;
    for (const int threads : {1, 2, 4}) {
      SCOPED_TRACE(std::string(candidate->name) + ", threads " + std::to_string(threads));
      run_kernel(*candidate, test, node, threads, *expected);
    }
  }
}

}  // namespace tern::testing
