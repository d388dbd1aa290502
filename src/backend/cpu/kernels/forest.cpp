// Tree ensembles on f32 examples: the trees are joined and checked once a program, the examples are
// shared out among the threads.
#include <optional>

#include "backend/kernel.h"
#include "ops/ml/features.h"
#include "ops/ml/tree_models.h"

namespace tern::cpu {
namespace {

using ops::TreeModel;
using ops::TreeScore;

struct ForestPlan {
  std::int64_t examples = 0;
  std::size_t features = 0;
  bool alone = false;    // too little to share out
  std::optional<Op> op;  // holds the labels
};

template <class Operator_>
struct ForestF32 {
  using Operator = Operator_;
  using Packed = TreeModel;
  using Plan = ForestPlan;
  static constexpr std::uint32_t kPackedInputs = 0;

  static bool matches(const KernelQuery& q) { return q.in[0].dtype == DType::kF32; }

  static Result<Packed> pack(const PackContext& c) {
    return TreeModel::from(c.query.template attributes<Operator>());
  }

  static Status plan(const PlanContext& c, Plan& plan) {
    const Shape& x = c.in[0].shape;
    plan.examples = x.rank() == 1 ? 1 : x[0];
    plan.features = static_cast<std::size_t>(x.back());
    const auto trees = static_cast<std::int64_t>(c.packed_as<TreeModel>().forest().trees());
    plan.alone = plan.examples * trees < kAloneBelow;
    plan.op = c.op;
    c.scratch_bytes = static_cast<std::size_t>(c.threads) * room_bytes(c.packed_as<TreeModel>());
    return {};
  }

  static void run(const Plan& plan, RunContext& c) noexcept {
    const auto& model = c.packed_as<TreeModel>();
    const float* x = c.input<float>(0);
    const auto part = [&](int thread, int threads) {
      auto* bytes =
          static_cast<std::byte*>(c.scratch) + static_cast<std::size_t>(thread) * room_bytes(model);
      const std::span room(reinterpret_cast<TreeScore*>(bytes), model.targets());
      const std::span scores(reinterpret_cast<double*>(bytes + room.size_bytes()), model.targets());
      for (std::int64_t i = plan.examples * thread / threads;
           i < plan.examples * (thread + 1) / threads; ++i) {
        const std::span example(x + i * static_cast<std::int64_t>(plan.features), plan.features);
        const std::int64_t label = model.scores(example, room, scores);
        write(plan, c, i, label, scores);
      }
    };
    plan.alone ? part(0, 1) : c.pool.run(part);
  }

 private:
  // Paths through trees that are fewer than it takes to pay for waking a thread.
  static constexpr std::int64_t kAloneBelow = 512;

  static std::size_t room_bytes(const TreeModel& model) {
    return model.targets() * (sizeof(TreeScore) + sizeof(double));
  }

  static void write(const Plan& plan, RunContext& c, std::int64_t i, std::int64_t label,
                    std::span<const double> scores) {
    constexpr bool kClassifier = std::is_same_v<Operator, ops::TreeEnsembleClassifier>;
    constexpr std::size_t kScores = kClassifier ? 1 : 0;
    if (c.out.size() > kScores && c.out[kScores] != nullptr) {
      ops::set_row(*c.out[kScores], i, scores);
    }
    if constexpr (kClassifier) {
      if (c.out[0] != nullptr) ops::labels_of(*plan.op->as<Operator>()).set(*c.out[0], i, label);
    }
  }
};

}  // namespace

extern constinit const KernelDef kTreeEnsembleF32, kTreeEnsembleClassifierF32,
    kTreeEnsembleRegressorF32;
constinit const KernelDef kTreeEnsembleF32 =
    make_kernel<ForestF32<ops::TreeEnsemble>>("tree_ensemble_f32");
constinit const KernelDef kTreeEnsembleClassifierF32 =
    make_kernel<ForestF32<ops::TreeEnsembleClassifier>>("tree_ensemble_classifier_f32");
constinit const KernelDef kTreeEnsembleRegressorF32 =
    make_kernel<ForestF32<ops::TreeEnsembleRegressor>>("tree_ensemble_regressor_f32");

}  // namespace tern::cpu
