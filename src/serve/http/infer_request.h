// InferRequest: the JSON body of the Open Inference Protocol's infer request.
//
//   {"id": "7", "inputs": [{"name": "x", "datatype": "FP32", "shape": [1, 2], "data": [1, 2]}],
//    "outputs": [{"name": "y"}]}
//
// Members may come in any order: the body is gone through twice, first for what describes the
// tensors, then, in fill(), for their data.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "serve/batch/signature.h"
#include "serve/http/body_reader.h"
#include "serve/http/json_parsers.h"

namespace tern::serve {

class JsonBody;

class InferRequest final : public BodyReader {
 public:
  /// Reads everything but the data. kInvalidArgument: no JSON, no infer request, or inputs that are
  /// not the model's. kUnimplemented: extensions whose absence would change the answer.
  /// `signature` and `parsers` must outlive the request.
  static Result<std::unique_ptr<InferRequest>> read(std::string body, const Signature& signature,
                                                    JsonParsers& parsers);
  ~InferRequest() override;

  Status fill(std::span<Tensor> inputs) override;

  const std::string& id() const { return id_; }
  /// Positions of the wanted outputs, in the order asked for; all of them when none is named.
  std::span<const std::size_t> outputs() const { return outputs_; }
  /// The parameter "timeout", in microseconds on the wire.
  std::optional<std::chrono::microseconds> timeout() const { return timeout_; }

 private:
  struct Reader;
  InferRequest(const Signature& signature, std::unique_ptr<JsonBody> body);

  const Signature& signature_;
  std::unique_ptr<JsonBody> body_;
  std::string id_;
  std::vector<std::size_t> input_of_entry_;  // which input an entry of "inputs" is
  std::vector<std::size_t> outputs_;
  std::optional<std::chrono::microseconds> timeout_;
};

}  // namespace tern::serve
