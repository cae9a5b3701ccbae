#pragma once

#include <functional>
#include <string>
#include <vector>

#include "connectors/bus/bus.hpp"
#include "connectors/catchup/history_source.hpp"
#include "net/client/client_errc.hpp"

namespace freshet::test {

/// A message as datagrepper gives it.
inline std::string past_message(const std::string& id, wall_time at,
                                const std::string& topic = "t.a") {
  const auto seconds = std::chrono::duration<double>(at.time_since_epoch()).count();
  return "{\"topic\":\"" + topic + "\",\"msg_id\":\"" + id +
         "\",\"timestamp\":" + std::to_string(seconds) + ",\"msg\":{\"thing\":\"" + id + "\"}}";
}

inline std::string page_text(const std::vector<std::string>& messages, std::uint64_t pages) {
  std::string out = "{\"pages\":" + std::to_string(pages) + ",\"raw_messages\":[";
  for (const auto& each : messages) out += (out.back() == '[' ? "" : ",") + each;
  return out + "]}";
}

/// What a history knows, answered as datagrepper would; or as a test says.
class told_history {
 public:
  struct row {
    wall_time at;
    std::string text;
  };
  std::vector<row> rows;  // oldest first
  std::vector<history_question> asked;
  /// Instead of the honest answer, when it gives one.
  std::function<std::optional<result<history_page>>(const history_question&)> instead;
  /// Called before each answer.
  std::function<void()> meanwhile = [] {};

  void add(const std::string& id, wall_time at, const std::string& topic = "t.a") {
    rows.push_back({at, past_message(id, at, topic)});
  }
  result<history_page> honest(const history_question& q) const {
    std::vector<std::string> in;
    for (const auto& each : rows)
      if (each.at >= q.from && each.at <= q.to) in.push_back(each.text);
    const auto pages = (in.size() + q.rows - 1) / q.rows;
    const auto first = std::min<std::size_t>((q.page - 1) * q.rows, in.size());
    const auto last = std::min<std::size_t>(first + q.rows, in.size());
    return history_page::parse(page_text({in.begin() + static_cast<std::ptrdiff_t>(first),
                                          in.begin() + static_cast<std::ptrdiff_t>(last)},
                                         pages));
  }
  result<history_page> answer(const history_question& q) {
    asked.push_back(q);
    meanwhile();
    if (instead)
      if (auto other = instead(q)) return std::move(*other);
    return honest(q);
  }
};

/// The door to a told_history, which outlives it.
class history_door final : public history_source {
 public:
  explicit history_door(told_history& of) : of_(of) {}
  boost::asio::awaitable<result<history_page>> ask(history_question question) override {
    co_return of_.answer(question);
  }

 private:
  told_history& of_;
};

class told_bus final : public bus {
 public:
  std::string_view name() const override { return "fedmsg"; }
  boost::asio::awaitable<void> run() override { co_return; }
  bool up() const override { return is_up; }
  bool may_lose() const override { return loses; }
  std::uint64_t connections() const override { return connected; }
  std::size_t rebuild(mono_time quiet_since) override {
    rebuilt.push_back(quiet_since);
    return 1;
  }
  std::string position() const override { return place; }
  std::optional<mono_time> held_since() const override { return held; }
  bool resume(std::string_view position) override {
    place = position;
    return true;
  }
  bool whole() const override { return is_up && !behind; }
  bool is_kept() const override { return kept; }
  std::string place;
  bool kept = false;
  bool behind = false;
  std::optional<mono_time> held;
  bool is_up = false;
  bool loses = true;
  std::uint64_t connected = 0;
  std::vector<mono_time> rebuilt;
};

}  // namespace freshet::test
