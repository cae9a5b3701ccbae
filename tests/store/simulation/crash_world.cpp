#include "tests/store/simulation/crash_world.hpp"

#include <xxhash.h>

#include <algorithm>
#include <cstdio>
#include <stdexcept>

#include "core/config/load.hpp"
#include "tests/store/simulation/crash_process.hpp"

namespace freshet::test {

using namespace std::chrono_literals;

const things& all_things() {
  static const things is = [] {
    auto loaded = config::parse(R"(
memory = "4MiB"
[upstream.u]
kind = "http"
url = "http://127.0.0.1:1"
limits = { timeout = "2s", retries = 0 }
[page.p]
path = "/p/{name}"
fetch = { upstream = "u", get = "/p/{name}" }
shows = { bug = "/bugs/*" }
settle = "1500ms"
on = [
  { topic = "t", set = { name = "/msg/name" } },
  { topic = "b", set = { bug = "/msg/bug" } },
  { topic = "a", all = true },
]
[page.q]
path = "/q/{name}"
fetch = [
  { upstream = "u", get = "/a/{name}", into = "/a" },
  { upstream = "u", get = "/b/{name}", into = "/b" },
]
on = [{ topic = "q", set = { name = "/msg/name" } }, { topic = "a", all = true }]
min_interval = "200ms"
settle = "1500ms"
)");
    for (const auto& each : loaded.problems) throw std::logic_error(config::render(each));
    std::vector<config::diagnostic> problems;
    auto compiled = site::compile(loaded.value.pages, problems);
    return things{std::move(loaded.value), std::move(compiled)};
  }();
  return is;
}

namespace {

std::array<char, 32> etag_of(std::string_view body) {
  std::array<char, 33> text{};
  const auto hash = XXH3_64bits(body.data(), body.size());
  std::snprintf(text.data(), text.size(), "%032llx", static_cast<unsigned long long>(hash));
  std::array<char, 32> out{};
  std::copy_n(text.begin(), out.size(), out.begin());
  return out;
}

floor_ptr floor_at(int n) {
  static const auto rule = [] {
    auto made = std::make_shared<floor_rule>();
    made->event = *json::pointer::parse("/msg/n");
    made->page = *json::pointer::parse("/n");
    return std::shared_ptr<const floor_rule>(made);
  }();
  return std::make_shared<const page_floor>(rule, std::vector<std::string>{std::to_string(n)});
}

bool is_shown(const floor_ptr& floor, const std::string& body) {
  const auto text = "{\"n\":" + std::to_string(std::stoi(body)) + "}";
  simdjson::dom::parser parser;
  return floor->shown_by(parser.parse(text).value(), text);
}

/// The parts of a body, each null as long as it was never fetched.
std::array<std::string, 2> parts_in(const entry_ptr& body) {
  if (!body) return {};
  const auto text = body->body();
  const auto bar = std::min(text.find('|'), text.size());
  return {std::string(text.substr(0, bar)),
          bar < text.size() ? std::string(text.substr(bar + 1)) : ""};
}

}  // namespace

bool crash_world::message::names(unsigned page, unsigned part) const {
  if (of != class_of(page) || ((parts >> part) & 1) == 0) return false;
  return bound == 0 || (bound == 1 && value == name_of(page));
}

crash_world::crash_world(std::uint64_t seed, std::unique_ptr<disk> on)
    : dice_(seed), disk_(std::move(on)), faults_end_(agenda_.now() + 12s) {
  has_history_ = !dice_.chance(25);
  early_ = dice_.chance(30);
}

crash_world::~crash_world() = default;

void crash_world::require(bool holds, const char* what, unsigned page) {
  if (holds || !wrong_.empty()) return;
  wrong_ = std::string(what) + " (page " + std::to_string(page) + ", run " + std::to_string(runs_) +
           ", step " + std::to_string(steps_) + ")";
}

void crash_world::later(std::chrono::nanoseconds in, std::function<void()> act) {
  agenda_.in(in, [this, run = runs_, act = std::move(act)] {
    if (up_ && up_->number == run) act();
  });
}

std::string crash_world::truth(unsigned page, unsigned part) const {
  auto body = std::to_string(value_[page][part]);
  if (class_of(page) != 0) return body;
  for (unsigned b = 0; b < bugs; ++b)
    if ((shows_[page] >> b) & 1) body += " b" + std::to_string(b) + "=" + std::to_string(bug_[b]);
  return body;
}

void crash_world::plan() {
  for (auto i = dice_.below(30) + 15; i > 0; --i)
    agenda_.in(dice_.between(0ms, 11'900ms), [this] { change_something(); });
  for (auto i = dice_.below(4) + 1; i > 0; --i)
    agenda_.in(dice_.between(200ms, 11s), [this] {
      if (!up_) return;
      if (dice_.chance(30)) return stop_well();
      kill();
    });
  if (dice_.chance(40)) {
    const auto page = static_cast<unsigned>(dice_.below(pages));
    agenda_.in(dice_.between(0ms, 11s), [this, page] {
      if (up_ && !up_->stopping) purge(page);
    });
  }
  agenda_.at(faults_end_ + 1s, [this] {
    if (up_) close_hole();
  });
  start();
}

/// The message comes after the data; in some worlds also before it, by less than `settle`.
void crash_world::change_something() {
  const auto page = static_cast<unsigned>(dice_.below(pages));
  message m;
  m.of = class_of(page);
  std::function<void()> happens;
  if (const auto which = dice_.below(8); which == 0) {
    const auto b = dice_.below(bugs);
    happens = [this, b] { ++bug_[b]; };
    m.of = 0;
    m.bound = 2;
    m.value = "b" + std::to_string(b);
  } else if (which == 1) {  // of a whole class, each part of it
    happens = [this, of = m.of] {
      for (unsigned p = of; p < pages; p += 2)
        for (auto& each : value_[p]) ++each;
    };
  } else {
    const auto part = static_cast<unsigned>(dice_.below(parts_of(page)));
    const bool shows = m.of == 0 && which == 2;
    happens = [this, page, part, shows, bits = static_cast<unsigned>(dice_.below(1u << bugs))] {
      if (shows) shows_[page] = bits;
      ++value_[page][part];
    };
    m.bound = 1;
    m.value = name_of(page);
    if (m.of == 1) m.parts = part_mask{1} << part;
    if (m.of == 0 && dice_.chance(40)) m.floor = floor_at(value_[page][0] + 1);
  }
  if (early_ && dice_.chance(25)) {
    agenda_.in(dice_.between(0ms, 1s), std::move(happens));
  } else {
    happens();
  }
  publish(std::move(m));
}

void crash_world::publish(message m) {
  const auto number = log_.size();
  log_.push_back(std::move(m));
  arrived_at_.push_back(0);
  for (unsigned page = 0; page < pages; ++page)
    for (unsigned n = 0; n < parts_of(page); ++n)
      if (log_.back().names(page, n)) newest_publication_[page][n] = steps_;
  if (dice_.chance(8)) return;  // lost on the way
  for (auto copies = dice_.chance(10) ? 2 : 1; copies > 0; --copies) {
    const auto lag = dice_.chance(15) ? dice_.between(0ms, 2s) : dice_.between(0ms, 30ms);
    agenda_.in(lag, [this, number] {
      if (up_ && !up_->stopping) arrive(number);
    });
  }
}

// The bus, as its keeper reads it.

void crash_world::arrive(std::size_t number) {
  auto& p = *up_;
  if (number < p.position || p.ahead.contains(number)) {
    if (dice_.chance(30)) take(number);  // came so long ago that its identity was forgotten
    return;
  }
  take(number);
  if (number > p.position && !std::exchange(p.hole_noted, true))
    later(dice_.between(20ms, 400ms), [this] { close_hole(); });
}

void crash_world::take(std::size_t number) {
  auto& p = *up_;
  const auto& m = log_[number];
  const std::vector<std::string_view> values{m.value};
  const mark_request what{
      .parts = m.parts, .coalesce = dice_.chance(50) ? 100ms : 0ms, .floor = m.floor};
  p.store->mark({m.of, m.bound, m.bound == 0 ? std::span<const std::string_view>{} : values, what},
                agenda_.now());
  if (arrived_at_[number] == 0) {
    arrived_at_[number] = steps_;
    for (unsigned page = 0; page < pages; ++page)
      for (unsigned n = 0; n < parts_of(page); ++n)
        if (m.names(page, n)) newest_arrival_[page][n] = steps_;
  }
  if (number >= p.position) p.ahead.insert(number);
  while (p.ahead.erase(p.position) > 0) ++p.position;
}

/// All that the history has behind the position; or what there is to say when it has it not.
void crash_world::close_hole() {
  auto& p = *up_;
  if (p.stopping) return;
  if (has_history_ && !healthy() && dice_.chance(20)) {  // it did not answer
    p.hole_noted = true;
    return later(dice_.between(50ms, 500ms), [this] { close_hole(); });
  }
  p.hole_noted = false;
  if (!has_history_ || (!healthy() && dice_.chance(5))) {
    doubt_all();
    clear_all();
    p.ahead.clear();
    p.position = log_.size();
    return;
  }
  for (auto n = p.position - std::min<std::size_t>(p.position, 2); n < log_.size(); ++n)
    if (!p.ahead.contains(n)) take(n);
  clear_all();
}

void crash_world::suspect_all() {
  for (class_id of = 0; of < 2; ++of) up_->suspected.push_back(up_->store->suspect(of));
}

void crash_world::clear_all() {
  auto& held = up_->suspected;
  for (class_id of = 0; of < held.size(); ++of) up_->store->clear(of, held[of]);
  held.clear();
}

void crash_world::doubt_all() {
  auto& p = *up_;
  for (class_id of = 0; of < 2; ++of) {
    p.store->unverify(of);
    p.doubts.push_back({class_names[of], p.store->book().last_sequence() + 1});
  }
}

// Refreshes.

void crash_world::pump() {
  auto& p = *up_;
  for (int i = 0; i < 8 && p.store->tick(agenda_.now()); ++i) {
  }
  look_after_doubts();
  if (p.stopping) return;
  for (class_id of = 0; of < 2; ++of) {
    while (p.flying[of] < 2) {
      auto c = p.store->claim_next(of, agenda_.now(), lane::sweep);
      if (!c) break;
      begin(std::move(*c));
    }
  }
}

/// One page a turn, as at a bounded rate.
void crash_world::look_after_doubts() {
  auto& p = *up_;
  if (!p.bodies_read) return;
  const auto page = static_cast<unsigned>(steps_ % pages);
  const auto ref = p.store->find(path_of(page));
  if (ref == no_page) return;
  if (p.store->verify(ref, lane::rest, agenda_.now())) return;
  if (p.store->book().version(ref) != 0 && !p.store->content(ref))
    p.store->ask(ref, lane::rest, cause::sweep, agenda_.now());
}

void crash_world::begin(claim c) {
  auto& p = *up_;
  flight f;
  f.page = page_of(p.store->slot_of(c.ref)->path());
  // Without old bytes no part can be left out.
  f.what = std::move(c);
  ++p.flying[class_of(f.page)];
  later(dice_.between(0ms, 80ms), [this, f = std::move(f)]() mutable {
    for (unsigned n = 0; n < parts_of(f.page); ++n) {
      f.asked_at[n] = steps_;
      f.says[n] = truth(f.page, n);
    }
    for (unsigned b = 0; b < bugs; ++b)
      if (class_of(f.page) == 0 && ((shows_[f.page] >> b) & 1))
        f.shown.push_back("b" + std::to_string(b));
    later(dice_.between(0ms, 600ms), [this, f = std::move(f)] { end(f); });
  });
}

void crash_world::end(const flight& f) {
  auto& p = *up_;
  --p.flying[class_of(f.page)];
  if (p.store->slot_of(f.what.ref) == nullptr) return;
  if (!healthy() && dice_.chance(20)) {
    commit_request bad{.bad = f.what.parts, .counts_against_page = dice_.chance(50)};
    p.store->fail(f.what.ref, f.what.token, bad, agenda_.now());
    return;
  }
  commit(f, !healthy() && parts_of(f.page) == 2 && dice_.chance(20) ? 0b10 : 0);
}

void crash_world::commit(const flight& f, part_mask bad) {
  auto& p = *up_;
  const auto old = p.store->content(f.what.ref);
  const auto asked = old ? f.what.parts : all_parts;
  auto says = parts_in(old);
  for (unsigned n = 0; n < parts_of(f.page); ++n)
    if (((asked & ~bad) >> n) & 1) says[n] = f.says[n];
  const auto body = parts_of(f.page) == 1 ? says[0] : says[0] + "|" + says[1];
  new_content content;
  content.etag = etag_of(body);
  if (class_of(f.page) == 0) content.shows = {f.shown};
  content.make = [&](sequence version) -> entry_ptr {
    auto made = entry::make(body);
    made->version = version;
    made->etag = content.etag;
    return made;
  };
  content.floor_met = !f.what.floor || is_shown(f.what.floor, says[0]);
  const auto before = p.store->book().version(f.what.ref);
  const auto out = p.store->commit(f.what.ref, f.what.token, {.good = asked & ~bad, .bad = bad},
                                   content, nullptr, agenda_.now());
  if (!out.accepted || out.held) return;
  if (out.version != before) require(out.version > highest_, "numbers rise over runs", f.page);
  highest_ = std::max(highest_, out.version);
  const auto is = p.store->book().status(f.what.ref);
  for (unsigned n = 0; n < parts_of(f.page); ++n)
    if (((f.what.parts & ~bad) >> n) & 1) asked_at_[{f.page, n, is.parts[n].have}] = f.asked_at[n];
}

// The journal, as its coroutine writes it.

void crash_world::round() {
  auto& p = *up_;
  const bool whole = !p.store->marking();
  cut(std::make_shared<journal_batch>(), p.notes.waiting(),
      whole ? p.position : p.written_position);
}

void crash_world::cut(std::shared_ptr<journal_batch> batch, std::size_t left,
                      std::size_t position) {
  auto& p = *up_;
  const auto most = std::min<std::size_t>(left, 1 + dice_.below(3));
  const auto taken =
      p.saver->cut(*batch, most, 1u << 20, p.last_row, agenda_.now(), agenda_.time().wall_now());
  left = taken == 0 ? 0 : left - taken;
  // The loop goes on between two slices: what was cut may be forgotten before the batch is full.
  if (!healthy() && dice_.chance(4)) purge(static_cast<unsigned>(dice_.below(pages)));
  if (left > 0 && dice_.chance(70))
    return later(dice_.between(0ms, 2ms), [=, this] { cut(batch, left, position); });
  p.saver->finish(*batch);
  batch->reserved = p.reserved;
  batch->doubts = std::exchange(p.doubts, {});
  if (left == 0 && has_history_) batch->cursors.push_back({"bus", 1, std::to_string(position)});
  p.being_written = batch;
  later(dice_.between(0ms, 60ms), [=, this] { write(batch, left, position); });
}

void crash_world::write(std::shared_ptr<journal_batch> batch, std::size_t left,
                        std::size_t position) {
  auto& p = *up_;
  p.being_written.reset();
  if (!healthy() && dice_.chance(10)) {  // the disk is full
    p.saver->give_back(*batch);
    p.doubts.insert(p.doubts.begin(), batch->doubts.begin(), batch->doubts.end());
    p.round_up = false;
    return;
  }
  disk_->commit(*batch);
  if (left > 0) return cut(std::make_shared<journal_batch>(), left, position);
  p.written_position = position;
  p.round_up = false;
}

}  // namespace freshet::test
