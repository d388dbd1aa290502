#include "serve/batch/answer_order.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <stdexcept>

#include "base/errors.h"

namespace tern::serve {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST(AnswerOrder, AnswersWaitForThoseBeforeThem) {
  const auto order = std::make_shared<AnswerOrder>();
  std::vector<int> answered;
  std::vector<Done> done;
  for (int i = 0; i < 3; ++i) {
    done.push_back(order->wrap([&answered, i](const auto&) { answered.push_back(i); }));
  }
  done[2](std::vector<Tensor>());
  EXPECT_THAT(answered, IsEmpty());
  done[0](std::vector<Tensor>());
  EXPECT_THAT(answered, ElementsAre(0));
  done[1](unavailable("no"));
  EXPECT_THAT(answered, ElementsAre(0, 1, 2));
}

TEST(AnswerOrder, AnAnswerThatThrowsHoldsUpNobody) {
  const auto order = std::make_shared<AnswerOrder>();
  bool answered = false;
  const Done first = order->wrap([](const auto&) { throw std::runtime_error("no memory"); });
  const Done second = order->wrap([&](const auto&) { answered = true; });
  second(std::vector<Tensor>());
  first(std::vector<Tensor>());
  EXPECT_TRUE(answered);
}

}  // namespace
}  // namespace tern::serve
