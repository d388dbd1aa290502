#include "graph/text_parser.h"

#include <algorithm>
#include <array>

#include "base/errors.h"
#include "graph/node_check.h"
#include "graph/text_cursor.h"
#include "graph/text_literal_reader.h"
#include "graph/verify.h"

namespace tern {
namespace {

/// The newest form that this parser knows. Text that does not say is of form 1.
constexpr std::int64_t kFormat = 1;

class Parser {
 public:
  Parser(std::string_view text, std::string_view source, const OperatorTable& operators)
      : cursor_(text, source), literals_(cursor_, graph_), operators_(operators) {}

  Result<Graph> run() {
    TERN_TRY(header());
    std::vector<ValueId> outputs;
    TERN_TRY(statements(kMainRegion, outputs));
    graph_.set_outputs(std::move(outputs));
    if (cursor_.token().kind != TokenKind::kEnd) return cursor_.unexpected("nothing after '}'");
    if (Status s = verify(graph_); !s.ok()) return cursor_.located(cursor_.token(), std::move(s));
    return std::move(graph_);
  }

 private:
  // -- values. A name is taken for good, but what a body makes can be seen in it only.

  Status check_free(const Token& where, std::string_view name) const {
    if (graph_.find(name) == kNoValue) return {};
    return cursor_.error(where, "the name {} is taken", name);
  }

  void see(ValueId id) {
    visible_.resize(graph_.value_count(), false);
    visible_[static_cast<std::size_t>(id)] = true;
    seen_.push_back(id);
  }

  Result<ValueId> known_value(std::string_view role) {
    const Token here = cursor_.token();
    TERN_ASSIGN_OR_RETURN(const std::string name, cursor_.name(role));
    const ValueId id = graph_.find(name);
    if (id == kNoValue) return cursor_.error(here, "there is no value {} before this", name);
    if (!visible_[static_cast<std::size_t>(id)]) {
      return cursor_.error(here, "{} belongs to a body that is closed", name);
    }
    return id;
  }

  // -- statements

  Status header() {
    if (cursor_.at_word("format")) {
      cursor_.advance();
      const Token here = cursor_.token();
      TERN_ASSIGN_OR_RETURN(const std::int64_t format, cursor_.size("the number of the format"));
      if (format < 1 || format > kFormat) {
        return cursor_.located(
            here, unimplemented("format {} is not known, the newest is {}", format, kFormat));
      }
    }
    if (!cursor_.at_word("graph")) return cursor_.unexpected("'graph'");
    cursor_.advance();
    if (!cursor_.at("{")) {
      TERN_ASSIGN_OR_RETURN(graph_.name, cursor_.name("the graph's name or '{'"));
    }
    return cursor_.expect("{");
  }

  // Up to and including the closing brace.
  Status statements(RegionId region, std::vector<ValueId>& results) {
    while (!cursor_.take("}")) {
      if (starts("output")) {
        TERN_TRY(output(results));
      } else if (starts("constant")) {
        TERN_TRY(constant());
      } else if (region == kMainRegion && starts("input")) {
        TERN_TRY(input());
      } else if (region == kMainRegion && starts("variable")) {
        TERN_TRY(variable());
      } else if (region == kMainRegion && starts("metadata")) {
        TERN_TRY(metadata());
      } else if (region == kMainRegion && starts("update")) {
        TERN_TRY(update());
      } else {
        TERN_TRY(node(region));
      }
    }
    return {};
  }

  // A word that is followed by a name begins a statement of its own; else it is the name of a
  // value.
  bool starts(std::string_view word) {
    const TokenKind next = cursor_.following().kind;
    if (!cursor_.at_word(word) || (next != TokenKind::kName && next != TokenKind::kString)) {
      return false;
    }
    cursor_.advance();
    return true;
  }

  Status metadata() {
    const Token here = cursor_.token();
    TERN_ASSIGN_OR_RETURN(const std::string key, cursor_.string("a key in quotes"));
    TERN_TRY(cursor_.expect("="));
    TERN_ASSIGN_OR_RETURN(std::string value, cursor_.string("a string in quotes"));
    if (!graph_.metadata.emplace(key, std::move(value)).second) {
      return cursor_.error(here, "metadata {} is given twice", key);
    }
    return {};
  }

  Status input() {
    TERN_ASSIGN_OR_RETURN(const Declared declared, declaration("the input's name"));
    see(graph_.add_input(declared.name, declared.type));
    return {};
  }

  Status constant() {
    const Token here = cursor_.token();
    TERN_ASSIGN_OR_RETURN(const std::string name, cursor_.name("the constant's name"));
    TERN_TRY(check_free(here, name));
    TERN_TRY(cursor_.expect("="));
    TERN_ASSIGN_OR_RETURN(Tensor tensor, literals_.tensor());
    see(graph_.add_constant(std::move(tensor), name));
    return {};
  }

  Status variable() {
    const Token here = cursor_.token();
    TERN_ASSIGN_OR_RETURN(const std::string name, cursor_.name("the variable's name"));
    TERN_TRY(check_free(here, name));
    const bool frozen = cursor_.at_word("frozen");
    if (frozen) cursor_.advance();
    TERN_TRY(cursor_.expect("="));
    TERN_ASSIGN_OR_RETURN(Tensor tensor, literals_.tensor());
    see(graph_.add_variable(name, std::move(tensor), !frozen));
    return {};
  }

  Status output(std::vector<ValueId>& results) {
    do {
      TERN_ASSIGN_OR_RETURN(const ValueId id, known_value("the name of a value"));
      results.push_back(id);
    } while (cursor_.take(","));
    return {};
  }

  Status update() {
    const Token here = cursor_.token();
    TERN_ASSIGN_OR_RETURN(const ValueId variable, known_value("the name of a variable"));
    if (graph_.value(variable).kind != ValueKind::kVariable) {
      return cursor_.error(here, "{} is no variable", graph_.value(variable).name);
    }
    TERN_TRY(cursor_.expect("="));
    TERN_ASSIGN_OR_RETURN(const ValueId value, known_value("the name of a value"));
    graph_.add_update(variable, value);
    return {};
  }

  // -- nodes

  struct Declared {
    std::string name;  // "" for an output that is left out
    bool typed = false;
    TypeInfo type;
    Token where;
  };

  // "x: f32[N, 2]"
  Result<Declared> declaration(std::string_view what) {
    Declared declared{.name = {}, .type = {}, .where = cursor_.token()};
    TERN_ASSIGN_OR_RETURN(declared.name, cursor_.name(what));
    TERN_TRY(check_free(declared.where, declared.name));
    TERN_TRY(cursor_.expect(":"));
    TERN_ASSIGN_OR_RETURN(declared.type, literals_.type());
    return declared;
  }

  Result<std::vector<Declared>> node_outputs() {
    std::vector<Declared> outputs;
    if (cursor_.take("(")) {
      TERN_TRY(cursor_.expect(")"));
      return outputs;
    }
    do {
      Declared output{.name = {}, .type = {}, .where = cursor_.token()};
      if (cursor_.at_word("_")) {
        cursor_.advance();
      } else {
        TERN_ASSIGN_OR_RETURN(output.name, cursor_.name("a statement or '}'"));
        TERN_TRY(check_free(output.where, output.name));
        const bool twice =
            std::ranges::find(outputs, output.name, &Declared::name) != outputs.end();
        if (twice) return cursor_.error(output.where, "the name {} is taken", output.name);
        output.typed = cursor_.take(":");
        if (output.typed) {
          TERN_ASSIGN_OR_RETURN(output.type, literals_.type());
        }
      }
      outputs.push_back(std::move(output));
    } while (cursor_.take(","));
    return outputs;
  }

  Result<Op> op() {
    const Token here = cursor_.token();
    TERN_ASSIGN_OR_RETURN(const std::string spelled, cursor_.name("an operator"));
    const std::size_t dot = spelled.rfind('.');
    const std::string domain = dot == std::string::npos ? "ai.onnx" : spelled.substr(0, dot);
    const OpDef* def = operators_.find(domain, spelled.substr(dot + 1));
    if (def == nullptr) {
      return cursor_.located(here, unimplemented("there is no operator {}", spelled));
    }
    return Op(*def);
  }

  // A value's name, "_", or a tensor that becomes a constant without a name of its own.
  Result<ValueId> operand() {
    const Token here = cursor_.token();
    if (cursor_.at_word("_")) {
      cursor_.advance();
      return kNoValue;
    }
    if (here.kind != TokenKind::kName || !TextCursor::is(cursor_.following(), "[")) {
      return known_value("the name of a value, a tensor or '_'");
    }
    TERN_ASSIGN_OR_RETURN(Tensor tensor, literals_.tensor());
    const ValueId id = graph_.add_constant(std::move(tensor),
                                           fmt::format("constant@{}:{}", here.line, here.column));
    see(id);
    return id;
  }

  Status attributes(Op& op) {
    std::vector<std::string_view> given;
    if (cursor_.take("{")) {
      while (!cursor_.at("}")) {
        if (!given.empty()) TERN_TRY(cursor_.expect(","));
        TERN_ASSIGN_OR_RETURN(const std::string_view name, attribute(op));
        const Token here = cursor_.token();
        if (std::ranges::find(given, name) != given.end()) {
          return cursor_.error(here, "attribute '{}' is given twice", name);
        }
        given.push_back(name);
      }
      cursor_.advance();
    }
    const Token here = cursor_.token();
    if (Status s = check_required_attributes(op.def(), given); !s.ok()) {
      return cursor_.located(here, std::move(s));
    }
    return {};
  }

  // The name, as the operator holds it.
  Result<std::string_view> attribute(Op& op) {
    const Token here = cursor_.token();
    TERN_ASSIGN_OR_RETURN(const std::string name, cursor_.name("the name of an attribute"));
    const auto field = std::ranges::find(op.def().fields, name, &FieldInfo::name);
    if (field == op.def().fields.end()) {
      return cursor_.error(here, "{} has no attribute '{}'", op.name(), name);
    }
    TERN_TRY(cursor_.expect("="));
    TERN_ASSIGN_OR_RETURN(const AttributeValue value, literals_.attribute(*field));
    if (Status s = op.set(field->name, value); !s.ok()) return cursor_.located(here, std::move(s));
    return field->name;
  }

  Status node(RegionId region) {
    TERN_ASSIGN_OR_RETURN(const std::vector<Declared> outputs, node_outputs());
    TERN_TRY(cursor_.expect("="));
    const Token here = cursor_.token();
    TERN_ASSIGN_OR_RETURN(Op op, this->op());
    TERN_TRY(cursor_.expect("("));
    std::vector<ValueId> inputs;
    while (!cursor_.at(")")) {
      if (!inputs.empty()) TERN_TRY(cursor_.expect(","));
      TERN_ASSIGN_OR_RETURN(const ValueId input, operand());
      inputs.push_back(input);
    }
    cursor_.advance();
    TERN_TRY(attributes(op));
    std::string name;
    if (cursor_.take("@")) {
      TERN_ASSIGN_OR_RETURN(name, cursor_.name("the name of a node"));
    }
    TERN_ASSIGN_OR_RETURN(std::vector<RegionId> regions, bodies(op, here));
    return add_node(here, std::move(op), inputs, outputs, name, region, std::move(regions));
  }

  Status add_node(const Token& here, Op op, std::span<const ValueId> inputs,
                  std::span<const Declared> outputs, std::string_view name, RegionId region,
                  std::vector<RegionId> regions) {
    if (Status s = check_arity(op.def(), inputs, outputs.size()); !s.ok()) {
      return cursor_.located(here, std::move(s).with_context(op.name()));
    }
    std::vector<std::string> names;
    for (const Declared& output : outputs) {
      TERN_TRY(check_free(output.where, output.name));  // its bodies may have taken it meanwhile
      names.push_back(output.name);
    }
    const Result<NodeId> added = graph_.add_node(std::move(op), inputs, outputs.size(), name, names,
                                                 region, std::move(regions));
    if (!added.ok()) return cursor_.located(here, added.status());
    for (std::size_t i = 0; i < outputs.size(); ++i) {
      const ValueId id = graph_.node(*added).outputs[i];
      if (id == kNoValue) continue;
      see(id);
      if (!outputs[i].typed) continue;
      if (contradict(graph_.value(id).type, outputs[i].type)) {
        return cursor_.error(outputs[i].where, "{} cannot have the type that is written here",
                             outputs[i].name);
      }
      graph_.set_type(id, outputs[i].type);
    }
    return {};
  }

  // -- bodies

  Result<std::vector<RegionId>> bodies(const Op& op, const Token& where) {
    std::vector<RegionId> regions;
    while (cursor_.at_word("body") && TextCursor::is(cursor_.following(), "(")) {
      TERN_ASSIGN_OR_RETURN(const RegionId region, body());
      regions.push_back(region);
    }
    const std::size_t wanted = operators_.bodies(op.def());
    if (regions.size() != wanted) {
      return cursor_.error(where, "{} has {} bodies, needs {}", op.name(), regions.size(), wanted);
    }
    return regions;
  }

  Result<RegionId> body() {
    const Token here = cursor_.token();
    if (depth_ == kMaxBodyDepth) {
      return cursor_.error(here, "bodies are nested deeper than {} levels", kMaxBodyDepth);
    }
    cursor_.advance();
    cursor_.advance();
    ++depth_;
    const std::size_t outer = seen_.size();
    const RegionId region = graph_.add_region();
    while (!cursor_.at(")")) {
      if (seen_.size() > outer) TERN_TRY(cursor_.expect(","));
      TERN_ASSIGN_OR_RETURN(const Declared argument, declaration("the name of an argument"));
      see(graph_.add_argument(region, argument.name, argument.type));
    }
    cursor_.advance();
    TERN_TRY(cursor_.expect("{"));
    std::vector<ValueId> results;
    TERN_TRY(statements(region, results));
    graph_.set_region_results(region, std::move(results));
    for (; seen_.size() > outer; seen_.pop_back()) {
      visible_[static_cast<std::size_t>(seen_.back())] = false;
    }
    --depth_;
    return region;
  }

  Graph graph_;
  TextCursor cursor_;
  LiteralReader literals_;
  const OperatorTable& operators_;
  std::vector<bool> visible_;  // by ValueId
  std::vector<ValueId> seen_;  // the visible ones, innermost body last
  int depth_ = 0;
};

}  // namespace

Result<Graph> parse_graph(std::string_view text, std::string_view source,
                          const OperatorTable& operators) {
  return Parser(text, source, operators).run();
}

}  // namespace tern
