// Changes of a protobuf message that leave it one: another number in a field, other bytes in a
// string, with the lengths of everything around brought up to date. The schema is not needed; what
// reads as a message is taken for one.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/random.h"

namespace tern::testing {

/// How many fields of `message` hold a value of their own, those of the messages in it included; 0
/// when it is no message.
std::uint64_t count_values(std::string_view message);

/// The message with another value in field number `which` of count_values(). Numbers become likely
/// troublemakers (0, -1, the ends of ranges) or neighbours of what they were.
std::string change_value(std::string_view message, std::uint64_t which, RandomStream& random);

}  // namespace tern::testing
