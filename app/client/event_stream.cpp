#include "app/client/event_stream.hpp"

#include <charconv>
#include <utility>

namespace freshet::app {
namespace {

constexpr std::string_view byte_order_mark = "\xef\xbb\xbf";
constexpr std::int64_t retry_ms_max = 24 * 3600 * 1000;

std::optional<std::chrono::milliseconds> to_retry(std::string_view text) {
  if (text.empty() || text.find_first_not_of("0123456789") != std::string_view::npos) return {};
  std::int64_t ms = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), ms);
  return std::chrono::milliseconds(read.ec == std::errc{} ? std::min(ms, retry_ms_max)
                                                          : retry_ms_max);
}

}  // namespace

bool event_stream::feed(std::string_view bytes, const sink& on_event) {
  while (!bytes.empty()) {
    if (std::exchange(after_return_, false) && bytes.front() == '\n') {
      bytes.remove_prefix(1);
      continue;
    }
    const auto end = bytes.find_first_of("\r\n");
    const auto part = bytes.substr(0, end);
    if (line_.size() + part.size() + data_.size() > event_max_) return false;
    line_.append(part);
    if (end == std::string_view::npos) return true;
    after_return_ = bytes[end] == '\r';
    bytes.remove_prefix(end + 1);
    end_line(on_event);
  }
  return true;
}

void event_stream::restart() {
  line_.clear();
  data_.clear();
  name_.clear();
  id_ = last_id_;
  after_return_ = false;
  first_line_ = true;
}

void event_stream::end_line(const sink& on_event) {
  std::string_view line = line_;
  if (std::exchange(first_line_, false) && line.starts_with(byte_order_mark)) {
    line.remove_prefix(byte_order_mark.size());
  }
  if (line.empty()) {
    dispatch(on_event);
  } else if (line.front() != ':') {
    const auto colon = line.find(':');
    auto value = colon == std::string_view::npos ? std::string_view{} : line.substr(colon + 1);
    if (value.starts_with(' ')) value.remove_prefix(1);
    field(line.substr(0, colon), value);
  }
  line_.clear();
}

void event_stream::field(std::string_view name, std::string_view value) {
  if (name == "data") {
    data_.append(value).push_back('\n');
  } else if (name == "event") {
    name_ = value;
  } else if (name == "id") {
    if (value.find('\0') == std::string_view::npos) id_ = value;
  } else if (name == "retry") {
    if (const auto ms = to_retry(value)) retry_ = ms;
  }
}

void event_stream::dispatch(const sink& on_event) {
  last_id_ = id_;
  auto name = std::exchange(name_, {});
  auto data = std::exchange(data_, {});
  if (data.empty()) return;
  data.pop_back();
  on_event({last_id_, name.empty() ? "message" : std::move(name), std::move(data)});
}

}  // namespace freshet::app
