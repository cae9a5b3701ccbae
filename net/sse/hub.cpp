#include "net/sse/hub.hpp"

#include <algorithm>

namespace freshet::sse {

hub::hub(const change_source& source, hub_settings settings, hub_hooks hooks, std::uint64_t seed,
         std::function<std::unique_ptr<sender>()> make_sender)
    : source_(source),
      settings_(std::move(settings)),
      hooks_(std::move(hooks)),
      random_(seed),
      make_sender_(std::move(make_sender)),
      seen_(source.newest()) {}

hub::~hub() {
  for (auto& s : all_) {
    if (s) s->out->close();
  }
}

subscriber* hub::find(subscriber_id id) const {
  const auto at = static_cast<std::uint32_t>(id);
  auto* const s = at < all_.size() ? all_[at].get() : nullptr;
  return s != nullptr && s->id == id ? s : nullptr;
}

subscriber& hub::make_room() {
  if (free_.empty()) {
    free_.push_back(static_cast<std::uint32_t>(all_.size()));
    all_.emplace_back();
  }
  const auto at = free_.back();
  free_.pop_back();
  all_[at] = std::make_unique<subscriber>();
  all_[at]->id = ++serial_ << 32 | at;
  ++size_;
  return *all_[at];
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
  auto& s = make_room();
  const auto id = s.id;
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
  index_.add(s, std::move(request.watch));
  count(counters_.opened);
  counters_.subscribers.store(size_, std::memory_order_relaxed);
  if (hooks_.watch) {
    for (const auto& path : s.of->watch.exact()) {
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
  auto* const found = find(id);
  if (found == nullptr) return;
  const auto at = static_cast<std::uint32_t>(id);
  const auto s = std::move(all_[at]);
  free_.push_back(at);
  --size_;
  const auto watched = hooks_.watch ? s->of->watch.exact() : std::vector<std::string>{};
  index_.remove(*s);
  s->out->close();
  count(why);
  counters_.subscribers.store(size_, std::memory_order_relaxed);
  for (const auto& path : watched) {
    if (index_.watchers(path) == 0) hooks_.watch(path, false);
  }
}

subscriber_id hub::turns::take() {
  if (at == pass.size()) {
    pass.clear();
    pass.swap(next);
    at = 0;
  }
  return pass[at++];
}

void hub::queue(subscriber& s) {
  if (s.queued || s.blocked) return;  // a blocked one looks into the log when it can write again
  s.queued = true;
  ready_.next.push_back(s.id);
}

void hub::wake() {
  if (woken_ || (ready_.empty() && due_.empty())) return;
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
  for (auto& s : all_) {
    if (!s) continue;
    if (!s->behind) s->told = seen_;
    s->behind = true;
    queue(*s);
  }
  seen_ = std::max(seen_, source_.newest());
  wake();
}

void hub::flush(mono_time now) {
  woken_ = false;
  deliver_slice(now);
  expire_slice(now);
  wake();
}

bool hub::send_control(subscriber& s, frame_ptr bytes, mono_time now) {
  if (s.tail || s.blocked) return true;  // what waits is younger than any comment
  s.tail = std::move(bytes);
  s.tail_at = 0;
  const auto id = s.id;
  write_tail(s, now);
  return contains(id);
}

/// Nearly all stand at the same place.
const frame_ptr& hub::heartbeat(event_id at) {
  if (!beat_ || beat_for_ != at) beat_ = std::make_shared<const std::string>(encode_heartbeat(at));
  beat_for_ = at;
  return beat_;
}

bool hub::due(const subscriber& s, mono_time now) const {
  return now >= s.beat_at || now >= s.leave_at ||
         (s.stalled_since < now && now - s.stalled_since >= settings_.write_timeout);
}

void hub::expire(subscriber& s, mono_time now) {
  if (s.stalled_since < now && now - s.stalled_since >= settings_.write_timeout) {
    return end(s.id, counters_.slow);
  }
  const auto at = position(s);
  if (now >= s.leave_at) {
    const auto id = s.id;
    auto last = draining_ ? std::make_shared<const std::string>(encode({at, "bye", "{}"}).value())
                          : heartbeat(at);
    if (send_control(s, std::move(last), now)) end(id, counters_.rotated);
    return;
  }
  s.beat_at = now + settings_.heartbeat;
  if (!s.resync) send_control(s, heartbeat(at), now);
}

void hub::tick(mono_time now) {
  if (due_.empty()) {
    for (const auto& s : all_) {
      if (s && due(*s, now)) due_.next.push_back(s->id);
    }
  }
  expire_slice(now);
  wake();
}

void hub::expire_slice(mono_time now) {
  for (auto left = slice(); left > 0 && !due_.empty(); --left) {
    auto* const s = find(due_.take());
    if (s != nullptr && due(*s, now)) expire(*s, now);
  }
}

void hub::leave(const std::function<bool(std::string_view)>& page) {
  for (std::size_t at = 0; at < all_.size(); ++at)
    if (all_[at] && std::ranges::any_of(all_[at]->of->watch.exact(), page))
      end(all_[at]->id, counters_.rotated);
}

void hub::drain(mono_time now, std::chrono::nanoseconds over) {
  draining_ = true;
  for (auto& s : all_) {
    if (s) s->leave_at = now + spread(over, 0.0, 1.0);
  }
}

std::size_t hub::pending_bytes() const {
  std::size_t sum = 0;
  for (const auto& s : all_) {
    if (s) sum += s->pending_bytes();
  }
  return sum;
}

}  // namespace freshet::sse
