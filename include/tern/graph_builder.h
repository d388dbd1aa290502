// GraphBuilder: writes a Graph as arithmetic.
//
//   tern::GraphBuilder b("affine");
//   tern::Value x = b.input("x", tern::DType::kF32, {"N", 4});
//   tern::Value y = relu(matmul(x, b.constant(w)) + b.constant(bias));   // tern/functions.h
//   b.output("y", y);
//   tern::Result<tern::Graph> graph = b.build();
//
// Nothing here fails at once: the first error is kept, with the caller's file and line, and comes
// out of build(); values made after it are inert. One builder serves one thread.
#pragma once

#include <initializer_list>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "tern/graph.h"

namespace tern {

/// Where a call stands in the user's source.
struct SourceLocation {
  const char* file = "";
  int line = 0;
  static constexpr SourceLocation here(const char* file = __builtin_FILE(),
                                       int line = __builtin_LINE()) {
    return {file, line};
  }
};

class GraphBuilder;

/// A value of a graph under construction; a small handle, valid while its builder lives.
class Value {
 public:
  Value() = default;  // left out
  Value(GraphBuilder* builder, ValueId id) : builder_(builder), id_(id) {}

  bool present() const { return id_ != kNoValue; }
  ValueId id() const { return id_; }
  GraphBuilder* builder() const { return builder_; }
  /// What is known of it; dtype kUndefined for an inert value.
  const TypeInfo& type() const;
  DType dtype() const { return type().dtype; }
  int rank() const { return type().rank(); }

 private:
  GraphBuilder* builder_ = nullptr;
  ValueId id_ = kNoValue;
};

/// A size for GraphBuilder::input: a number, or the name of a symbol ("?" for an unnamed one).
struct DimSpec {
  DimSpec(std::int64_t size) : value(size) {}              // NOLINT: implicit by design
  DimSpec(int size) : value(size) {}                       // NOLINT
  DimSpec(const char* symbol_name) : name(symbol_name) {}  // NOLINT
  std::int64_t value = -1;
  std::string_view name;
};

class GraphBuilder {
 public:
  explicit GraphBuilder(std::string_view name = "graph");
  /// Goes on with an existing graph, which must outlive the builder (autodiff, passes, importers).
  explicit GraphBuilder(Graph& graph, RegionId region = kMainRegion);
  ~GraphBuilder();
  GraphBuilder(const GraphBuilder&) = delete;
  GraphBuilder& operator=(const GraphBuilder&) = delete;

  Value input(std::string_view name, DType dtype, std::initializer_list<DimSpec> shape,
              SourceLocation where = SourceLocation::here());
  Value input(std::string_view name, TypeInfo type);
  Value constant(Tensor value, std::string_view name = {});
  template <class T>
  Value scalar(T value) {
    return constant(Tensor::scalar<T>(value));
  }
  /// A scalar of the given floating or integer dtype.
  Value scalar_of(DType dtype, double value);
  Value variable(std::string_view name, Tensor initial, bool trainable = true);

  /// Adds one node and returns its first output.
  Value op(Op op, std::initializer_list<Value> inputs,
           SourceLocation where = SourceLocation::here());
  Value op(Op op, std::span<const Value> inputs, SourceLocation where = SourceLocation::here());
  /// Adds one node with `outputs` outputs.
  std::vector<Value> op_n(Op op, std::span<const Value> inputs, std::size_t outputs,
                          SourceLocation where = SourceLocation::here());
  std::vector<Value> op_n(Op op, std::initializer_list<Value> inputs, std::size_t outputs,
                          SourceLocation where = SourceLocation::here()) {
    return op_n(std::move(op), std::span(inputs.begin(), inputs.size()), outputs, where);
  }

  /// Names added in front of the names of nodes, variables and constants: "encoder" then "layer0"
  /// gives "encoder.layer0.weight". Ends when the returned object dies.
  class Scope;
  [[nodiscard]] Scope scope(std::string_view name);

  void output(std::string_view name, Value value);
  void update(Value variable, Value new_value);
  /// Keeps `status` as the error unless there is one already.
  void fail(Status status, SourceLocation where = SourceLocation::here());
  const Status& status() const { return status_; }

  Graph& graph() { return *graph_; }
  const Graph& graph() const { return *graph_; }

  /// The finished graph, verified, or the first error. A builder is finished by it. For a builder
  /// on a caller's graph use status() instead.
  Result<Graph> build();

 private:
  friend class Scope;
  std::string scoped(std::string_view name) const;

  std::unique_ptr<Graph> owned_;
  Graph* graph_;
  RegionId region_ = kMainRegion;
  std::string prefix_;
  std::vector<ValueId> outputs_;
  Status status_;
};

class GraphBuilder::Scope {
 public:
  Scope(GraphBuilder& builder, std::string_view name);
  ~Scope();
  Scope(const Scope&) = delete;
  Scope& operator=(const Scope&) = delete;

 private:
  GraphBuilder& builder_;
  std::size_t length_;
};

}  // namespace tern
