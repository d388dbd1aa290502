#include "ops/reference.h"

#include <cstring>

#include "base/check.h"
#include "base/errors.h"
#include "graph/op_def.h"

namespace tern {

std::vector<double> read_f64(const Tensor& t) {
  std::vector<double> values(static_cast<std::size_t>(t.elements()));
  const FloatReader in(t);
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = in[static_cast<std::int64_t>(i)];
  return values;
}

void write_f64(std::span<const double> values, Tensor& t) {
  const FloatWriter out(t);
  for (std::size_t i = 0; i < values.size(); ++i) out.set(static_cast<std::int64_t>(i), values[i]);
}

void copy_element(const Tensor& src, std::int64_t from, Tensor& dst, std::int64_t to) {
  if (src.dtype() == DType::kString) {
    dst.mutable_data<std::string>()[to] = src.data<std::string>()[from];
  } else if (is_container(src.dtype())) {
    dst.mutable_items()[static_cast<std::size_t>(to)] = src.items()[static_cast<std::size_t>(from)];
  } else if (is_sub_byte(src.dtype())) {
    store_i64(dst.dtype())(dst.mutable_raw(), to, load_i64(src.dtype())(src.raw(), from));
  } else {
    const auto size = static_cast<std::size_t>(bit_width(src.dtype()) / 8);
    std::memcpy(static_cast<std::byte*>(dst.mutable_raw()) + static_cast<std::size_t>(to) * size,
                static_cast<const std::byte*>(src.raw()) + static_cast<std::size_t>(from) * size,
                size);
  }
}

void copy_elements(const Tensor& src, std::int64_t from, Tensor& dst, std::int64_t to,
                   std::int64_t count) {
  if (src.dtype() == DType::kString || is_sub_byte(src.dtype()) || is_container(src.dtype())) {
    for (std::int64_t i = 0; i < count; ++i) copy_element(src, from + i, dst, to + i);
  } else if (count > 0) {
    const std::size_t size = storage_bytes(src.dtype(), 1);
    std::memcpy(static_cast<std::byte*>(dst.mutable_raw()) + static_cast<std::size_t>(to) * size,
                static_cast<const std::byte*>(src.raw()) + static_cast<std::size_t>(from) * size,
                static_cast<std::size_t>(count) * size);
  }
}

Result<std::vector<Tensor>> run_reference(const Op& op, std::span<const Tensor* const> inputs,
                                          std::size_t outputs, RandomKey random) {
  if (op.def().reference == nullptr) return unimplemented("{} has no reference", op.name());
  InferContext context;
  context.wanted_outputs = outputs;
  for (const Tensor* input : inputs) {
    context.in.push_back(input == nullptr ? TypeInfo() : TypeInfo::of(*input));
    context.in_constant.push_back(input);
  }
  TERN_TRY(infer_types(op, context));

  std::vector<Tensor> results(outputs);
  std::vector<Tensor*> out;
  for (std::size_t i = 0; i < outputs; ++i) {
    if (!op.def().data_dependent) {
      if (!context.out[i].concrete()) {
        return internal_error("{}: the shape of output {} is not known", op.name(), i);
      }
      TERN_ASSIGN_OR_RETURN(results[i],
                            Tensor::zeros(context.out[i].dtype, context.out[i].concrete_shape()));
    }
    out.push_back(&results[i]);
  }
  ReferenceContext reference(inputs, out, random);
  op.def().reference(op.attributes(), reference);
  TERN_TRY(reference.status());
  return results;
}

}  // namespace tern
