// Old operator versions rewritten to the newest one's meaning, so that nothing behind the importer
// ever asks for a version.
#pragma once

#include "import/onnx/node_draft.h"
#include "tern/status.h"

namespace tern::onnx {

/// The newest opset of the default domain that tern reads.
inline constexpr std::int64_t kNewestOpset = 28;

/// Rewrites `node`, which has the meaning of its opset, to today's: attributes that became inputs
/// move, old defaults are written out, nodes are added in front where one is not enough. Fails with
/// kUnimplemented for an old meaning that cannot be said today.
Status upgrade(NodeDraft& node);

/// Whether some older opset says `op_type` of the default domain in a way that is rewritten.
bool is_upgraded(std::string_view op_type);

/// The operator that `op_type` of the default domain is called today; most are called the same.
std::string_view upgraded_name(std::string_view op_type);

}  // namespace tern::onnx
