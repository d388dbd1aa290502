#include "graph/body_graph.h"

#include <algorithm>
#include <unordered_map>
#include <unordered_set>

#include "base/errors.h"

namespace tern {
namespace {

class CaptureCollector {
 public:
  explicit CaptureCollector(const Graph& graph) : graph_(graph) {}

  std::vector<ValueId> run(RegionId body) {
    visit(body);
    return std::move(captures_);
  }

 private:
  void visit(RegionId id) {
    const Region& region = graph_.region(id);
    for (const ValueId argument : region.arguments) inside_.insert(argument);
    for (const NodeId node_id : region.nodes) {
      const Node& node = graph_.node(node_id);
      for (const ValueId input : node.inputs) use(input);
      for (const RegionId inner : node.regions) visit(inner);
      for (const ValueId output : node.outputs) inside_.insert(output);
    }
    for (const ValueId result : region.results) use(result);
  }

  void use(ValueId id) {
    if (id == kNoValue || inside_.contains(id)) return;
    if (seen_.insert(id).second) captures_.push_back(id);
  }

  const Graph& graph_;
  std::unordered_set<ValueId> inside_;
  std::unordered_set<ValueId> seen_;
  std::vector<ValueId> captures_;
};

class BodyCopier {
 public:
  BodyCopier(const Graph& from, Graph& to) : from_(from), to_(to) {}

  Status copy_nodes(RegionId source, RegionId target) {
    for (const NodeId id : from_.region(source).nodes) {
      if (Status s = copy_node(from_.node(id), target); !s.ok()) return s;
    }
    return {};
  }

  void map(ValueId old, ValueId copy) { copies_[old] = copy; }
  std::vector<ValueId> copies_of(std::span<const ValueId> ids) const {
    std::vector<ValueId> copies;
    for (const ValueId id : ids) copies.push_back(id == kNoValue ? kNoValue : copies_.at(id));
    return copies;
  }

  TypeInfo type_of(ValueId id) {
    TypeInfo type = from_.value(id).type;
    for (Dim& dim : type.shape) {
      if (!dim.known() && dim.symbol() != SymbolId::kAnonymous) {
        dim = Dim(to_.symbol(from_.symbol_name(dim.symbol())));
      }
    }
    return type;
  }

 private:
  Status copy_node(const Node& node, RegionId target) {
    std::vector<RegionId> regions;
    for (const RegionId inner : node.regions) {
      const RegionId region = to_.add_region();
      for (const ValueId argument : from_.region(inner).arguments) {
        map(argument, to_.add_argument(region, from_.value(argument).name, type_of(argument)));
      }
      TERN_TRY(copy_nodes(inner, region));
      to_.set_region_results(region, copies_of(from_.region(inner).results));
      regions.push_back(region);
    }
    std::vector<std::string> names;
    for (const ValueId output : node.outputs) {
      names.push_back(output == kNoValue ? "" : from_.value(output).name);
    }
    const std::vector<ValueId> inputs = copies_of(node.inputs);
    TERN_ASSIGN_OR_RETURN(const NodeId copy,
                          to_.add_node(node.op, inputs, node.outputs.size(), node.name, names,
                                       target, std::move(regions)));
    for (std::size_t i = 0; i < node.outputs.size(); ++i) {
      if (node.outputs[i] == kNoValue) continue;
      const ValueId made = to_.node(copy).outputs[i];
      const TypeInfo& inferred = to_.value(made).type;
      if (inferred.dtype == DType::kUndefined || !inferred.has_rank) {
        to_.set_type(made, type_of(node.outputs[i]));
      }
      map(node.outputs[i], made);
    }
    return {};
  }

  const Graph& from_;
  Graph& to_;
  std::unordered_map<ValueId, ValueId> copies_;
};

}  // namespace

std::vector<ValueId> captures_of(const Graph& graph, RegionId body) {
  return CaptureCollector(graph).run(body);
}

std::vector<ValueId> sources_of(const Graph& graph, const Node& node) {
  std::vector<ValueId> sources = node.inputs;
  std::erase(sources, kNoValue);
  for (const RegionId body : node.regions) {
    const std::vector<ValueId> captured = captures_of(graph, body);
    sources.insert(sources.end(), captured.begin(), captured.end());
  }
  return sources;
}

Result<BodyGraph> extract_body(const Graph& graph, RegionId body) {
  BodyGraph result;
  result.graph.name = graph.name;
  BodyCopier copier(graph, result.graph);
  for (const ValueId argument : graph.region(body).arguments) {
    copier.map(argument,
               result.graph.add_input(graph.value(argument).name, copier.type_of(argument)));
  }
  for (const ValueId capture : captures_of(graph, body)) {
    const ValueData& value = graph.value(capture);
    if (const Tensor* constant = graph.constant(capture)) {
      copier.map(capture, result.graph.add_constant(*constant, value.name));
      continue;
    }
    result.captures.push_back(capture);
    copier.map(capture, result.graph.add_input(value.name, copier.type_of(capture)));
  }
  TERN_TRY(copier.copy_nodes(body, kMainRegion));
  result.graph.set_outputs(copier.copies_of(graph.region(body).results));
  return result;
}

}  // namespace tern
