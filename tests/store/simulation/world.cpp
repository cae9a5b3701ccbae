#include "tests/store/simulation/world.hpp"

#include <algorithm>

namespace freshet::test {

using namespace std::chrono_literals;
using words = std::vector<std::string_view>;

world::world(std::uint64_t seed)
    : random_(seed), book_(1 + seed % 1000, seed), marks_(index_, book_, 2) {
  faults_end_ = now_ + 30s;
  early_ = chance(30);
  book_.add_class(0, {.lease = 4s, .negative = 0s, .settle = 1500ms});
  book_.add_class(1, {.parts = 2, .lease = 4s, .min_interval = 200ms, .settle = 1500ms});
  index_.add_class(0, 1, 1);
  index_.add_shape(0, 0b01);
  index_.add_shape(0, 0b10);
  index_.add_class(1, 1, 0);
  index_.add_shape(1, 0b1);
}

void world::later(std::chrono::nanoseconds in, std::function<void()> act) {
  agenda_.push({now_ + in, ++orders_, std::move(act)});
}

void world::require(bool holds, const char* what, page_ref page) {
  if (holds || !wrong_.empty()) return;
  wrong_ = std::string(what) + " (page " + std::to_string(page) + ", step " +
           std::to_string(steps_) + ")";
}

std::string world::truth(page_ref p, unsigned part) const {
  std::string body = std::to_string(value_[p][part]);
  if (class_of(p) != 0) return body;
  for (unsigned b = 0; b < bugs; ++b) {
    if ((shows_[p] >> b) & 1) body += " b" + std::to_string(b) + "=" + std::to_string(bug_[b]);
  }
  return body;
}

std::vector<std::string> world::truth_shown(page_ref p) const {
  std::vector<std::string> out;
  for (unsigned b = 0; b < bugs; ++b) {
    if ((shows_[p] >> b) & 1) out.push_back("b" + std::to_string(b));
  }
  return out;
}

void world::plan() {
  for (page_ref p = 0; p < pages; ++p) {
    know(p, 0);
    later(dice(5000) * 1ms, [this, p] { visit(p); });
  }
  const auto changes = 20 + dice(40);
  for (std::int64_t i = 0; i < changes; ++i) {
    later(dice(29'000) * 1ms, [this] { change_something(); });
  }
  if (chance(50)) {  // an outage of one upstream
    const auto of = static_cast<class_id>(dice(2));
    later(dice(20'000) * 1ms, [this, of] { down_[of] = true, book_.set_breaker(of, true); });
    later(25s, [this, of] {
      down_[of] = false;
      book_.set_breaker(of, false);
      book_.rearm(of, now_, 2s);
    });
  }
  if (chance(30)) {
    const auto p = static_cast<page_ref>(dice(pages));
    later(dice(29'000) * 1ms, [this, p] { purge(p); });
  }
}

void world::know(page_ref p, sequence version) {
  const std::string own = name(p);
  const words parameters{own};
  marks_.add(p, class_of(p), {parameters, {}}, version);
  // Watched, so that lazy marks are served without a visitor.
  if (watched(p)) book_.watch(p, true, now_);
  model_[p].want = book_.status(p).want;
  if (model_[p].want != 0) arrived_.try_emplace(model_[p].want, steps_);
}

void world::visit(page_ref p) {
  const sequence before = book_.last_sequence();
  book_.ask(p, lane::visitor, cause::miss, now_);
  if (book_.last_sequence() != before) arrived_[book_.last_sequence()] = steps_;
}

void world::purge(page_ref p) {
  marks_.forget(p);
  const sequence version = model_[p].version;
  model_[p] = seen_page{};
  model_[p].version = version;
  know(p, version);
  visit(p);
}

/// The message comes after the data; in some worlds also before it, by less than `settle`.
void world::change_something() {
  const auto p = static_cast<page_ref>(dice(pages));
  const auto what = dice(4);
  const auto b = static_cast<unsigned>(dice(bugs));
  const auto bits = static_cast<unsigned>(dice(1u << bugs));
  const unsigned part = class_of(p) == 0 ? 0 : static_cast<unsigned>(dice(2));
  const auto happens = [this, p, what, b, bits, part] {
    if (what == 0) {
      ++bug_[b];
      return;
    }
    if (what == 1 && class_of(p) == 0) shows_[p] = bits;
    ++value_[p][part];
  };
  if (early_ && chance(25)) {
    later(dice(1000) * 1ms, happens);
  } else {
    happens();
  }
  if (what == 0) return emit(0, 0b10, "b" + std::to_string(b), all_parts);
  emit(class_of(p), 1, name(p), class_of(p) == 0 ? all_parts : part_mask{1} << part);
}

void world::emit(class_id of, dimension_mask bound, const std::string& value, part_mask parts) {
  if (chance(5)) {  // lost: the hole is seen later
    later(dice(5000) * 1ms, [this, of] { gap(of); });
    return;
  }
  mark_request what{.parts = parts, .coalesce = chance(50) ? dice(500) * 1ms : 0ms};
  what.lazy = chance(10);
  const int copies = chance(10) ? 2 : 1;
  for (int i = 0; i < copies; ++i) {
    // Each copy has a lag of its own: that is also what reorders.
    const auto lag = chance(20) ? dice(5000) * 1ms : dice(50) * 1ms;
    later(lag, [=, this] { deliver(of, bound, value, what); });
  }
}

void world::deliver(class_id of, dimension_mask bound, const std::string& value,
                    const mark_request& what) {
  words values;
  if (bound != 0) values.push_back(value);
  const auto out = marks_.mark({of, bound, values, what}, now_);
  arrived_[out.at] = steps_;
  // The model scans every page instead of asking an index.
  for (page_ref p = 0; p < pages; ++p) {
    if (class_of(p) != of) continue;
    const auto& shown = model_[p].shown;
    const bool hit = bound == 0 || (bound == 1 && value == name(p)) ||
                     (bound == 2 && std::find(shown.begin(), shown.end(), value) != shown.end());
    if (!hit) continue;
    model_[p].want = out.at;
    for (unsigned n = 0; n < 2; ++n) {
      const bool named = (what.parts >> n) & 1;
      if (named && (!what.lazy || watched(p))) model_[p].eager[n] = out.at;
    }
    require(book_.status(p).want == out.at, "a mark reaches every page that it names", p);
    require(book_.state(p) != freshness_state::fresh, "a marked page is not fresh", p);
  }
}

void world::gap(class_id of) {
  book_.unverify(of);
  deliver(of, 0, "", {.why = cause::sweep});
}

void world::pump() {
  const auto reaped = book_.reap(now_);
  for (const page_ref p : reaped.expired) {
    require(model_[p].running, "I1: only a running page loses its lease", p);
    model_[p].running = false;
  }
  for (const page_ref p : reaped.rereads) {
    // Of several parts one may be up because of its own event while another is read again.
    require(!model_[p].running || class_of(p) == 1, "a page is read again when nothing else does",
            p);
    model_[p].want = book_.status(p).want;
    arrived_[model_[p].want] = steps_;
  }
  if (marks_.any() && chance(50)) marks_.slice(static_cast<std::size_t>(1 + dice(3)), now_);
  if (const auto due = book_.next_due()) require(*due > now_, "after reap, due is in the future");
  for (class_id of = 0; of < 2; ++of) {
    while (flying_[of] < 2) {
      auto c = book_.claim_next(of, now_, lane::sweep);
      if (!c) break;
      begin(std::move(*c));
    }
  }
}

void world::begin(claim c) {
  seen_page& m = model_[c.ref];
  require(!m.running, "I1: at most one refresh of a page", c.ref);
  require(c.parts != 0, "a claim has work", c.ref);
  require(c.token.want >= m.want, "a claim serves every mark before it", c.ref);
  m.running = true;
  m.token = c.token;
  ++flying_[class_of(c.ref)];
  flight f;
  f.what = std::move(c);
  // Requests leave a little later, answers show the state of that moment and arrive later still.
  later(dice(100) * 1ms, [this, f = std::move(f)]() mutable {
    for (unsigned n = 0; n < 2; ++n) {
      if (!((f.what.parts >> n) & 1)) continue;
      f.asked_at[n] = steps_;
      f.body[n] = truth(f.what.ref, n);
    }
    f.shown = truth_shown(f.what.ref);
    const auto takes = !healthy() && chance(10) ? 3s + dice(3000) * 1ms : dice(1000) * 1ms;
    later(takes, [this, f = std::move(f)] { end(f); });
  });
}

void world::end(const flight& f) {
  const page_ref p = f.what.ref;
  --flying_[class_of(p)];
  if (!healthy() && chance(3)) return;  // died without a word: the lease runs out
  const bool down = down_[class_of(p)];
  if (down || (!healthy() && chance(25))) {
    const bool had = model_[p].running && model_[p].token == f.what.token;
    const freshness before = book_.status(p);
    commit_request bad{.bad = f.what.parts, .counts_against_page = !down};
    require(book_.fail(p, f.what.token, bad, now_) == had, "I4: a lost lease cannot fail a page",
            p);
    require(book_.status(p).have <= std::max(before.have, before.want), "an error adds nothing", p);
    require(book_.version(p) == before.version, "I6: an error changes no version", p);
    if (had) model_[p].running = false;
    return;
  }
  const part_mask bad = !healthy() && f.what.parts == 0b11 && chance(20) ? 0b10 : 0;
  commit(f, bad);
}

void world::commit(const flight& f, part_mask bad) {
  const page_ref p = f.what.ref;
  seen_page& m = model_[p];
  const part_mask good = f.what.parts & ~bad;
  auto body = m.body;
  for (unsigned n = 0; n < 2; ++n) {
    if ((good >> n) & 1) body[n] = f.body[n];
  }
  const bool changed = body != m.body;
  const bool had = m.running && m.token == f.what.token;
  const bool marked = m.want > f.what.token.want;
  const auto out =
      book_.commit(p, f.what.token, {.good = good, .bad = bad, .changed = changed}, now_);
  require(out.accepted == had, "I4: a commit counts exactly when it holds the lease", p);
  if (!out.accepted) return;
  m.running = false;
  m.body = body;
  require(out.version >= m.version, "I3: a version never goes back", p);
  require(changed == (out.version > m.version), "a version rises exactly with the content", p);
  m.version = out.version;
  const freshness s = book_.status(p);
  require(s.want >= m.want, "no mark is lost", p);
  require(s.have >= m.have, "I3: have never goes back", p);
  m.have = s.have;
  for (unsigned n = 0; n < s.parts.size(); ++n) {
    if (!((good >> n) & 1)) continue;
    const sequence have = s.parts[n].have;
    require(have == 0 || arrived_.at(have) <= f.asked_at[n], "I5: asked after the event came", p);
  }
  if (bad == 0 && !marked) require(!out.requeued, "I7: no refresh without a reason", p);
  if (class_of(p) == 0) {
    const std::string own = name(p);
    const words parameters{own};
    const std::vector<std::vector<std::string>> shows{f.shown};
    marks_.learn(p, 0, {parameters, shows}, f.what.token, now_);
    m.shown = f.shown;
    m.want = std::max(m.want, book_.status(p).want);
  }
  if (!changed) return;
  auto c = std::make_shared<change>();
  c->at = out.version;
  c->ref = p;
  c->path = name(p);
  changes_.append(c);
}

void world::sweep() {
  for (page_ref p = 0; p < pages; ++p) {
    model_[p].want = book_.mark(p, {.why = cause::sweep, .in = lane::sweep}, now_);
    arrived_[model_[p].want] = steps_;
  }
}

void world::read_changes(std::size_t at_most) {
  for (const auto& c : changes_.since(told_)) {
    if (at_most-- == 0) return;
    require(c->at > told_, "ids rise", c->ref);
    require(c->at >= model_[c->ref].told, "I3: a client never goes back", c->ref);
    told_ = c->at;
    model_[c->ref].told = c->at;
  }
}

void world::at_rest() {
  read_changes(1000);
  require(book_.running() == 0 && book_.queued() == 0 && !marks_.any(), "at rest nothing is due");
  require(book_.parked() == 0, "at rest with a healthy upstream nothing is parked");
  for (page_ref p = 0; p < pages; ++p) {
    const freshness s = book_.status(p);
    for (unsigned n = 0; n < s.parts.size(); ++n) {
      require(s.parts[n].have >= model_[p].eager[n], "I2: only a lazy mark waits to be asked", p);
    }
    if (s.state != freshness_state::fresh) {
      visit(p);
      continue;
    }
    require(s.have == s.want, "I2: have == want", p);
    for (unsigned n = 0; n < s.parts.size(); ++n) {
      require(model_[p].body[n] == truth(p, n), "I2: the page equals its upstream", p);
    }
    const sequence newest = changes_.changed(p);
    if (newest != 0) {
      require(newest == model_[p].version, "the log ends at the version", p);
      require(model_[p].told == newest || model_[p].told == 0, "the subscriber was told", p);
    }
  }
}

std::string world::run() {
  plan();
  for (int visits = 0; visits < 3 && wrong_.empty();) {
    pump();
    const auto due = book_.next_due();
    if (agenda_.empty() && !due && !marks_.any()) {
      if (std::exchange(early_, false)) {  // what two changes at once hid from a re-read
        sweep();
        continue;
      }
      at_rest();
      ++visits;  // lazy pages were asked for: once more
      continue;
    }
    ++steps_;
    require(steps_ < 20'000, "the world comes to rest");
    if (agenda_.empty() || (due && *due <= agenda_.top().at)) {
      if (due && !(marks_.any() && agenda_.empty())) now_ = std::max(now_, *due);
      continue;
    }
    step s = agenda_.top();
    agenda_.pop();
    now_ = s.at;
    s.act();
    if (chance(20)) read_changes(static_cast<std::size_t>(dice(4)));
  }
  for (page_ref p = 0; p < pages; ++p) {
    require(book_.state(p) == freshness_state::fresh, "I2: every page is fresh in the end", p);
  }
  return wrong_;
}

}  // namespace freshet::test
