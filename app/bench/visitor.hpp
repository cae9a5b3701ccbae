#pragma once

#include <boost/asio/awaitable.hpp>
#include <cstdint>
#include <deque>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "app/bench/answer_scanner.hpp"
#include "app/bench/latency_histogram.hpp"
#include "core/clock.hpp"
#include "net/client/connection.hpp"

namespace freshet::app {

/// What all connections of a load run count together.
/// Threads: the run's loop.
struct load_counts {
  latency_histogram latency;
  latency_histogram waits;  // of readers, from a flood's message to their page's new version
  std::map<unsigned, std::uint64_t> statuses;
  std::uint64_t bytes = 0;  // of answers, heads too
  std::uint64_t stream_events = 0;
  std::uint64_t failures = 0;  // connections that could not be made, were cut, or made no sense
  std::string last_failure;

  mono_time since{};  // who asked earlier, during the warm-up, waited for what was cold then

  void answer(unsigned status, mono_time asked, mono_time now);
  void fail(std::string why);
};

/// The requests that visitors send in turn, and which of them were answered ever.
struct page_round {
  std::vector<std::string> requests;  // complete: the request line and the head
  std::vector<bool> answered;
  std::size_t next = 0;

  explicit page_round(std::vector<std::string> r)
      : requests(std::move(r)), answered(requests.size()) {}
  bool all_answered() const;
};

/// One kept connection that asks for page after page, `depth` of them at a time.
///
/// Shape:    a closed loop: it asks again when it has an answer. After a failure it pauses and
///           connects again.
/// Lifetime: what it borrows outlives run(), which ends by cancellation.
/// Threads:  the dialer's loop.
class visitor {
 public:
  visitor(client_dialer& dialer, page_round& pages, load_counts& counts, std::size_t depth)
      : dialer_(dialer), pages_(pages), counts_(counts), depth_(depth) {}
  boost::asio::awaitable<void> run();

 private:
  struct question {
    std::size_t page;
    mono_time asked;
  };
  boost::asio::awaitable<void> drive(client_connection* c);
  void compose(std::size_t requests, mono_time now);
  bool take(std::string_view bytes, mono_time now, std::size_t& answers);

  client_dialer& dialer_;
  page_round& pages_;
  load_counts& counts_;
  std::size_t depth_;
  std::deque<question> open_;
  std::string batch_;
  answer_scanner answers_;
};

}  // namespace freshet::app
