// InferCall: one request to a model, from its body to its answer over HTTP.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>

#include "base/clock.h"
#include "net/http_server.h"
#include "serve/http/body_reader.h"
#include "serve/http/work_queue.h"
#include "serve/repository/served_model.h"
#include "serve/server.h"

namespace tern::serve {

/// Sends a response and counts it.
using SendResponse = std::function<void(net::HttpReply& reply, net::HttpResponse response)>;

/// Whoever holds a call answers it: with respond() or fail(), once. Dropped unanswered, it fails.
class InferCall : public std::enable_shared_from_this<InferCall> {
 public:
  /// What a request says of its own turn.
  struct Wishes {
    std::optional<Clock::Duration> timeout = {};
    std::uint64_t priority = 0;  ///< 0: none
  };

  /// How outputs become an answer.
  struct Answer {
    /// The answer from the outputs in the model's order.
    std::function<Result<net::HttpResponse>(std::span<const Tensor> outputs)> encode;
    /// Takes no longer for more elements, as when they are sent from where they lie.
    bool quick = false;
  };

  /// `server`, `work` and `send` must outlive the call.
  InferCall(Server& server, WorkQueue& work, const SendResponse& send,
            std::shared_ptr<const ServedModel> model, net::HttpReply reply,
            std::stop_token client_left);
  ~InferCall();
  InferCall(const InferCall&) = delete;
  InferCall& operator=(const InferCall&) = delete;

  const ServedModel& model() const { return *model_; }

  /// Reads the inputs into a slot of the model's queue and submits it; the answer is what `answer`
  /// makes of the outputs.
  void submit(std::unique_ptr<BodyReader> body, const Wishes& wishes, Answer answer);
  void fail(const Status& status);

 private:
  void outputs_ready(std::vector<Tensor> outputs, const Answer& answer);
  void respond(net::HttpResponse response, StatusCode code);

  Server& server_;
  WorkQueue& work_;
  const SendResponse& send_;
  const std::shared_ptr<const ServedModel> model_;
  net::HttpReply reply_;
  const std::stop_token client_left_;
  const Clock::TimePoint arrived_;
};

}  // namespace tern::serve
