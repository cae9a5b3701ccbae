#include <xxhash.h>

#include <algorithm>

#include "app/server/engine.hpp"
#include "connectors/rules/bus_reach.hpp"
#include "connectors/upstream/search/search_index.hpp"
#include "core/config/amqp_settings.hpp"
#include "core/config/load.hpp"
#include "store/journal/next_run.hpp"

// What an engine takes from the journal, and what it gives to it.

namespace freshet::app {
namespace {

/// Of the sections: the server's own keys stand before them.
std::uint64_t hash_of(const std::string& shown) {
  const auto from = std::min(shown.find("\n["), shown.size());
  return XXH3_64bits(shown.data() + from, shown.size() - from);
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
  if (is.amqp) {
    auto broker = *is.amqp;
    broker.prefetch = config::amqp_settings{}.prefetch;
    broker.expires = config::amqp_settings{}.expires;
    broker.tls = {};
    is.amqp = std::make_shared<const config::amqp_settings>(std::move(broker));
  }
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

page_ref engine::recall(const recalled_page& page, sequence doubted_since) {
  const auto match = pages_.find(page.what.path);
  if (match.what != page_match::outcome::found || match.canonical != page.what.path) return no_page;
  const auto of = match.key.page;
  const auto& settings = settings_.pages[of];
  if (settings.name != page.class_name || !settings.store) return no_page;
  if (recipes_.empty())
    for (std::size_t i = 0; i < settings_.pages.size(); ++i)
      recipes_.push_back(recipe_hash(static_cast<class_id>(i)));
  // What it shows was not kept, and a timer that ran out meanwhile was not seen.
  const bool forgetful = !settings.shows.empty() || settings.until;
  auto is = remembered(page.what, of, doubted_since, forgetful, time_.wall_now());
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
