#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <vector>

#include "core/result.hpp"

namespace freshet {

/// A file descriptor that closes itself.
class owned_descriptor {
 public:
  explicit owned_descriptor(int fd = -1) : fd_(fd) {}
  ~owned_descriptor();
  owned_descriptor(owned_descriptor&& other) noexcept : fd_(other.release()) {}
  owned_descriptor& operator=(owned_descriptor&&) = delete;
  int get() const { return fd_; }
  int release();

 private:
  int fd_;
};

/// How a program ended.
struct exit_state {
  bool exited = false;  // else a signal ended it
  int code = 0;         // exit code, or the signal
};

/// One program that runs: its own process group, no shell, no descriptor but its three, no
/// environment but what it is given.
///
/// Shape:    what it writes is read from `out` and `err`, which do not block; `ended` becomes
///           readable when the program has ended (a pidfd, so that no SIGCHLD and no other child
///           can be in the way). reap() once.
/// Errors:   start: missing, when it cannot be run; overloaded, without descriptors or processes;
///           out_of_range, when its words are larger than the system takes.
/// Lifetime: the destructor kills what still runs, with its group, and reaps it.
/// Threads:  one.
class child_process {
 public:
  struct order {
    std::vector<std::string> words;        // the program's path, then its arguments
    std::vector<std::string> environment;  // NAME=value
    std::string directory;                 // "" = ours
  };
  static result<child_process> start(const order& what);
  ~child_process();
  child_process(child_process&& other) noexcept;
  child_process& operator=(child_process&&) = delete;

  /// The program and everything in its group.
  void kill();
  /// Nothing while it runs.
  std::optional<exit_state> reap();

  owned_descriptor out, err, ended;

 private:
  child_process(pid_t pid, owned_descriptor o, owned_descriptor e, owned_descriptor end)
      : out(std::move(o)), err(std::move(e)), ended(std::move(end)), pid_(pid) {}
  std::optional<exit_state> wait(int flags);

  pid_t pid_;  // 0: reaped, or moved from
};

}  // namespace freshet
