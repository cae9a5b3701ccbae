#include "connectors/catchup/catch_up.hpp"

#include <algorithm>
#include <boost/asio/post.hpp>

#include "core/async/tokens.hpp"
#include "core/observe/rough_duration.hpp"

namespace freshet {
namespace {

namespace asio = boost::asio;

constexpr std::size_t turn_messages = 64;
constexpr std::size_t turn_bytes = 256u << 10;
constexpr std::chrono::seconds tell_every{10};
constexpr unsigned failing_after = 3;

counter& messages_counter(metrics& m, const std::string& bus, const char* result) {
  return m.make_counter("freshet_catch_up_messages_total",
                        "Messages read from a bus' history: missed by the bus, known already, of "
                        "other topics than the bus', or dropped because they could not be read.",
                        {{"bus", bus}, {"result", result}});
}

counter& requests_counter(metrics& m, const std::string& bus, const char* result) {
  return m.make_counter("freshet_catch_up_requests_total", "Questions to a bus' history.",
                        {{"bus", bus}, {"result", result}});
}

}  // namespace

catch_up::catch_up(asio::io_context::executor_type ex, const clock& time,
                   const config::bus_settings& settings, std::unique_ptr<history_source> source,
                   hooks h, metrics& m, std::uint64_t seed)
    : ex_(ex),
      time_(time),
      settings_(settings),
      source_(std::move(source)),
      hooks_(std::move(h)),
      decoder_(settings.name, settings.max_message),
      random_(seed),
      pause_(ex),
      missed_count_(messages_counter(m, settings.name, "missed")),
      known_count_(messages_counter(m, settings.name, "known")),
      other_count_(messages_counter(m, settings.name, "other")),
      dropped_count_(messages_counter(m, settings.name, "dropped")),
      answers_(requests_counter(m, settings.name, "ok")),
      errors_(requests_counter(m, settings.name, "error")) {
  for (std::size_t i = 0; i < history_lies; ++i)
    lies_[i] = &m.make_counter(
        "freshet_catch_up_lies_total", "What a bus' history said that was not so.",
        {{"bus", settings.name}, {"what", std::string(name_of(static_cast<history_lie>(i)))}});
}

asio::awaitable<catch_up::outcome> catch_up::run(wall_time from, wall_time to) {
  walk_.emplace(from, to);
  struct at_the_end {
    catch_up& of;
    ~at_the_end() {
      of.reached_ = of.walk_->reached();
      of.walk_.reset();
    }
  } const leaving{*this};
  missed_ = 0;
  last_error_ = {};
  lies_told_ = {};
  tell_at_ = time_.now() + tell_every;
  while (!walk_->ended()) {
    while (walk_->not_before() > time_.now()) {
      pause_.expires_at(asio::steady_timer::time_point::max());
      co_await pause_.async_wait(use_result);
    }
    auto page = co_await source_->ask(walk_->question());
    if (page) {
      answers_.add();
      page_facts facts;
      co_await read(&*page, &facts);
      walk_->answered(facts, time_.now());
    } else {
      errors_.add();
      if (!fail_once(page.error())) break;
    }
    count_lies();
    tell(time_.now());
  }
  co_return outcome{walk_->how(), walk_->messages(), missed_};
}

void catch_up::tick(mono_time now) {
  if (walk_ && walk_->not_before() <= now) pause_.cancel();
}

bool catch_up::fail_once(const error& why) {
  const auto before = walk_->failures();
  walk_->failed(why, random_(), time_.now());
  last_error_ = why;
  if (walk_->failures() == before) return true;  // a smaller page is asked for at once
  if (std::uint64_t held_back = 0; complaints_.allow(time_.now(), held_back))
    logger().warn("bus {}: catching up: {}; asked again in {} ({} more were not logged)",
                  settings_.name, why.text(), rough_duration(walk_->not_before() - time_.now()),
                  held_back);
  return walk_->failures() < failing_after || hooks_.failing(why);
}

/// The text is ours, so it may be read over several turns.
asio::awaitable<void> catch_up::read(const history_page* page, page_facts* facts) {
  facts->rows = page->rows();
  facts->pages = page->pages();
  facts->mark = page->mark();
  dropped_count_.add(page->rows() - page->messages().size());
  std::size_t messages = 0, bytes = 0;
  for (const auto message : page->messages()) {
    take(message, *facts);
    bytes += message.size();
    if (++messages % turn_messages != 0 && bytes < turn_bytes) continue;
    bytes = 0;
    co_await asio::post(ex_, asio::deferred);
  }
}

void catch_up::take(std::string_view message, page_facts& facts) {
  const auto got = decoder_.decode_line(message);
  if (!got) return dropped_count_.add();
  ++facts.messages;
  if (const auto& at = got.value.time) {
    // Times are the publishers', whole seconds among them.
    const auto slack =
        std::max<std::chrono::nanoseconds>(settings_.catch_up->overlap, std::chrono::seconds{1});
    if (*at < walk_->from() - slack || *at > walk_->to() + slack) ++facts.outside;
    if (facts.newest && *at < *facts.newest) facts.in_order = false;
    facts.newest = std::max(*at, facts.newest.value_or(*at));
  }
  if (!subscribed(got.value.topic)) return other_count_.add();
  if (hooks_.apply(got.value)) {
    ++missed_;
    missed_count_.add();
  } else {
    known_count_.add();
  }
}

/// The history has all topics, the bus brings those that begin as it was told.
bool catch_up::subscribed(std::string_view topic) const {
  return settings_.topics.empty() ||
         std::ranges::any_of(settings_.topics,
                             [&](const std::string& prefix) { return topic.starts_with(prefix); });
}

void catch_up::count_lies() {
  for (std::size_t i = 0; i < history_lies; ++i) {
    const auto is = walk_->lies(static_cast<history_lie>(i));
    lies_[i]->add(is - std::exchange(lies_told_[i], is));
  }
}

void catch_up::tell(mono_time now) {
  if (now < tell_at_ || walk_->ended()) return;
  tell_at_ = now + tell_every;
  const auto all =
      std::max<wall_time::duration>(walk_->to() - walk_->from(), wall_time::duration{1});
  logger().info("bus {}: catching up: {} %, {} messages, {} of them missed", settings_.name,
                100 * (walk_->reached() - walk_->from()) / all, walk_->messages(), missed_);
}

stream_report::walk catch_up::progress() const {
  stream_report::walk out{walk_->from(), walk_->to(),    walk_->reached(),  walk_->messages(),
                          missed_,       walk_->pages(), walk_->failures(), {}};
  if (walk_->failures() > 0) out.error = last_error_.text();
  return out;
}

}  // namespace freshet
