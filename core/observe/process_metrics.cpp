#include "core/observe/process_metrics.hpp"

#include <dirent.h>
#include <sys/resource.h>
#include <unistd.h>

#include <chrono>
#include <fstream>
#include <memory>

namespace freshet {
namespace {

double resident_bytes() {
  std::ifstream in("/proc/self/statm");
  double pages = 0, resident = 0;
  in >> pages >> resident;
  return resident * static_cast<double>(::sysconf(_SC_PAGESIZE));
}

double cpu_seconds() {
  struct rusage used{};
  ::getrusage(RUSAGE_SELF, &used);
  const auto seconds = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) / 1e6;
  };
  return seconds(used.ru_utime) + seconds(used.ru_stime);
}

double open_descriptors() {
  const std::unique_ptr<DIR, int (*)(DIR*)> folder(::opendir("/proc/self/fd"), ::closedir);
  if (!folder) return 0;
  double entries = 0;
  while (::readdir(folder.get()) != nullptr) ++entries;
  return entries - 3;  // `.`, `..`, and the folder itself
}

double descriptors_max() {
  struct rlimit limit{};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  return static_cast<double>(limit.rlim_cur);
}

}  // namespace

void register_process_metrics(metrics& m) {
  const auto began =
      std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
  m.make_gauge("process_start_time_seconds", "Start of the process, Unix time.",
               [began] { return began; });
  m.make_gauge("process_resident_memory_bytes", "Resident memory.", resident_bytes);
  m.make_asked_counter("process_cpu_seconds_total", "User and system CPU time.", cpu_seconds);
  m.make_gauge("process_open_fds", "Open file descriptors.", open_descriptors);
  m.make_gauge("process_max_fds", "Limit of open file descriptors.", descriptors_max);
}

}  // namespace freshet
