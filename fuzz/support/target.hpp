#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string_view>
#include <vector>

/// What libFuzzer, and the replaying main in every other preset, call with each input.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace freshet::fuzz {

/// A property of the code under test. Ends the process when it does not hold, in release builds
/// too: that is how a fuzzer learns of it.
inline void require(bool holds, const char* property) {
  if (holds) return;
  std::fprintf(stderr, "property broken: %s\n", property);
  std::abort();
}

/// One input as lines and a rest, so that a seed can be read and written by people.
///
/// Shape:    every piece is a heap block of exactly its size: ASan sees the first byte read beyond.
/// Lifetime: pieces live as long as this.
class input {
 public:
  input(const std::uint8_t* data, std::size_t size)
      : left_(reinterpret_cast<const char*>(data), size) {}
  input(const input&) = delete;

  bool done() const { return left_.empty(); }

  /// Up to the next LF, which is taken too.
  std::string_view line() {
    const auto end = left_.find('\n');
    const auto text = left_.substr(0, end);
    left_.remove_prefix(end == left_.npos ? left_.size() : end + 1);
    return own(text);
  }
  std::string_view rest() {
    const auto text = left_;
    left_ = {};
    return own(text);
  }
  /// The first byte of a line as a number, for choices; 0 when there is none.
  std::size_t choice(std::size_t count) {
    const auto text = line();
    return text.empty() ? 0 : static_cast<unsigned char>(text.front()) % count;
  }

 private:
  std::string_view own(std::string_view text) {
    auto block = std::make_unique<char[]>(text.size());
    text.copy(block.get(), text.size());
    blocks_.push_back(std::move(block));
    return {blocks_.back().get(), text.size()};
  }

  std::string_view left_;
  std::vector<std::unique_ptr<char[]>> blocks_;
};

}  // namespace freshet::fuzz
