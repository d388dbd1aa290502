// A protobuf message as JSON in the form in which Triton tells configurations: names of fields as
// the schema has them, numbers of all sizes as numbers, fields without presence always there.
#pragma once

#include <string>

namespace google::protobuf {
class Message;
}  // namespace google::protobuf

namespace tern::serve {

std::string message_json(const google::protobuf::Message& message);

}  // namespace tern::serve
