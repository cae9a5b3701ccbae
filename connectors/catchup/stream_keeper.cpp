#include "connectors/catchup/stream_keeper.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "core/observe/rough_duration.hpp"

namespace freshet {
namespace {

using std::chrono::nanoseconds;

std::string text_of(wall_time at) {
  const auto us = std::chrono::floor<std::chrono::microseconds>(at.time_since_epoch()).count();
  return fmt::format("{}", us);
}

std::optional<wall_time> time_of(std::string_view text) {
  std::int64_t us = 0;
  const auto* const end = text.data() + text.size();
  const auto read = std::from_chars(text.data(), end, us);
  constexpr std::int64_t most = std::numeric_limits<std::int64_t>::max() / 1000;
  if (read.ec != std::errc{} || read.ptr != end || us <= 0 || us > most) return std::nullopt;
  return wall_time{std::chrono::duration_cast<wall_time::duration>(std::chrono::microseconds{us})};
}

}  // namespace

stream_keeper::stream_keeper(const environment& with, const config::bus_settings& settings,
                             bus& source, std::unique_ptr<history_source> history, hooks h)
    : with_(with),
      settings_(settings),
      source_(source),
      hooks_(std::move(h)),
      silence_(settings, with.time.now()),
      alive_until_(with.time.now()),
      whole_until_(alive_until_),
      rebuilt_(with.counts.make_counter(
          "freshet_bus_rebuilt_total",
          "Connections made anew because nothing came for longer than `expect_every`.",
          {{"bus", settings.name}})) {
  for (std::size_t i = 0; i < gap_causes; ++i) {
    const metrics::labels labels{{"bus", settings.name},
                                 {"why", std::string(name_of(static_cast<gap_cause>(i)))}};
    gaps_[i] = &with.counts.make_counter(
        "freshet_bus_gaps_total", "Times that messages of the bus may not have come.", labels);
    lost_gaps_[i] = &with.counts.make_counter(
        "freshet_bus_gaps_lost_total",
        "Gaps that no history closed; the pages that the bus concerns were in doubt.", labels);
  }
  if (!history) return;
  past_ = std::make_unique<catch_up>(
      with.ex, with.time, settings, std::move(history),
      catch_up::hooks{[this](const event& e) {
                        numbers_.heard(e, with_.time.now(), true);
                        return hooks_.apply(e);
                      },
                      [this](const error& why) { return go_on_failing(why); }},
      with.counts, with.seed);
}

wall_time stream_keeper::wall_of(mono_time at) const {
  const auto ago = with_.time.now() - at;
  return with_.time.wall_now() - std::chrono::duration_cast<wall_time::duration>(ago);
}

void stream_keeper::heard(const event& e, bool again) {
  const auto now = with_.time.now();
  if (silence_.watches()) {
    for (const auto& was : silence_.heard(e.topic, now)) {
      if (!was.pattern.empty())
        logger().info("bus {}: {} again after {}", settings_.name, was.pattern,
                      rough_duration(was.for_now));
      // What came between our last look and this message may not all have come.
      note(gap_cause::silence, std::max(was.since, whole_until_), now);
    }
  }
  if (source_.may_lose()) numbers_.heard(e, now, again);
}

void stream_keeper::note(gap_cause why, mono_time since, mono_time now) {
  if (!source_.may_lose()) return;
  if (failing_) hooks_.doubt(why);  // its turn may never come
  // A number that is missing is one message, and soon known; the rest may be any amount.
  if (why != gap_cause::sequence) suspect(true);
  auto all = waiting_.value_or(gap{why, since, now});
  // The beginning of it all is the least of reasons.
  const bool counts = !waiting_ || (all.why == gap_cause::start && why != all.why);
  if (counts) gaps_[static_cast<std::size_t>(why)]->add();
  if (counts) all.why = why;
  all.since = std::min(all.since, since);
  all.noticed = now;
  waiting_ = all;
}

void stream_keeper::look_at_connections(mono_time now) {
  const auto is = source_.connections();
  if (is != connections_) {
    connections_ = is;
    // Until all were connected once it is the start, of which nothing before us was ours to lose.
    const auto since = was_up_ ? std::max(alive_until_ - unseen_death, whole_until_) : whole_until_;
    note(was_up_ ? gap_cause::reconnect : gap_cause::start, since, now);
    numbers_.forget_counts();
    history_helps_ = true;
  }
  if (!source_.up()) {
    // What was fetched meanwhile may have missed what came after.
    if (now - std::max(alive_until_, suspected_at_) >= unseen_death) suspect(true);
    return;
  }
  was_up_ = true;
  if (!source_.whole()) return;
  alive_until_ = now;
  // What a queue kept for us came: there was no gap.
  if (suspects_ && !waiting_ && !closing_) suspect(false);
}

void stream_keeper::look_at_silence(mono_time now) {
  for (const auto& quiet : silence_.due(now)) {
    const auto rebuilt = source_.rebuild(quiet.since);
    rebuilt_.add(rebuilt);
    if (!quiet.pattern.empty() || rebuilt > 0)
      logger().warn("bus {}: {} silent for {}, expected every {}; {} connections made anew",
                    settings_.name, quiet.pattern.empty() ? "all topics" : quiet.pattern,
                    rough_duration(quiet.for_now), rough_duration(quiet.expected), rebuilt);
    note(gap_cause::silence, std::max(quiet.since, whole_until_), now);
  }
}

void stream_keeper::look_at_numbers(mono_time now) {
  for (const auto& hole : numbers_.due(now)) {
    logger().warn("bus {}: {}: messages {} to {} did not come", settings_.name, hole.publisher,
                  hole.first, hole.last);
    note(gap_cause::sequence, hole.since, now);
  }
}

/// A publisher that stays away, one of several among them: what it would have said is read as long
/// as the history has it. A queue keeps what comes meanwhile.
void stream_keeper::look_at_the_missing(mono_time now) {
  if (!past_ || waiting_ || !history_helps_ || source_.is_kept() || source_.up()) return;
  const auto since = std::max(alive_until_ - unseen_death, whole_until_);
  if (now - std::max(alive_until_, whole_until_) < ask_while_down) return;
  waiting_ = gap{was_up_ ? gap_cause::reconnect : gap_cause::start, since, now - settle};
}

void stream_keeper::tick() {
  const auto now = with_.time.now();
  if (std::exchange(resumed_, false)) note(gap_cause::start, whole_until_, now);
  look_at_connections(now);
  look_at_silence(now);
  look_at_numbers(now);
  if (past_) past_->tick(now);
  if (busy_) return;
  look_at_the_missing(now);
  if (waiting_ && now - waiting_->noticed >= settle) {
    begin(*std::exchange(waiting_, std::nullopt), now);
  } else if (look_again_at_ && now >= *look_again_at_) {
    look_again_at_.reset();
    busy_ = true;
    with_.tasks.spawn("catch up", look_again(look_again_from_));
  }
}

void stream_keeper::begin(const gap& g, mono_time now) {
  whole_until_ = now;
  if (!past_) {
    give_up(g, "the bus has no `catch_up`");
    return suspect(false);
  }
  closing_ = g;
  busy_ = true;
  if (with_.tasks.spawn("catch up", close(g))) return;
  closing_.reset();  // we are stopping: it stays as it was found
  waiting_ = g;
}

void stream_keeper::give_up(const gap& g, std::string why) {
  const auto age = with_.time.now() - g.since;
  hooks_.doubt(g.why);
  // Who begins has little to lose: pages that were built before the first connection.
  if (g.why == gap_cause::start && age < std::chrono::seconds{10}) return;
  lost_ = g;
  lost_for_ = std::move(why);
  lost_gaps_[static_cast<std::size_t>(g.why)]->add();
  logger().warn(
      "bus {}: messages of the last {} may not have come ({}) and are not replayed: {}; the pages "
      "that they concern are unverified",
      settings_.name, rough_duration(age), name_of(g.why), lost_for_);
}

void stream_keeper::suspect(bool that) {
  if (!that && !suspects_) return;
  suspects_ = that;
  if (that) suspected_at_ = with_.time.now();
  if (hooks_.suspect) hooks_.suspect(that);
}

bool stream_keeper::go_on_failing(const error& why) {
  if (!closing_) return false;
  if (!std::exchange(failing_, true)) give_up(*closing_, why.text());
  return true;
}

/// The past first as far as now; messages that come meanwhile are live ones.
asio::awaitable<void> stream_keeper::close(gap g) {
  const auto began = with_.time.now();
  const auto to = with_.time.wall_now();
  const auto& past = *settings_.catch_up;
  const auto wanted = wall_of(g.since) - past.overlap;
  const auto from = std::max(wanted, to - past.max_age);
  logger().info("bus {}: catching up on {} ({})", settings_.name, rough_duration(to - from),
                name_of(g.why));
  if (wanted + past.overlap < from) give_up(g, "older than `max_age`");
  const auto done = co_await past_->run(from, to);
  history_helps_ = done.how == history_walk::end::whole;
  if (!history_helps_) give_up(g, std::string(name_of(done.how)));
  logger().info("bus {}: caught up: {} messages, {} of them missed, in {}", settings_.name,
                done.messages, done.missed, rough_duration(with_.time.now() - began));
  closing_.reset();
  busy_ = failing_ = false;
  if (!waiting_ && source_.up()) suspect(false);
  look_again_from_ = began;
  look_again_at_ = began + std::max<nanoseconds>(past.overlap, settle);
}

/// A history learns of messages a little later than we would have: the last of the window once
/// more, which costs one or two questions.
asio::awaitable<void> stream_keeper::look_again(mono_time since) {
  const auto from = wall_of(since) - settings_.catch_up->overlap;
  const auto done = co_await past_->run(from, with_.time.wall_now());
  if (done.missed > 0)
    logger().info("bus {}: {} more messages had been missed", settings_.name, done.missed);
  busy_ = false;
}

std::string stream_keeper::position() const {
  const auto own = source_.position();
  if (!source_.may_lose()) return own;
  const auto time = whole_until_text();
  return own.empty() ? time : time + " " + own;
}

std::string stream_keeper::whole_until_text() const {
  if (!past_) return {};
  if (closing_) return text_of(past_->reached());
  auto until = std::max(alive_until_ - unseen_death, whole_until_);
  if (waiting_) until = std::min(until, waiting_->since);
  if (const auto held = source_.held_since()) until = std::min(until, *held);
  for (const auto& quiet : silence_.silent(with_.time.now()))
    until = std::min(until, std::max(quiet.since, whole_until_));
  return text_of(wall_of(until));
}

bool stream_keeper::resume(std::string_view position) {
  if (!source_.may_lose()) return source_.resume(position);
  const auto space = std::min(position.find(' '), position.size());
  const bool has_place = space < position.size();
  if (has_place && !source_.is_kept()) return false;
  const bool kept = has_place && source_.resume(position.substr(space + 1));
  const auto at = time_of(position.substr(0, space));
  if (kept) suspect(true);  // until its queue is empty
  if (!at || !past_) return kept;
  auto age = std::chrono::duration_cast<nanoseconds>(with_.time.wall_now() - *at);
  if (age.count() < 0) {
    logger().warn(
        "bus {}: the clock was set back: its last position is {} ahead; as much as "
        "`max_age` is asked for",
        settings_.name, rough_duration(-age));
    age = settings_.catch_up->max_age;
  }
  whole_until_ = alive_until_ = with_.time.now() - age;
  resumed_ = !kept;  // what was kept has no gap, until it turns out that it was not
  suspect(true);
  return true;
}

stream_report stream_keeper::report() const {
  stream_report out;
  out.replays = past_ != nullptr;
  if (!source_.up()) out.down_for = source_.trouble();
  if (closing_) {
    out.open = shown(*closing_);
  } else if (waiting_) {
    out.open = shown(*waiting_);
  }
  if (closing_ && past_->running()) out.catching_up = past_->progress();
  if (lost_) {
    out.lost = shown(*lost_);
    out.lost_for = lost_for_;
  }
  for (const auto& quiet : silence_.silent(with_.time.now()))
    out.quiet.push_back({quiet.pattern, quiet.for_now});
  out.unjudged_publishers = numbers_.unjudged();
  return out;
}

}  // namespace freshet
