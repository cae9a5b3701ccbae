#include "connectors/refresh/refresher.hpp"

#include <fmt/format.h>

#include <bit>

#include "connectors/upstream/limits/retry.hpp"
#include "core/json/validate.hpp"
#include "core/observe/log.hpp"
#include "core/select/gather.hpp"
#include "core/text/timestamp.hpp"
#include "net/client/client_errc.hpp"
#include "net/http/answer/entry_builder.hpp"

namespace freshet {

namespace asio = boost::asio;

constexpr std::chrono::milliseconds probe_behind{100};

refresher::refresher(const config::settings& settings, page_store& store, upstream_caller call,
                     const clock& time, metrics& m, std::vector<config::diagnostic>& problems)
    : settings_(settings), store_(store), call_(std::move(call)), time_(time), metrics_(m) {
  for (std::size_t i = 0; i < settings.pages.size(); ++i)
    recipes_.push_back(page_recipe::compile(
        settings, settings.pages[i], store.pages().page(static_cast<class_id>(i)), problems));
}

asio::awaitable<void> refresher::run(claim c) {
  const auto* s = store_.slot_of(c.ref);
  if (s == nullptr) co_return;  // purged between claim and here
  const auto page = s->page;
  auto key = store_.pages().find(s->path).key;
  std::string old_body;
  if (const auto old = store_.content(c.ref); old && old->status == 200)
    old_body = old->identity.body;
  // Without old bytes (never built, a 404, a body that was evicted) no part can be left out.
  const auto parts = old_body.empty() ? all_parts : c.parts;
  auto built = co_await build_document(&recipes_[page], &store_.pages().page(page), std::move(key),
                                       std::move(old_body), parts, c.in, &call_, &time_);
  finish(c, page, std::move(built));
}

void refresher::finish(const claim& c, class_id page, built_document built) {
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
    const auto content = content_of(page, built, request);
    const auto before = store_.book().version(c.ref);
    const auto done = store_.commit(c.ref, c.token, request, content, c.from, now);
    record.changed = done.accepted && done.version != before;
    result = !done.accepted ? "discarded" : record.changed ? "changed" : "same";
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

/// What follows from the document itself: its tag, the values it shows, when it ends by the clock.
new_content refresher::content_of(class_id page, built_document& built,
                                  commit_request& request) const {
  const auto& from = settings_.pages[page];
  new_content content;
  content.status = static_cast<std::uint16_t>(built.status);
  content.etag = http::content_etag(built.body);
  if (built.status == 200 && recipes_[page].is_json && (!from.shows.empty() || from.until)) {
    json::reader reader(from.max_size);
    if (const auto document = reader.read(built.body)) {
      for (const auto& [name, what] : from.shows)
        what.take(*document, content.shows.emplace_back(), reader.source());
      text_list texts;
      if (from.until && gather(*from.until, *document, texts, reader.source()) &&
          !texts.views().empty()) {
        if (const auto at = parse_timestamp(texts.views().front()))
          request.until = time_.now() + (*at - time_.wall_now());
      }
    }
  }
  content.make = [this, page, body = std::move(built.body), status = content.status](
                     sequence version, std::string_view path) -> entry_ptr {
    return entry_of(page, body, status, version, path);
  };
  return content;
}

entry_ptr refresher::entry_of(class_id page, std::string body, std::uint16_t status,
                              sequence version, std::string_view path) const {
  const auto& of = settings_.pages[page];
  return http::build_entry({.body = std::move(body),
                            .type = of.type,
                            .path = path,
                            .cache_control = of.cache_control,
                            .status = status,
                            .version = version,
                            .modified = time_.wall_now()});
}

asio::awaitable<built_document> refresher::build(page_key key, lane in) {
  const auto page = key.page;
  return build_document(&recipes_[page], &store_.pages().page(page), std::move(key), {}, all_parts,
                        in, &call_, &time_);
}

entry_ptr refresher::make_entry(class_id page, built_document built, sequence version,
                                std::string_view path) const {
  return entry_of(page, std::move(built.body), static_cast<std::uint16_t>(built.status), version,
                  path);
}

void refresher::count(class_id page, cause why, std::string_view result) {
  const auto& name = settings_.pages[page].name;
  const auto key = fmt::format("{}\n{}\n{}", name, text_of(why), result);
  auto& found = counters_[key];
  if (found == nullptr)
    found = &metrics_.make_counter(
        "freshet_refreshes_total", "Refreshes by page, cause and result.",
        {{"page", name}, {"cause", std::string(text_of(why))}, {"result", std::string(result)}});
  found->add();
}

}  // namespace freshet
