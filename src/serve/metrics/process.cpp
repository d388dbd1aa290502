#include <sys/resource.h>
#include <unistd.h>

#include <chrono>

#include "base/file.h"
#include "base/strings.h"
#include "serve/metrics/metrics.h"

namespace tern::serve {
namespace {

// /proc/self/statm: sizes in pages, the second the resident ones (proc(5)).
double resident_bytes() {
  const Result<std::string> text = read_file("/proc/self/statm", 4096);
  if (!text.ok()) return 0;
  const std::vector<std::string_view> fields = split(*text, ' ');
  if (fields.size() < 2) return 0;
  const std::optional<std::int64_t> pages = parse_int(fields[1]);
  return static_cast<double>(pages.value_or(0)) * static_cast<double>(::sysconf(_SC_PAGESIZE));
}

double processor_seconds() {
  struct rusage usage {};
  ::getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) * 1e-6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

double open_files() {
  const Result<std::vector<std::string>> names = list_directory("/proc/self/fd");
  return names.ok() ? static_cast<double>(names->size()) : 0;
}

}  // namespace

void add_process_metrics(Metrics& metrics) {
  metrics.sampled_gauge("process_resident_memory_bytes", "Resident memory in bytes.",
                        resident_bytes);
  metrics.sampled_counter("process_cpu_seconds_total", "Processor time used in seconds.",
                          processor_seconds);
  metrics.sampled_gauge("process_open_fds", "Open file descriptors.", open_files);
  metrics.gauge("process_start_time_seconds", "Start of the server in seconds since 1970 (UTC).")
      .set(std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch())
               .count());
}

}  // namespace tern::serve
