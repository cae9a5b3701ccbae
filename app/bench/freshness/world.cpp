#include "app/bench/freshness/world.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <tuple>

namespace freshet::app {

using namespace std::chrono_literals;
using std::chrono::milliseconds;

world::world(std::uint64_t seed, const world_shape& shape)
    : shape_(shape),
      script_(seed * 2 + 1),
      answers_(seed * 2 + 2),
      start_(agenda_.now()),
      truth_(shape.packages * kinds.size(), 1) {
  std::uint64_t sum = 0;
  for (std::size_t i = 0; i < truth_.size(); ++i) heights_.push_back(sum += 1'000'000 / (i + 1));
}

std::size_t world::uneven_page() {
  const auto at = script_.below(heights_.back());
  const auto found = std::upper_bound(heights_.begin(), heights_.end(), at) - heights_.begin();
  return static_cast<std::size_t>(found) * 37 % truth_.size();
}

void world::begin(audience to) {
  to_ = std::move(to);
  plan_changes();
  plan_bus_faults();
  plan_upstream_faults();
  plan_visits();
}

void world::plan_changes() {
  for (unsigned i = 0; i < shape_.changes; ++i) {
    // Half of the changes are anywhere, half where most people look.
    const auto page = i % 2 == 0 ? script_.below(truth_.size()) : uneven_page();
    const auto visible = any_time();
    const bool early = script_.chance(shape_.early);
    const auto told = early ? visible - script_.between(0ms, std::min(5000ms, visible))
                            : visible + script_.between(20ms, 300ms);
    std::vector<milliseconds> copies;
    if (!script_.chance(2)) copies.resize(script_.chance(5) ? 2 : 1);
    for (auto& lag : copies)
      lag = script_.chance(3) ? script_.between(1s, 4s) : script_.between(20ms, 120ms);
    const auto recorded = script_.between(500ms, 4s);
    agenda_.at(start_ + visible, [this, page] { ++truth_[page]; });
    agenda_.at(start_ + told, [this, page, copies, recorded] { publish(page, copies, recorded); });
  }
}

void world::publish(std::size_t page, std::vector<milliseconds> copies, milliseconds recorded) {
  const auto* kind = kinds[kind_of(page)];
  const auto number = ++published_[kind_of(page)];
  bus_message out;
  out.page = page;
  out.at = agenda_.time().wall_now();
  out.topic = fmt::format("org.fedoraproject.prod.{}.changed", kind);
  const auto ms = std::chrono::floor<milliseconds>(out.at.time_since_epoch()).count();
  out.text = fmt::format(
      R"({{"topic":"{}","msg_id":"{}-{}","i":{},"timestamp":{}.{:03},"msg":{{"package":"{}"}}}})",
      out.topic, kind, number, number, ms / 1000, ms % 1000, package_of(page));
  for (const auto lag : copies)
    agenda_.in(lag, [this, out] {
      if (!down_ && !deaf_ && to_.heard) to_.heard(out);
    });
  agenda_.in(recorded, [this, out] { history_.push_back(out); });
}

void world::plan_bus_faults() {
  for (const auto at : {10min, 40min}) {
    if (at >= shape_.active) break;
    const auto begin = at + script_.between(0s, 5min);
    agenda_.at(start_ + begin, [this] { down_ = true; });
    agenda_.at(start_ + begin + script_.between(1min, 4min), [this] {
      down_ = deaf_ = false;
      ++connections_;
    });
  }
  if (shape_.active < 55min) return;
  agenda_.at(start_ + 41min, [this] { history_away_ = true; });
  agenda_.at(start_ + 53min, [this] { history_away_ = false; });
  agenda_.at(start_ + 22min, [this] { deaf_ = true; });
  agenda_.at(start_ + 32min, [this] { deaf_ = false; });
}

void world::reconnect() {
  if (down_) return;
  deaf_ = false;
  ++connections_;
}

void world::plan_upstream_faults() {
  const auto kind = script_.below(kinds.size());
  const auto begin = shape_.active / 2 + script_.between(0s, 2min);
  agenda_.at(start_ + begin, [this, kind] { away_[kind] = true; });
  agenda_.at(start_ + begin + 5min, [this, kind] { away_[kind] = false; });
}

void world::plan_visits() {
  for (unsigned i = 0; i < shape_.visits; ++i) {
    const auto page = uneven_page();
    agenda_.at(start_ + any_time(), [this, page] { to_.visit(page); });
  }
}

void world::call(std::size_t page, std::function<void(answer)> then) {
  ++calls_;
  const auto kind = kind_of(page);
  // The slowest answers 400 ms on average, one call in twenty takes five times as long.
  auto takes = answers_.between(20ms, 80ms) * static_cast<int>(1 + 4 * kind);
  if (answers_.chance(5)) takes *= 5;
  const bool healthy = agenda_.now() >= active_until();
  const bool hangs = !healthy && answers_.below(1000) < 3;
  const bool errs = !healthy && answers_.chance(2);
  if (hangs) {
    agenda_.in(call_timeout, [then = std::move(then)] { then({{}, failure::timed_out}); });
    return;
  }
  agenda_.in(takes / 2, [this, page, kind, errs, takes, then = std::move(then)]() mutable {
    answer said{truth_[page], {}};
    if (errs || away_[kind]) said = {{}, failure::refused};
    agenda_.in(takes - takes / 2, [then = std::move(then), said] { then(said); });
  });
}

std::optional<std::vector<const bus_message*>> world::history(wall_time from, wall_time to) const {
  if (history_away_) return std::nullopt;
  std::vector<const bus_message*> out;
  for (const auto& each : history_)
    if (each.at >= from && each.at <= to) out.push_back(&each);
  std::ranges::sort(out, {}, [](const bus_message* m) { return std::tie(m->at, m->text); });
  return out;
}

}  // namespace freshet::app
