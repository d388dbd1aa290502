// InferRequest: the body of the Open Inference Protocol's infer request.
//
//   {"id": "7", "inputs": [{"name": "x", "datatype": "FP32", "shape": [1, 2], "data": [1, 2]}],
//    "outputs": [{"name": "y"}]}
//
// Members may come in any order: JSON is gone through twice, first for what describes the tensors,
// then, in fill(), for their data. With the binary tensor extension the body is this JSON, whose
// length the request's field Inference-Header-Content-Length tells, and behind it the elements of
// the inputs that have a "binary_data_size" in place of "data", in the order of the inputs. Of
// length 0, there is no JSON: all bytes belong to the one input of the model.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "serve/batch/signature.h"
#include "serve/http/body_reader.h"
#include "serve/http/json_parsers.h"

namespace tern::serve {

class JsonBody;

/// An output as the client wants it.
struct WantedOutput {
  std::size_t index = 0;    ///< of the model's outputs
  bool binary = false;      ///< behind the JSON instead of in it
  std::size_t classes = 0;  ///< so many classes instead of the scores; 0: the output as it is
};

class InferRequest final : public BodyReader {
 public:
  /// Reads everything but the data. `json_bytes` is the length of the JSON at the front of the
  /// body when binary data may follow. kInvalidArgument: no JSON, no infer request, or inputs that
  /// are not the model's. kUnimplemented: extensions whose absence would change the answer.
  /// `signature` and `parsers` must outlive the request.
  static Result<std::unique_ptr<InferRequest>> read(std::string body, const Signature& signature,
                                                    JsonParsers& parsers,
                                                    std::optional<std::size_t> json_bytes = {});
  ~InferRequest() override;

  Status fill(std::span<Tensor> inputs) override;

  const std::string& id() const { return id_; }
  /// The wanted outputs in the order asked for; all of them when none is named.
  std::span<const WantedOutput> outputs() const { return outputs_; }
  /// The parameter "timeout", in microseconds on the wire.
  std::optional<std::chrono::microseconds> timeout() const { return timeout_; }
  /// The parameter "priority"; 0 when there is none.
  std::uint64_t priority() const { return priority_; }

 private:
  struct Reader;
  /// An entry of "inputs".
  struct Entry {
    std::size_t input = 0;
    std::optional<std::string_view> binary;  // its elements; else they are in the JSON
  };

  explicit InferRequest(const Signature& signature);
  Status read_raw();

  const Signature& signature_;
  std::unique_ptr<JsonBody> body_;  // null for a body without JSON
  std::string raw_;                 // such a body
  std::string id_;
  std::vector<Entry> entries_;
  std::vector<WantedOutput> outputs_;
  std::optional<std::chrono::microseconds> timeout_;
  std::uint64_t priority_ = 0;
};

}  // namespace tern::serve
