#include "serve/http/http_front_end.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include "base/errors.h"
#include "base/file.h"
#include "base/json.h"
#include "serve/server.h"
#include "tensor/npy.h"
#include "tern/functions.h"
#include "tern/graph_builder.h"
#include "tests/net/raw_client.h"
#include "tests/serve/models.h"
#include "tests/serve/pictures.h"
#include "tests/support/status_matchers.h"
#include "tests/support/temp_dir.h"

namespace tern::serve {
namespace {

using namespace std::string_literals;
using net::RawClient;
using net::RawResponse;
using testing::FailsWith;
using ::testing::HasSubstr;
using testing::IsOk;
using ::testing::Not;
using testing::TempDir;

// Requests and answers byte by byte, against a server with small models.
class HttpFrontEndTest : public ::testing::Test {
 protected:
  void add(const std::string& name, const Graph& graph) {
    write_model(graph, folder_.file(name + ".onnx"));
  }

  Status start_server(ServerOptions options = {}, net::HttpServerOptions http = {}) {
    options.repository.path = folder_.path();
    options.repository.model.pool = std::make_shared<ThreadPool>(1);
    std::vector<std::unique_ptr<FrontEnd>> front_ends;
    front_ends.push_back(make_http_front_end({.server = std::move(http)}));
    Result<std::unique_ptr<Server>> server =
        Server::start(std::move(options), std::move(front_ends));
    if (!server.ok()) return server.status();
    server_ = std::move(*server);
    return {};
  }
  void start(ServerOptions options = {}, net::HttpServerOptions http = {}) {
    ASSERT_THAT(start_server(std::move(options), std::move(http)), IsOk());
  }

  RawClient connect() const { return RawClient(server_->addresses()[0].substr(7)); }

  RawResponse get(const std::string& target) const {
    return connect().ask("GET " + target + " HTTP/1.1\r\nHost: x\r\n\r\n");
  }
  static std::string post_bytes(const std::string& target, const std::string& body,
                                const std::string& fields = "") {
    return "POST " + target +
           " HTTP/1.1\r\nHost: x\r\nContent-Length: " + std::to_string(body.size()) + "\r\n" +
           fields + "\r\n" + body;
  }
  RawResponse post(const std::string& target, const std::string& body,
                   const std::string& fields = "") const {
    return connect().ask(post_bytes(target, body, fields));
  }
  static void expect_error(const RawResponse& response, int status, const std::string& part) {
    EXPECT_EQ(response.status, status) << response.body;
    const Result<JsonValue> json = parse_json(response.body);
    ASSERT_THAT(json, IsOk()) << response.body;
    const JsonValue* error = json->find("error");
    ASSERT_NE(error, nullptr) << response.body;
    EXPECT_THAT(*error->as_string(), HasSubstr(part));
  }

  TempDir folder_;
  std::unique_ptr<Server> server_;
};

constexpr const char* kDoubleIt =
    R"({"inputs":[{"name":"x","shape":[2,3],"datatype":"FP32","data":[1,2,3,0.25,-1.5,1e10]}]})";
constexpr const char* kDoubled =
    R"({"model_name":"doubling","model_version":"1","outputs":[{"name":"y","datatype":"FP32",)"
    R"("shape":[2,3],"data":[2,4,6,0.5,-3,2e+10]}]})";

TEST_F(HttpFrontEndTest, InfersAsTheProtocolHasIt) {
  add("doubling", doubling_graph());
  start();
  const RawResponse plain = post("/v2/models/doubling/infer", kDoubleIt);
  EXPECT_EQ(plain.status, 200);
  EXPECT_TRUE(plain.has("content-type: application/json\r\n"));
  EXPECT_EQ(plain.body, kDoubled);
  EXPECT_EQ(post("/v2/models/doubling/versions/1/infer", kDoubleIt).body, kDoubled);
  EXPECT_EQ(post("/v2/models/doubling/infer?trace=1", kDoubleIt).body, kDoubled);
}

TEST_F(HttpFrontEndTest, GivesTheIdBackAndTheOutputsAskedFor) {
  add("two", two_input_graph());
  start();
  const std::string inputs =
      R"("inputs":[{"name":"b","shape":[1,2],"datatype":"INT64","data":[3,4]},)"
      R"({"name":"a","shape":[1,2],"datatype":"FP32","data":[0.5,2]}])";
  EXPECT_EQ(post("/v2/models/two/infer", "{\"id\":\"q/1\"," + inputs + "}").body,
            R"({"model_name":"two","model_version":"1","id":"q/1","outputs":[)"
            R"({"name":"sum","datatype":"FP32","shape":[1,2],"data":[3.5,6]},)"
            R"({"name":"product","datatype":"FP32","shape":[1,2],"data":[1.5,8]}]})");
  EXPECT_EQ(post("/v2/models/two/infer", "{" + inputs + R"(,"outputs":[{"name":"product"}]})").body,
            R"({"model_name":"two","model_version":"1","outputs":[)"
            R"({"name":"product","datatype":"FP32","shape":[1,2],"data":[1.5,8]}]})");
}

TEST_F(HttpFrontEndTest, MapsAreObjectsForPeopleAndTextsInTheProtocol) {
  add("zip", zip_map_graph(/*ints=*/true));
  start();
  EXPECT_EQ(post("/predict", "[[0.25,0.75],[1,0]]").body,
            R"({"model":"zip","version":"1","outputs":{)"
            R"("animal":[{"cat":0.25,"dog":0.75},{"cat":1,"dog":0}],)"
            R"("number":[{"3":0.25,"7":0.75},{"3":1,"7":0}]}})");
  const RawResponse infer =
      post("/v2/models/zip/infer",
           R"({"inputs":[{"name":"x","shape":[2,2],"datatype":"FP32","data":[0.25,0.75,1,"NaN"]}],)"
           R"("outputs":[{"name":"animal"}]})");
  EXPECT_EQ(infer.body,
            R"({"model_name":"zip","model_version":"1","outputs":[{"name":"animal",)"
            R"("datatype":"BYTES","shape":[2],"parameters":{"content_type":"application/json"},)"
            R"("data":["{\"cat\":0.25,\"dog\":0.75}","{\"cat\":1,\"dog\":\"NaN\"}"]}]})");
  EXPECT_THAT(get("/v2/models/zip").body,
              HasSubstr(R"({"name":"animal","datatype":"BYTES","shape":[-1],)"
                        R"("parameters":{"content_type":"application/json"}})"));
}

TEST_F(HttpFrontEndTest, EveryDatatypeGoesInAndOut) {
  struct Case {
    DType dtype;
    const char* name;
    const char* data;
  };
  const std::vector<Case> cases{
      {DType::kBool, "BOOL", "[true,false]"},
      {DType::kU8, "UINT8", "[0,255]"},
      {DType::kU16, "UINT16", "[0,65535]"},
      {DType::kU32, "UINT32", "[0,4294967295]"},
      {DType::kU64, "UINT64", "[0,18446744073709551615]"},
      {DType::kI8, "INT8", "[-128,127]"},
      {DType::kI16, "INT16", "[-32768,32767]"},
      {DType::kI32, "INT32", "[-2147483648,2147483647]"},
      {DType::kI64, "INT64", "[-9223372036854775808,9223372036854775807]"},
      {DType::kF16, "FP16", "[0.5,65504]"},
      {DType::kBF16, "BF16", "[0.5,\"NaN\"]"},
      {DType::kF32, "FP32", "[0.1,\"Infinity\"]"},
      {DType::kF64, "FP64", "[0.1,\"-Infinity\"]"},
      {DType::kString, "BYTES", "[\"\",\"\\\"é\\\"\"]"},
  };
  for (const Case& c : cases) add(c.name, identity_graph(c.dtype));
  start();
  for (const Case& c : cases) {
    const std::string tensor =
        std::string("\"datatype\":\"") + c.name + "\",\"shape\":[1,2],\"data\":" + c.data + "}]}";
    EXPECT_EQ(
        post(std::string("/v2/models/") + c.name + "/infer", R"({"inputs":[{"name":"x",)" + tensor)
            .body,
        std::string(R"({"model_name":")") + c.name +
            R"(","model_version":"1","outputs":[{"name":"y",)" + tensor);
  }
}

TEST_F(HttpFrontEndTest, BinaryTensorsGoInAndOut) {
  add("doubling", doubling_graph());
  start();
  const std::string one_two_three = "\x00\x00\x80\x3f\x00\x00\x00\x40\x00\x00\x40\x40"s;
  const std::string two_four_six = "\x00\x00\x00\x40\x00\x00\x80\x40\x00\x00\xc0\x40"s;
  const std::string json =
      R"({"inputs":[{"name":"x","shape":[1,3],"datatype":"FP32",)"
      R"("parameters":{"binary_data_size":12}}],"parameters":{"binary_data_output":true}})";
  const std::string field =
      "Inference-Header-Content-Length: " + std::to_string(json.size()) + "\r\n";
  const std::string head =
      R"({"model_name":"doubling","model_version":"1","outputs":[{"name":"y","datatype":"FP32",)"
      R"("shape":[1,3],"parameters":{"binary_data_size":12}}]})";
  const RawResponse response = post("/v2/models/doubling/infer", json + one_two_three, field);
  EXPECT_EQ(response.status, 200);
  EXPECT_TRUE(response.has("content-type: application/octet-stream\r\n"));
  EXPECT_TRUE(response.has("inference-header-content-length: " + std::to_string(head.size())));
  EXPECT_EQ(response.body, head + two_four_six);
  const RawResponse raw =
      post("/v2/models/doubling/infer", one_two_three, "Inference-Header-Content-Length: 0\r\n");
  EXPECT_EQ(raw.body, head + two_four_six);
}

TEST_F(HttpFrontEndTest, ClassificationTellsLabels) {
  add("colour", colour_graph());
  start();
  const RawResponse response =
      post("/v2/models/colour/infer",
           R"({"inputs":[{"name":"x","shape":[2,3],"datatype":"FP32","data":[1,3,2,0.5,0,0]}],)"
           R"("outputs":[{"name":"scores","parameters":{"classification":2}}]})");
  EXPECT_EQ(response.body,
            R"({"model_name":"colour","model_version":"1","outputs":[{"name":"scores",)"
            R"("datatype":"BYTES","shape":[2,2],"data":["3.000000:1:green","2.000000:2:blue",)"
            R"("0.500000:0:red","0.000000:1:green"]}]})");
}

TEST_F(HttpFrontEndTest, DescribesServerAndModels) {
  add("two", two_input_graph());
  write_model(doubling_graph(), folder_.file("deep/7/model.onnx"));
  start({.name = "here"});
  EXPECT_THAT(
      get("/v2").body,
      ::testing::MatchesRegex(
          R"(\{"name":"here","version":"[0-9.]+","extensions":\["classification",.*"binary_tensor_data"\]\})"));
  EXPECT_EQ(get("/v2/models/two").body,
            R"({"name":"two","versions":["1"],"platform":"tern_onnx","inputs":[)"
            R"({"name":"a","datatype":"FP32","shape":[-1,2]},)"
            R"({"name":"b","datatype":"INT64","shape":[-1,2]}],"outputs":[)"
            R"({"name":"sum","datatype":"FP32","shape":[-1,2]},)"
            R"({"name":"product","datatype":"FP32","shape":[-1,2]}]})");
  EXPECT_EQ(get("/v2/models/deep/versions/7").status, 200);
  expect_error(get("/v2/models/deep/versions/1"), 404, "model deep has no version 1, only 7");
  expect_error(get("/v2/models/deep/versions/x"), 400, "version 'x' is no number");
  expect_error(get("/v2/models/absent"), 404, "there is no model 'absent'");
}

TEST_F(HttpFrontEndTest, SaysWhetherItIsAliveAndReady) {
  add("doubling", doubling_graph());
  start();
  EXPECT_EQ(get("/v2/health/live").body, R"({"live":true})");
  EXPECT_EQ(get("/v2/health/ready").body, R"({"ready":true})");
  EXPECT_EQ(get("/v2/models/doubling/ready").body, R"({"name":"doubling","ready":true})");
  EXPECT_EQ(get("/v2/models/doubling/versions/1/ready").status, 200);
  expect_error(get("/v2/models/absent/ready"), 404, "no model 'absent'");
}

TEST_F(HttpFrontEndTest, TellsConfigurationsAndStatistics) {
  write_model(doubling_graph(), folder_.file("doubling/1/model.onnx"));
  (void)folder_.write("doubling/config.pbtxt", "max_batch_size: 8 dynamic_batching { }");
  start();
  const Result<JsonValue> config = parse_json(get("/v2/models/doubling/config").body);
  ASSERT_THAT(config, IsOk());
  EXPECT_EQ(*config->find("max_batch_size")->as_int(), 8);
  EXPECT_EQ(get("/v2/models/doubling/versions/1/config").status, 200);
  expect_error(get("/v2/models/absent/config"), 404, "absent");
  EXPECT_EQ(post("/v2/models/doubling/infer", kDoubleIt).body, kDoubled);
  EXPECT_EQ(post("/v2/models/doubling/infer", "{}").status, 400);
  for (const char* path :
       {"/v2/models/doubling/stats", "/v2/models/doubling/versions/1/stats", "/v2/models/stats"}) {
    const Result<JsonValue> stats = parse_json(get(path).body);
    ASSERT_THAT(stats, IsOk()) << path;
    const JsonValue& model = (*stats->find("model_stats")->as_array())[0];
    EXPECT_EQ(*model.find("name")->as_string(), "doubling");
    EXPECT_EQ(*model.find("version")->as_string(), "1");
    EXPECT_EQ(*model.find("inference_count")->as_int(), 2);
    EXPECT_EQ(*model.find("execution_count")->as_int(), 1);
    const JsonValue& times = *model.find("inference_stats");
    EXPECT_EQ(*times.find("success")->find("count")->as_int(), 1);
    EXPECT_GT(*times.find("success")->find("ns")->as_int(), 0);
    EXPECT_EQ(*times.find("fail")->find("count")->as_int(), 1);
    EXPECT_EQ(*times.find("queue")->find("count")->as_int(), 1);
    const JsonValue& batch = (*model.find("batch_stats")->as_array())[0];
    EXPECT_EQ(*batch.find("batch_size")->as_int(), 2);
    EXPECT_EQ(*batch.find("compute_infer")->find("count")->as_int(), 1);
  }
  expect_error(get("/v2/models/absent/stats"), 404, "absent");
}

TEST_F(HttpFrontEndTest, ClientsLoadAndUnloadModels) {
  add("doubling", doubling_graph());
  add("colour", colour_graph());
  start({.repository = {.control = ModelControl::kExplicit, .startup = {"colour"}}});
  expect_error(post("/v2/models/doubling/infer", kDoubleIt), 503, "is unloaded");
  EXPECT_EQ(post("/v2/repository/index", "").body,
            R"([{"name":"colour","version":"1","state":"READY","reason":""},)"
            R"({"name":"doubling","version":"1","state":"UNAVAILABLE","reason":"unloaded"}])");
  EXPECT_EQ(post("/v2/repository/models/doubling/load", "").status, 200);
  EXPECT_EQ(post("/v2/models/doubling/infer", kDoubleIt).body, kDoubled);
  EXPECT_EQ(post("/v2/repository/models/colour/unload", "{}").status, 200);
  EXPECT_EQ(post("/v2/repository/index", R"({"ready":true})").body,
            R"([{"name":"doubling","version":"1","state":"READY","reason":""}])");
  expect_error(post("/v2/repository/models/absent/load", ""), 404, "failed to load 'absent'");
  expect_error(post("/v2/repository/models/..%2Fabsent/load", ""), 404, "failed to load");
  expect_error(post("/v2/repository/models/doubling/load", "["), 400, "no valid JSON");
  expect_error(
      post("/v2/repository/models/doubling/load", R"({"parameters":{"file:1/model.onnx":"AA=="}})"),
      501, "file:1/model.onnx");
  expect_error(post("/v2/repository/index", "[]"), 400, "not an object");
}

TEST_F(HttpFrontEndTest, OnlyExplicitControlLetsClientsLoad) {
  add("doubling", doubling_graph());
  start();
  expect_error(post("/v2/repository/models/doubling/unload", ""), 400, "explicit control mode");
  EXPECT_EQ(post("/v2/models/doubling/infer", kDoubleIt).body, kDoubled);
}

TEST_F(HttpFrontEndTest, TheFirstRequestLoadsALazyModel) {
  add("doubling", doubling_graph());
  (void)folder_.write("bad.onnx", "broken");
  start({.repository = {.lazy = true}});
  EXPECT_EQ(post("/v2/models/doubling/infer", kDoubleIt).body, kDoubled);
  EXPECT_EQ(post("/v2/models/doubling/infer", kDoubleIt).body, kDoubled);
  expect_error(post("/predict/bad", "[1]"), 503, "failed to load");
  expect_error(post("/v1/models/absent:predict", "{}"), 404, "absent");
}

TEST_F(HttpFrontEndTest, PredictLoadsTheOnlyModelThereIs) {
  add("doubling", doubling_graph());
  start({.repository = {.lazy = true}});
  EXPECT_EQ(post("/predict?version=1", "[1,2,3]").body,
            R"({"model":"doubling","version":"1","outputs":{"y":[[2,4,6]]}})");
}

TEST_F(HttpFrontEndTest, SpeaksTensorflowServingsApi) {
  add("doubling", doubling_graph());
  add("two", two_input_graph());
  start();
  const std::string rows = R"({"signature_name":"serving_default","instances":[[1,2,3],[4,5,6]]})";
  EXPECT_EQ(post("/v1/models/doubling:predict", rows).body,
            R"({"predictions":[[2,4,6],[8,10,12]]})");
  EXPECT_EQ(post("/v1/models/doubling/versions/1:predict", R"({"inputs":[[1,2,3]]})").body,
            R"({"outputs":[[2,4,6]]})");
  EXPECT_EQ(post("/v1/models/doubling:predict", R"({"instances":[{"x":[1,2,"NaN"]}]})").body,
            R"({"predictions":[[2,4,NaN]]})");
  EXPECT_EQ(post("/v1/models/two:predict", R"({"instances":[{"a":[1,2],"b":[3,4]}]})").body,
            R"({"predictions":[{"sum":[4,6],"product":[3,8]}]})");
  EXPECT_EQ(post("/v1/models/two:predict", R"({"inputs":{"a":[[1,2]],"b":[[3,4]]}})").body,
            R"({"outputs":{"sum":[[4,6]],"product":[[3,8]]}})");
  EXPECT_EQ(get("/v1/models/doubling").body,
            R"({"model_version_status":[{"version":"1","state":"AVAILABLE",)"
            R"("status":{"error_code":"OK","error_message":""}}]})");
  EXPECT_EQ(get("/v1/models/doubling/versions/1").status, 200);
  expect_error(get("/v1/models/doubling/versions/2"), 404, "of version 2");
  const Result<JsonValue> metadata = parse_json(get("/v1/models/doubling/metadata").body);
  ASSERT_THAT(metadata, IsOk());
  const JsonValue* signature = metadata->find("metadata")
                                   ->find("signature_def")
                                   ->find("signature_def")
                                   ->find("serving_default");
  EXPECT_EQ(*signature->find("inputs")->find("x")->find("dtype")->as_string(), "DT_FLOAT");
  expect_error(post("/v1/models/doubling:predict", R"({"signature_name":"s","instances":[1]})"),
               400, "no signature 's'");
  expect_error(post("/v1/models/doubling:predict", "{}"), 400, "neither \"instances\" nor");
  expect_error(post("/v1/models/doubling:predict", ""), 400, "");
  expect_error(post("/v1/models/absent:predict", rows), 404, "absent");
}

TEST_F(HttpFrontEndTest, Base64GoesInAndOutOfTensorflowsApi) {
  GraphBuilder b("bytes");
  b.output("y_bytes", b.op(ops::Identity{}, {b.input("x", DType::kString, {"N"})}));
  add("bytes", *b.build());
  start();
  EXPECT_EQ(post("/v1/models/bytes:predict", R"({"instances":[{"b64":"/+8="},{"b64":""}]})").body,
            R"({"predictions":[{"b64":"/+8="},{"b64":""}]})");
  EXPECT_EQ(post("/v1/models/bytes:predict", R"({"inputs":["fo",{"b64":"Zm8="}]})").body,
            R"({"outputs":[{"b64":"Zm8="},{"b64":"Zm8="}]})");
  expect_error(post("/v1/models/bytes:predict", R"({"instances":[{"b64":"?"}]})"), 400,
               "element 0");
}

TEST_F(HttpFrontEndTest, FailedModelsKeepTheServerFromStartingUnlessAllowed) {
  add("good", doubling_graph());
  (void)folder_.write("bad.onnx", "broken");
  EXPECT_THAT(start_server().message(), HasSubstr("bad.onnx"));
  start({.allow_failed_models = true});
  expect_error(get("/v2/models/bad/ready"), 503, "failed to load");
  EXPECT_EQ(get("/v2/models/good/ready").status, 200);
  EXPECT_EQ(get("/v2/health/ready").status, 200);
}

TEST_F(HttpFrontEndTest, AFolderWithoutModelsDoesNotStart) {
  EXPECT_THAT(start_server({.allow_failed_models = true}),
              FailsWith(StatusCode::kNotFound, "no model"));
}

TEST_F(HttpFrontEndTest, MistakesOfClientsAreTheirs) {
  add("doubling", doubling_graph());
  add("lookup", lookup_graph());
  start();
  const std::string infer = "/v2/models/doubling/infer";
  expect_error(post(infer, ""), 400, "no valid JSON");
  expect_error(post(infer, "{"), 400, "no valid JSON");
  expect_error(post(infer, "{}"), 400, "no \"inputs\"");
  expect_error(
      post(infer, R"({"inputs":[{"name":"x","shape":[1,3],"datatype":"INT32","data":[1,2,3]}]})"),
      400, "datatype INT32, the model wants FP32");
  expect_error(
      post(infer, R"({"inputs":[{"name":"x","shape":[1,4],"datatype":"FP32","data":[1,2,3,4]}]})"),
      400, "input x has shape [1,4], the model wants f32[N,3]");
  expect_error(
      post(infer, R"({"inputs":[{"name":"x","shape":[1,3],"datatype":"FP32","data":[1,2]}]})"), 400,
      "data ends after 2 of the 3 elements");
  expect_error(post("/v2/models/absent/infer", kDoubleIt), 404, "there is no model 'absent'");
  expect_error(post("/v2/models/doubling/versions/2/infer", kDoubleIt), 404, "no version 2");
  expect_error(post("/v2/models/lookup/infer",
                    R"({"inputs":[{"name":"x","shape":[1],"datatype":"INT64","data":[9]}]})"),
               400, "9");
  expect_error(post(infer, kDoubleIt, "Inference-Header-Content-Length: 10\r\n"), 400, "JSON");
  expect_error(post(infer, kDoubleIt, "Inference-Header-Content-Length: -1\r\n"), 400, "is '-1'");
  expect_error(post(infer, kDoubleIt, "Inference-Header-Content-Length: 999\r\n"), 400, "is 999");
  EXPECT_EQ(post(infer, kDoubleIt).body, kDoubled) << "it goes on";
}

TEST_F(HttpFrontEndTest, OtherPathsAndMethods) {
  add("doubling", doubling_graph());
  start();
  expect_error(get("/v3"), 404, "there is nothing at /v3");
  const RawResponse wrong = get("/v2/models/doubling/infer");
  expect_error(wrong, 405, "is not for GET, but for POST");
  EXPECT_TRUE(wrong.has("allow: post\r\n"));
  RawClient client = connect();
  client.send("HEAD /v2/health/ready HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_EQ(client.response(true).status, 200);
  EXPECT_EQ(client.ask("GET /v2 HTTP/1.1\r\nHost: x\r\n\r\n").status, 200);
}

TEST_F(HttpFrontEndTest, AConnectionServesOneRequestAfterTheOther) {
  add("doubling", doubling_graph());
  start();
  RawClient client = connect();
  const std::string request = post_bytes("/v2/models/doubling/infer", kDoubleIt);
  for (int i = 0; i < 20; ++i) ASSERT_EQ(client.ask(request).body, kDoubled);
  client.send(request + request + request);
  for (int i = 0; i < 3; ++i) ASSERT_EQ(client.response().body, kDoubled);
  expect_error(client.ask(post_bytes("/v2/models/doubling/infer", "[")), 400, "");
  ASSERT_EQ(client.ask(request).body, kDoubled);
}

TEST_F(HttpFrontEndTest, LargeBodiesAndAnswersTakeTheOtherWay) {
  add("doubling", doubling_graph());
  start();
  std::string zeros = "0,0,0";
  std::string answer = zeros;
  for (int i = 1; i < 20'000; ++i) zeros += ",0,0,0";
  const std::string body =
      R"({"inputs":[{"name":"x","shape":[20000,3],"datatype":"FP32","data":[)" + zeros + "]}]}";
  const RawResponse response = post("/v2/models/doubling/infer", body);
  EXPECT_EQ(response.status, 200);
  EXPECT_THAT(response.body, HasSubstr("\"shape\":[20000,3],\"data\":[" + zeros + "]"));
}

TEST_F(HttpFrontEndTest, ABodyOverTheLimitIsNotRead) {
  add("doubling", doubling_graph());
  start({}, {.max_body_bytes = 100});
  expect_error(post("/v2/models/doubling/infer", std::string(101, ' ')), 413, "");
  expect_error(post("/v2/models/doubling/infer", "{" + std::string(90, ' ') + "}"), 400, "inputs");
}

TEST_F(HttpFrontEndTest, ManyClientsGetTheirOwnAnswers) {
  add("doubling", doubling_graph());
  start({}, {.io_threads = 2});
  std::vector<std::thread> clients;
  for (int c = 0; c < 16; ++c) {
    clients.emplace_back([this, c] {
      RawClient client = connect();
      for (int i = 0; i < 20; ++i) {
        const std::string n = std::to_string(1000 * c + i);
        const std::string twice = std::to_string(2 * (1000 * c + i));
        const RawResponse response = client.ask(
            post_bytes("/v2/models/doubling/infer",
                       R"({"inputs":[{"name":"x","shape":[1,3],"datatype":"FP32","data":[)" + n +
                           "," + n + "," + n + "]}]}"));
        ASSERT_THAT(response.body,
                    HasSubstr("\"data\":[" + twice + "," + twice + "," + twice + "]"));
      }
    });
  }
  for (std::thread& client : clients) client.join();
  EXPECT_THAT(get("/metrics").body,
              HasSubstr("nv_inference_request_success{model=\"doubling\",version=\"1\"} 320\n"));
}

TEST_F(HttpFrontEndTest, PredictNamesClasses) {
  add("colour", colour_graph());
  start();
  // softmax(0, ln 3, 0) = (1, 3, 1) / 5
  const RawResponse response = post("/predict", "[[0,1.0986122886681098,0]]");
  ASSERT_EQ(response.status, 200) << response.body;
  const JsonValue json = *parse_json(response.body);
  EXPECT_EQ(*json.find("model")->as_string(), "colour");
  const JsonValue& prediction = (*json.find("predictions")->as_array())[0];
  EXPECT_EQ(*prediction.find("label")->as_string(), "green");
  EXPECT_NEAR(*prediction.find("probability")->as_number(), 0.6, 1e-6);
  const JsonValue::Array& top = *prediction.find("top")->as_array();
  ASSERT_EQ(top.size(), 3u);
  EXPECT_EQ(*top[1].find("label")->as_string(), "red");
  EXPECT_NEAR(*top[1].find("probability")->as_number(), 0.2, 1e-6);
  EXPECT_EQ(*top[2].find("label")->as_string(), "blue");
}

TEST_F(HttpFrontEndTest, PredictTakesJsonAndNpy) {
  add("doubling", doubling_graph());
  start();
  const std::string expected = R"({"model":"doubling","version":"1","outputs":{"y":[[2,4,6]]}})";
  EXPECT_EQ(post("/predict", "[1,2,3]").body, expected);
  EXPECT_EQ(post("/predict/doubling", R"({"instances":[[1,2,3]]})").body, expected);
  EXPECT_EQ(post("/predict?model=doubling&version=1", R"({"inputs":{"x":[[1,2,3]]}})").body,
            expected);
  ASSERT_THAT(write_npy(folder_.file("x.npy"), Tensor::vector<double>({1, 2, 3})), IsOk());
  EXPECT_EQ(post("/predict", *read_file(folder_.file("x.npy"))).body, expected);
  expect_error(post("/predict", "[1,2]"), 400, "does not suit f32[N,3]");
  expect_error(post("/predict/absent", "[1,2,3]"), 404, "absent");
}

TEST_F(HttpFrontEndTest, PredictTakesPictures) {
  add("picture", picture_graph());
  start();
  const std::string pixel = bmp(1, 1, {{255, 0, 0}});
  EXPECT_EQ(post("/predict", pixel).body,
            R"({"model":"picture","version":"1","outputs":{"y":[[[[1]],[[0]],[[0]]]]}})");
  EXPECT_EQ(post("/predict?scale=1&mean=55,10,0&std=10", pixel).body,
            R"({"model":"picture","version":"1","outputs":{"y":[[[[20]],[[-1]],[[0]]]]}})");
  expect_error(post("/predict?scale=wide", pixel), 400, "scale: 'wide' is no number");
  expect_error(post("/predict", pixel.substr(0, 40)), 400, "no readable picture");
}

TEST_F(HttpFrontEndTest, PredictAsksForANameWhenThereAreSeveral) {
  add("a", doubling_graph());
  add("b", doubling_graph());
  start();
  expect_error(post("/predict", "[1,2,3]"), 400, "/predict/a: a, b");
  EXPECT_EQ(post("/predict/b", "[1,2,3]").status, 200);
}

TEST_F(HttpFrontEndTest, CountsWhatHappens) {
  add("doubling", doubling_graph());
  start();
  (void)post("/v2/models/doubling/infer", kDoubleIt);
  (void)post("/v2/models/doubling/infer", "{}");
  (void)get("/nowhere");
  const RawResponse response = get("/metrics");
  EXPECT_TRUE(response.has("content-type: text/plain; version=0.0.4"));
  for (const char* line :
       {"nv_inference_request_success{model=\"doubling\",version=\"1\"} 1",
        "nv_inference_request_failure{model=\"doubling\",version=\"1\"} 1",
        "nv_inference_count{model=\"doubling\",version=\"1\"} 2",
        "nv_inference_exec_count{model=\"doubling\",version=\"1\"} 1",
        "tern_request_failures_total{code=\"invalid_argument\",model=\"doubling\",version=\"1\"} 1",
        "tern_requests_in_flight{model=\"doubling\",version=\"1\"} 0",
        "tern_http_responses_total{code=\"200\"} 1", "tern_http_responses_total{code=\"400\"} 1",
        "tern_http_responses_total{code=\"404\"} 1", "tern_http_requests_total 4",
        "tern_server_ready 1"}) {
    EXPECT_THAT(response.body, HasSubstr(std::string("\n") + line + "\n"));
  }
}

TEST_F(HttpFrontEndTest, ThePageIsForBrowsers) {
  add("doubling", doubling_graph());
  start();
  const RawResponse response = get("/");
  EXPECT_EQ(response.status, 200);
  EXPECT_TRUE(response.has("content-type: text/html; charset=utf-8"));
  EXPECT_TRUE(response.has("content-security-policy: default-src 'none'"));
  EXPECT_THAT(response.body, HasSubstr("doubling"));
}

TEST_F(HttpFrontEndTest, NothingIsLostWhenItStops) {
  add("doubling", doubling_graph());
  start();
  std::vector<RawClient> clients;
  const std::string request = post_bytes("/v2/models/doubling/infer", kDoubleIt);
  for (int i = 0; i < 20; ++i) {
    clients.push_back(connect());
    ASSERT_TRUE(clients.back().send(request));
  }
  EXPECT_THAT(server_->stop(std::chrono::seconds(60)), IsOk());
  EXPECT_FALSE(server_->ready());
  for (RawClient& client : clients) EXPECT_EQ(client.response().body, kDoubled);
}

}  // namespace
}  // namespace tern::serve
