#include "connectors/schedule/warmer.hpp"

#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <random>

#include "connectors/schedule/pace.hpp"
#include "core/async/tokens.hpp"
#include "core/json/validate.hpp"
#include "core/observe/log.hpp"

namespace freshet {
namespace {

constexpr std::size_t turn_pages = 64;
constexpr std::size_t list_bytes_max = 16u << 20;
constexpr std::chrono::nanoseconds backoff_first = std::chrono::seconds{1};
constexpr std::chrono::nanoseconds backoff_max = std::chrono::minutes{5};

void check_page(const config::page_settings& from, const page_class& page,
                std::vector<config::diagnostic>& problems) {
  std::vector<bool> listed(page.parameters().size());
  for (const auto& keys : from.warm->keys) {
    const auto at = page.index_of(keys.parameter);
    if (at) listed[*at] = true;
    if (!at) problems.push_back({keys.where, "the path has no {" + keys.parameter + "}", {}});
  }
  for (std::size_t i = 0; i < page.path_parameters(); ++i)
    if (!listed[i])
      problems.push_back({from.warm->where,
                          "warm.keys has no values for {" + page.parameters()[i].name() + "}",
                          "each parameter of the path needs a list"});
  if (!from.store)
    problems.push_back({from.warm->where, "a page with `store = false` cannot be warm", {}});
}

std::vector<std::string> names_of(const config::warm_settings& warm) {
  std::vector<std::string> names;
  for (const auto& keys : warm.keys) names.push_back(keys.parameter);
  return names;
}

}  // namespace

struct warmer::round {
  class_id page;
  const config::page_settings* settings;
  key_lists lists;
  std::vector<std::size_t> upstreams;  // by list; of those that are documents
  counter* skipped;
  bool too_many_said = false;
  bool repeats = false;  // every page was made once
};

void warmer::check(const config::settings& settings, const site& pages,
                   std::vector<config::diagnostic>& problems) {
  for (std::size_t p = 0; p < settings.pages.size(); ++p)
    if (settings.pages[p].warm)
      check_page(settings.pages[p], pages.page(static_cast<class_id>(p)), problems);
}

warmer::warmer(asio::io_context::executor_type ex, const clock& time,
               const config::settings& settings, page_store& store, upstream_caller call,
               task_scope::sink on_error, metrics& m, std::uint64_t seed)
    : ex_(ex),
      time_(time),
      store_(store),
      call_(std::move(call)),
      random_(seed),
      rounds_up_(ex, std::move(on_error)) {
  rounds_.resize(settings.pages.size());
  for (std::size_t p = 0; p < settings.pages.size(); ++p) {
    const auto& page = settings.pages[p];
    if (!page.warm) continue;
    const auto id = static_cast<class_id>(p);
    std::vector<config::diagnostic> problems;
    check_page(page, store.pages().page(id), problems);
    for (const auto& problem : problems) logger().error("page {}: {}", page.name, problem.message);
    if (!problems.empty()) continue;
    rounds_[p].reset(new round{
        id,
        &page,
        key_lists(store.pages().page(id), names_of(*page.warm)),
        {},
        &m.make_counter("freshet_warm_skipped_total", "Listed keys of which no page could be made.",
                        {{"page", page.name}})});
    for (std::size_t i = 0; i < page.warm->keys.size(); ++i) {
      const auto& keys = page.warm->keys[i];
      const auto named = [&](const auto& u) { return u.name == keys.upstream; };
      rounds_[p]->upstreams.push_back(static_cast<std::size_t>(
          std::ranges::find_if(settings.upstreams, named) - settings.upstreams.begin()));
      if (!keys.at) rounds_[p]->skipped->add(rounds_[p]->lists.replace(i, keys.values));
    }
  }
}

warmer::~warmer() = default;

listing warmer::listed(const page_key& key) const {
  const auto& r = rounds_[key.page];
  if (!r || !r->lists.whole()) return listing::not_known_yet;
  return r->lists.contain(key) ? listing::listed : listing::unlisted;
}

bool warmer::creates(class_id page) const { return rounds_[page] != nullptr; }

asio::awaitable<void> warmer::run() {
  const bool threw = co_await asio::this_coro::throw_if_cancelled();
  co_await asio::this_coro::throw_if_cancelled(false);
  const auto state = co_await asio::this_coro::cancellation_state;
  for (const auto& r : rounds_)
    if (r) rounds_up_.spawn("warm", keep_warm(r.get()));
  asio::steady_timer for_ever(ex_, mono_time::max());
  while (state.cancelled() == asio::cancellation_type::none)
    co_await for_ever.async_wait(use_result);
  co_await rounds_up_.close();
  co_await asio::this_coro::throw_if_cancelled(threw);
}

asio::awaitable<void> warmer::pause(std::chrono::nanoseconds length) {
  asio::steady_timer timer(ex_, std::max<std::chrono::nanoseconds>(length, {}));
  co_await timer.async_wait(asio::deferred);
}

asio::awaitable<void> warmer::keep_warm(round* r) {
  const auto& every = r->settings->warm->every;
  for (;;) {
    // The last good lists serve the first try of a round; the others only wait for a better one.
    bool made = false;
    for (unsigned failures = 0;; ++failures) {
      const bool read = co_await read_lists(r);
      if (r->lists.whole() && (read || !made)) {
        co_await make_pages(r);
        made = r->repeats = true;
      }
      if (read) break;
      const auto most = std::min(backoff_first * (1 << std::min(failures, 10u)), backoff_max);
      std::uniform_int_distribution<std::int64_t> jitter(most.count() / 2, most.count());
      co_await pause(std::chrono::nanoseconds{jitter(random_)});
    }
    if (!every) co_return;
    co_await pause(*every);
  }
}

/// False when a list could not be read.
asio::awaitable<bool> warmer::read_lists(round* r) {
  bool all = true;
  const auto& keys = r->settings->warm->keys;
  for (std::size_t i = 0; i < keys.size(); ++i) {
    if (!keys[i].at) continue;
    upstream_request request;
    request.target = keys[i].get;
    request.body_max = list_bytes_max;
    auto answer = co_await call_(r->upstreams[i], std::move(request), lane::rest);
    auto why = take_list(*r, i, answer);
    if (!why) continue;
    all = false;
    logger().warn("page {}: the list of {} could not be read: {}", r->settings->name,
                  keys[i].parameter, *why);
  }
  co_return all;
}

/// Why the list stays as it was; nothing when it was taken over.
std::optional<std::string> warmer::take_list(round& r, std::size_t list,
                                             const result<upstream_answer>& answer) {
  if (!answer) return answer.error().text();
  if (answer->status != 200) return fmt::format("status {}", answer->status);
  json::reader reader(list_bytes_max);
  const auto document = reader.read(answer->body);
  if (!document) return document.error().text();
  std::vector<std::string> values;
  const auto& at = *r.settings->warm->keys[list].at;
  const bool whole = at.take(*document, values, reader.source(), key_lists::pages_max);
  if (!whole) return fmt::format("more than {} values", key_lists::pages_max);
  if (values.empty()) return "nothing stands at " + at.text();
  r.skipped->add(r.lists.replace(list, values));
  return std::nullopt;
}

asio::awaitable<void> warmer::make_pages(round* r) {
  auto left = r->lists.pages();
  if (left > key_lists::pages_max) {
    if (!r->too_many_said)
      logger().error("page {}: warm lists {} pages, only {} are made", r->settings->name, left,
                     key_lists::pages_max);
    r->too_many_said = true;
    left = key_lists::pages_max;
  }
  pace evenly(r->settings->warm->rate, time_.now());
  // The lists stay as they are until this ends: only this round replaces them.
  for (std::uint64_t n = 0; n < left;) {
    const auto now = time_.now();
    for (std::size_t made = 0; made < turn_pages && n < left && evenly.take(now); ++made)
      make_page(*r, n++, now);
    if (n == left) break;
    co_await pause(evenly.next() - time_.now());
  }
}

void warmer::make_page(round& r, std::uint64_t n, mono_time now) {
  const auto& page = store_.pages().page(r.page);
  const auto key = page.key_from(r.lists.at(n));
  const auto ref = key ? store_.know(*key, page.canonical(*key)) : no_page;
  if (ref == no_page) {
    r.skipped->add();
    return;
  }
  const auto is = store_.book().status(ref);
  // What is on its way to be fresh, or was given up, is not asked for twice.
  if (is.running || is.queued || is.state == freshness_state::parked) return;
  // A page that an earlier run or configuration left is good until the round after this one.
  if (!r.repeats && is.state == freshness_state::fresh && store_.content(ref)) return;
  store_.mark_page(ref, {.why = cause::warm}, now);
}

}  // namespace freshet
