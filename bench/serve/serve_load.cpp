// Asks one URL over and over, each connection waiting for its answer before it asks again, and
// prints one JSON object: requests, failed, per_s, p50_us, p99_us and, with PID, the processor time
// that the server used per request, server_cpu_us. On a shared machine the last is the steadiest.
//
//   serve_load URL BODY_FILE CONNECTIONS SECONDS [PID]
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <string>
#include <thread>
#include <vector>

#include "base/errors.h"
#include "base/file.h"
#include "base/json.h"
#include "base/strings.h"
#include "net/address.h"
#include "net/http_client.h"

namespace {

using namespace tern;
using Clock = std::chrono::steady_clock;

struct Job {
  std::string url;
  std::string target;
  std::string body;
  int connections = 1;
  double seconds = 1;
};

struct Tally {
  std::vector<std::int64_t> micros;
  std::size_t failed = 0;
};

// User and system time of a process, the 14th and 15th field of /proc/PID/stat (proc(5)).
double cpu_seconds(const std::string& pid) {
  const Result<std::string> text = read_file("/proc/" + pid + "/stat", 4096);
  if (!text.ok()) return 0;
  const std::size_t name_end = text->rfind(')');
  if (name_end == std::string::npos) return 0;
  const auto fields = split(std::string_view(*text).substr(name_end + 2), ' ');
  if (fields.size() < 13) return 0;
  const auto ticks = parse_int(fields[11]).value_or(0) + parse_int(fields[12]).value_or(0);
  return static_cast<double>(ticks) / static_cast<double>(::sysconf(_SC_CLK_TCK));
}

void ask(const Job& job, Clock::time_point end, Tally& tally) {
  auto client = net::HttpClient::create(job.url);
  if (!client.ok()) {
    tally.failed = 1;
    return;
  }
  while (true) {
    const Clock::time_point began = Clock::now();
    if (began >= end) return;
    const Result<net::HttpResponse> response = (*client)->post(job.target, job.body);
    if (!response.ok() || response->status != 200) {
      ++tally.failed;
      continue;
    }
    tally.micros.push_back(
        std::chrono::duration_cast<std::chrono::microseconds>(Clock::now() - began).count());
  }
}

Tally run(const Job& job) {
  const auto end = Clock::now() + std::chrono::duration_cast<Clock::duration>(
                                      std::chrono::duration<double>(job.seconds));
  std::vector<Tally> tallies(static_cast<std::size_t>(job.connections));
  {
    std::vector<std::jthread> threads;
    for (Tally& tally : tallies) threads.emplace_back([&] { ask(job, end, tally); });
  }
  Tally all;
  for (const Tally& tally : tallies) {
    all.micros.insert(all.micros.end(), tally.micros.begin(), tally.micros.end());
    all.failed += tally.failed;
  }
  std::ranges::sort(all.micros);
  return all;
}

std::int64_t percentile(const std::vector<std::int64_t>& sorted, double p) {
  if (sorted.empty()) return 0;
  return sorted[static_cast<std::size_t>(p * static_cast<double>(sorted.size() - 1))];
}

Status measure(const std::vector<std::string>& arguments) {
  if (arguments.size() < 4) {
    return invalid_argument("usage: serve_load URL BODY_FILE CONNECTIONS SECONDS [PID]");
  }
  TERN_ASSIGN_OR_RETURN(const net::Url url, net::parse_url(arguments[0]));
  Job job{.url = arguments[0], .target = url.target};
  TERN_ASSIGN_OR_RETURN(job.body, read_file(arguments[1]));
  job.connections = static_cast<int>(parse_int(arguments[2]).value_or(1));
  job.seconds = parse_double(arguments[3]).value_or(1);
  const std::string pid = arguments.size() > 4 ? arguments[4] : "";
  Job warm_up = job;
  warm_up.seconds = std::min(1.0, job.seconds);
  (void)run(warm_up);
  const double cpu_before = pid.empty() ? 0 : cpu_seconds(pid);
  const Clock::time_point began = Clock::now();
  const Tally tally = run(job);
  const double took = std::chrono::duration<double>(Clock::now() - began).count();
  const double cpu = pid.empty() ? 0 : cpu_seconds(pid) - cpu_before;
  const auto requests = static_cast<double>(tally.micros.size());
  std::string text;
  JsonWriter json(text);
  json.begin_object();
  json.field("requests", tally.micros.size());
  json.field("failed", tally.failed);
  json.field("per_s", requests / took);
  json.field("p50_us", percentile(tally.micros, 0.50));
  json.field("p99_us", percentile(tally.micros, 0.99));
  if (!pid.empty()) json.field("server_cpu_us", requests > 0 ? cpu / requests * 1e6 : 0.0);
  json.end_object();
  std::puts(text.c_str());
  return tally.failed == 0 ? Status() : unavailable("{} requests failed", tally.failed);
}

}  // namespace

int main(int argc, char** argv) {
  const Status status = measure({argv + 1, argv + argc});
  if (status.ok()) return 0;
  std::fprintf(stderr, "serve_load: %s\n", std::string(status.message()).c_str());
  return status.code() == StatusCode::kInvalidArgument ? 2 : 1;
}
