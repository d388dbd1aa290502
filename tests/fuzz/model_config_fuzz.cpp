// Configurations of models, text and JSON: refused with a message that begins with the source, or
// limits that hold. The first byte chooses the form.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/check.h"
#include "base/json.h"
#include "serve/repository/client_view.h"
#include "serve/repository/model_config.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace tern;
  using namespace tern::serve;
  if (size == 0) return 0;
  const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
  const Result<ModelConfig> config = data[0] % 2 == 0 ? parse_model_config(text, "source")
                                                      : parse_model_config_json(text, "source");
  if (!config.ok()) {
    TERN_CHECK(config.status().message().starts_with("source:"), "{}", config.status().message());
    return 0;
  }
  TERN_CHECK(config->max_batch_size >= 0 && config->instances >= 0 && config->instances <= 256);
  TERN_CHECK(!config->filename.empty() && config->filename.find('/') == std::string::npos);
  const Dim n(static_cast<SymbolId>(1));
  IoInfo x{.name = "x", .type = TypeInfo(DType::kF32, {n, Dim(3)}), .text = "f32[N,3]"};
  IoInfo y{.name = "y", .type = TypeInfo(DType::kF32, {n, Dim(3)}), .text = "f32[N,3]"};
  const Signature model(std::vector{x}, std::vector{y});
  const std::string json = write_model_config(&*config, "m", model.inputs(), model.outputs(), 8, 1);
  TERN_CHECK(parse_json(json).ok(), "{}", json);
  const Result<ClientView> view = make_client_view(model, *config);
  if (!view.ok() || !view->inputs[0]) return 0;
  const Result<Tensor> tensor = Tensor::zeros(DType::kF32, Shape{2, 3});
  const Result<Tensor> changed = view->outputs[0] ? view->outputs[0]->apply(*tensor) : tensor;
  TERN_CHECK(!changed.ok() || changed->elements() == 6);
  (void)ensemble_signature(*config);
  return 0;
}
