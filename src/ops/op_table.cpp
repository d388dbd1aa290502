#include "ops/op_table.h"

namespace tern {

#define TERN_OP(name, file) \
  namespace ops {           \
  struct name;              \
  }
#include "ops/op_list.def"
#undef TERN_OP

std::span<const OpDef* const> op_table() {
#define TERN_OP(name, file) &def_of<ops::name>(),
  // A plain array: deducing std::array's type from so many elements is more than clang nests.
  static const OpDef* const table[] = {
#include "ops/op_list.def"
  };
#undef TERN_OP
  return table;
}

const OpDef* find_op(std::string_view domain, std::string_view name) {
  for (const OpDef* def : op_table()) {
    if (def->name == name && def->domain == domain) return def;
  }
  return nullptr;
}

}  // namespace tern
