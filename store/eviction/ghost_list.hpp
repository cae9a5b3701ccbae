#pragma once

#include <absl/container/flat_hash_map.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "store/entry.hpp"

namespace freshet {

/// Which bytes a page showed, in eight: 64 bits of hash over etag and status.
class content_mark {
 public:
  content_mark() = default;
  content_mark(const std::array<char, 32>& etag, std::uint16_t status);
  bool operator==(const content_mark&) const = default;

 private:
  std::uint64_t hash_ = 0;
};

/// What stays of an evicted page.
struct ghost {
  std::uint64_t hash = 0;
  sequence version = 0;
  content_mark content{};
};

/// The evicted pages that are remembered, so that a page which comes back keeps its version when
/// its content is the same, goes on above it when not, and is taken for proven.
///
/// Shape:    at most `ghosts_max`, the oldest out; everything is reserved at the start. 64 bits of
///           key hash decide: a wrong match costs a version number, never a body.
/// Lifetime: plain values.
/// Threads:  home.
class ghost_list {
 public:
  explicit ghost_list(std::size_t ghosts_max);
  /// As many as fit into a 32nd of the memory limit.
  static std::size_t max_for(std::size_t memory_limit) { return memory_limit / 32 / row_bytes; }

  void remember(const ghost& g);
  /// The ghost of this key, which is forgotten by asking.
  std::optional<ghost> take(std::uint64_t hash);
  std::optional<ghost> peek(std::uint64_t hash) const;

  std::size_t size() const { return places_.size(); }
  std::size_t bytes() const;

 private:
  struct as_it_is {
    std::size_t operator()(std::uint64_t hash) const { return hash; }
  };
  // a ring row, and a map place at the lowest load that reserve() leaves
  static constexpr std::size_t row_bytes = sizeof(ghost) + 17 * 2 + 6;

  std::vector<ghost> ring_;  // a row whose hash does not lead back to it is a hole
  std::size_t next_ = 0;
  absl::flat_hash_map<std::uint64_t, std::uint32_t, as_it_is> places_;
};

}  // namespace freshet
