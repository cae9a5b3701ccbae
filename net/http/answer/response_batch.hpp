#pragma once

#include <sys/uio.h>

#include <array>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "store/entry.hpp"

namespace freshet::http {

/// What the access log and the counters need to know of one answer.
struct answered {
  std::uint16_t status = 0;
  std::size_t bytes = 0;
};

/// The answers to the requests of one read, for one write.
///
/// Shape:    at most `answers_max` answers. Everything is copied into one run of bytes but for the
///           large parts of an entry, which are borrowed: many short buffers cost the kernel more
///           than the copy costs us.
/// Lifetime: what is borrowed lives until the end of the turn. When the kernel did not take
///           everything by then, pin() makes the rest independent by counted references. So the
///           common case counts nothing.
/// Threads:  one loop.
class response_batch {
 public:
  static constexpr std::size_t answers_max = 16;
  static constexpr std::size_t borrowed_min = 4096;

  /// Opens the next answer; its status is for the log and the counters.
  void begin(std::uint16_t status);
  void add(std::string_view text);
  /// Where at most `most` bytes can be written; `end` says how many it became.
  char* room(std::size_t most);
  void wrote(const char* end);
  /// Bytes of an entry that a published view keeps alive in this turn.
  void add(std::string_view text, const entry& owner);
  /// `size` bytes from the beginning of a file of the entry.
  void add_file(int descriptor, std::size_t size, const entry& owner);

  std::size_t answers() const { return count_; }
  bool full() const { return count_ >= answers_max; }
  bool empty() const { return bytes_left_ == 0; }
  std::size_t bytes_left() const { return bytes_left_; }
  std::span<const answered> each() const { return {answers_.data(), count_}; }

  /// At most `max` buffers of what is still to be written, up to the next file. Valid until the
  /// batch changes.
  std::span<const iovec> buffers(std::size_t max = 256);
  /// Where it is a file that comes next.
  struct file_part {
    int descriptor;
    std::size_t offset, size;
  };
  std::optional<file_part> file() const;
  /// `n` bytes were taken by the kernel.
  void consume(std::size_t n);
  /// REQUIRES: the same turn in which the pieces were added.
  void pin();
  void clear();

 private:
  struct piece {
    const char* data;  // null: the bytes stand at `offset` of text_, or of the file
    std::size_t size;
    std::size_t offset;
    const entry* owner;
    int file = -1;
  };

  void grow(std::size_t n);
  void end_run();
  void count(std::size_t n);

  std::unique_ptr<char[]> text_;
  std::size_t room_ = 0, used_ = 0;
  std::size_t run_ = 0;        // from here on, text_ has no piece yet
  std::vector<piece> pieces_;  // before the run
  std::size_t first_ = 0;      // pieces before it are written
  std::vector<iovec> buffers_;
  std::vector<entry_ptr> pinned_;
  std::array<answered, answers_max> answers_{};
  std::size_t count_ = 0;
  std::size_t bytes_left_ = 0;
};

}  // namespace freshet::http
