#include <xxhash.h>

#include <algorithm>

#include "app/server/engine.hpp"
#include "connectors/rules/bus_reach.hpp"
#include "connectors/upstream/search/search_index.hpp"
#include "core/config/load.hpp"
#include "store/journal/journal_errc.hpp"

// What an engine takes from the journal, and what it gives to it.

namespace freshet::app {
namespace {

/// Only of a page that exists: what else was answered is built again soon enough.
std::optional<content_mark> shown_of(const saved_page& page) {
  std::array<char, 32> etag{};
  if (page.change_etag.size() != etag.size()) return std::nullopt;
  std::ranges::copy(page.change_etag, etag.begin());
  return content_mark(etag, 200);
}

/// Of the sections: the server's own keys stand before them.
std::uint64_t hash_of(const std::string& shown) {
  const auto from = std::min(shown.find("\n["), shown.size());
  return XXH3_64bits(shown.data() + from, shown.size() - from);
}

freshness freshness_of(const saved_page& page, class_id of, sequence verified_from, bool doubted) {
  freshness was;
  was.page = of;
  was.version = page.version;
  was.have = page.have;
  was.verified = page.verified;
  was.why = page.why;
  was.next_why = cause::event;
  was.from = page.from;
  std::shared_ptr<const error> failure;
  if (!page.failure.empty())
    failure = std::make_shared<const error>(journal_errc::earlier, page.failure);
  for (const auto& part : page.parts) {
    auto& out = was.parts.emplace_back();
    out.want = part.want;
    out.have = part.have;
    was.want = std::max(was.want, part.want);
    if (part.want > part.have) out.failure = failure;
    if (doubted || part.have < verified_from) out.state = freshness_state::unverified;
  }
  return was;
}

page_trouble trouble_of(const saved_page& page, wall_time now) {
  page_trouble out;
  out.attempts = page.attempts;
  out.errors = page.errors;
  out.errors_age = std::max<std::chrono::nanoseconds>(now - page.errors_since, {});
  // A clock that was set back must not keep a page parked for ever; the ledger knows its longest.
  if (page.parked_until)
    out.parked_for = std::max<std::chrono::nanoseconds>(*page.parked_until - now, {});
  return out;
}

/// What names the bus itself, without how it is read.
std::uint64_t connection_of(const config::bus_settings& bus) {
  config::settings only;
  auto& is = only.buses.emplace_back(bus);
  const config::bus_settings usual;
  is.expect_every = usual.expect_every;
  is.expect_topics.clear();
  is.catch_up.reset();
  is.max_message = usual.max_message;
  is.hwm = usual.hwm;
  is.rate = usual.rate;
  is.follow = usual.follow;
  return hash_of(config::show(only));
}

}  // namespace

std::uint64_t engine::recipe_hash(class_id page) const { return hash_of(recipe(settings_, page)); }

std::vector<bool> engine::resume(const journal_head& from) {
  recalling_ = true;
  std::vector<bool> missed(settings_.pages.size(), false);
  for (std::size_t b = 0; b < buses_.size(); ++b) {
    if (resume_at(b, from.cursors)) continue;
    const auto reach = reach_of_bus(settings_, b);
    for (std::size_t i = 0; i < reach.size(); ++i) missed[i] = missed[i] || reach[i];
  }
  return missed;
}

page_ref engine::recall(const recalled_page& page, sequence verified_from) {
  const auto match = pages_.find(page.what.path);
  if (match.what != page_match::outcome::found || match.canonical != page.what.path) return no_page;
  const auto of = match.key.page;
  const auto& settings = settings_.pages[of];
  if (settings.name != page.class_name || !settings.store) return no_page;
  if (recipes_.empty())
    for (std::size_t i = 0; i < settings_.pages.size(); ++i)
      recipes_.push_back(recipe_hash(static_cast<class_id>(i)));
  // What it shows was not kept, and a timer that ran out meanwhile was not seen.
  const bool doubted = !settings.shows.empty() || settings.until;
  remembered_page is;
  is.was = freshness_of(page.what, of, verified_from, doubted);
  is.trouble = trouble_of(page.what, time_.wall_now());
  is.popularity = page.what.popularity;
  is.shown = shown_of(page.what);
  is.as_it_was = recipes_[of] == page.recipe;
  const auto ref = store_->recall(match.key, page.what.path, is, time_.now());
  if (ref != no_page) unsaved_->set_row(ref, page.what.row);
  return ref;
}

void engine::recall_body(page_ref page, recalled_body body) {
  const auto* s = store_->slot_of(page);
  if (s == nullptr) return;
  const auto& of = settings_.pages[s->page];
  const auto negative = body.status != 200;
  if (finds_ != nullptr) finds_->note_known(s->page, s->path());
  auto made = refresher_->entry_of(s->page, std::move(body.body), body.etag, body.status,
                                   body.version, body.modified);
  // That something does not exist was good for `negative`; nobody knows how much of it is left.
  if (store_->recall_content(page, std::move(made)) && negative && of.negative.count() > 0)
    store_->mark_page(page, {.why = cause::timer, .lazy = true}, time_.now());
}

/// Not before all bodies are there: a page without its own would be built again for nothing.
void engine::start_verifying() {
  recalling_ = false;
  verify_soon();
}

std::shared_ptr<page_saver> engine::saver() {
  auto classes = std::make_shared<std::vector<saved_class>>();
  for (std::size_t i = 0; i < settings_.pages.size(); ++i)
    classes->push_back({settings_.pages[i].name, recipe_hash(static_cast<class_id>(i))});
  return std::make_shared<page_saver>(*store_, *unsaved_, std::move(classes));
}

saved_cursor engine::cursor_of(std::size_t bus) const {
  const auto* from = buses_[bus] ? buses_[bus]->keeper.get() : nullptr;
  const auto& settings = settings_.buses[bus];
  return {settings.name, connection_of(settings), from == nullptr ? "" : from->position()};
}

std::vector<saved_cursor> engine::cursors() const {
  std::vector<saved_cursor> out;
  for (std::size_t i = 0; i < buses_.size(); ++i)
    if (auto is = cursor_of(i); !is.position.empty()) out.push_back(std::move(is));
  return out;
}

/// A position says something to the same bus only, whatever its name is.
bool engine::resume_at(std::size_t bus, const std::vector<saved_cursor>& from) {
  const auto is = std::ranges::find(from, settings_.buses[bus].name, &saved_cursor::bus);
  return is != from.end() && is->connection == connection_of(settings_.buses[bus]) &&
         buses_[bus]->keeper->resume(is->position);
}

/// Buses that read differently now but are the same ones go on where they were; those that read
/// the same are taken over as they run.
void engine::resume_made(const engine& old) {
  const auto stood = old.cursors();
  for (std::size_t i = 0; i < buses_.size(); ++i)
    if (buses_[i]) static_cast<void>(resume_at(i, stood));
}

/// Every page has another number and perhaps another recipe: its row is written again, its body
/// only where the disk does not have it.
void engine::adopt_notes(const engine& old) {
  old.store_->for_each_known([&](const slot& s) {
    const auto row = old.unsaved_->row_of(s.ref);
    const auto here = store_->find(s.path());
    if (here == no_page) {
      if (row != 0) unsaved_->drop(row);
      return;
    }
    if (row != 0) unsaved_->set_row(here, row);
    if (row == 0 || old.unsaved_->content_noted(s.ref)) {
      unsaved_->content(here);
    } else {
      unsaved_->state(here);
    }
  });
  unsaved_->give_back(old.unsaved_->take_forgotten(), old.unsaved_->take_gone());
}

}  // namespace freshet::app
