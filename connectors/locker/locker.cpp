#include "connectors/locker/locker.hpp"

#include <xxhash.h>

#include <algorithm>
#include <utility>

#include "core/text/clipped.hpp"
#include "store/memory/memory_account.hpp"

namespace freshet {
namespace {

constexpr std::size_t text_bytes_max = 1024;
constexpr std::size_t reasons_max = 64;

void clip(std::string& text) {
  if (text.size() > text_bytes_max) text = std::string(clipped(text, text_bytes_max));
}

}  // namespace

locker::locker(metrics& m, locker_limits limits, locker_keeper* keeper)
    : metrics_(m),
      limits_(limits),
      keeper_(keeper),
      pushed_out_(m.make_counter("freshet_locker_pushed_out_total",
                                 "Locked events that gave way to newer ones.")) {
  m.make_gauge("freshet_locker_events", "Events that a decoder or a rule choked on and that wait.",
               [this] { return static_cast<double>(size()); });
  m.make_gauge("freshet_locker_bytes", "What the locked events take.",
               [this] { return static_cast<double>(bytes()); });
}

locker::group locker::group_of(const locked_event& event) {
  return {event.bus, event.why, event.detail};
}

std::size_t locker::cost_of(const locked_event& event) {
  return sizeof(events::value_type) + 64 + heap_bytes(event.bus) + heap_bytes(event.topic) +
         heap_bytes(event.id) + heap_bytes(event.why) + heap_bytes(event.detail) +
         heap_bytes(event.bytes);
}

counter& locker::counted(const locked_event& event) {
  auto why = std::make_pair(event.bus, event.why);
  if (counters_.size() >= reasons_max && !counters_.contains(why)) why.second = "other";
  auto& found = counters_[why];
  if (found == nullptr)
    found = &metrics_.make_counter("freshet_locker_events_total",
                                   "Events that a decoder or a rule choked on.",
                                   {{"bus", why.first}, {"why", why.second}});
  return *found;
}

std::uint64_t locker::hash_of(const group& of, std::string_view topic, std::string_view bytes) {
  auto hash = XXH3_64bits(bytes.data(), bytes.size());
  for (const std::string_view text :
       {topic, std::string_view(of.bus), std::string_view(of.why), std::string_view(of.detail)})
    hash = XXH3_64bits_withSeed(text.data(), text.size(), hash);
  return hash;
}

/// The same message for the same reason, kept whole: a publisher that says it again and again.
locked_event* locker::same_as(const locked_event& event, std::string_view bytes) {
  const auto known = same_.find(hash_of(group_of(event), event.topic, bytes));
  if (known == same_.end()) return nullptr;
  const auto at = events_.find(known->second);
  if (at == events_.end() || at->second.bytes != bytes || !at->second.whole()) return nullptr;
  return &at->second;
}

void locker::put(locked_event event, std::string_view bytes) {
  clip(event.topic);
  clip(event.id);
  clip(event.detail);
  counted(event).add();
  if (auto* known = same_as(event, bytes)) {
    ++known->times;
    known->last = event.at;
    if (keeper_ != nullptr) keeper_->kept(*known);
    return;
  }
  event.number = ++last_;
  event.times = 1;
  event.tries = 0;
  event.last = event.at;
  event.size = std::max<std::uint64_t>(event.size, bytes.size());
  event.bytes = bytes.substr(0, limits_.event_bytes);
  insert(std::move(event));
}

void locker::restore(std::vector<locked_event> left) {
  auto* const keeper = std::exchange(keeper_, nullptr);  // it knows them
  for (auto& event : left) {
    last_ = std::max(last_, event.number);
    insert(std::move(event));
  }
  keeper_ = keeper;
}

void locker::insert(locked_event event) {
  bytes_ += cost_of(event);
  const auto number = event.number;
  const auto group = group_of(event);
  groups_[group].insert(number);
  same_.insert_or_assign(hash_of(group, event.topic, event.bytes), number);
  const auto at = events_.insert_or_assign(number, std::move(event)).first;
  if (keeper_ != nullptr) keeper_->kept(at->second);
  make_room();
}

void locker::make_room() {
  while (events_.size() > 1 && (events_.size() > limits_.events || bytes_ > limits_.bytes)) {
    const auto most = std::max_element(groups_.begin(), groups_.end(), [](auto& a, auto& b) {
      return a.second.size() < b.second.size();
    });
    pushed_out_.add();
    remove(events_.find(*most->second.begin()));
  }
}

void locker::remove(events::iterator at) {
  bytes_ -= cost_of(at->second);
  const auto number = at->first;
  const auto group = groups_.find(group_of(at->second));
  const auto same = same_.find(hash_of(group->first, at->second.topic, at->second.bytes));
  if (same != same_.end() && same->second == number) same_.erase(same);
  group->second.erase(number);
  if (group->second.empty()) groups_.erase(group);
  events_.erase(at);
  if (keeper_ != nullptr) keeper_->gone(number);
}

const locked_event* locker::find(std::uint64_t number) const {
  const auto at = events_.find(number);
  return at == events_.end() ? nullptr : &at->second;
}

std::optional<locked_event> locker::take(std::uint64_t number) {
  const auto at = events_.find(number);
  if (at == events_.end()) return std::nullopt;
  auto out = at->second;
  remove(at);
  return out;
}

void locker::again(locked_event event) {
  ++event.tries;
  insert(std::move(event));
}

bool locker::drop(std::uint64_t number) { return take(number).has_value(); }

std::vector<std::uint64_t> locker::numbers() const {
  std::vector<std::uint64_t> out;
  for (const auto& [number, event] : events_) out.push_back(number);
  return out;
}

}  // namespace freshet
