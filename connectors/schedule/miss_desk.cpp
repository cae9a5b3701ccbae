#include "connectors/schedule/miss_desk.hpp"

#include <bit>
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <cassert>

#include "connectors/schedule/failure_sentence.hpp"
#include "core/async/tokens.hpp"

namespace freshet {
namespace {

using outcome = api::miss_answer::outcome;

constexpr std::string_view was_there = "hit";
constexpr std::string_view caused_it = "fwd=miss; stored";
constexpr std::string_view joined_it = "fwd=miss; collapsed";
constexpr std::string_view not_stored = "fwd=miss";
constexpr const char* stopping = "The server is stopping.";
constexpr const char* still_built = "The page is still being built.";

/// Every part either is as new as `need`, or its last try failed: the refresh that the visitor
/// waited for has ended, and what it brought is what there is.
bool as_new_as(const freshness& is, sequence need) {
  return is.have >= need || std::ranges::all_of(is.parts, [need](const part_freshness& p) {
           return p.state == freshness_state::fresh || p.have >= need || p.failure != nullptr;
         });
}

bool failing(const freshness& is) {
  return std::ranges::any_of(is.parts,
                             [](const part_freshness& p) { return p.failure != nullptr; });
}

std::chrono::seconds until(std::optional<mono_time> at, mono_time now) {
  constexpr std::chrono::seconds least{1}, most{3600};
  if (!at) return least;
  return std::clamp(std::chrono::ceil<std::chrono::seconds>(*at - now), least, most);
}

api::miss_answer refused(outcome what, std::string detail) {
  api::miss_answer answer;
  answer.what = what;
  answer.detail = std::move(detail);
  return answer;
}

}  // namespace

/// What could be said of a page at one moment.
struct miss_desk::sight {
  bool known = false;
  class_id page = 0;
  freshness is{};
  entry_ptr content{};

  /// What waits for its floor is old for certain, and the best there is.
  bool serves(sequence need) const { return content && (is.floor || as_new_as(is, need)); }
  bool has_failed() const { return known && !content && failing(is); }
  /// Nothing that happens later may replace it: by the time the visitor resumes the page may have
  /// been evicted, or its number be another page's.
  bool answers(sequence need) const { return !known || serves(need) || has_failed(); }
};

/// One ask() that waits; stands in its frame, and leaves the crowd with it.
struct miss_desk::visitor {
  visitor(miss_desk& of, page_ref on, sequence from)
      : desk(of), page(on), need(from), timer(of.ex_) {
    auto& crowd = desk.by_page_[page];
    at = crowd.insert(crowd.end(), this);
    ++desk.waiting_;
  }
  ~visitor() {
    const auto crowd = desk.by_page_.find(page);
    crowd->second.erase(at);
    if (crowd->second.empty()) desk.by_page_.erase(crowd);
    --desk.waiting_;
  }
  visitor(const visitor&) = delete;

  miss_desk& desk;
  page_ref page;
  sequence need;
  asio::steady_timer timer;
  crowd::iterator at;
  std::shared_ptr<const sight> seen;  // when a refresh ended
};

/// A build for the visitors of one moment.
struct miss_desk::flight {
  using timers = std::list<asio::steady_timer*>;
  timers waiters;
  std::optional<api::miss_answer> landed;  // without the fragment, which is each visitor's own
};

/// One visitor of a flight.
class miss_desk::passenger {
 public:
  passenger(miss_desk& desk, std::shared_ptr<flight> on)
      : timer(desk.ex_), desk_(desk), on_(std::move(on)) {
    at_ = on_->waiters.insert(on_->waiters.end(), &timer);
    ++desk_.waiting_;
  }
  ~passenger() {
    on_->waiters.erase(at_);
    --desk_.waiting_;
  }
  passenger(const passenger&) = delete;

  asio::steady_timer timer;

 private:
  miss_desk& desk_;
  std::shared_ptr<flight> on_;
  flight::timers::iterator at_;
};

/// The end of a flight, however it comes.
class miss_desk::landing {
 public:
  landing(miss_desk& desk, std::shared_ptr<flight> of, std::string path)
      : desk_(desk), of_(std::move(of)), path_(std::move(path)) {}
  ~landing() {
    if (!of_->landed) of_->landed = refused(outcome::failed, "The page could not be built.");
    desk_.flights_.erase(path_);
    for (auto* timer : of_->waiters) timer->cancel();
  }
  landing(const landing&) = delete;

 private:
  miss_desk& desk_;
  std::shared_ptr<flight> of_;
  std::string path_;
};

miss_desk::miss_desk(asio::io_context::executor_type ex, const clock& time,
                     const config::settings& settings, page_store& store, refresher& refreshes,
                     doors d, task_scope::sink on_error, limits most)
    : ex_(ex),
      time_(time),
      settings_(settings),
      store_(store),
      refreshes_(refreshes),
      doors_(std::move(d)),
      most_(most),
      building_(ex, std::move(on_error)) {}

miss_desk::~miss_desk() { assert(waiting_ == 0 && "close() the desk before it dies"); }

miss_desk::sight miss_desk::look(page_ref page) const {
  const auto* s = store_.slot_of(page);
  if (s == nullptr) return {};
  return {true, s->page, store_.book().status(page), store_.content(page)};
}

void miss_desk::settled(page_ref page) {
  const auto found = by_page_.find(page);
  if (found == by_page_.end()) return;
  const auto now = std::make_shared<const sight>(look(page));
  for (auto* who : found->second) {
    if (who->seen && who->seen->answers(who->need)) continue;
    who->seen = now;
    who->timer.cancel();  // its completion is posted
  }
}

asio::awaitable<api::miss_answer> miss_desk::ask(page_key key, std::string canonical) {
  if (closed_) co_return refused(outcome::wait_passed, stopping);
  if (waiting_ >= most_.waiting)
    co_return refused(outcome::queue_full, "Too many visitors wait for their pages already.");
  const auto& page = settings_.pages[key.page];
  if (page.keys == config::key_policy::listed && store_.find(canonical) == no_page) {
    const auto is = doors_.listed(key);
    if (is == listing::unlisted)
      co_return refused(outcome::unlisted, "This page is not one of those that are listed.");
    if (is == listing::not_known_yet)
      co_return refused(outcome::wait_passed, "Which pages there are is not known yet.");
  }
  const auto deadline = time_.now() + page.wait.value_or(settings_.wait);
  auto answer = page.store ? wait_for_page(std::move(key), std::move(canonical), deadline)
                           : wait_for_build(std::move(key), std::move(canonical), deadline);
  co_return co_await std::move(answer);
}

asio::awaitable<api::miss_answer> miss_desk::wait_for_page(page_key key, std::string canonical,
                                                           mono_time deadline) {
  const auto cancelled = co_await asio::this_coro::cancellation_state;
  std::string_view status = was_there;
  for (;;) {
    const auto page = store_.know(key, canonical);
    if (page == no_page)
      co_return refused(outcome::queue_full, "There is no memory left for another page.");
    if (const auto is = look(page); is.content) co_return served(is, status);
    if (!closed_ && time_.now() < deadline && doors_.comes && doors_.comes(page)) {
      co_await wait_for_body(page, deadline);
      continue;
    }
    const bool alone = !by_page_.contains(page) && !store_.book().status(page).running;
    store_.ask(page, lane::visitor, cause::miss, time_.now());
    visitor me(*this, page, store_.book().status(page).want);
    if (status == was_there) status = alone ? caused_it : joined_it;
    while (store_.find(canonical) == page || me.seen) {
      const auto now = time_.now();
      const auto is = me.seen ? *me.seen : look(page);
      if (auto answer = judge(is, me, status, now, deadline)) co_return std::move(*answer);
      if (me.seen && !me.seen->known) break;  // purged or evicted: ask anew
      // A refresh that lost its lease, or was too old for him: the next one is his too.
      if (me.seen) store_.ask(page, lane::visitor, cause::miss, now);
      me.seen.reset();
      me.timer.expires_after(deadline - now);
      co_await me.timer.async_wait(use_result);
      if (cancelled.cancelled() != asio::cancellation_type::none)
        throw boost::system::system_error(asio::error::operation_aborted);
    }
  }
}

/// As if it had been there when he came: what is older than it should be, or in doubt, is seen to.
asio::awaitable<void> miss_desk::wait_for_body(page_ref page, mono_time deadline) {
  const auto cancelled = co_await asio::this_coro::cancellation_state;
  visitor me(*this, page, 0);
  me.timer.expires_after(deadline - time_.now());
  co_await me.timer.async_wait(use_result);
  if (cancelled.cancelled() != asio::cancellation_type::none)
    throw boost::system::system_error(asio::error::operation_aborted);
  if (store_.slot_of(page) != nullptr && store_.content(page)) store_.visited(page, time_.now());
}

/// What a visitor can be told; nothing = wait on.
std::optional<api::miss_answer> miss_desk::judge(const sight& now_is, const visitor& who,
                                                 std::string_view status, mono_time now,
                                                 mono_time deadline) const {
  if (now_is.serves(who.need)) return served(now_is, status);
  const auto& is = now_is.is;
  const bool gave_up = now_is.known && is.state == freshness_state::parked;
  // Failed just now, or so often that its next try comes too late for him.
  const bool too_late = !is.running && is.next && *is.next >= deadline;
  if (!now_is.content && (gave_up || (now_is.has_failed() && (who.seen || too_late))))
    return failed(now_is, now);
  if (closed_) return refused(outcome::wait_passed, stopping);
  if (now < deadline) return std::nullopt;
  // Built before the newest event, but the best there is.
  if (now_is.content) return served(now_is, status);
  return refused(outcome::wait_passed, still_built);
}

api::miss_answer miss_desk::served(const sight& is, std::string_view cache_status) const {
  api::miss_answer answer;
  answer.shown.fragment = doors_.fragment(is.is, cache_status);
  answer.shown.content = is.content;
  return answer;
}

api::miss_answer miss_desk::failed(const sight& is, mono_time now) const {
  const bool parked = is.is.state == freshness_state::parked;
  auto answer = refused(parked ? outcome::parked : outcome::failed, "The page could not be built.");
  answer.retry_after = until(is.is.next, now);
  for (std::size_t n = 0; n < is.is.parts.size(); ++n) {
    const auto& why = is.is.parts[n].failure;
    if (why == nullptr) continue;
    const auto upstream = refreshes_.recipe(is.page).parts[n].upstream;
    answer.detail = failure_sentence(settings_.upstreams[upstream].name, *why);
    break;
  }
  return answer;
}

asio::awaitable<api::miss_answer> miss_desk::wait_for_build(page_key key, std::string canonical,
                                                            mono_time deadline) {
  const auto cancelled = co_await asio::this_coro::cancellation_state;
  const bool joins = flights_.contains(canonical);
  if (!joins && flights_.size() >= most_.unstored)
    co_return refused(outcome::queue_full, "Too many pages are being built already.");
  auto& slot = flights_[canonical];
  if (!joins) slot = std::make_shared<flight>();
  const auto mine = slot;  // the map moves its values
  if (!joins) building_.spawn("build", fly(mine, std::move(key), std::move(canonical)));
  passenger me(*this, mine);
  while (!mine->landed && !closed_ && time_.now() < deadline) {
    me.timer.expires_after(deadline - time_.now());
    co_await me.timer.async_wait(use_result);
    if (cancelled.cancelled() != asio::cancellation_type::none)
      throw boost::system::system_error(asio::error::operation_aborted);
  }
  if (!mine->landed) co_return refused(outcome::wait_passed, closed_ ? stopping : still_built);
  auto answer = *mine->landed;
  if (answer.what == outcome::served) {
    freshness is;
    is.state = freshness_state::fresh;
    is.verified = time_.wall_now();
    answer.shown.fragment = doors_.fragment(is, joins ? joined_it : not_stored);
  }
  co_return answer;
}

asio::awaitable<void> miss_desk::fly(std::shared_ptr<flight> f, page_key key,
                                     std::string canonical) {
  const landing at_the_end(*this, f, canonical);
  const auto page = key.page;
  auto built = co_await refreshes_.build(std::move(key), lane::visitor);
  api::miss_answer answer;
  if (built.status == 0) {
    answer = refused(outcome::failed, "The page could not be built.");
    answer.retry_after = std::max(built.retry_after, answer.retry_after);
    if (built.failure) {
      const auto first = static_cast<std::size_t>(std::countr_zero(built.bad));
      const auto upstream = refreshes_.recipe(page).parts[first].upstream;
      answer.detail = failure_sentence(settings_.upstreams[upstream].name, *built.failure);
    }
  } else {
    answer.shown.content = refreshes_.make_entry(page, std::move(built), 0);
  }
  f->landed = std::move(answer);
}

asio::awaitable<void> miss_desk::close() {
  co_await asio::this_coro::reset_cancellation_state(asio::disable_cancellation());
  closed_ = true;
  for (auto& [page, crowd] : by_page_)
    for (auto* who : crowd) who->timer.cancel();
  co_await building_.close();
  while (waiting_ > 0) co_await asio::post(ex_, asio::deferred);
}

}  // namespace freshet
