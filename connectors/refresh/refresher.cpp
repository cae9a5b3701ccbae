#include "connectors/refresh/refresher.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <bit>

#include "connectors/heavy/off_loop.hpp"
#include "connectors/upstream/limits/retry.hpp"
#include "core/observe/log.hpp"
#include "net/client/client_errc.hpp"
#include "net/http/answer/entry_builder.hpp"

namespace freshet {

namespace asio = boost::asio;

constexpr std::chrono::milliseconds probe_behind{100};
constexpr std::size_t bytes_for_one_answer = 16u
                                             << 10;  // of `memory`: validators are a few percent
constexpr std::string_view problem_type = "application/problem+json";

refresher::refresher(const config::settings& settings, page_store& store, upstream_caller call,
                     const clock& time, metrics& m, std::vector<config::diagnostic>& problems,
                     worker_thread* heavy)
    : settings_(settings),
      store_(store),
      call_(std::move(call)),
      time_(time),
      metrics_(m),
      heavy_(heavy),
      answers_(std::min<std::size_t>(50'000, settings.memory / bytes_for_one_answer)) {
  for (std::size_t i = 0; i < settings.pages.size(); ++i) {
    const auto& page = settings.pages[i];
    recipes_.push_back(page_recipe::compile(
        settings, page, store.pages().page(static_cast<class_id>(i)), problems));
    document_questions ask{page.shows, page.until, page.max_size};
    staleness_.push_back(&m.make_histogram(
        "freshet_staleness_seconds",
        "From the arrival of an event to the commit of the refresh that is as new as it.",
        {{"page", page.name}}));
    questions_.push_back(
        recipes_.back().is_json ? std::make_shared<document_questions>(std::move(ask)) : nullptr);
  }
}

asio::awaitable<void> refresher::run(claim c) {
  const auto* s = store_.slot_of(c.ref);
  if (s == nullptr) co_return;  // purged between claim and here
  const auto page = s->page;
  auto key = store_.pages().find(s->path()).key;
  asking asked{c.ref, store_.content(c.ref), c.why == cause::sweep || c.why == cause::timer};
  if (asked.shown && asked.shown->status != 200) asked.shown.reset();
  std::string old_body;
  if (asked.shown) old_body = asked.shown->body();
  // Without old bytes (never built, a 404, a body that was evicted) no part can be left out.
  const auto parts = old_body.empty() ? all_parts : c.parts;
  const upstream_caller ask_for = [this, &asked](std::size_t upstream, upstream_request request,
                                                 lane in) {
    return ask(&asked, upstream, std::move(request), in);
  };
  auto built = co_await build_document(&recipes_[page], &store_.pages().page(page), std::move(key),
                                       std::move(old_body), parts, c.in, &ask_for, &time_, heavy_);
  if (built.unchanged) built.etag = asked.shown->etag;
  auto found = co_await read(page, built.status, &built.body, c.floor);
  finish(c, page, std::move(built), std::move(found), std::move(asked));
}

asio::awaitable<result<upstream_answer>> refresher::ask(asking* of, std::size_t upstream,
                                                        upstream_request request, lane in) {
  if (!request.may_be_unchanged) co_return co_await call_(upstream, std::move(request), in);
  auto target = fmt::format("{} {}", upstream, request.target);
  if (of->for_changes && of->shown) {
    if (const auto* known = answers_.find(of->page, of->shown->etag, target)) {
      request.known_etag = known->etag;
      request.known_modified = known->modified;
    }
  }
  auto answer = co_await call_(upstream, std::move(request), in);
  if (answer && answer->status != 304)
    of->said.push_back({std::move(target), answer->etag, answer->modified});
  co_return answer;
}

/// The values that the document shows, and when it ends by the clock.
asio::awaitable<document_reading::outcome> refresher::read(class_id page, unsigned status,
                                                           std::string* body,
                                                           floor_ptr floor) const {
  document_reading::outcome nothing;
  nothing.floor_met = floor == nullptr;  // a page that is not there shows nothing
  if (status != 200 || !questions_[page] || (!floor && !questions_[page]->any())) co_return nothing;
  const auto lent = std::make_shared<std::string>(std::move(*body));
  document_reading reading{lent, questions_[page], std::move(floor)};
  auto found = co_await off_loop(heavy_, lent->size(), std::move(reading));
  *body = std::move(*lent);
  co_return found;
}

void refresher::finish(const claim& c, class_id page, built_document built,
                       document_reading::outcome read, asking asked) {
  const auto now = time_.now();
  refresh_record record{time_.wall_now(), c.why, std::move(built.calls), false, {}};
  commit_request request;
  request.good = built.good;
  request.bad = built.bad;
  request.failure = built.failure;
  request.verified = time_.wall_now();
  if (built.retry_after.count() > 0) request.retry_at = now + built.retry_after;
  if (built.failure) blame(page, built, request);
  if (built.failure) record.failure = built.failure->text();
  std::string_view result = "error";
  if (built.status == 0) {
    store_.fail(c.ref, c.token, request, now);
  } else {
    if (read.until) request.until = now + (*read.until - time_.wall_now());
    const auto etag = built.etag;
    const bool found = built.status == 200;
    const auto content = content_of(page, built, std::move(read));
    const auto before = store_.book().version(c.ref);
    const auto done = store_.commit(c.ref, c.token, request, content, c.from, now);
    record.changed = done.accepted && done.version != before;
    // An event that was ahead of its data is served when a second look brings them.
    const bool by_event = c.why == cause::event || (c.why == cause::reread && record.changed);
    if (done.accepted && !done.floor.pending && by_event) measure(c, page, now);
    // An answer that was refused is not in the page, and its validator would vouch for the old one.
    if (done.accepted && !done.held && found && built.bad == 0)
      answers_.keep(c.ref, asked.shown ? asked.shown->etag : std::array<char, 32>{}, etag,
                    std::move(asked.said));
    if (record.changed && c.why == cause::sweep && !done.requeued) note_drift(c, page, asked, now);
    if (c.floor) count_floor(c, page, done);
    // What came too late (its lease was lost) changed nothing and is asked again.
    result = !done.accepted ? "error" : record.changed ? "changed" : "same";
  }
  history_.keep(c.ref, std::move(record));
  count(page, c.why, result);
}

/// Whether a failure is this page's or its upstream's (ARCHITECTURE.md, section 3).
void refresher::blame(class_id page, const built_document& built, commit_request& request) const {
  const auto first = static_cast<std::size_t>(std::countr_zero(built.bad));
  const auto& code = built.failure->code;
  std::optional<mono_time> asked_again;
  if (first < recipes_[page].parts.size())
    asked_again = trouble_(recipes_[page].parts[first].upstream);
  const bool nobody_asked = code == client_errc::breaker_open || code == client_errc::overloaded ||
                            status_of(code) == 429;
  const bool unwell =
      status_of(code) >= 500 ? asked_again.has_value() : upstream_failed(*built.failure);
  request.counts_against_page = !nobody_asked && !unwell;
  // Beyond the next probe, so that probes rotate over the pages and one that its upstream cannot
  // serve does not keep the breaker open for all.
  if (asked_again)
    request.retry_at =
        std::max(request.retry_at.value_or(mono_time{}), *asked_again + probe_behind);
}

/// What follows from the document itself: its tag, the values it shows, its entry.
new_content refresher::content_of(class_id page, built_document& built,
                                  document_reading::outcome read) const {
  new_content content;
  content.status = static_cast<std::uint16_t>(built.status);
  content.etag = built.etag;
  content.shows = std::move(read.shows);
  content.floor_met = read.floor_met;
  // Made at most once: the body moves on into the entry.
  content.make = [this, page, body = std::make_shared<std::string>(std::move(built.body)),
                  etag = built.etag, status = content.status](sequence version) -> entry_ptr {
    return entry_of(page, std::move(*body), etag, status, version, time_.wall_now());
  };
  return content;
}

entry_ptr refresher::entry_of(class_id page, std::string body, std::array<char, 32> etag,
                              std::uint16_t status, sequence version, wall_time modified) const {
  const auto& of = settings_.pages[page];
  const bool found = status == 200;
  return http::build_entry({.body = found ? std::move(body) : negative_body(status),
                            .type = found ? std::string_view(of.type) : problem_type,
                            .base = settings_.public_url,
                            .cache_control = of.cache_control,
                            .status = status,
                            .version = version,
                            .modified = modified,
                            .etag = etag});
}

asio::awaitable<built_document> refresher::build(page_key key, lane in) {
  const auto page = key.page;
  return build_document(&recipes_[page], &store_.pages().page(page), std::move(key), {}, all_parts,
                        in, &call_, &time_, heavy_);
}

entry_ptr refresher::make_entry(class_id page, built_document built, sequence version) const {
  return entry_of(page, std::move(built.body), built.etag, static_cast<std::uint16_t>(built.status),
                  version, time_.wall_now());
}

/// How long visitors were shown what an event had overtaken. `from` is the newest one; of several
/// the first is known by when its refresh was due.
void refresher::measure(const claim& c, class_id page, mono_time now) {
  if (!c.from || c.from->received == mono_time{}) return;
  const auto since = std::min(c.from->received, c.due);
  staleness_[page]->observe(std::chrono::duration<double>(now - since).count());
}

/// Nobody had said that this page should be another.
void refresher::note_drift(const claim& c, class_id page, const asking& asked, mono_time now) {
  if (c.before != freshness_state::fresh && c.before != freshness_state::unverified) return;
  const auto shows = store_.content(c.ref);
  drift one;
  one.page = c.ref;
  one.of = page;
  one.said = c.before;
  one.parts = asked.shown && shows && shows->status == 200
                  ? parts_that_differ(settings_.pages[page], asked.shown->body(), shows->body())
                  : all_parts;
  one.want = store_.book().status(c.ref).want;
  one.at = now;
  one.when = time_.wall_now();
  drifted_(one);
}

void refresher::count_floor(const claim& c, class_id page, const commit_outcome& done) {
  if (!done.accepted) return;
  const auto* result = done.floor.unmet ? "unmet" : done.floor.settled ? "met" : "again";
  counted("freshet_floors_total", "Looks whether a page shows what its event said, by result.",
          {{"page", settings_.pages[page].name}, {"result", result}})
      .add();
  std::uint64_t held_back = 0;
  if (done.floor.unmet && complaints_.allow(time_.now(), held_back))
    logger().warn(
        "floor: {} does not show {} of event {}, and is taken as it is ({} more were not "
        "logged)",
        store_.slot_of(c.ref)->path(), c.floor->text(), c.from ? c.from->event_id : std::string(),
        held_back);
}

/// Series are made when something is first counted in them.
counter& refresher::counted(std::string_view name, std::string_view help, metrics::labels labels) {
  std::string key(name);
  for (const auto& [label, value] : labels) key += "\n" + value;
  auto& found = counters_[key];
  if (found == nullptr) found = &metrics_.make_counter(name, help, std::move(labels));
  return *found;
}

void refresher::count(class_id page, cause why, std::string_view result) {
  counted("freshet_refreshes_total", "Refreshes by page, cause and result.",
          {{"page", settings_.pages[page].name},
           {"cause", std::string(text_of(why))},
           {"result", std::string(result)}})
      .add();
}

}  // namespace freshet
