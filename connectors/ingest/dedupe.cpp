#include "connectors/ingest/dedupe.hpp"

#include <xxhash.h>

namespace freshet {
namespace {

std::uint64_t identity(const event& e) {
  const auto topic = XXH3_64bits(e.topic.data(), e.topic.size());
  const auto rest = e.id.empty() ? e.bytes : e.id;
  // The seed keeps an id from meaning the same as equal body bytes.
  return XXH3_64bits_withSeed(rest.data(), rest.size(), e.id.empty() ? topic : ~topic);
}

}  // namespace

bool dedupe::first_time(const event& e) {
  const auto id = identity(e);
  if (!seen_.insert(id).second) return false;
  if (ring_.size() < most_) {
    ring_.push_back(id);
    return true;
  }
  seen_.erase(std::exchange(ring_[next_], id));
  next_ = (next_ + 1) % most_;
  return true;
}

}  // namespace freshet
