#include "net/sse/hub.hpp"

#include <algorithm>

namespace freshet::sse {
namespace {

/// One writer: no read-modify-write needed.
void count(std::atomic<std::uint64_t>& counter, std::uint64_t by = 1) {
  counter.store(counter.load(std::memory_order_relaxed) + by, std::memory_order_relaxed);
}

}  // namespace

hub::hub(const change_source& source, hub_settings settings, hub_hooks hooks, std::uint64_t seed)
    : source_(source),
      settings_(std::move(settings)),
      hooks_(std::move(hooks)),
      random_(seed),
      seen_(source.newest()) {}

hub::~hub() {
  for (auto& [id, s] : all_) s->out->close();
}

std::chrono::nanoseconds hub::spread(std::chrono::nanoseconds of, double low, double high) {
  const auto ns = static_cast<double>(of.count());
  const auto factor = std::uniform_real_distribution(low, high)(random_);
  return std::chrono::nanoseconds(static_cast<std::int64_t>(ns * factor));
}

event_id hub::position(const subscriber& s) const {
  return {source_.epoch(), s.behind ? s.told : seen_};
}

bool hub::resumable(sequence at) const {
  return at >= source_.oldest_dropped() && at <= source_.newest();
}

result<subscriber_id> hub::add(stream_request request, std::unique_ptr<stream> out,
                               std::string_view head, mono_time now) {
  if (!takes_more()) {
    count(counters_.refused);
    out->close();
    return fail(draining_ ? errc::closed : errc::overloaded,
                draining_ ? "the server is stopping" : "too many streams");
  }
  auto& s = *all_.emplace(++last_id_, std::make_unique<subscriber>()).first->second;
  const auto id = s.id = last_id_;
  s.watch = std::move(request.watch);
  s.name_by_id = request.name_by_id;
  s.out = std::move(out);
  s.beat_at = now + settings_.heartbeat;
  s.leave_at = now + spread(settings_.stream_age, 0.9, 1.1);
  place(s, request.last_event_id);
  const auto retry = spread(settings_.retry, 0.75, 1.25);
  const auto hello =
      encode_hello(std::chrono::duration_cast<std::chrono::milliseconds>(retry).count(),
                   s.resync ? std::nullopt : std::optional(position(s)));
  s.tail = std::make_shared<const std::string>(std::string(head) + hello);
  index_.add(s);
  count(counters_.opened);
  counters_.subscribers.store(all_.size(), std::memory_order_relaxed);
  if (hooks_.watch) {
    for (const auto& path : s.watch.exact()) {
      if (index_.watchers(path) == 1) hooks_.watch(path, true);
    }
  }
  pump(s, now);
  return id;
}

void hub::place(subscriber& s, std::string_view last_event_id) {
  if (last_event_id.empty()) return;
  const auto from = parse_event_id(last_event_id);
  s.behind = true;
  s.resync = !from || from->epoch != source_.epoch() || !resumable(from->at);
  s.told = s.resync ? seen_ : from->at;
}

void hub::remove(subscriber_id id) { end(id, counters_.gone); }

void hub::end(subscriber_id id, std::atomic<std::uint64_t>& why) {
  const auto at = all_.find(id);
  if (at == all_.end()) return;
  const auto s = std::move(at->second);
  all_.erase(at);
  index_.remove(*s);
  s->out->close();
  count(why);
  counters_.subscribers.store(all_.size(), std::memory_order_relaxed);
  if (!hooks_.watch) return;
  for (const auto& path : s->watch.exact()) {
    if (index_.watchers(path) == 0) hooks_.watch(path, false);
  }
}

void hub::queue(subscriber& s) {
  if (s.queued || s.blocked) return;  // a blocked one looks into the log when it can write again
  s.queued = true;
  ready_.push_back(s.id);
}

void hub::wake() {
  if (woken_ || ready_.empty()) return;
  woken_ = true;
  if (hooks_.wake) hooks_.wake();
}

void hub::on_change(const change_ptr& c) {
  if (c->at <= seen_) return;
  bool awaited = false;
  index_.each(c->path, [&](subscriber& s) {
    if (!s.behind) s.told = seen_;
    s.behind = true;
    queue(s);
    awaited = true;
  });
  if (awaited && hooks_.first_sent && c->received != mono_time{})
    awaited_[c->at % awaited_.size()] = c->at;
  seen_ = c->at;
  wake();
}

void hub::on_lapped() {
  for (auto& [id, s] : all_) {
    if (!s->behind) s->told = seen_;
    s->behind = true;
    queue(*s);
  }
  seen_ = std::max(seen_, source_.newest());
  wake();
}

void hub::flush(mono_time now) {
  woken_ = false;
  // Both lists keep their memory; whoever is queued meanwhile goes into the other one.
  auto ready = std::exchange(flushing_, {});
  ready.swap(ready_);
  for (const auto id : ready) {
    const auto at = all_.find(id);
    if (at == all_.end()) continue;
    at->second->queued = false;
    pump(*at->second, now);
  }
  ready.clear();
  flushing_ = std::move(ready);
}

void hub::on_writable(subscriber_id id, mono_time now) {
  const auto at = all_.find(id);
  if (at == all_.end()) return;
  at->second->blocked = false;
  pump(*at->second, now);
}

void hub::collect(const subscriber& s, subscriber::outgoing& next) {
  struct {
    hub& self;
    const subscriber& s;
    subscriber::outgoing& next;
  } state{*this, s, next};
  // One reference fits into a std::function; three would be an allocation for every reader.
  source_.since(s.told, [&state](const change_ptr& c) {
    auto& [self, reader, out] = state;
    if (c->at > self.seen_) return false;  // on_change will announce it
    if (!reader.watch.matches(c->path)) return true;
    const auto bytes = c->full ? self.settings_.inline_bytes : 0;
    out.add(self.frames_.get(*c, self.source_.epoch(), reader.name_by_id, bytes), c);
    return !out.full();
  });
}

void hub::begin_resync(subscriber& s) {
  std::string data(resync_payload_unknown());
  if (hooks_.current && s.watch.patterns().empty()) {
    std::vector<named_state> pages;
    for (const auto& path : s.watch.exact()) pages.push_back({path, hooks_.current(path)});
    data = resync_payload(pages);
  }
  auto bytes = encode({event_id{source_.epoch(), seen_}, "resync", data});
  s.tail = std::make_shared<const std::string>(std::move(bytes).value());
  s.tail_at = 0;
  s.told = seen_;
  s.resync = false;
  count(counters_.resyncs);
}

/// False when the stream cannot go on now: blocked, or ended and gone.
bool hub::write(subscriber& s, const subscriber::outgoing& next, mono_time now) {
  const auto before = s.written;
  const auto sent = s.write(next, now);
  count(counters_.bytes, s.written - before);
  if (sent == subscriber::sent::failed) {
    end(s.id, counters_.gone);
    return false;
  }
  for (std::size_t i = 0; i < next.count && next.at[i] <= s.told; ++i) {
    count(counters_.events);
    observe(*next.what[i]);
  }
  return sent == subscriber::sent::all;
}

/// Once per change, and only for those that somebody waited for when they came: what a stream
/// catches up on after its own absence says nothing about how fast we are.
void hub::observe(const change& c) {
  auto& awaited = awaited_[c.at % awaited_.size()];
  if (awaited != c.at) return;
  awaited = 0;
  hooks_.first_sent(c);
}

void hub::pump(subscriber& s, mono_time now) {
  if (s.blocked) return;
  if (!s.behind) s.told = seen_;
  s.behind = true;
  for (;;) {
    const bool lost = s.resync || !resumable(s.told);
    if (lost && !s.tail) begin_resync(s);
    subscriber::outgoing next;
    if (!lost) collect(s, next);
    if (!write(s, next, now)) return;
    if (!s.resync && resumable(s.told) && !next.full()) break;
  }
  s.told = std::max(s.told, seen_);
  s.behind = s.told > seen_;
}

bool hub::send_control(subscriber& s, std::string bytes, mono_time now) {
  if (s.tail || s.blocked) return true;  // what waits is younger than any comment
  s.tail = std::make_shared<const std::string>(std::move(bytes));
  s.tail_at = 0;
  const auto id = s.id;
  write(s, {}, now);
  return all_.contains(id);
}

bool hub::due(const subscriber& s, mono_time now) const {
  return now >= s.beat_at || now >= s.leave_at ||
         (s.stalled_since && now - *s.stalled_since >= settings_.write_timeout);
}

void hub::expire(subscriber& s, mono_time now) {
  if (s.stalled_since && now - *s.stalled_since >= settings_.write_timeout) {
    return end(s.id, counters_.slow);
  }
  const auto at = position(s);
  if (now >= s.leave_at) {
    const auto id = s.id;
    auto last = draining_ ? encode({at, "bye", "{}"}).value() : encode_heartbeat(at);
    if (send_control(s, std::move(last), now)) end(id, counters_.rotated);
    return;
  }
  s.beat_at = now + settings_.heartbeat;
  if (!s.resync) send_control(s, encode_heartbeat(at), now);
}

void hub::tick(mono_time now) {
  std::vector<subscriber_id> due_now;
  for (const auto& [id, s] : all_) {
    if (due(*s, now)) due_now.push_back(id);
  }
  for (const auto id : due_now) {
    if (const auto at = all_.find(id); at != all_.end()) expire(*at->second, now);
  }
}

void hub::drain(mono_time now, std::chrono::nanoseconds over) {
  draining_ = true;
  for (auto& [id, s] : all_) s->leave_at = now + spread(over, 0.0, 1.0);
}

std::size_t hub::pending_bytes() const {
  std::size_t sum = 0;
  for (const auto& [id, s] : all_) sum += s->pending_bytes();
  return sum;
}

}  // namespace freshet::sse
