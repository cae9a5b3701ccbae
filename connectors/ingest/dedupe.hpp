#pragma once

#include <absl/container/flat_hash_set.h>

#include <cstdint>
#include <vector>

#include "core/select/event.hpp"

namespace freshet {

/// The identities of the newest events of one bus, so that a second gateway or a replay does no
/// work twice. Marks are idempotent, so this saves work and never correctness.
///
/// Shape:   identity = hash of (id, topic), of (topic, bytes) without an id: message ids alone are
///          shared by different messages in the wild. At most `most` identities, oldest out.
/// Threads: home loop only.
class dedupe {
 public:
  explicit dedupe(std::size_t most = 1u << 20) : most_(most) {}

  /// True the first time.
  bool first_time(const event& e);
  std::size_t size() const { return seen_.size(); }

 private:
  std::size_t most_;
  absl::flat_hash_set<std::uint64_t> seen_;
  std::vector<std::uint64_t> ring_;  // in order of arrival; grows to `most_`, then is reused
  std::size_t next_ = 0;
};

}  // namespace freshet
