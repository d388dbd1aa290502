#include "serve/repository/warmup.h"

#include <algorithm>
#include <cstring>

#include "base/errors.h"
#include "base/file.h"
#include "base/random.h"
#include "serve/tensors/binary_elements.h"
#include "tensor/element.h"

namespace tern::serve {
namespace {

constexpr std::uint64_t kMaxFileBytes = std::uint64_t{1} << 30;

void fill_random(Tensor& tensor) {
  RandomStream random(1);
  if (is_floating(tensor.dtype())) {
    const StoreF64 store = store_f64(tensor.dtype());
    for (std::int64_t i = 0; i < tensor.elements(); ++i) {
      store(tensor.mutable_raw(), i, random.uniform_float());
    }
  } else if (const StoreI64 store = store_i64(tensor.dtype())) {
    for (std::int64_t i = 0; i < tensor.elements(); ++i) {
      store(tensor.mutable_raw(), i, static_cast<std::int64_t>(random.below(2)));
    }
  }
}

// One row, or all of an input that has none.
Result<Tensor> make_row(const IoInfo& input, const WarmupSample::Input& sample, bool has_rows,
                        const std::string& folder) {
  if (sample.dtype != DType::kUndefined && sample.dtype != input.type.dtype) {
    return invalid_argument("its type is {}, that of the model {}", to_string(sample.dtype),
                            to_string(input.type.dtype));
  }
  std::vector<std::int64_t> dims = sample.dims;
  if (has_rows) dims.insert(dims.begin(), 1);
  TERN_ASSIGN_OR_RETURN(const Shape shape, Shape::from(dims));
  TERN_ASSIGN_OR_RETURN(Tensor row, Tensor::zeros(input.type.dtype, shape));
  if (sample.source == WarmupSample::Source::kRandom) fill_random(row);
  if (sample.source == WarmupSample::Source::kFile) {
    const std::string path = join_path(join_path(folder, "warmup"), sample.file);
    TERN_ASSIGN_OR_RETURN(const std::string bytes, read_file(path, kMaxFileBytes));
    TERN_TRY(read_binary(bytes, row).with_context(path));
  }
  return row;
}

// The row as often as the batch has rows.
Result<Tensor> repeat(const Tensor& row, std::int64_t rows) {
  if (rows == 1) return row;
  Shape shape = row.shape();
  shape[0] = rows;
  TERN_ASSIGN_OR_RETURN(Tensor all, Tensor::zeros(row.dtype(), shape));
  if (is_sub_byte(row.dtype())) {
    return unimplemented("rows of {} are not repeated", to_string(row.dtype()));
  }
  for (std::int64_t i = 0; i < rows; ++i) {
    TERN_ASSIGN_OR_RETURN(Tensor part, all.slice(i, i + 1));
    if (row.dtype() == DType::kString) {
      std::ranges::copy(row.span<std::string>(), part.mutable_data<std::string>());
    } else if (row.bytes() > 0) {
      std::memcpy(part.mutable_raw(), row.raw(), row.bytes());
    }
  }
  return all;
}

Status run_sample(const WarmupSample& sample, const Signature& signature, bool has_rows,
                  const std::string& folder, const RunModel& run) {
  for (const auto& [name, input] : sample.inputs) {
    if (!signature.find_input(name)) return invalid_argument("the model has no input '{}'", name);
  }
  std::vector<Tensor> inputs;
  std::vector<Shape> shapes;
  for (const IoInfo& info : signature.inputs()) {
    const auto input = sample.inputs.find(info.name);
    if (input == sample.inputs.end()) return invalid_argument("input {} is missing", info.name);
    Result<Tensor> row = make_row(info, input->second, has_rows, folder);
    if (!row.ok()) return row.status().with_context(fmt::format("input {}", info.name));
    TERN_ASSIGN_OR_RETURN(Tensor all, repeat(*row, has_rows ? sample.rows : 1));
    shapes.push_back(all.shape());
    inputs.push_back(std::move(all));
  }
  TERN_TRY(signature.check(shapes));
  for (std::int64_t i = 0; i < sample.count; ++i) {
    std::vector<Tensor> outputs(signature.outputs().size());
    TERN_TRY(run(inputs, outputs));
  }
  return {};
}

}  // namespace

Status warm_up(const ModelConfig& config, const Signature& signature, const std::string& folder,
               const RunModel& run) {
  for (const WarmupSample& sample : config.warmup) {
    Status status = run_sample(sample, signature, config.max_batch_size > 0, folder, run);
    if (!status.ok()) {
      return std::move(status).with_context(fmt::format("warm-up '{}'", sample.name));
    }
  }
  return {};
}

}  // namespace tern::serve
