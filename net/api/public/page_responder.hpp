#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "core/config/settings.hpp"
#include "core/observe/metrics.hpp"
#include "net/api/miss.hpp"
#include "net/api/public/cors.hpp"
#include "net/api/public/front_pages.hpp"
#include "net/api/public/page_guard.hpp"
#include "net/api/public/request_counters.hpp"
#include "net/api/public/site_directory.hpp"
#include "net/api/public/stream_seats.hpp"
#include "net/http/answer/date_block.hpp"
#include "net/http/answer/page_answer.hpp"
#include "net/http/answer/problem.hpp"
#include "net/http/server/responder.hpp"
#include "net/sse/hub_loop.hpp"
#include "store/cache/cache_index.hpp"

namespace freshet::api {

/// What one loop's public listener stands on.
///
/// Lifetime: what is referred to outlives the responder and its connections.
/// Threads:  everything is this loop's own, or may be used by any thread. `told`, `encode` and
///           `make_event` are called while views are lent: they take what they need from the slot
///           (its ref) and post; they do not publish in the call.
struct public_environment {
  const config::settings& settings;
  const site& pages;
  cache_index& cache;
  sse::hub_loop& streams;
  const sse::change_source& changes;
  http::date_block& block;
  const clock& time;
  metrics& numbers;
  ask_for_page miss;
  /// A visitor came to a page whose view has its hand raised.
  std::function<void(const slot&)> told = {};
  /// A visitor would rather have this coding; identity: the body from a file. Called for each such
  /// visitor until it exists.
  std::function<void(const slot&, http::coding)> encode = {};
  /// Not empty: GET `/-/demo/event` calls it.
  std::function<void()> make_event = {};
  /// `/` shows the demo page instead of the tutorial.
  bool demo = false;
  /// Paths that `/` shows; empty = made from the configuration.
  std::vector<std::string> examples = {};
  /// Shared by the loops so that `streams_per_address` counts all of them; null = an own one.
  std::shared_ptr<stream_seats> seats = {};
};

/// The public listener: pages, streams, the front page, live.js (CONTRACT.md sections 4 and 5).
///
/// Shape:    a hit is one lookup by the target as it came, or a second one by its canonical path;
///           it borrows everything it sends. Misses and streams are slow answers.
/// Errors:   problem documents (RFC 9457).
/// Threads:  one per loop.
class page_responder final : public http::responder {
 public:
  explicit page_responder(public_environment env);

  void begin_turn() override;
  outcome answer(const http::request_head& head, const http::peer& from,
                 http::response_batch& out) override;
  void refused(std::uint16_t status) override { counts_.add(fixed_route::none, status); }
  http::asio::awaitable<after> answer_slowly(const http::request_head* head, http::connection* c,
                                             http::response_batch* out) override;

 private:
  enum class place : std::uint8_t { front, script, stream, demo_event, pages };
  place place_of(std::string_view target) const;

  bool answer_hit(const http::request_head& head, const slot* at, http::response_batch& out);
  bool answer_kept(const http::request_head& head, const slot& at, http::response_batch& out);
  outcome answer_page_at(const http::request_head& head, const http::peer& from,
                         http::response_batch& out);
  bool admits_all(const sse::matcher& watch, const http::request_head& head,
                  const http::peer& from) const;
  void answer_document(const http::request_head& head, const document& d, fixed_route route,
                       http::response_batch& out);
  void answer_options(const http::request_head& head, http::response_batch& out);
  void answer_demo_event(const http::request_head& head, http::response_batch& out);
  void answer_unknown(const http::request_head& head, http::response_batch& out);

  http::asio::awaitable<after> answer_miss(const http::request_head* head,
                                           http::response_batch* out);
  http::page_outcome answer_missed(const http::request_head& head, const miss_answer& got,
                                   std::string_view canonical, http::response_batch& out);
  after answer_stream(const http::request_head& head, http::connection& c,
                      http::response_batch& out);

  enum class link : bool { without, with };
  /// `fields`: further header lines beside those of CORS.
  void refuse(const http::request_head& head, http::problem p, link l, http::response_batch& out);

  public_environment env_;
  cors_policy cors_;
  front_pages front_;
  site_directory directory_;
  page_guard guard_;
  request_counters counts_;
  std::shared_ptr<stream_seats> seats_;
  page_match match_;       // of answer(): its strings keep their memory
  bool own_front_ = true;  // no page at `/`
};

}  // namespace freshet::api
