#include "net/sse/hub.hpp"

#include <algorithm>

namespace freshet::sse {

/// What is written to next lies in memory that thousands of writes have pushed out of the cache.
void hub::fetch_ahead() const {
  constexpr std::size_t far = 8, near = 4;
  const auto fetch = [](const void* at) { __builtin_prefetch(at, 1); };
  if (const auto id = ready_.ahead(far); id != 0) fetch(all_[static_cast<std::uint32_t>(id)].get());
  if (const auto id = ready_.ahead(near); id != 0) {
    if (const auto* s = find(id)) fetch(s->out.get());
  }
}

void hub::deliver_slice(mono_time now) {
  for (auto left = slice(); left > 0 && !ready_.empty(); --left) {
    auto* const s = find(ready_.take());
    fetch_ahead();
    if (s == nullptr) continue;
    s->queued = false;
    if (!catch_up(*s, now)) continue;
    const auto& next = bundle_for(*s);
    if (next.parts.empty()) {
      settle(*s, next, 0, now);
      continue;
    }
    s->queued = true;  // one letter at a time
    letters_.push_back({s->out.get(), next.bytes()});
    deliveries_.push_back({s, &next});
  }
  if (!sender_) sender_ = make_sender_ ? make_sender_() : std::make_unique<direct_sender>();
  sender_->send(letters_);
  for (std::size_t i = 0; i < letters_.size(); ++i) {
    auto& s = *deliveries_[i].to;
    s.queued = false;
    if (settle(s, *deliveries_[i].what, letters_[i].taken, now) && lags(s)) queue(s);
  }
  letters_.clear();
  deliveries_.clear();
  drop_bundles();
}

/// Their frames may be the last that hold large bodies.
void hub::drop_bundles() {
  while (bundles_used_ > 0) bundles_[--bundles_used_]->clear();
}

void hub::on_writable(subscriber_id id, mono_time now) {
  auto* const s = find(id);
  if (s == nullptr || !s->blocked) return;
  s->blocked = false;
  pump(*s, now);
}

void hub::on_readable(subscriber_id id) {
  auto* const s = find(id);
  if (s != nullptr && !s->out->swallow()) end(id, counters_.gone);
}

/// What has to leave before the frames of the log: the rest of a frame, a resync. False when the
/// stream cannot go on now: blocked, or ended and gone.
bool hub::catch_up(subscriber& s, mono_time now) {
  if (s.blocked) return false;
  if (!s.behind) s.told = seen_;
  s.behind = true;
  if (s.tail && !write_tail(s, now)) return false;
  if (!s.resync && resumable(s.told)) return true;
  begin_resync(s);
  return write_tail(s, now);
}

/// One piece after the other until the stream has been told everything, or takes no more.
void hub::pump(subscriber& s, mono_time now) {
  do {
    if (!catch_up(s, now)) return;
    const auto& next = bundle_for(s);
    std::ptrdiff_t taken = 0;
    if (!next.parts.empty()) {
      const auto wrote = s.out->try_write(next.bytes());
      taken = wrote ? static_cast<std::ptrdiff_t>(*wrote) : -1;
    }
    const bool goes_on = settle(s, next, taken, now);
    drop_bundles();
    if (!goes_on) return;
  } while (lags(s));
}

/// Most find theirs at the first look: it was made for the subscriber before.
const bundle& hub::bundle_for(const subscriber& s) {
  constexpr std::size_t looks = 4;
  for (auto i = bundles_used_; i > 0 && bundles_used_ - i < looks; --i) {
    if (bundles_[i - 1]->fits(s)) return *bundles_[i - 1];
  }
  if (bundles_used_ == bundles_.size()) bundles_.push_back(std::make_unique<bundle>());
  auto& made = *bundles_[bundles_used_++];
  made.begin(s, seen_);
  collect(s, made);
  return made;
}

void hub::collect(const subscriber& s, bundle& next) {
  struct {
    hub& self;
    const subscriber& s;
    bundle& next;
  } state{*this, s, next};
  // One reference fits into a std::function; three would be an allocation for every reader.
  source_.since(s.told, [&state](const change_ptr& c) {
    auto& [self, reader, out] = state;
    if (c->at > out.seen) return false;  // on_change will announce it
    const auto& watch = reader.of->watch;
    if (!(c->guarded ? watch.names(c->path) : watch.matches(c->path))) return true;
    const auto bytes = c->full ? self.settings_.inline_bytes : 0;
    const auto& whole = c->full && !c->content ? self.with_content(*c) : *c;
    out.add(self.frames_.get(whole, self.source_.epoch(), reader.name_by_id, bytes), c);
    return !out.full();
  });
}

/// A change of an earlier run, with the page that is here if it is still that version.
const change& hub::with_content(const change& c) {
  auto content = hooks_.content ? hooks_.content(c.path) : nullptr;
  if (!content || content->version != c.at) return c;
  recalled_ = c;
  recalled_.content = std::move(content);
  return recalled_;
}

/// Advances `told` over the frames that were begun, and keeps the rest of the last of them. False
/// when the stream cannot go on now: blocked, or ended and gone.
bool hub::settle(subscriber& s, const bundle& b, std::ptrdiff_t taken, mono_time now) {
  if (taken < 0) {
    end(s.id, counters_.gone);
    return false;
  }
  auto left = static_cast<std::size_t>(taken);
  if (left > 0 || b.parts.empty()) s.stalled_since = mono_time::max();
  std::size_t begun = 0;
  for (; begun < b.parts.size() && left > 0; ++begun) {
    const auto& part = b.parts[begun];
    s.told = part.what->at;
    if (awaited_[s.told % awaited_.size()] == s.told) observe(*part.what);
    if (left < part.bytes->size()) {
      s.tail = part.bytes;
      s.tail_at = left;
    }
    left -= std::min(left, part.bytes->size());
  }
  count(counters_.bytes, static_cast<std::uint64_t>(taken));
  count(counters_.events, begun);
  if (s.tail || begun < b.parts.size()) {
    s.block(now);
    return false;
  }
  if (b.full()) return true;
  s.told = std::max(s.told, b.seen);
  s.behind = s.told != seen_;
  return true;
}

void hub::begin_resync(subscriber& s) {
  std::string data(resync_payload_unknown());
  if (hooks_.current && s.of->watch.patterns().empty()) {
    std::vector<named_state> pages;
    for (const auto& path : s.of->watch.exact()) pages.push_back({path, hooks_.current(path)});
    data = resync_payload(pages);
  }
  auto bytes = encode({event_id{source_.epoch(), seen_}, "resync", data});
  s.tail = std::make_shared<const std::string>(std::move(bytes).value());
  s.tail_at = 0;
  s.told = seen_;
  s.resync = false;
  count(counters_.resyncs);
}

bool hub::write_tail(subscriber& s, mono_time now) {
  const auto taken = s.out->try_write(std::string_view(*s.tail).substr(s.tail_at));
  if (!taken) {
    end(s.id, counters_.gone);
    return false;
  }
  count(counters_.bytes, *taken);
  s.tail_at += *taken;
  if (s.tail_at < s.tail->size()) {
    s.block(now);
    return false;
  }
  s.tail.reset();
  s.tail_at = 0;
  s.stalled_since = mono_time::max();
  return true;
}

/// Once per change, and only for those that somebody waited for when they came: what a stream
/// catches up on after its own absence says nothing about how fast we are.
void hub::observe(const change& c) {
  awaited_[c.at % awaited_.size()] = 0;
  hooks_.first_sent(c);
}

}  // namespace freshet::sse
