#include "net/signals.h"

#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <csignal>

namespace tern::net {

int wait_for_termination(std::stop_token stop) {
  boost::asio::io_context context(1);
  boost::asio::signal_set signals(context);
  boost::system::error_code error;  // only out of descriptors, when stop is all that is left
  signals.add(SIGINT, error);
  signals.add(SIGTERM, error);
  int received = 0;
  signals.async_wait([&](boost::system::error_code cancelled, int number) {
    if (!cancelled) received = number;
  });
  const std::stop_callback on_stop(stop, [&] { context.stop(); });
  context.run();
  return received;
}

}  // namespace tern::net
