#include "app/bench/answer_scanner.hpp"

#include <absl/strings/match.h>

#include <algorithm>
#include <charconv>
#include <optional>

namespace freshet::app {
namespace {

constexpr std::size_t head_max = 32u << 10;
constexpr std::string_view head_end = "\r\n\r\n";

template <class T>
std::optional<T> number(std::string_view text) {
  T value{};
  const auto read = std::from_chars(text.data(), text.data() + text.size(), value);
  if (read.ec != std::errc{} || read.ptr != text.data() + text.size()) return {};
  return value;
}

/// The value of a field, without the blanks in front; nothing when there is no such field.
std::optional<std::string_view> find_field(std::string_view head, std::string_view name) {
  for (auto at = head.find("\r\n"); at != std::string_view::npos; at = head.find("\r\n", at)) {
    at += 2;
    const auto line = head.substr(at, head.find("\r\n", at) - at);
    if (line.size() <= name.size() || line[name.size()] != ':') continue;
    if (!absl::EqualsIgnoreCase({line.data(), name.size()}, {name.data(), name.size()})) continue;
    const auto value = line.substr(name.size() + 1);
    return value.substr(std::min(value.find_first_not_of(" \t"), value.size()));
  }
  return {};
}

}  // namespace

bool answer_scanner::take_body(std::string_view& bytes) {
  const auto taken = std::min<std::uint64_t>(bytes.size(), body_left_);
  bytes.remove_prefix(taken);
  body_left_ -= taken;
  return true;
}

bool answer_scanner::take_head(std::string_view& bytes) {
  const auto held = head_.size();
  if (held > 0) head_.append(bytes.substr(0, head_max));
  const auto all = held > 0 ? std::string_view(head_) : bytes;
  const auto end = all.find(head_end, held < head_end.size() ? 0 : held - head_end.size());
  if (end == std::string_view::npos) {
    if (held == 0) head_ = bytes.substr(0, head_max + 1);
    bytes = {};
    return head_.size() <= head_max;
  }
  const auto size = end + head_end.size();
  const bool good = read_head(all.substr(0, size));
  bytes.remove_prefix(size - held);
  head_.clear();
  return good;
}

bool answer_scanner::read_head(std::string_view head) {
  constexpr std::string_view version = "HTTP/1.1 ";
  const auto status = number<unsigned>(head.substr(std::min(version.size(), head.size()), 3));
  if (!head.starts_with(version) || !status) return false;
  status_ = *status;
  if (status_ < 200) return true;  // an interim answer: the real one follows
  in_body_ = true;
  body_left_ = 0;
  if (status_ == 204 || status_ == 304) return true;
  const auto length = find_field(head, "Content-Length");
  const auto bytes = length ? number<std::uint64_t>(*length) : std::nullopt;
  if (!bytes) return false;
  body_left_ = *bytes;
  return true;
}

}  // namespace freshet::app
