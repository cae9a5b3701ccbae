#pragma once

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace freshet::test {

/// A reader of event streams after the HTML standard, written apart from the encoder.
class sse_decoder {
 public:
  struct message {
    std::string id, event, data;
    bool operator==(const message&) const = default;
  };

  void feed(std::string_view bytes) {
    for (const char c : bytes) {
      if (c == '\n' && after_cr_) {
        after_cr_ = false;
        continue;
      }
      after_cr_ = c == '\r';
      if (c == '\n' || c == '\r') {
        end_line();
      } else {
        line_ += c;
      }
    }
  }

  std::vector<message> messages;
  std::string last_id;
  std::string retry;
  int comments = 0;

 private:
  void end_line() {
    const std::string line = std::exchange(line_, {});
    if (line.empty()) return dispatch();
    if (line[0] == ':') {
      ++comments;
      return;
    }
    const auto colon = std::min(line.find(':'), line.size());
    const auto name = line.substr(0, colon);
    auto value = line.substr(std::min(colon + 1, line.size()));
    if (value.starts_with(' ')) value.erase(0, 1);
    if (name == "data") data_ += value + '\n';
    if (name == "event") event_ = value;
    if (name == "id" && value.find('\0') == std::string::npos) id_ = value;
    if (name == "retry") retry = value;
  }

  void dispatch() {
    last_id = id_;
    if (data_.empty()) {
      event_.clear();
      return;
    }
    data_.pop_back();
    messages.push_back({last_id, event_.empty() ? "message" : event_, data_});
    data_.clear();
    event_.clear();
  }

  std::string line_, data_, event_, id_;
  bool after_cr_ = false;
};

}  // namespace freshet::test
