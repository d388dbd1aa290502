#include "serve/http/infer_call.h"

#include <utility>

#include "base/errors.h"
#include "serve/http/json_containers.h"
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

void InferCall::submit(std::unique_ptr<BodyReader> body, const Wishes& wishes, Answer answer) {
  Result<Slot> slot = model_->reserve(body->shapes(), wishes.priority);
  if (!slot.ok()) return fail(slot.status());
  Slot owned = std::move(*slot);
  if (const Status status = body->fill(owned.inputs()); !status.ok()) return fail(status);
  body.reset();
  model_->metrics().decoded(server_.clock().now() - arrived_);
  std::move(owned).submit(
      {.deadline = server_.deadline(arrived_, wishes.timeout), .client_left = client_left_},
      [call = shared_from_this(), answer = std::move(answer)](Result<std::vector<Tensor>> outputs) {
        if (!outputs.ok()) return call->fail(outputs.status());
        std::int64_t elements = 0;
        for (const Tensor& output : *outputs) elements += elements_within(output);
        if (answer.quick || elements <= kInlineElements) {
          return call->outputs_ready(std::move(*outputs), answer);
        }
        call->work_.post(
            [call, answer, ready = std::move(*outputs)] { call->outputs_ready(ready, answer); });
      });
}

void InferCall::outputs_ready(std::vector<Tensor> outputs, const Answer& answer) {
  const Clock::TimePoint began = server_.clock().now();
  Result<net::HttpResponse> response = answer.encode(outputs);
  if (!response.ok()) return fail(response.status());
  model_->metrics().encoded(server_.clock().now() - began);
  respond(std::move(*response), StatusCode::kOk);
}

void InferCall::fail(const Status& status) { respond(error_response(status), status.code()); }

void InferCall::respond(net::HttpResponse response, StatusCode code) {
  if (!reply_.pending()) return;
  model_->metrics().request_ended(code, server_.clock().now() - arrived_);
  send_(reply_, std::move(response));
}

}  // namespace tern::serve
