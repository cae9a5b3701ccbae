#pragma once

#include <array>
#include <atomic>
#include <functional>
#include <random>
#include <vector>

#include "net/sse/bundle.hpp"
#include "net/sse/change_source.hpp"
#include "net/sse/frame_cache.hpp"
#include "net/sse/payload.hpp"
#include "net/sse/query.hpp"
#include "net/sse/sender.hpp"
#include "net/sse/subscriber.hpp"
#include "net/sse/watch_index.hpp"

namespace freshet::sse {

struct hub_settings {
  std::size_t streams_max = 10'000;  // 0 = no limit
  std::chrono::nanoseconds heartbeat = std::chrono::seconds(20);
  std::chrono::nanoseconds stream_age = std::chrono::minutes(10);
  std::chrono::nanoseconds write_timeout = std::chrono::seconds(20);
  std::chrono::milliseconds retry = std::chrono::seconds(3);
  std::size_t inline_bytes = 16 * 1024;
  std::size_t slice = 0;  // so many streams are written to in one turn; 0 = all
};

/// Written by the hub's loop only, read by anybody.
struct hub_counters {
  std::atomic<std::uint64_t> subscribers{0}, opened{0}, refused{0}, events{0}, bytes{0}, resyncs{0},
      slow{0}, rotated{0}, gone{0};
};

/// What the hub asks of the rest. Each may be empty.
struct hub_hooks {
  /// There is something to flush: call flush() soon, once. Called again only after or by flush().
  std::function<void()> wake;
  /// The page as it is now, for resync.
  std::function<page_state(std::string_view canonical_path)> current;
  /// The page's bytes, for a change of an earlier run: such come without. May answer null.
  std::function<entry_ptr(std::string_view canonical_path)> content;
  /// The first stream that names this page came, or the last one left: pin it and build it, or let
  /// go.
  std::function<void(std::string_view canonical_path, bool watched)> watch;
  /// The first frame of a change that an event caused leaves for somebody who waited for it.
  std::function<void(const change&)> first_sent;
};

/// Tells the subscribers of one loop what changed.
///
/// Shape:    frames leave in ascending sequence; id n means every matching change <= n was
///           delivered. A burst collapses to the newest version because delivery walks the
///           compacted log from `told`, and resume is the same walk. Those who watch the same and
///           were told the same share one bundle of frames: after the first of them a delivery is a
///           comparison and a write. Memory per subscriber is constant.
/// Errors:   add(): overloaded (streams_max), closed (draining). A stream that fails or does not
///           take bytes for write_timeout is closed: it resumes by its id.
/// Lifetime: `source` and what the hooks use outlive the hub. Streams die in it, or by remove().
/// Threads:  its loop only, but for counters() and watchers(). No clock and no socket in here:
///           `now` is a parameter, a stream an interface.
/// Source:   Mercure 1.0 for the surface; Redis' output buffer limits for the slow reader.
class hub {
 public:
  /// `make_sender`: asked at the first flush, by the loop's thread; empty = direct_sender.
  hub(const change_source& source, hub_settings settings, hub_hooks hooks, std::uint64_t seed,
      std::function<std::unique_ptr<sender>()> make_sender = {});
  ~hub();
  hub(const hub&) = delete;
  hub& operator=(const hub&) = delete;

  /// Whether add() would take one more: ask before the request's socket is given away.
  bool takes_more() const {
    return !draining_ && (settings_.streams_max == 0 || size_ < settings_.streams_max);
  }
  /// Takes the stream over and writes `head` (the response head), the hello, and what it missed, at
  /// once.
  result<subscriber_id> add(stream_request request, std::unique_ptr<stream> out,
                            std::string_view head, mono_time now);
  /// The other side closed, or somebody here decides so.
  void remove(subscriber_id id);

  /// REQUIRES: `c` is in the source already; in ascending sequence.
  void on_change(const change_ptr& c);
  /// The loop's mailbox was lapped: everybody compares with the log.
  void on_lapped();
  /// Delivers what on_change announced, and what tick() found: one slice. Wakes for the next.
  void flush(mono_time now);
  void on_writable(subscriber_id id, mono_time now);
  /// The other side sent something.
  void on_readable(subscriber_id id);

  /// Heartbeats, rotation, slow readers, farewells: a first slice of them. Call it about every
  /// second.
  void tick(mono_time now);

  /// Ends the streams that name such a page. They come back, and are asked again who they are.
  void leave(const std::function<bool(std::string_view canonical_path)>& page);

  /// Refuses new streams and says bye to the present ones, spread over `spread`.
  void drain(mono_time now, std::chrono::nanoseconds spread);

  std::size_t size() const { return size_; }
  bool contains(subscriber_id id) const { return find(id) != nullptr; }
  std::size_t pending_bytes() const;
  std::uint64_t frames_encoded() const { return frames_.encoded(); }
  const hub_counters& counters() const { return counters_; }
  /// How many streams name this page.
  std::size_t watchers(std::string_view canonical_path) const {
    return index_.watchers(canonical_path);
  }

 private:
  /// Ids that wait for their turn, each at most once. Who comes while a pass is under way waits for
  /// the next, so both lists keep their memory and nobody is passed over.
  struct turns {
    std::vector<subscriber_id> pass, next;
    std::size_t at = 0;
    bool empty() const { return at == pass.size() && next.empty(); }
    subscriber_id take();
    /// The n-th after the next; 0 = not in this pass.
    subscriber_id ahead(std::size_t n) const { return at + n < pass.size() ? pass[at + n] : 0; }
  };
  struct delivery {
    subscriber* to;
    const bundle* what;
  };

  /// One writer: no read-modify-write needed.
  static void count(std::atomic<std::uint64_t>& counter, std::uint64_t by = 1) {
    counter.store(counter.load(std::memory_order_relaxed) + by, std::memory_order_relaxed);
  }
  subscriber* find(subscriber_id id) const;
  subscriber& make_room();
  void place(subscriber& s, std::string_view last_event_id);
  void queue(subscriber& s);
  void wake();
  void fetch_ahead() const;
  void deliver_slice(mono_time now);
  void expire_slice(mono_time now);
  std::size_t slice() const { return settings_.slice == 0 ? all_.size() : settings_.slice; }
  bool catch_up(subscriber& s, mono_time now);
  const bundle& bundle_for(const subscriber& s);
  void collect(const subscriber& s, bundle& next);
  const change& with_content(const change& c);
  void drop_bundles();
  bool settle(subscriber& s, const bundle& b, std::ptrdiff_t taken, mono_time now);
  void pump(subscriber& s, mono_time now);
  bool write_tail(subscriber& s, mono_time now);
  void observe(const change& c);
  void begin_resync(subscriber& s);
  bool send_control(subscriber& s, frame_ptr bytes, mono_time now);
  const frame_ptr& heartbeat(event_id at);
  void end(subscriber_id id, std::atomic<std::uint64_t>& why);
  bool lags(const subscriber& s) const { return s.behind && s.told < seen_; }
  bool resumable(sequence at) const;
  bool due(const subscriber& s, mono_time now) const;
  void expire(subscriber& s, mono_time now);
  event_id position(const subscriber& s) const;
  std::chrono::nanoseconds spread(std::chrono::nanoseconds of, double low, double high);

  const change_source& source_;
  hub_settings settings_;
  hub_hooks hooks_;
  std::mt19937_64 random_;
  std::function<std::unique_ptr<sender>()> make_sender_;
  std::unique_ptr<sender> sender_;
  hub_counters counters_;
  frame_cache frames_;
  change recalled_;  // scratch of one frame
  watch_index index_;
  std::vector<std::unique_ptr<subscriber>> all_;  // by the lower half of the id
  std::vector<std::uint32_t> free_;
  std::size_t size_ = 0;
  std::uint64_t serial_ = 0;
  turns ready_;  // have something to be told
  turns due_;    // of tick()
  // Of the slice under way; empty between slices but for their memory.
  std::vector<letter> letters_;
  std::vector<delivery> deliveries_;
  std::vector<std::unique_ptr<bundle>> bundles_;
  std::size_t bundles_used_ = 0;
  frame_ptr beat_;  // the last heartbeat and its position
  event_id beat_for_;
  sequence seen_;
  // Changes that caused no frame yet, by their number; a newer one may take the place.
  std::array<sequence, 1024> awaited_{};
  bool woken_ = false;
  bool draining_ = false;
};

}  // namespace freshet::sse
