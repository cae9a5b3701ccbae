#include "connectors/ingest/event_memory.hpp"

#include <algorithm>
#include <utility>

namespace freshet {

void event_memory::keep(const event_record& record) {
  const auto bytes = record.packed_bytes();
  auto& last = with_room_for(bytes);
  record.pack(&last.at[last.used]);
  last.used += bytes;
  ++last.records;
  ++size_;
  while (chunks_.size() > 1 && (bytes_ > bytes_max_ || size_ - chunks_.front().records >= least_)) {
    bytes_ -= chunks_.front().capacity;
    size_ -= chunks_.front().records;
    chunks_.pop_front();
  }
}

event_memory::chunk& event_memory::with_room_for(std::size_t bytes) {
  if (!chunks_.empty() && chunks_.back().capacity - chunks_.back().used >= bytes)
    return chunks_.back();
  const auto capacity = std::max(bytes, chunk_bytes);
  bytes_ += capacity;
  return chunks_.emplace_back(capacity);
}

std::vector<event_record> event_memory::find(std::string_view id) const {
  std::vector<event_record> out;
  each_packed([&](const char* record) {
    if (event_record::packed_id(record) == id) out.push_back(event_record::unpack(record));
  });
  std::reverse(out.begin(), out.end());
  return out;
}

}  // namespace freshet
