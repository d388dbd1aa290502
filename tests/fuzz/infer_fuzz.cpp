// Bodies of requests to models: refused with a message, or tensors of the shapes that were
// promised, with every element written. The first byte chooses what is fed: an infer request, with
// binary data or without, or a /predict request, for one of several models.
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/check.h"
#include "serve/http/infer_request.h"
#include "serve/http/json_parsers.h"
#include "serve/http/predict_request.h"

namespace {

using namespace tern;
using namespace tern::serve;

IoInfo io(std::string name, DType dtype, std::vector<Dim> dims) {
  IoInfo info;
  info.name = std::move(name);
  info.type = TypeInfo(dtype, std::move(dims));
  info.text = "input";
  return info;
}

std::vector<Signature> make_signatures() {
  const Dim n(static_cast<SymbolId>(1));
  const Dim s(static_cast<SymbolId>(2));
  const auto model = [](std::vector<IoInfo> inputs) {
    return Signature(inputs, std::vector{io("y", DType::kF32, {1})});
  };
  return {
      model({io("x", DType::kF32, {n, 2})}),
      model({io("x", DType::kF32, {n, 1, 2, 2})}),
      model({io("x", DType::kI64, {n, s})}),
      model({io("x", DType::kString, {n})}),
      model({io("x", DType::kI4, {n, 3})}),
      model({io("x", DType::kComplex64, {n})}),
      model({io("x", DType::kF16, {})}),
      model({io("x", DType::kF32, {n, 2}), io("b", DType::kBool, {n})}),
      model({io("x", DType::kU64, {2, 2}), io("b", DType::kBF16, {s})}),
  };
}

const std::vector<Signature>& signatures() {
  static const std::vector<Signature> all = make_signatures();
  return all;
}

// Bytes that no reader leaves where it promises to write.
constexpr unsigned char kUnwritten = 0xa5;

void fill_and_check(BodyReader& reader, const Signature& signature, std::size_t body_bytes) {
  TERN_CHECK(signature.inputs().size() == reader.shapes().size());
  std::vector<Tensor> inputs;
  for (std::size_t i = 0; i < reader.shapes().size(); ++i) {
    const Shape& shape = reader.shapes()[i];
    const DType dtype = signature.inputs()[i].type.dtype;
    const std::size_t per_byte =
        is_sub_byte(dtype) ? 8 / static_cast<unsigned>(bit_width(dtype)) : 1;
    TERN_CHECK(static_cast<std::uint64_t>(shape.elements()) <= body_bytes * per_byte + 1,
               "{} from {} bytes", shape.to_string(), body_bytes);
    Tensor tensor = *Tensor::zeros(signature.inputs()[i].type.dtype, shape);
    if (tensor.dtype() != DType::kString && tensor.bytes() > 0) {
      std::memset(tensor.mutable_raw(), kUnwritten, tensor.bytes());
    }
    inputs.push_back(std::move(tensor));
  }
  if (!reader.fill(inputs).ok()) return;
  for (const Tensor& input : inputs) {
    if (input.dtype() != DType::kBool) continue;
    const auto* bytes = static_cast<const unsigned char*>(input.raw());
    for (std::int64_t i = 0; i < input.elements(); ++i) TERN_CHECK(bytes[i] <= 1);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const Signature& signature = signatures()[(data[0] & 0x3f) % signatures().size()];
  std::string body(reinterpret_cast<const char*>(data) + 1, size - 1);
  const std::size_t bytes = body.size();
  JsonParsers parsers;
  if ((data[0] & 0x80) != 0) {
    auto reader = read_predict_request(std::move(body), signature, {}, parsers);
    TERN_CHECK(reader.ok() || !reader.status().message().empty());
    if (reader.ok()) fill_and_check(**reader, signature, bytes);
    return 0;
  }
  // Of a body with binary data, the first two bytes are the length of the JSON.
  std::optional<std::size_t> json_bytes;
  if ((data[0] & 0x40) != 0 && body.size() >= 2) {
    json_bytes = static_cast<unsigned char>(body[0]) | static_cast<unsigned char>(body[1]) << 8;
    body.erase(0, 2);
  }
  auto request = InferRequest::read(std::move(body), signature, parsers, json_bytes);
  TERN_CHECK(request.ok() || !request.status().message().empty());
  if (!request.ok()) return 0;
  TERN_CHECK((*request)->outputs().size() == 1);
  fill_and_check(**request, signature, bytes);
  return 0;
}
