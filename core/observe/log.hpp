#pragma once

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <string>
#include <string_view>

#include "core/clock.hpp"

namespace freshet {

/// The process-wide log: pretty on a terminal, one JSON object a line otherwise.
/// Use `logger().info("{} pages", n)`.
inline spdlog::logger& logger() { return *spdlog::default_logger_raw(); }

/// `format` auto|pretty|json, `level` debug|info|warn|error. Called once by main, again on reload.
void set_up_log(std::string_view format, std::string_view level);

/// Lets one warning through in `every` and says how many it held back since: a broken upstream or a
/// flood of bad messages must not become a flood of lines.
///
/// Threads: one loop.
class rate_limit {
 public:
  explicit rate_limit(std::chrono::nanoseconds every = std::chrono::seconds{10}) : every_(every) {}

  /// True when the line may be written; `held_back` is then the number suppressed before it.
  bool allow(mono_time now, std::uint64_t& held_back);

 private:
  std::chrono::nanoseconds every_;
  mono_time next_{};
  std::uint64_t held_back_ = 0;
};

}  // namespace freshet
