#pragma once

#include <array>
#include <bit>
#include <cassert>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include "store/memory/memory_account.hpp"

namespace freshet {

/// Words by 64-bit hash: one cache line to look at, and no pause when it grows.
///
/// Shape:    a line holds six words and 16 bits of each one's hash, which are compared at once and
///           answer nearly every question that would miss. Lines stand in segments of 4 KiB, chosen
///           by the hash's top bits; a full segment splits into two, so growing moves a few hundred
///           words at most, whatever the size, and copies a directory of pointers. Words of one
///           hash are all kept; `is` of find() decides. Never shrinks.
/// Errors:   none; the word 0 asserts.
/// Lifetime: the words mean something to the caller only. insert() asks `hash_of(word)` of the
///           words that are in already.
/// Threads:  one.
/// Source:   extendible hashing (Fagin 1979); lines with tags and overflow counts as in Meta's F14.
class hash_directory {
 public:
  hash_directory() : directory_(2) { directory_[0] = directory_[1] = make(0); }

  /// The word of this hash for which `is(word)`, or 0.
  template <class Is>
  std::uint64_t find(std::uint64_t hash, Is&& is) const {
    const auto& lines = directory_[hash >> shift_]->lines;
    for (std::size_t at = home(hash);; at = (at + 1) % lines.size()) {
      const line& in = lines[at];
      for (auto hits = in.where(tag(hash)); hits != 0; hits &= hits - 1) {
        const auto word = in.words[static_cast<std::size_t>(std::countr_zero(hits))];
        if (is(word)) [[likely]]
          return word;
      }
      if (in.passed == 0) [[likely]]
        break;
    }
    if (!overflow_.empty()) [[unlikely]] {
      for (const auto& [h, word] : overflow_) {
        if (h == hash && is(word)) return word;
      }
    }
    return 0;
  }

  template <class HashOf>
  void insert(std::uint64_t hash, std::uint64_t word, HashOf&& hash_of) {
    assert(word != 0);
    ++size_;
    while (directory_[hash >> shift_]->used == used_max) {
      if (!split(hash, hash_of)) {  // hundreds of equal hashes: nobody's bad luck is that bad
        overflow_.emplace_back(hash, word);
        return;
      }
    }
    put(*directory_[hash >> shift_], hash, word);
  }

  /// REQUIRES: it is in.
  void erase(std::uint64_t hash, std::uint64_t word) {
    --size_;
    auto& in = *directory_[hash >> shift_];
    std::size_t at = home(hash);
    std::size_t place = in.lines[at].place_of(word);
    for (std::size_t n = 0; place == places && n < in.lines.size(); ++n) {
      at = (at + 1) % in.lines.size();
      place = in.lines[at].place_of(word);
    }
    if (place == places) {
      std::erase(overflow_, std::pair{hash, word});
      return;
    }
    in.lines[at].tags[place] = 0;
    in.lines[at].words[place] = 0;
    for (std::size_t n = home(hash); n != at; n = (n + 1) % in.lines.size()) --in.lines[n].passed;
    --in.used;
  }

  std::size_t size() const { return size_; }
  std::size_t bytes() const {
    return segments_.size() * heap_bytes(sizeof(segment) + alignof(segment)) +
           heap_bytes(segments_.capacity() * sizeof(void*)) +
           heap_bytes(directory_.capacity() * sizeof(segment*)) +
           heap_bytes(overflow_.capacity() * sizeof(overflow_[0]));
  }

 private:
  static constexpr std::size_t places = 6;  // of one line

  struct alignas(64) line {
    std::array<std::uint16_t, places> tags{};  // 0 = free
    std::uint32_t passed = 0;                  // words that belong here and found it full
    std::array<std::uint64_t, places> words{};

    /// Bit n = the n-th tag is this one. No branch, so that the next find begins meanwhile.
    std::uint32_t where(std::uint16_t tag) const {
      std::uint32_t found = 0;
      for (std::size_t n = 0; n < places; ++n)
        found |= static_cast<std::uint32_t>(tags[n] == tag) << n;
      return found;
    }
    std::size_t place_of(std::uint64_t word) const {
      std::size_t n = 0;
      while (n < places && words[n] != word) ++n;
      return n;
    }
  };
  struct segment {
    std::array<line, 64> lines;
    std::uint32_t used = 0;
    unsigned depth = 0;  // the top bits that all its hashes share
  };
  static constexpr std::size_t used_max = 64 * places * 13 / 16;

  static std::size_t home(std::uint64_t hash) { return hash % 64; }
  static std::uint16_t tag(std::uint64_t hash) {
    const auto bits = static_cast<std::uint16_t>(hash >> 6);
    return bits == 0 ? 1 : bits;
  }

  segment* make(unsigned depth) {
    segments_.push_back(std::make_unique<segment>());
    segments_.back()->depth = depth;
    return segments_.back().get();
  }

  static void put(segment& in, std::uint64_t hash, std::uint64_t word) {
    std::size_t at = home(hash);
    std::size_t place = in.lines[at].place_of(0);
    for (; place == places; place = in.lines[at].place_of(0)) {
      ++in.lines[at].passed;
      at = (at + 1) % in.lines.size();
    }
    in.lines[at].tags[place] = tag(hash);
    in.lines[at].words[place] = word;
    ++in.used;
  }

  /// False when it would not help: the hashes agree in more bits than so many words have by chance.
  template <class HashOf>
  bool split(std::uint64_t hash, HashOf& hash_of) {
    segment& old = *directory_[hash >> shift_];
    if (64 - shift_ == old.depth) {
      if (directory_.size() >= 64 * segments_.size()) return false;
      widen();
    }
    const unsigned bit = 63 - old.depth;
    segment& upper = *make(old.depth + 1);
    const auto all = std::make_unique<segment>(old);
    old = segment{};
    old.depth = upper.depth;
    for (const line& each : all->lines) {
      for (const std::uint64_t word : each.words) {
        if (word == 0) continue;
        const std::uint64_t h = hash_of(word);
        put((h >> bit) & 1 ? upper : old, h, word);
      }
    }
    const std::size_t run = std::size_t{1} << (64 - shift_ - old.depth);  // entries of each half
    const std::size_t first = (hash >> shift_) & ~(2 * run - 1);
    for (std::size_t i = 0; i < run; ++i) directory_[first + run + i] = &upper;
    return true;
  }

  void widen() {
    std::vector<segment*> wider(directory_.size() * 2);
    for (std::size_t i = 0; i < wider.size(); ++i) wider[i] = directory_[i / 2];
    directory_.swap(wider);
    --shift_;
  }

  std::vector<segment*> directory_;  // by the hash's top bits
  std::vector<std::unique_ptr<segment>> segments_;
  std::vector<std::pair<std::uint64_t, std::uint64_t>> overflow_;
  unsigned shift_ = 63;
  std::size_t size_ = 0;
};

}  // namespace freshet
