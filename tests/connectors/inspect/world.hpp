#pragma once

#include <simdjson.h>

#include <memory>

#include "connectors/inspect/inspector.hpp"
#include "tests/connectors/ingest/pages.hpp"

namespace freshet::test {

/// Fails or answers as told.
class told_upstream final : public upstream {
 public:
  explicit told_upstream(std::string name) : name_(std::move(name)) {}
  std::string_view name() const override { return name_; }
  boost::asio::awaitable<result<upstream_answer>> fetch(upstream_request) override {
    if (failure) co_return *failure;
    upstream_answer out;
    out.status = 200;
    out.body = "{}";
    co_return out;
  }
  std::optional<error> failure;

 private:
  std::string name_;
};

/// An ingest_world with upstreams and the inspector over it.
class inspect_world : public ingest_world {
 public:
  explicit inspect_world(std::string_view toml = two_pages, page_store::options o = {})
      : ingest_world(toml, o) {
    for (const auto& from : loaded.value.upstreams) {
      auto inner = std::make_unique<told_upstream>(from.name);
      told.push_back(inner.get());
      config::upstream_limits limits;
      limits.retries = 0;
      guarded.push_back(std::make_unique<guarded_upstream>(loop.get_executor(), time,
                                                           std::move(inner), limits, 1));
    }
    inspected of{.settings = loaded.value,
                 .store = *store,
                 .history = history,
                 .events = *events,
                 .counts = counts,
                 .time = time,
                 .upstreams = {},
                 .subscribers = [](std::string_view path) { return path.size(); },
                 .reload = [this]() -> result<std::string> { return reload_answer; },
                 .kept = &kept,
                 .give_again =
                     [this](locked_event one) {
                       return events->retry(std::move(one), [this](const locked_event& e) {
                         send(e.topic, given_again, e.id);
                         return true;
                       });
                     },
                 .work = [this] { ++woken; }};
    for (const auto& up : guarded) of.upstreams.push_back(up.get());
    look.emplace(std::move(of));
  }

  /// Every answer must be JSON; the element lives until the next call.
  simdjson::dom::element parse(const std::string& text) {
    simdjson::dom::element out;
    EXPECT_FALSE(parser_.parse(text).get(out)) << text;
    return out;
  }
  simdjson::dom::element parse(const result<std::string>& text) {
    EXPECT_TRUE(text) << text.error().text();
    return parse(text ? *text : std::string("null"));
  }

  boost::asio::io_context loop;
  std::vector<told_upstream*> told;
  std::vector<std::unique_ptr<guarded_upstream>> guarded;
  refresh_history history;
  result<std::string> reload_answer = std::string("{\"reloaded\":true}");
  int woken = 0;
  std::string given_again = "{}";  // the message that a replay brings
  std::optional<inspector> look;

 private:
  simdjson::dom::parser parser_;
};

/// The names of an object's members, in order.
inline std::vector<std::string> keys_of(simdjson::dom::element object) {
  std::vector<std::string> out;
  for (const auto field : simdjson::dom::object(object)) out.emplace_back(field.key);
  return out;
}

inline std::string text_of(simdjson::dom::element value) { return simdjson::minify(value); }
inline std::string text_of(simdjson::simdjson_result<simdjson::dom::element> value) {
  return simdjson::minify(value.value());
}

}  // namespace freshet::test
