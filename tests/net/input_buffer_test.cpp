#include "net/input_buffer.h"

#include <gtest/gtest.h>

namespace tern::net {
namespace {

void fill(InputBuffer& buffer, std::span<char> room, std::string_view text) {
  std::copy(text.begin(), text.end(), room.begin());
  buffer.commit(text.size());
}

TEST(InputBuffer, KeepsWhatArrivesWhileEarlierBytesAreConsumed) {
  InputBuffer buffer;
  fill(buffer, buffer.prepare(8), "first");
  const std::span<char> room = buffer.prepare(8);  // a read is under way
  buffer.consume(5);
  EXPECT_TRUE(buffer.empty());
  fill(buffer, room, "second");
  EXPECT_EQ(buffer.view(), "second");
  buffer.consume(3);
  fill(buffer, buffer.prepare(64), "!");
  EXPECT_EQ(buffer.view(), "ond!");
}

}  // namespace
}  // namespace tern::net
