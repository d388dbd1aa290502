// An operator's attributes as the file says them.
#pragma once

#include "proto/onnx.pb.h"
#include "tern/op.h"

namespace tern::onnx {

/// True when leaving the attribute out of a file means the same.
bool is_default(const Op& op, std::string_view attribute);

/// The attribute's value; monostate when it is absent or there is no such attribute.
AttributeValue attribute_of(const Op& op, std::string_view attribute);

/// Adds all attributes that are not their defaults, required ones in any case.
void write_attributes(const Op& op, onnx_pb::NodeProto& node);

}  // namespace tern::onnx
