#pragma once

#include <cstdint>
#include <cstdlib>
#include <memory>
#include <utility>

#include "core/select/event.hpp"

namespace freshet {

/// What an event is known by, in any run: see dedupe.
std::pair<std::uint64_t, std::uint64_t> identity_of(const event& e);

/// The identities of the newest events of one bus, so that a second gateway or a replay does no
/// work twice. Marks are idempotent, so this saves work and never correctness.
///
/// Shape:   identity = hash of (id, topic), of (topic, bytes) without an id: message ids alone are
///          shared by different messages in the wild. About `most` identities in rings of `ring`,
///          chosen by the hash; in each the oldest goes out. So one flat table of 8 bytes an
///          identity, no rehash, and a question reads one short run of memory.
/// Threads: home loop only.
class dedupe {
 public:
  static constexpr std::size_t ring = 64;

  explicit dedupe(std::size_t most = 1u << 20);

  /// Knows what `other`, of the same size, knows.
  void copy(const dedupe& other);

  /// True the first time.
  bool first_time(const event& e);
  std::size_t size() const { return size_; }
  /// What the table takes: pages of it that were never touched count for nothing.
  std::size_t bytes() const;

 private:
  struct give_back {
    void operator()(void* at) const { std::free(at); }
  };
  struct head {
    std::uint8_t next;  // the oldest, once the ring is full
    std::uint8_t used;
  };

  std::size_t ways_;   // of one ring
  std::size_t rings_;  // a power of two
  std::unique_ptr<std::uint64_t[], give_back> seen_;
  std::unique_ptr<head[], give_back> heads_;
  std::size_t size_ = 0;
  std::size_t touched_ = 0;  // rings
};

}  // namespace freshet
