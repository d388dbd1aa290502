#include "net/signals.h"

#include <gtest/gtest.h>

#include <chrono>
#include <csignal>
#include <future>
#include <thread>

#include "tests/net/server_fixture.h"

namespace tern::net {
namespace {

bool handled(int number) {
  struct sigaction action {};
  sigaction(number, nullptr, &action);
  return action.sa_handler != SIG_DFL;
}

TEST(WaitForTermination, ReturnsTheSignal) {
  for (const int number : {SIGTERM, SIGINT}) {
    auto waiting = std::async(std::launch::async, [] { return wait_for_termination(); });
    ASSERT_TRUE(eventually([&] { return handled(SIGINT) && handled(SIGTERM); }));
    std::raise(number);
    EXPECT_EQ(waiting.get(), number);
    EXPECT_FALSE(handled(number)) << "a second signal must end the program";
  }
}

TEST(WaitForTermination, EndsWhenAskedTo) {
  std::stop_source stop;
  auto waiting = std::async(std::launch::async,
                            [token = stop.get_token()] { return wait_for_termination(token); });
  ASSERT_TRUE(eventually([&] { return handled(SIGTERM); }));
  stop.request_stop();
  EXPECT_EQ(waiting.get(), 0);
  EXPECT_FALSE(handled(SIGTERM));
  EXPECT_EQ(wait_for_termination(stop.get_token()), 0);
}

TEST(TerminationSignals, OneThatComesBeforeTheWaitIsNotLost) {
  TerminationSignals signals;
  std::raise(SIGTERM);
  EXPECT_EQ(signals.wait(), SIGTERM);
  EXPECT_FALSE(handled(SIGTERM)) << "a second signal must end the program";
}

TEST(TerminationSignals, OneThatNobodyWaitedForIsForgotten) {
  {
    TerminationSignals signals;
    std::raise(SIGTERM);
  }
  EXPECT_FALSE(handled(SIGTERM));
  std::stop_source stop;
  stop.request_stop();
  EXPECT_EQ(TerminationSignals().wait(stop.get_token()), 0);
}

}  // namespace
}  // namespace tern::net
