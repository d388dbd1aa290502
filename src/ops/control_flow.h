// Which attributes of ONNX hold the bodies of an operator.
#pragma once

#include <span>
#include <string_view>

namespace tern {

/// The names of the bodies of an operator of the default domain, in the order of Node::regions;
/// empty for one without bodies.
std::span<const std::string_view> body_attributes(std::string_view op_type);

}  // namespace tern
