#include "connectors/ingest/event_memory.hpp"

#include <utility>

namespace freshet {

void event_memory::keep(event_record record) {
  if (ring_.size() < most_) {
    ring_.push_back(std::move(record));
    return;
  }
  ring_[next_] = std::move(record);
  next_ = (next_ + 1) % most_;
}

std::vector<const event_record*> event_memory::find(std::string_view id) const {
  std::vector<const event_record*> out;
  for (std::size_t i = 0; i < ring_.size(); ++i) {
    // Backwards from the newest, which stands just before the oldest.
    const auto& r = ring_[(next_ + ring_.size() - 1 - i) % ring_.size()];
    if (r.id == id) out.push_back(&r);
  }
  return out;
}

}  // namespace freshet
