#include "serve/http/npy_request.h"

#include <cstring>
#include <utility>

#include "base/errors.h"
#include "serve/http/predict_request.h"
#include "tensor/element.h"
#include "tensor/npy.h"

namespace tern::serve {
namespace {

bool is_whole(DType dtype) { return is_integer(dtype) || dtype == DType::kBool; }

class NpyRequest final : public BodyReader {
 public:
  NpyRequest(const IoInfo& input, Tensor data, Shape shape)
      : input_(input), data_(std::move(data)) {
    shapes_ = {shape};
  }

  Status fill(std::span<Tensor> inputs) override {
    return convert_elements(data_, inputs[0]).with_context(fmt::format("input {}", input_.name));
  }

 private:
  const IoInfo& input_;
  const Tensor data_;
};

}  // namespace

bool is_npy(std::string_view bytes) { return bytes.starts_with("\x93NUMPY"); }

Result<std::unique_ptr<BodyReader>> read_npy_request(std::string_view bytes,
                                                     const Signature& signature) {
  if (signature.inputs().size() != 1) {
    return invalid_argument("a .npy body is for models with one input, this one has {}",
                            signature.inputs().size());
  }
  const IoInfo& input = signature.inputs()[0];
  const Result<Tensor> data =
      parse_npy(std::as_bytes(std::span<const char>(bytes.data(), bytes.size())));
  if (!data.ok()) {  // broken bytes are the client's fault here
    return invalid_argument("the body is no readable .npy file: {}", data.status().message());
  }
  TERN_ASSIGN_OR_RETURN(const Shape shape, fit_shape(input, data->shape(), false));
  return std::unique_ptr<BodyReader>(std::make_unique<NpyRequest>(input, *data, shape));
}

Status convert_elements(const Tensor& from, Tensor& to) {
  const DType source = from.dtype();
  const DType target = to.dtype();
  if (source == target && source != DType::kString) {
    if (from.bytes() > 0) std::memcpy(to.mutable_raw(), from.raw(), from.bytes());
    return {};
  }
  const bool to_float = is_floating(target) && (is_floating(source) || is_whole(source));
  const bool to_whole = is_whole(target) && is_whole(source);
  if (!to_float && !to_whole) {
    return invalid_argument("{} cannot be read as {}", to_string(source), to_string(target));
  }
  const std::int64_t count = from.elements();
  if (to_float) {
    const LoadF64 load = load_f64(source);
    const StoreF64 store = store_f64(target);
    for (std::int64_t i = 0; i < count; ++i) store(to.mutable_raw(), i, load(from.raw(), i));
    return {};
  }
  const LoadI64 load = load_i64(source);
  const LoadI64 reload = load_i64(target);
  const StoreI64 store = store_i64(target);
  const bool one_is_u64 = (source == DType::kU64) != (target == DType::kU64);
  for (std::int64_t i = 0; i < count; ++i) {
    const std::int64_t value = load(from.raw(), i);
    store(to.mutable_raw(), i, value);
    // The top bit means 2^63 in u64 and a minus sign elsewhere.
    if (reload(to.raw(), i) != value || (one_is_u64 && value < 0)) {
      return invalid_argument("element {} does not fit {}", i, to_string(target));
    }
  }
  return {};
}

}  // namespace tern::serve
