#include "net/api/public/page_responder.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cassert>

#include "net/api/public/fragment.hpp"
#include "net/http/server/client_address.hpp"

namespace freshet::api {
namespace {

using http::method;

constexpr std::string_view allow = "Allow: GET, HEAD, OPTIONS\r\n";
constexpr std::string_view stream_fields =
    "Content-Type: text/event-stream\r\nCache-Control: no-store, no-transform\r\n";

std::string_view path_of(std::string_view target) { return target.substr(0, target.find('?')); }

std::string_view query_of(std::string_view target) {
  const auto question = target.find('?');
  return question == target.npos ? std::string_view{} : target.substr(question + 1);
}

cache_result result_in(const view& v) {
  switch (state_in(v.fragment())) {
    case freshness_state::stale:
      return cache_result::stale;
    case freshness_state::unverified:
      return cache_result::unverified;
    case freshness_state::parked:
      return cache_result::parked;
    case freshness_state::fresh:
      break;
  }
  return cache_result::hit;
}

const http::problem not_yours{403, "this page is somebody else's",
                              "A trusted proxy has to name who may see it.", ""};

std::string retry_after(std::chrono::seconds pause) {
  return fmt::format("Retry-After: {}\r\n", std::max<std::int64_t>(1, pause.count()));
}

}  // namespace

page_responder::page_responder(public_environment env)
    : env_(std::move(env)),
      cors_(env_.settings.cors),
      front_(env_.settings, env_.pages, env_.examples, env_.demo, env_.time.wall_now()),
      directory_(env_.settings, env_.pages),
      guard_(env_.settings, env_.pages),
      counts_(env_.numbers, env_.pages),
      seats_(env_.seats ? env_.seats
                        : std::make_shared<stream_seats>(env_.settings.limits.streams_per_address)),
      own_front_(env_.pages.find("/").what == page_match::outcome::unknown) {}

void page_responder::begin_turn() {
  // Before any view of this turn is read: nothing falls between a page and the stream after it.
  env_.block.set(env_.time.wall_now(), env_.changes.newest());
}

page_responder::place page_responder::place_of(std::string_view target) const {
  const auto path = path_of(target);
  if (path == "/") return own_front_ ? place::front : place::pages;
  if (path == "/.well-known/mercure" || path == "/-/live") return place::stream;
  if (path == "/-/live.js") return place::script;
  if (path == "/-/demo/event" && env_.make_event) return place::demo_event;
  return place::pages;
}

http::responder::outcome page_responder::answer(const http::request_head& head,
                                                const http::peer& from, http::response_batch& out) {
  if (head.method == method::options) {
    answer_options(head, out);
    return outcome::done;
  }
  if (answer_hit(head, env_.cache.find(head.target), out)) return outcome::done;
  switch (place_of(head.target)) {
    case place::front:
      answer_document(head, front_.front(), fixed_route::front, out);
      return outcome::done;
    case place::script:
      answer_document(head, front_.script(), fixed_route::script, out);
      return outcome::done;
    case place::demo_event:
      answer_demo_event(head, out);
      return outcome::done;
    case place::stream:
      return outcome::wait;
    case place::pages:
      break;
  }
  return answer_page_at(head, from, out);
}

/// False as well for pages that not everybody may see: those are found by their key.
bool page_responder::answer_hit(const http::request_head& head, const slot* at,
                                http::response_batch& out) {
  if (at == nullptr || guard_.guards(at->page)) return false;
  return answer_kept(head, *at, out);
}

bool page_responder::answer_kept(const http::request_head& head, const slot& at,
                                 http::response_batch& out) {
  bool answered = false;
  env_.cache.with(at, [&](const slot& s, const view& v) {
    if (!v.content) return;  // known, never built
    const auto got = http::answer_page(head, {*v.content, s.path(), hit_lines(v.fragment())},
                                       env_.block, out, cors_.lines(head.origin));
    counts_.add(s.page, got.status);
    counts_.add(result_in(v));
    if (v.tell_home.take() && env_.told) env_.told(s);
    if (got.wanted && env_.encode) env_.encode(s, *got.wanted);
    answered = true;
  });
  return answered;
}

http::responder::outcome page_responder::answer_page_at(const http::request_head& head,
                                                        const http::peer& from,
                                                        http::response_batch& out) {
  env_.pages.find(head.target, match_);
  switch (match_.what) {
    case page_match::outcome::invalid:
      counts_.add(fixed_route::none, 400);
      refuse(head, {400, "this cannot be a page's path or parameter", match_.detail, ""},
             link::without, out);
      return outcome::done;
    case page_match::outcome::unknown:
      answer_unknown(head, out);
      return outcome::done;
    case page_match::outcome::found:
      break;
  }
  const auto page = match_.key.page;
  const bool kept = env_.settings.pages[page].store;
  if (guard_.guards(page)) {
    if (!guard_.admits(match_.key, head, from)) {
      counts_.add(page, 403);
      refuse(head, not_yours, link::without, out);
      return outcome::done;
    }
    const auto* at = kept ? env_.cache.find(match_.canonical) : nullptr;
    return at != nullptr && answer_kept(head, *at, out) ? outcome::done : outcome::wait;
  }
  const bool other_spelling = match_.canonical != head.target;
  if (kept && other_spelling && answer_hit(head, env_.cache.find(match_.canonical), out)) {
    return outcome::done;
  }
  return outcome::wait;
}

void page_responder::answer_document(const http::request_head& head, const document& d,
                                     fixed_route route, http::response_batch& out) {
  const auto got = http::answer_page(head, d.text(), env_.block, out, cors_.lines(head.origin));
  counts_.add(route, got.status);
}

void page_responder::answer_options(const http::request_head& head, http::response_batch& out) {
  const auto fields = std::string(allow).append(cors_.options_lines(head));
  http::answer_text(framing_of(head), 204, "", "", fields, env_.block.date(), out);
  counts_.add(fixed_route::options, 204);
}

void page_responder::answer_demo_event(const http::request_head& head, http::response_batch& out) {
  if (head.method == method::get) env_.make_event();
  http::answer_text(framing_of(head), 204, "", "", cors_.lines(head.origin), env_.block.date(),
                    out);
  counts_.add(fixed_route::demo_event, 204);
}

void page_responder::answer_unknown(const http::request_head& head, http::response_batch& out) {
  const auto nearest = env_.pages.nearest(head.target);
  const auto detail = nearest.empty() ? std::string("this server has no pages")
                                      : fmt::format("nearest: {}", fmt::join(nearest, ", "));
  counts_.add(fixed_route::none, 404);
  refuse(head, {404, "no page has this path", detail, ""}, link::without, out);
}

void page_responder::refuse(const http::request_head& head, http::problem p, link l,
                            http::response_batch& out) {
  const auto fields = std::string(p.fields).append(cors_.lines(head.origin));
  p.fields = fields;
  http::answer_problem(framing_of(head), p,
                       l == link::with ? env_.block.common() : env_.block.date(), out);
}

http::asio::awaitable<http::responder::after> page_responder::answer_slowly(
    const http::request_head* head, http::connection* c, http::response_batch* out) {
  if (place_of(head->target) == place::stream) co_return answer_stream(*head, *c, *out);
  co_return co_await answer_miss(head, out);
}

http::asio::awaitable<http::responder::after> page_responder::answer_miss(
    const http::request_head* head, http::response_batch* out) {
  auto asked = env_.pages.find(head->target);
  const auto page = asked.key.page;
  const bool kept = env_.settings.pages[page].store;
  const auto before = env_.changes.newest();
  counts_.add(kept ? cache_result::miss : cache_result::bypass);

  auto answering = env_.miss(std::move(asked.key), asked.canonical);
  const auto got = co_await std::move(answering);

  // What came while it waited is told again rather than not at all: the id stands before the
  // request, or at the version that is shown.
  auto at = before;
  if (got.shown.content) {
    at = std::clamp(got.shown.content->version, before, env_.changes.newest());
  }
  env_.block.set(env_.time.wall_now(), at);
  const auto done = answer_missed(*head, got, asked.canonical, *out);
  counts_.add(page, done.status);
  if (kept && done.wanted && env_.encode) {
    if (const auto* s = env_.cache.find(asked.canonical)) env_.encode(*s, *done.wanted);
  }
  co_return after::answered;
}

http::page_outcome page_responder::answer_missed(const http::request_head& head,
                                                 const miss_answer& got, std::string_view canonical,
                                                 http::response_batch& out) {
  using what = miss_answer::outcome;
  const auto later = retry_after(got.retry_after) + "Freshness: state=stale\r\n";
  const auto given_up = retry_after(got.retry_after) + "Freshness: state=parked\r\n";
  const auto no = [&](http::problem p, link l) {
    refuse(head, p, l, out);
    return http::page_outcome{p.status};
  };
  switch (got.what) {
    case what::served: {
      assert(got.shown.content);
      const auto done =
          http::answer_page(head, {*got.shown.content, canonical, {got.shown.fragment}}, env_.block,
                            out, cors_.lines(head.origin));
      out.pin();  // nobody else need hold what this visitor is shown
      return done;
    }
    case what::wait_passed:
      return no({503, "this page is still being built", got.detail, later}, link::with);
    case what::queue_full:
      return no({503, "there is no room for this just now", got.detail, later}, link::with);
    case what::failed:
      return no({502, "an upstream of this page failed", got.detail, later}, link::with);
    case what::parked:
      return no({502, "this page cannot be built", got.detail, given_up}, link::with);
    case what::unlisted:
      return no({404, "this page is not listed", got.detail, ""}, link::without);
  }
  return no({500, "this should not happen", "", ""}, link::without);
}

/// Every page that a stream names. Patterns reach only pages that everybody may see.
bool page_responder::admits_all(const sse::matcher& watch, const http::request_head& head,
                                const http::peer& from) const {
  return std::all_of(watch.exact().begin(), watch.exact().end(), [&](const std::string& path) {
    const auto match = env_.pages.find(path);
    return match.what == page_match::outcome::found &&
           (!guard_.guards(match.key.page) || guard_.admits(match.key, head, from));
  });
}

http::responder::after page_responder::answer_stream(const http::request_head& head,
                                                     http::connection& c,
                                                     http::response_batch& out) {
  const auto no = [&](http::problem p) {
    counts_.add(fixed_route::stream, p.status);
    refuse(head, p, link::without, out);
    return after::answered;
  };
  auto request = sse::parse_query(query_of(head.target), directory_,
                                  {head.host, env_.settings.public_url, head.last_event_id});
  if (!request) return no({400, "this stream cannot be opened", request.error().detail, ""});
  if (!admits_all(request->watch, head, c.from())) return no(not_yours);
  if (head.method == method::head) {
    counts_.add(fixed_route::stream, 200);
    out.begin(200);
    out.add(http::status_line(200));
    out.add(env_.block.date());
    out.add(http::connection_line(head.http_11, head.keep_alive));
    out.add(cors_.lines(head.origin));
    out.add(stream_fields);
    out.add("\r\n");
    return after::answered;
  }
  if (c.draining()) return no({503, "this server is stopping", "", "Retry-After: 1\r\n"});
  if (!env_.streams.streams().takes_more()) {
    return no({503, "too many streams are open", "", "Retry-After: 5\r\n"});
  }
  std::shared_ptr<void> seat;
  const auto who = http::client_address(head.forwarded_for, c.from());
  const bool a_proxy = c.from().proxy && who == c.from().address;
  if (!a_proxy && !(seat = seats_->take(who))) {
    return no({429, "too many streams of one address", "", "Retry-After: 5\r\n"});
  }
  const auto lines = std::string(env_.block.date()).append(cors_.lines(head.origin));
  counts_.add(fixed_route::stream, 200);
  boost::system::error_code failed;
  const auto socket = c.socket().release(failed);
  // An error means that the peer has gone: then the socket is closed.
  if (!failed)
    (void)env_.streams.attach(socket, std::move(*request), sse::stream_head(lines),
                              std::move(seat));
  return after::taken;
}

}  // namespace freshet::api
