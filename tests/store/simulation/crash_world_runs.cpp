#include <algorithm>

#include "tests/store/simulation/crash_process.hpp"

// How runs begin and end, and what is looked at while they last.

namespace freshet::test {

using namespace std::chrono_literals;

void crash_world::start() {
  const auto from = disk_->read();
  up_ = std::make_unique<process>(++runs_);
  auto& p = *up_;
  // After some crashes the clock is set back to nothing.
  const auto wall = agenda_.time().wall_now().time_since_epoch();
  const auto micros = std::chrono::duration_cast<std::chrono::microseconds>(wall).count();
  const auto run = next_run(from.head, dice_.chance(50) ? 0 : static_cast<std::uint64_t>(micros));
  require(run.first > highest_, "a run begins above every number of those before");
  require(from.head.clean || run.epoch > told_epoch_, "after a crash the epoch is a new one");
  page_store::options options;
  options.memory = all_things().settings.memory;
  options.seed = 1 + runs_;
  options.epoch = run.epoch;
  options.first = run.first;
  options.unsaved = &p.notes;
  store_hooks hooks;
  hooks.fragment = [](const freshness&) { return std::string(); };
  p.store.emplace(all_things().settings, all_things().pages, options, std::move(hooks));
  p.saver.emplace(*p.store, p.notes, [] {
    auto classes = std::make_shared<std::vector<saved_class>>();
    for (const auto& name : class_names) classes->push_back({name, 1});
    return classes;
  }());
  p.last_row = from.head.last_row;
  p.reserved = run.first + numbers_ahead;
  const auto cursor = std::ranges::find(from.head.cursors, "bus", &saved_cursor::bus);
  const bool resumes = has_history_ && cursor != from.head.cursors.end();
  p.position = p.written_position = resumes ? std::stoull(cursor->position) : log_.size();
  const auto doubts =
      doubts_of_next_run(from.head, run.first, class_names, std::vector<bool>(2, !resumes));
  published_before_ = newest_publication_;
  if (resumes) suspect_all();
  recall(from, doubts, run);
  disk_->begin(run.epoch, p.reserved, doubts);
  later(dice_.between(10ms, 300ms), [this] { close_hole(); });
  recall_bodies(from.bodies);
  for (unsigned page = 0; page < pages; ++page)
    later(dice_.between(0ms, 2s), [this, page] { visit(page); });
}

void crash_world::recall(const left_over& from, const std::vector<saved_doubt>& doubts,
                         const run_start& run) {
  auto& p = *up_;
  std::vector<change_ptr> changes;
  for (const auto& page : from.pages) {
    const auto match = all_things().pages.find(page.what.path);
    const auto of = match.key.page;
    require(class_names[of] == page.class_name, "a page is of the class that it was of");
    const bool forgetful = !all_things().settings.pages[of].shows.empty();
    const auto is = remembered(page.what, of, doubted_since(doubts, page.class_name), forgetful,
                               agenda_.time().wall_now());
    const auto ref = p.store->recall(match.key, page.what.path, is, agenda_.now());
    require(ref != no_page, "there is room for every page");
    p.notes.set_row(ref, page.what.row);
    if (auto c = change_of(page.what, from.head, of, ref)) changes.push_back(std::move(c));
  }
  if (!from.head.clean) return p.store->recall_changes({}, run.first - 1, run.first - 1);
  compare_with_end();
  for (const auto& gone : from.gone) {
    const auto here = p.store->find(gone.path);
    const auto of = all_things().pages.find(gone.path).key.page;
    changes.push_back(change_of(gone, of, here == no_page ? p.store->rows() : here));
  }
  std::ranges::sort(changes, {}, &change::at);
  p.store->recall_changes(changes, from.head.dropped, from.head.changed);
}

/// Nothing that was planned is forgotten, and nothing that was forgotten comes back.
void crash_world::compare_with_end() {
  for (unsigned page = 0; page < pages; ++page) {
    const auto& was = ended_as_[page];
    const auto ref = up_->store->find(path_of(page));
    require(ref != no_page || was.version == 0, "what was known comes back", page);
    if (ref == no_page) continue;
    const auto is = up_->store->book().status(ref);
    require(is.version == was.version, "after a good end a page comes back as it was", page);
    require(is.want >= was.want, "no mark is lost", page);
    require(!was.reread || is.reread || is.behind(), "a read that was planned still is", page);
    require(!was.floor || is.floor, "a floor that was pending still is", page);
  }
}

/// They come while pages are served and built already; some are lost.
void crash_world::recall_bodies(std::vector<recalled_body> bodies) {
  std::map<page_row, page_ref> places;
  auto& p = *up_;
  for (page_ref ref = 0; ref < p.store->rows(); ++ref)
    if (const auto row = p.notes.row_of(ref); row != 0) places[row] = ref;
  std::chrono::milliseconds last{0};
  for (auto& body : bodies) {
    const auto place = places.find(body.row);
    if (place == places.end() || dice_.chance(5)) continue;
    last = std::max(last, dice_.between(0ms, 300ms));
    later(last, [this, ref = place->second, body = std::move(body)] {
      if (up_->store->slot_of(ref) == nullptr) return;
      auto made = entry::make(body.body);
      made->version = body.version;
      made->status = body.status;
      made->etag = body.etag;
      up_->store->recall_content(ref, std::move(made));
    });
  }
  later(last + 1ms, [this] { up_->bodies_read = true; });
}

void crash_world::visit(unsigned page) {
  auto& p = *up_;
  const auto match = all_things().pages.find(path_of(page));
  const auto ref = p.store->know(match.key, match.canonical);
  if (p.store->content(ref)) {
    p.store->visited(ref, agenda_.now());
  } else {
    p.store->ask(ref, lane::visitor, cause::miss, agenda_.now());
  }
}

void crash_world::purge(unsigned page) {
  auto& p = *up_;
  const auto ref = p.store->find(path_of(page));
  if (ref == no_page) return;
  p.store->purge(ref, agenda_.now());
  seen_version_[page] = 0;  // its next version is one of another page, but numbers rise
  later(dice_.between(0ms, 500ms), [this, page] { visit(page); });
}

void crash_world::stop_well() { up_->stopping = true; }

void crash_world::kill() {
  ++crashes_;
  look(false);
  const auto torn = up_->being_written;
  highest_ = std::max(highest_, up_->store->book().last_sequence());
  up_.reset();
  disk_->crash(torn.get(), dice_);
  agenda_.in(dice_.between(1ms, 300ms), [this] { start(); });
}

/// Everything is on the disk: the run is over.
void crash_world::end_well() {
  ++clean_ends_;
  look(false);
  highest_ = std::max(highest_, up_->store->book().last_sequence());
  for (unsigned page = 0; page < pages; ++page) {
    const auto ref = up_->store->find(path_of(page));
    const auto is = ref == no_page ? freshness{} : up_->store->book().status(ref);
    // What was never built has nothing that could be kept.
    const bool kept = is.version != 0;
    ended_as_[page] = {is.version, kept ? is.want : 0, kept && is.reread, kept && is.floor};
  }
  disk_->end(up_->store->book().last_sequence());
  up_.reset();
  agenda_.in(dice_.between(1ms, 300ms), [this] { start(); });
}

/// What somebody who asks for each page, or is told of it, must never find.
void crash_world::look(bool at_rest) {
  read_changes();
  for (unsigned page = 0; page < pages; ++page) look_at(page, at_rest);
}

void crash_world::look_at(unsigned page, bool at_rest) {
  const auto& store = *up_->store;
  const auto ref = store.find(path_of(page));
  if (ref == no_page) return require(!at_rest, "at rest every page is known", page);
  const auto is = store.book().status(ref);
  const auto body = store.content(ref);
  require(is.version >= seen_version_[page], "I3: a version never goes back in an epoch", page);
  seen_version_[page] = is.version;
  highest_ = std::max({highest_, is.version, is.want});
  const bool fresh = is.state == freshness_state::fresh;
  if (fresh && body) {
    require(is.have == is.want, "what is fresh has every mark", page);
    for (unsigned n = 0; n < parts_of(page); ++n) {
      const auto asked = asked_at_.find({page, n, is.parts[n].have});
      if (asked == asked_at_.end()) continue;
      require(asked->second >= newest_arrival_[page][n],
              "I5: what is fresh was asked for after every message about it", page);
      require(asked->second >= published_before_[page][n],
              "what is fresh was asked for after everything before this run", page);
    }
  }
  if (!at_rest) return;
  require(fresh, "I2: at rest every page is fresh", page);
  require(body != nullptr, "at rest every page has its body", page);
  if (!body) return;
  require(is.state != freshness_state::parked, "at rest nothing is parked", page);
  auto all = truth(page, 0);
  if (parts_of(page) == 2) all += "|" + truth(page, 1);
  require(body->body() == all, "I2: at rest every page equals its upstream", page);
  require(told_version_[page] == is.version, "the subscriber was told of the newest version", page);
}

/// One who is told of everything, resumes where he was, and asks for all when he cannot.
void crash_world::read_changes() {
  const auto& log = up_->store->changes();
  if (log.epoch() != told_epoch_ || !log.whole_since(told_)) {
    if (log.epoch() != told_epoch_) seen_version_ = {};
    told_epoch_ = log.epoch();
    for (unsigned page = 0; page < pages; ++page) {
      const auto ref = up_->store->find(path_of(page));
      told_version_[page] = ref == no_page ? 0 : up_->store->book().version(ref);
    }
    told_ = std::max(log.last(), log.dropped());
    return;
  }
  for (const auto& c : log.since(told_)) {
    require(c->at > told_, "ids rise");
    told_ = c->at;
    const auto page = page_of(c->path);
    require(c->at > told_version_[page], "a subscriber never goes back", page);
    told_version_[page] = c->what == change::kind::deleted ? 0 : c->at;
  }
}

void crash_world::sweep() {
  for (unsigned page = 0; page < pages; ++page)
    if (const auto ref = up_->store->find(path_of(page)); ref != no_page)
      up_->store->mark_page(ref, {.why = cause::sweep, .in = lane::sweep}, agenda_.now());
}

/// False when nothing is left to happen.
bool crash_world::step() {
  if (up_) {
    pump();
    auto& p = *up_;
    const bool work = !p.notes.empty() || !p.doubts.empty() || p.position != p.written_position;
    if (!p.round_up && work) {
      p.round_up = true;
      later(dice_.between(1ms, 50ms), [this] { round(); });
    }
    if (p.stopping && !p.round_up && !work) end_well();
  }
  ++steps_;
  require(steps_ < 20'000, "the world comes to rest");
  const auto due = up_ ? up_->store->next_due() : std::nullopt;
  if (agenda_.empty() && !due) return false;
  if (agenda_.empty() || (due && *due < agenda_.next())) {
    agenda_.pass_to(*due);
    return true;
  }
  agenda_.go_on();
  if (up_ && dice_.chance(20)) look(false);
  return true;
}

std::string crash_world::run() {
  plan();
  while (wrong_.empty() && agenda_.now() < faults_end_ + 1s) step();
  // Nothing fails any more; what is in doubt has its turn, page by page.
  for (unsigned idle = 0; idle < 3 * pages && wrong_.empty();) idle = step() ? 0 : idle + 1;
  if (early_ && up_) sweep();
  for (unsigned idle = 0; idle < 3 * pages && wrong_.empty();) idle = step() ? 0 : idle + 1;
  if (wrong_.empty()) {
    require(up_ != nullptr, "at rest a process is up");
    if (up_) look(true);
  }
  return wrong_;
}

}  // namespace freshet::test
