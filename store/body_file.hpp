#pragma once

#include <cstddef>
#include <memory>
#include <string_view>

namespace freshet {

/// A copy of a large body in a file of memory, sealed, so that the kernel can send its pages
/// without copying them.
///
/// Shape:    at most `most()` exist in a process: each takes a descriptor.
/// Errors:   make() gives null when there are too many or the system has no room.
/// Lifetime: what the kernel has taken of it stays with the kernel.
/// Threads:  any; immutable.
/// Source:   memfd_create(2), sendfile(2).
class body_file {
 public:
  /// Smaller bodies are sent faster by a copy.
  static constexpr std::size_t body_min = 64 * 1024;
  static std::size_t most();

  static std::unique_ptr<const body_file> make(std::string_view body);
  ~body_file();
  body_file(const body_file&) = delete;

  int descriptor() const { return descriptor_; }
  /// What it takes of the memory: whole pages and the file's own.
  std::size_t bytes() const { return bytes_; }

 private:
  body_file(int descriptor, std::size_t bytes);

  int descriptor_;
  std::size_t bytes_;
};

}  // namespace freshet
