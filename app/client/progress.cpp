#include "app/client/progress.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include "core/observe/log.hpp"

namespace freshet::app {

progress progress::on_stderr() { return progress(::isatty(STDERR_FILENO) == 1 ? stderr : nullptr); }

bool progress::due(mono_time now) {
  const auto every =
      terminal_ != nullptr ? std::chrono::milliseconds(200) : std::chrono::seconds(10);
  if (!next_) next_ = now + every;
  if (now < *next_) return false;
  next_ = now + every;
  return true;
}

void progress::show(const std::string& text) {
  if (terminal_ == nullptr) {
    logger().info("{}", text);
    return;
  }
  fmt::print(terminal_, "\r\x1b[K{}", text);
  std::fflush(terminal_);
  shown_ = true;
}

void progress::done() {
  if (!shown_) return;
  fmt::print(terminal_, "\r\x1b[K");
  std::fflush(terminal_);
  shown_ = false;
}

}  // namespace freshet::app
