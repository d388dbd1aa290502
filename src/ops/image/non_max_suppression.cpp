#include <algorithm>

#include "base/errors.h"
#include "ops/elementwise.h"
#include "ops/reference.h"
#include "ops/tensor/dims.h"
#include "tern/ops/image.h"

namespace tern {
namespace {

// In f32 throughout, so that comparisons with the thresholds fall as elsewhere.
struct Box {
  float top = 0, left = 0, bottom = 0, right = 0;
  float area() const { return (bottom - top) * (right - left); }
};

Box box_at(const float* b, bool center) {
  if (center) {
    return {b[1] - b[3] / 2, b[0] - b[2] / 2, b[1] + b[3] / 2, b[0] + b[2] / 2};
  }
  return {std::min(b[0], b[2]), std::min(b[1], b[3]), std::max(b[0], b[2]), std::max(b[1], b[3])};
}

bool overlap_beyond(const Box& a, const Box& b, float threshold) {
  const float height = std::min(a.bottom, b.bottom) - std::max(a.top, b.top);
  const float width = std::min(a.right, b.right) - std::max(a.left, b.left);
  if (height <= 0 || width <= 0) return false;
  const float common = height * width;
  const float total = a.area() + b.area() - common;
  return total > 0 && common / total > threshold;
}

struct Limits {
  std::int64_t most = 0;
  float overlap = 0;
  std::optional<float> score;
};

// The boxes of one class that are kept, best first; of equal scores the first box.
std::vector<std::int64_t> kept_boxes(std::span<const Box> boxes, const float* scores,
                                     const Limits& limits) {
  std::vector<std::int64_t> candidates;
  for (std::size_t i = 0; i < boxes.size(); ++i) {
    if (!limits.score || scores[i] > *limits.score) {
      candidates.push_back(static_cast<std::int64_t>(i));
    }
  }
  std::ranges::stable_sort(candidates, [&](auto a, auto b) { return scores[a] > scores[b]; });
  const auto box = [&](std::int64_t i) { return boxes[static_cast<std::size_t>(i)]; };
  std::vector<std::int64_t> kept;
  for (const std::int64_t candidate : candidates) {
    if (static_cast<std::int64_t>(kept.size()) >= limits.most) break;
    const bool hidden = std::ranges::any_of(kept, [&](std::int64_t better) {
      return overlap_beyond(box(candidate), box(better), limits.overlap);
    });
    if (!hidden) kept.push_back(candidate);
  }
  return kept;
}

Result<Limits> limits_of(const ReferenceContext& c) {
  Limits limits;
  if (c.has(2)) limits.most = std::max<std::int64_t>(0, IntReader(c.in(2))[0]);
  if (c.has(3)) limits.overlap = *c.in(3).data<float>();
  if (c.has(4)) limits.score = *c.in(4).data<float>();
  if (!(limits.overlap >= 0 && limits.overlap <= 1)) {
    return invalid_argument("iou_threshold {} is not in [0, 1]", limits.overlap);
  }
  return limits;
}

struct NonMaxSuppressionImpl {
  static constexpr std::string_view summary = "The best boxes of each class that do not overlap.";
  static constexpr auto inputs =
      std::array{Port{"boxes", DType::kF32}, Port{"scores", DType::kF32},
                 Port{"max_output_boxes_per_class", DType::kI64, PortKind::kOptional, 'I'},
                 Port{"iou_threshold", DType::kF32, PortKind::kOptional},
                 Port{"score_threshold", DType::kF32, PortKind::kOptional}};
  static constexpr auto outputs =
      std::array{Port{"selected_indices", DType::kI64, PortKind::kRequired, 'I'}};
  static constexpr bool data_dependent = true;

  static Status infer(const ops::NonMaxSuppression& op, InferContext& c) {
    const std::vector<Dim>& boxes = c.in[0].shape;
    const std::vector<Dim>& scores = c.in[1].shape;
    if (boxes.size() != 3 || scores.size() != 3) {
      return invalid_argument("boxes have rank {} and scores rank {}, not 3", boxes.size(),
                              scores.size());
    }
    if (boxes[2].known() && boxes[2].value() != 4) {
      return invalid_argument("boxes have {} numbers, not 4", boxes[2].value());
    }
    if (Result<Dim> batch = ops::merge_dims(boxes[0], scores[0]); !batch.ok()) {
      return std::move(batch).status().with_context("batch of boxes and scores");
    }
    if (Result<Dim> count = ops::merge_dims(boxes[1], scores[2]); !count.ok()) {
      return std::move(count).status().with_context("number of boxes and scores");
    }
    if (op.center_point_box != 0 && op.center_point_box != 1) {
      return invalid_argument("center_point_box is {}, neither 0 nor 1", op.center_point_box);
    }
    for (const std::size_t i : {2, 3, 4}) {
      if (c.has(i)) TERN_TRY(ops::check_scalar(inputs[i].name, c.in[i]));
    }
    c.out.emplace_back(DType::kI64, std::vector<Dim>{Dim(), Dim(3)});
    return {};
  }

  static void reference(const ops::NonMaxSuppression& op, ReferenceContext& c) {
    const Result<Limits> limits = limits_of(c);
    if (!limits.ok()) return c.fail(limits.status());
    const std::int64_t count = c.in(0).dim(1);
    const std::int64_t classes = c.in(1).dim(1);
    const auto* numbers = c.in(0).data<float>();
    const auto* scores = c.in(1).data<float>();
    std::vector<std::int64_t> rows;
    for (std::int64_t image = 0; image < c.in(0).dim(0); ++image) {
      std::vector<Box> boxes;
      for (std::int64_t i = 0; i < count; ++i) {
        boxes.push_back(box_at(numbers + (image * count + i) * 4, op.center_point_box == 1));
      }
      for (std::int64_t k = 0; k < classes; ++k) {
        const auto* const of_class = scores + (image * classes + k) * count;
        for (const std::int64_t box : kept_boxes(boxes, of_class, *limits)) {
          rows.insert(rows.end(), {image, k, box});
        }
      }
    }
    const auto selected = static_cast<std::int64_t>(rows.size() / 3);
    Result<Tensor> out = Tensor::from<std::int64_t>({selected, 3}, rows);
    if (!out.ok()) return c.fail(out.status());
    c.set_out(0, std::move(*out));
  }
};

}  // namespace

template <>
const OpDef& def_of<ops::NonMaxSuppression>() {
  static constexpr OpDef def =
      make_op<ops::NonMaxSuppression, NonMaxSuppressionImpl>("NonMaxSuppression", "ai.onnx", 11);
  return def;
}

}  // namespace tern
