#pragma once

#include <string>

#include "core/result.hpp"

namespace freshet {

/// The right to use a journal: `FILE.lock`, locked for as long as this lives, however the process
/// ends. Apart from the file itself, so that the right outlives a file that is moved aside.
///
/// Errors:   in_use, with the process that has it; unusable.
/// Threads:  any.
class journal_lock {
 public:
  static result<journal_lock> take(const std::string& journal);
  journal_lock(journal_lock&& other) noexcept;
  journal_lock& operator=(journal_lock&&) = delete;
  ~journal_lock();

 private:
  explicit journal_lock(int fd) : fd_(fd) {}
  int fd_;
};

}  // namespace freshet
