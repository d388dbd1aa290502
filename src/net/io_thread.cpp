#include "net/io_thread.h"

#include <exception>
#include <utility>

#include "base/log.h"
#include "net/response_head.h"
#include "net/session.h"

namespace tern::net {

IoThread::IoThread(Clock::duration tick)
    : work_(context_.get_executor()), timer_(context_), tick_(tick) {
  thread_ = std::thread([this] { run(); });
  id_ = thread_.get_id();
}

IoThread::~IoThread() { join(); }

void IoThread::run() {
  while (true) {
    try {
      context_.run();
      return;
    } catch (const std::exception& e) {  // of memory, most likely: the other connections go on
      log_error("an event of a connection failed: {}", e.what());
    }
  }
}

void IoThread::join() {
  work_.reset();
  if (thread_.joinable()) thread_.join();
}

void IoThread::add(std::shared_ptr<Session> session) {
  session->set_list_index(sessions_.size());
  sessions_.push_back(std::move(session));
  if (!ticking_) start_tick();
}

void IoThread::remove(Session& session) {
  const std::size_t index = session.list_index();
  sessions_.back()->set_list_index(index);
  std::swap(sessions_[index], sessions_.back());
  sessions_.pop_back();
  if (sessions_.empty()) timer_.cancel();  // an idle server does not wake up
}

void IoThread::drain() {
  for (const auto& session : std::vector(sessions_)) session->drain();
}

void IoThread::abort() {
  for (const auto& session : std::vector(sessions_)) session->abort();
}

std::string_view IoThread::date() {
  const std::time_t now = std::time(nullptr);
  if (now != date_second_) {
    date_ = http_date(now);
    date_second_ = now;
  }
  return date_;
}

void IoThread::start_tick() {
  ticking_ = true;
  timer_.expires_after(tick_);
  timer_.async_wait([this](boost::system::error_code) { check_deadlines(); });
}

void IoThread::check_deadlines() {
  ticking_ = false;
  const Clock::time_point now = Clock::now();
  std::vector<std::shared_ptr<Session>> late;  // a session may remove itself when told
  for (const auto& session : sessions_) {
    if (session->deadline() <= now) late.push_back(session);
  }
  for (const auto& session : late) session->on_deadline();
  if (!sessions_.empty()) start_tick();
}

}  // namespace tern::net
