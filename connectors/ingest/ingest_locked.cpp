#include <exception>
#include <functional>
#include <string>
#include <utility>

#include "connectors/ingest/ingest.hpp"

// What a bus or a rule could not deal with goes to the locker, and may be taken again.

namespace freshet {

void ingest::drop(std::size_t bus, const refused_message& message) {
  if (retried_ == nullptr) dropped_as(bus, message.why).add();
  if (!message.keep) return;
  locked_event one;
  one.bus = settings_.buses[bus].name;
  one.topic = message.topic;
  one.why = message.why;
  one.size = message.size;
  lock(std::move(one), message.bytes);
}

void ingest::lock_choked(const event& e, event_record& record) {
  locked_event one;
  one.bus = settings_.buses[record.bus].name;
  one.topic = e.topic;
  one.id = record.id;
  one.why = rules_.choked().empty() ? "mark" : "rule";
  one.size = e.bytes.size();
  for (const auto& c : rules_.choked()) {
    if (!one.detail.empty()) one.detail += "; ";
    one.detail += rules_.terms(c.rule).name + ": " + rules_.sentence(c.rule, c.what, c.term);
  }
  if (one.detail.empty()) one.detail = "its pages could not be marked";
  std::uint64_t held_back = 0;
  if (retried_ == nullptr && complaints_.allow(time_.now(), held_back))
    logger().warn("bus {}: event {} of {} goes to the locker: {} ({} more were not logged)",
                  one.bus, one.id, one.topic, one.detail, held_back);
  record.locked = true;
  lock(std::move(one), e.bytes);
}

void ingest::lock(locked_event event, std::string_view bytes) {
  event.at = time_.wall_now();
  if (retried_ != nullptr) {
    choked_again_ = true;
    retried_->why = event.why;
    retried_->detail = event.detail;
    return;
  }
  if (hooks_.keep != nullptr) hooks_.keep->put(std::move(event), bytes);
}

bool ingest::retry(locked_event event, const std::function<bool(const locked_event&)>& give) {
  retried_ = &event;
  choked_again_ = false;
  bool given = false;
  try {
    given = event.whole() && give(event);
  } catch (const std::exception& fault) {
    event.detail = fault.what();
  }
  retried_ = nullptr;
  if (given && !choked_again_) return true;
  if (hooks_.keep != nullptr) hooks_.keep->again(std::move(event));
  return false;
}

}  // namespace freshet
