#pragma once

#include <array>
#include <cassert>
#include <cstddef>
#include <memory>
#include <vector>

#include "store/memory/memory_account.hpp"

namespace freshet {

/// A dense array that grows by chunks: rows never move and growing never copies the old ones, so
/// that the millionth page costs no longer a pause than the first.
///
/// Shape:    rows are value-initialised when their chunk is made; never shrinks.
/// Lifetime: references stay valid as long as the array.
/// Threads:  one.
template <class T, std::size_t chunk_rows = 256>
class chunked {
 public:
  chunked() = default;
  chunked(chunked&&) noexcept = default;
  chunked& operator=(chunked&&) noexcept = default;
  chunked(const chunked& other) {
    for (const auto& each : other.chunks_) chunks_.push_back(std::make_unique<chunk>(*each));
  }
  chunked& operator=(const chunked& other) { return *this = chunked(other); }

  /// The row, made if it is beyond the end.
  T& grow_to(std::size_t row) {
    while (row >= size()) chunks_.push_back(std::make_unique<chunk>());
    return (*this)[row];
  }
  T& operator[](std::size_t row) {
    assert(row < size());
    return (*chunks_[row / chunk_rows])[row % chunk_rows];
  }
  const T& operator[](std::size_t row) const {
    assert(row < size());
    return (*chunks_[row / chunk_rows])[row % chunk_rows];
  }
  std::size_t size() const { return chunks_.size() * chunk_rows; }
  std::size_t bytes() const {
    return chunks_.size() * heap_bytes(sizeof(chunk)) +
           heap_bytes(chunks_.capacity() * sizeof(chunks_[0]));
  }

 private:
  using chunk = std::array<T, chunk_rows>;
  std::vector<std::unique_ptr<chunk>> chunks_;
};

}  // namespace freshet
