#pragma once

#include <sys/types.h>

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "core/result.hpp"

namespace freshet::app {

/// What a process has used so far.
struct process_use {
  std::chrono::nanoseconds cpu{};  // user and system
  std::uint64_t peak_memory = 0;   // bytes resident at most
};

/// Reads /proc; nothing when the process is gone.
std::optional<process_use> use_of(pid_t pid);

/// A freshet in a process of its own. It logs JSON lines, from which we learn where it listens.
///
/// Errors:   start: what the system says. wait_until_listening: closed (it ended; its last words),
///           timed_out.
/// Lifetime: the process ends with this object, and with ours however that ends. stop() and
///           destruction ask it to end and wait; after ten seconds it is killed.
/// Threads:  blocks the caller; one thread of its own reads the log. Start and destroy it on one
///           thread, which must live as long.
class child_server {
 public:
  static result<std::unique_ptr<child_server>> start(const std::string& program,
                                                     std::vector<std::string> arguments);
  ~child_server();
  child_server(const child_server&) = delete;
  child_server& operator=(const child_server&) = delete;

  result<> wait_until_listening(std::chrono::nanoseconds limit);
  /// URLs; known after wait_until_listening.
  const std::string& server() const { return server_; }
  const std::string& admin() const { return admin_; }
  pid_t pid() const { return pid_; }
  bool ended() const;
  /// The last line of its log; all of it (within bounds) as long as it does not listen.
  std::string last_words() const;
  /// Ends it and waits; its exit code, or -1 when a signal ended it.
  int stop();

 private:
  child_server(pid_t pid, int log);
  void read_log();
  void take(std::string line);

  pid_t pid_;
  int log_;
  std::optional<int> exit_code_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::string server_, admin_, last_;
  bool ended_ = false;
  std::thread reader_;
};

}  // namespace freshet::app
