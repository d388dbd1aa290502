// IoThread: one io_context, the thread that runs it, and the sessions that live on it.
#pragma once

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <ctime>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace tern::net {

class Session;

/// Construct, use and destroy from the owning thread; methods marked (io) run on the I/O thread
/// only.
class IoThread {
 public:
  using Clock = std::chrono::steady_clock;

  /// Deadlines of sessions are looked at every `tick`.
  explicit IoThread(Clock::duration tick);
  ~IoThread();

  boost::asio::io_context& context() { return context_; }
  /// True on the thread that runs the context.
  bool is_current() const { return std::this_thread::get_id() == id_; }

  /// Keeps `session` until remove(). (io)
  void add(std::shared_ptr<Session> session);
  /// (io)
  void remove(Session& session);
  /// Tells every session that the server is going away. (io)
  void drain();
  /// Closes every session now. (io)
  void abort();
  /// The present second as an HTTP date. (io)
  std::string_view date();

  /// Lets the thread end when its last session has gone, and waits for that. Any thread but its
  /// own.
  void join();

 private:
  void run();
  void start_tick();
  void check_deadlines();

  boost::asio::io_context context_{1};
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_;
  boost::asio::steady_timer timer_;
  const Clock::duration tick_;
  bool ticking_ = false;
  std::vector<std::shared_ptr<Session>> sessions_;
  std::time_t date_second_ = -1;
  std::string date_;
  std::thread::id id_;
  std::thread thread_;
};

}  // namespace tern::net
