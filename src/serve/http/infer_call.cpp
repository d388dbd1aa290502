#include "serve/http/infer_call.h"

#include <utility>

#include "base/errors.h"
#include "serve/http/status.h"

namespace tern::serve {
namespace {

// Answers with more elements than this are written by the work queue, so that the model's instance
// can go on.
constexpr std::int64_t kInlineElements = 16 << 10;

}  // namespace

InferCall::InferCall(Server& server, WorkQueue& work, const SendResponse& send,
                     std::shared_ptr<const ServedModel> model, net::HttpReply reply,
                     std::stop_token client_left)
    : server_(server),
      work_(work),
      send_(send),
      model_(std::move(model)),
      reply_(std::move(reply)),
      client_left_(std::move(client_left)),
      arrived_(server.clock().now()) {
  model_->metrics().request_began();
}

InferCall::~InferCall() {
  if (reply_.pending()) fail(internal_error("the request was lost"));
}

void InferCall::submit(std::unique_ptr<BodyReader> body, std::optional<Clock::Duration> timeout,
                       Encode encode) {
  Result<Slot> slot = model_->reserve(body->shapes());
  if (!slot.ok()) return fail(slot.status());
  Slot owned = std::move(*slot);
  if (const Status status = body->fill(owned.inputs()); !status.ok()) return fail(status);
  body.reset();
  model_->metrics().decoded(server_.clock().now() - arrived_);
  std::move(owned).submit(
      {.deadline = server_.deadline(arrived_, timeout), .client_left = client_left_},
      [call = shared_from_this(), encode = std::move(encode)](Result<std::vector<Tensor>> outputs) {
        if (!outputs.ok()) return call->fail(outputs.status());
        std::int64_t elements = 0;
        for (const Tensor& output : *outputs) elements += output.elements();
        if (elements <= kInlineElements) {
          return call->outputs_ready(std::move(*outputs), encode);
        }
        call->work_.post(
            [call, encode, ready = std::move(*outputs)] { call->outputs_ready(ready, encode); });
      });
}

void InferCall::outputs_ready(std::vector<Tensor> outputs, const Encode& encode) {
  const Clock::TimePoint began = server_.clock().now();
  Result<std::string> text = encode(outputs);
  if (!text.ok()) return fail(text.status());
  model_->metrics().encoded(server_.clock().now() - began);
  net::HttpResponse response;
  response.headers.add("Content-Type", "application/json");
  response.body = std::move(*text);
  respond(std::move(response), StatusCode::kOk);
}

void InferCall::fail(const Status& status) { respond(error_response(status), status.code()); }

void InferCall::respond(net::HttpResponse response, StatusCode code) {
  if (!reply_.pending()) return;
  model_->metrics().request_ended(code, server_.clock().now() - arrived_);
  send_(reply_, std::move(response));
}

}  // namespace tern::serve
