// A network of two layers whose weights are known to compute "exclusive or": written with the graph
// builder, saved as ONNX, made ready to run by a session, run on all four inputs at once.
#include <cstdint>
#include <iostream>
#include <vector>

#include "tern/functions.h"
#include "tern/graph_builder.h"
#include "tern/model.h"
#include "tern/session.h"

namespace {

// relu([a + b, a + b - 1]) [1, -2]: one for exactly one input that is one.
tern::Result<tern::Graph> xor_graph() {
  tern::GraphBuilder b("xor");
  const auto matrix = [&](const tern::Shape& shape, const std::vector<float>& values) {
    auto tensor = tern::Tensor::from<float>(shape, values);
    if (!tensor.ok()) b.fail(tensor.status());
    return b.constant(tensor.ok() ? *tensor : tern::Tensor());
  };
  const tern::Value x = b.input("x", tern::DType::kF32, {"N", 2});
  const tern::Value hidden = relu(matmul(x, matrix({2, 2}, {1, 1, 1, 1})) + matrix({2}, {0, -1}));
  b.output("y", matmul(hidden, matrix({2, 1}, {1, -2})));
  return b.build();
}

tern::Status run() {
  auto graph = xor_graph();
  if (!graph.ok()) return graph.status();
  if (tern::Status saved = tern::save_model(*graph, "xor.onnx"); !saved.ok()) return saved;
  auto session = tern::Session::create(std::move(*graph));
  if (!session.ok()) return session.status();

  const std::vector<float> inputs = {0, 0, 0, 1, 1, 0, 1, 1};
  const std::vector<float> expected = {0, 1, 1, 0};
  auto x = tern::Tensor::from<float>({4, 2}, inputs);
  if (!x.ok()) return x.status();
  auto outputs = session->run({{"x", *x}});
  if (!outputs.ok()) return outputs.status();

  const auto y = outputs->front().span<float>();
  for (std::size_t i = 0; i < y.size(); ++i) {
    std::cout << inputs[2 * i] << " xor " << inputs[2 * i + 1] << " = " << y[i] << '\n';
    if (y[i] != expected[i]) return {tern::StatusCode::kInternal, "that is wrong"};
  }
  return {};
}

}  // namespace

int main() {
  const tern::Status status = run();
  if (!status.ok()) std::cerr << "xor_graph: " << status.to_string() << '\n';
  return status.ok() ? 0 : 1;
}
