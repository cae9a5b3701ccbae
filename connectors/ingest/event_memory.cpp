#include "connectors/ingest/event_memory.hpp"

#include <utility>

#include "store/memory/memory_account.hpp"

namespace freshet {

std::size_t event_record::bytes() const {
  std::size_t n = sizeof(*this) + heap_bytes(id) + heap_bytes(topic) + heap_bytes(tags) +
                  heap_bytes(rules.capacity() * sizeof(rules[0])) +
                  heap_bytes(paths.capacity() * sizeof(paths[0]));
  for (const auto& path : paths) n += heap_bytes(path);
  return n;
}

void event_memory::keep(event_record record) {
  bytes_ += record.bytes();
  records_.push_back(std::move(record));
  while (records_.size() > most_ || (bytes_ > bytes_max_ && records_.size() > 1)) {
    bytes_ -= records_.front().bytes();
    records_.pop_front();
  }
}

std::vector<const event_record*> event_memory::find(std::string_view id) const {
  std::vector<const event_record*> out;
  for (auto r = records_.rbegin(); r != records_.rend(); ++r)
    if (r->id == id) out.push_back(&*r);
  return out;
}

}  // namespace freshet
