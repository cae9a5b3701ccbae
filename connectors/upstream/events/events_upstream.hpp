#pragma once

#include <string>

#include "connectors/upstream/events/event_feed.hpp"
#include "connectors/upstream/upstream.hpp"

namespace freshet {

/// Answers `/newest?of=VALUE&rows=N` with the newest events about a value.
///
/// Errors:   status 400 for a question that is none; what event_feed says.
/// Lifetime: the feed outlives it; without one (`try`, `check`) there are no events.
/// Threads:  home loop only.
class events_upstream final : public upstream {
 public:
  events_upstream(std::string name, event_feed* feed) : name_(std::move(name)), feed_(feed) {}
  std::string_view name() const override { return name_; }
  boost::asio::awaitable<result<upstream_answer>> fetch(upstream_request request) override;

 private:
  std::string name_;
  event_feed* feed_;
};

}  // namespace freshet
