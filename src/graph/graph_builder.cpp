#include "tern/graph_builder.h"

#include <algorithm>
#include <cstring>

#include "base/errors.h"
#include "graph/op_def.h"
#include "graph/verify.h"
#include "tensor/element.h"

namespace tern {
namespace {

std::string describe(SourceLocation where) {
  const char* slash = std::strrchr(where.file, '/');
  return fmt::format("{}:{}", slash != nullptr ? slash + 1 : where.file, where.line);
}

const TypeInfo kUnknownType;

}  // namespace

const TypeInfo& Value::type() const {
  // build() has moved the values away, but not the handles on them.
  const bool there = present() && static_cast<std::size_t>(id_) < builder_->graph().value_count();
  return there ? builder_->graph().value(id_).type : kUnknownType;
}

GraphBuilder::GraphBuilder(std::string_view name)
    : owned_(std::make_unique<Graph>()), graph_(owned_.get()) {
  graph_->name = name;
}

GraphBuilder::GraphBuilder(Graph& graph, RegionId region) : graph_(&graph), region_(region) {}

GraphBuilder::~GraphBuilder() = default;

Value GraphBuilder::input(std::string_view name, DType dtype, std::initializer_list<DimSpec> shape,
                          SourceLocation where) {
  std::vector<Dim> dims;
  for (const DimSpec& spec : shape) {
    if (spec.name == "?") {
      dims.emplace_back();
    } else if (!spec.name.empty()) {
      dims.emplace_back(graph_->symbol(spec.name));
    } else if (spec.value >= 0) {
      dims.emplace_back(spec.value);
    } else {
      fail(invalid_argument("input {} has size {}", name, spec.value), where);
      return {};
    }
  }
  return input(name, TypeInfo(dtype, std::move(dims)));
}

Value GraphBuilder::input(std::string_view name, TypeInfo type) {
  return {this, graph_->add_input(name, std::move(type))};
}

Value GraphBuilder::constant(Tensor value, std::string_view name) {
  return {this, graph_->add_constant(std::move(value), name.empty() ? name : scoped(name))};
}

Value GraphBuilder::scalar_of(DType dtype, double value) {
  Result<Tensor> tensor = Tensor::zeros(dtype, {});
  if (!tensor.ok() || store_f64(dtype) == nullptr) {
    fail(invalid_argument("no scalar of type {}", to_string(dtype)));
    return {};
  }
  store_f64(dtype)(tensor->mutable_raw(), 0, value);
  return constant(std::move(*tensor));
}

Value GraphBuilder::variable(std::string_view name, Tensor initial, bool trainable) {
  return {this, graph_->add_variable(scoped(name), std::move(initial), trainable)};
}

Value GraphBuilder::op(Op op, std::initializer_list<Value> inputs, SourceLocation where) {
  return this->op(std::move(op), std::span(inputs.begin(), inputs.size()), where);
}

Value GraphBuilder::op(Op op, std::span<const Value> inputs, SourceLocation where) {
  return op_n(std::move(op), inputs, 1, where).front();
}

std::vector<Value> GraphBuilder::op_n(Op op, std::span<const Value> inputs, std::size_t outputs,
                                      SourceLocation where) {
  std::vector<Value> results(outputs);
  if (!status_.ok()) return results;
  std::vector<ValueId> ids;
  for (const Value& input : inputs) {
    if (input.present() && input.builder()->graph_ != graph_) {
      fail(invalid_argument("{}: a value belongs to another graph", op.name()), where);
      return results;
    }
    ids.push_back(input.id());
  }
  while (!ids.empty() && ids.back() == kNoValue) ids.pop_back();
  // Nodes are named after the scope and the operator; values get numbered names from that.
  const std::string node_name = scoped(op.name());
  const std::vector<std::string> names(outputs, node_name);
  Result<NodeId> node = graph_->add_node(std::move(op), ids, outputs, node_name, names, region_);
  if (!node.ok()) {
    fail(node.status(), where);
    return results;
  }
  for (std::size_t i = 0; i < outputs; ++i) results[i] = {this, graph_->node(*node).outputs[i]};
  return results;
}

std::string GraphBuilder::scoped(std::string_view name) const {
  return prefix_.empty() ? std::string(name) : fmt::format("{}{}", prefix_, name);
}

GraphBuilder::Scope GraphBuilder::scope(std::string_view name) { return Scope(*this, name); }

GraphBuilder::Scope::Scope(GraphBuilder& builder, std::string_view name)
    : builder_(builder), length_(builder.prefix_.size()) {
  builder_.prefix_ += fmt::format("{}.", name);
}

GraphBuilder::Scope::~Scope() { builder_.prefix_.resize(length_); }

void GraphBuilder::output(std::string_view name, Value value) {
  if (!status_.ok()) return;
  if (!value.present()) return fail(invalid_argument("output {} has no value", name));
  if (value.builder()->graph_ != graph_) {
    return fail(invalid_argument("output {}: a value belongs to another graph", name));
  }
  // Its name could be one of the two only.
  if (std::ranges::find(outputs_, value.id()) != outputs_.end()) {
    return fail(invalid_argument("output {} is output {} already: put an Identity in between", name,
                                 graph_->value(value.id()).name));
  }
  // Only results can be renamed freely: an input or variable keeps the name others know it by.
  if (graph_->value(value.id()).kind == ValueKind::kResult) graph_->rename(value.id(), name);
  outputs_.push_back(value.id());
  graph_->set_outputs(outputs_);
}

void GraphBuilder::update(Value variable, Value new_value) {
  if (!status_.ok()) return;
  for (const Value& value : {variable, new_value}) {
    if (!value.present()) return fail(invalid_argument("an update lacks a value"));
    if (value.builder()->graph_ != graph_) {
      return fail(invalid_argument("an update: a value belongs to another graph"));
    }
  }
  graph_->add_update(variable.id(), new_value.id());
}

void GraphBuilder::fail(Status status, SourceLocation where) {
  if (status_.ok() && !status.ok()) status_ = std::move(status).with_context(describe(where));
}

Result<Graph> GraphBuilder::build() {
  if (!status_.ok()) return status_;
  if (owned_ == nullptr) return failed_precondition("build() is for a builder that owns its graph");
  if (outputs_.empty() && graph_->updates().empty()) {
    return failed_precondition("graph {} has no output", graph_->name);
  }
  TERN_TRY(verify(*graph_));
  Graph finished = std::move(*graph_);
  status_ = failed_precondition("graph {} has been built, its builder is finished", finished.name);
  return finished;
}

}  // namespace tern
