#include "core/observe/log.hpp"

#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <unistd.h>

#include <memory>

namespace freshet {
namespace {

/// `%*`: the message as the inside of a JSON string.
class json_text final : public spdlog::custom_flag_formatter {
 public:
  void format(const spdlog::details::log_msg& msg, const std::tm&,
              spdlog::memory_buf_t& dest) override {
    for (const char c : msg.payload) {
      const auto byte = static_cast<unsigned char>(c);
      if (c == '"' || c == '\\') {
        dest.push_back('\\');
        dest.push_back(c);
      } else if (byte < 0x20) {
        fmt::format_to(std::back_inserter(dest), "\\u{:04x}", byte);
      } else {
        dest.push_back(c);
      }
    }
  }
  std::unique_ptr<custom_flag_formatter> clone() const override {
    return spdlog::details::make_unique<json_text>();
  }
};

}  // namespace

void set_up_log(std::string_view format, std::string_view level) {
  // One for the life of the process, since other loops may hold it: a reload only changes its form.
  static const auto log = std::make_shared<spdlog::logger>(
      "freshet", std::make_shared<spdlog::sinks::stderr_sink_mt>());
  const bool json = format == "json" || (format == "auto" && isatty(STDERR_FILENO) == 0);
  auto formatter = std::make_unique<spdlog::pattern_formatter>(
      json ? spdlog::pattern_time_type::utc : spdlog::pattern_time_type::local);
  formatter->add_flag<json_text>('*');
  formatter->set_pattern(json ? R"({"time":"%Y-%m-%dT%H:%M:%S.%eZ","level":"%l","message":"%*"})"
                              : "%H:%M:%S %L %v");
  log->set_formatter(std::move(formatter));
  log->set_level(spdlog::level::from_str(std::string(level)));
  if (spdlog::default_logger_raw() != log.get()) spdlog::set_default_logger(log);
}

bool rate_limit::allow(mono_time now, std::uint64_t& held_back) {
  if (now < next_) {
    ++held_back_;
    return false;
  }
  next_ = now + std::chrono::duration_cast<steady_clock::duration>(every_);
  held_back = std::exchange(held_back_, 0);
  return true;
}

}  // namespace freshet
