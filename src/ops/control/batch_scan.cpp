#include "base/errors.h"
#include "ops/control/scanning.h"
#include "ops/sequence/items.h"

namespace tern {
namespace {

// `tensor` with zeros up to `length` rows.
Result<Tensor> pad_rows(const Tensor& tensor, std::int64_t length) {
  Shape shape = tensor.shape();
  shape[0] = length;
  TERN_ASSIGN_OR_RETURN(Tensor padded, Tensor::zeros(tensor.dtype(), shape));
  copy_elements(tensor, 0, padded, 0, tensor.elements());
  return padded;
}

struct BatchScanImpl {
  static constexpr std::string_view summary = "Scan of opset 8: for each row of a batch by itself.";
  static constexpr auto inputs = std::array{
      Port{
          .name = "sequence_lens", .types = DType::kI64, .kind = PortKind::kOptional, .group = 'I'},
      Port{.name = "initial_state_and_scan_inputs",
           .types = kAnyType,
           .kind = PortKind::kVariadic,
           .group = 0}};
  static constexpr auto outputs = std::array{Port{.name = "final_state_and_scan_outputs",
                                                  .types = kAnyType,
                                                  .kind = PortKind::kVariadic,
                                                  .group = 0}};
  static constexpr bool data_dependent = true;

  static Status infer(const ops::BatchScan& op, InferContext& c) {
    TERN_ASSIGN_OR_RETURN(
        const std::size_t states,
        ops::count_states(op.num_scan_inputs, c.in.empty() ? 0 : c.in.size() - 1, c));
    for (std::size_t i = 0; i < c.bodies[0].size(); ++i) {
      TypeInfo type = c.bodies[0][i];
      if (type.has_rank) type.shape.insert(type.shape.begin(), i < states ? 1 : 2, Dim());
      c.out.push_back(std::move(type));
    }
    return {};
  }

  static void reference(const ops::BatchScan& op, ReferenceContext& c) {
    const Status status = run(op, c);
    if (!status.ok()) c.fail(status);
  }

 private:
  static Status run(const ops::BatchScan& op, ReferenceContext& c) {
    const std::size_t states = c.inputs() - 1 - static_cast<std::size_t>(op.num_scan_inputs);
    const Tensor& first_scanned = c.in(1 + states);
    if (first_scanned.rank() < 2) return invalid_argument("a scanned input has no batch axis");
    const std::int64_t batch = first_scanned.dim(0);
    const std::int64_t longest = first_scanned.dim(1);
    if (c.has(0) && c.in(0).elements() != batch) {
      return invalid_argument("{} lengths for a batch of {}", c.in(0).elements(), batch);
    }
    const ops::Scan pass{.num_scan_inputs = op.num_scan_inputs,
                         .scan_input_axes = {},
                         .scan_input_directions = op.directions,
                         .scan_output_axes = {},
                         .scan_output_directions = {}};
    std::vector<std::vector<Tensor>> rows(c.outputs());
    for (std::int64_t row = 0; row < batch; ++row) {
      const std::int64_t length = c.has(0) ? c.in(0).data<std::int64_t>()[row] : longest;
      if (length < 0 || length > longest) {
        return invalid_argument("length {} of row {}, the longest is {}", length, row, longest);
      }
      std::vector<Tensor> initial;
      std::vector<Tensor> scanned;
      for (std::size_t i = 1; i < c.inputs(); ++i) {
        if (c.in(i).rank() < 1 || c.in(i).dim(0) != batch) {
          return invalid_argument("input {} is {}, the batch {}", i, c.in(i).shape().to_string(),
                                  batch);
        }
        TERN_ASSIGN_OR_RETURN(Tensor element, ops::element_at(c.in(i), 0, row));
        if (i <= states) {
          initial.push_back(std::move(element));
          continue;
        }
        if (element.rank() < 1 || element.dim(0) != longest) {
          return invalid_argument("input {} has shape {}, another has {} elements to scan", i,
                                  c.in(i).shape().to_string(), longest);
        }
        TERN_ASSIGN_OR_RETURN(element, element.slice(0, length));
        scanned.push_back(std::move(element));
      }
      TERN_ASSIGN_OR_RETURN(std::vector<Tensor> results,
                            ops::scan(pass, std::move(initial), scanned, c.outputs(), c.bodies()));
      for (std::size_t i = 0; i < results.size(); ++i) {
        if (i >= states) {
          TERN_ASSIGN_OR_RETURN(results[i], pad_rows(results[i], longest));
        }
        rows[i].push_back(std::move(results[i]));
      }
    }
    for (std::size_t i = 0; i < rows.size(); ++i) {
      TERN_ASSIGN_OR_RETURN(Tensor stacked, ops::stack(rows[i], 0, c.bodies().result_type(0, i)));
      c.set_out(i, std::move(stacked));
    }
    return {};
  }
};

}  // namespace

template <>
const OpDef& def_of<ops::BatchScan>() {
  static constexpr OpDef def = make_op<ops::BatchScan, BatchScanImpl>("BatchScan", "tern", 1);
  return def;
}

}  // namespace tern
