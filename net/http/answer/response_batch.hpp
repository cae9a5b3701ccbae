#pragma once

#include <sys/uio.h>

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "store/entry.hpp"

namespace freshet::http {

/// What the access log and the counters need to know of one answer.
struct answered {
  std::uint16_t status = 0;
  std::size_t bytes = 0;
};

/// The answers to the requests of one read, as one list of buffers for one write.
///
/// Shape:    at most `answers_max` answers; bytes are borrowed, shared or own, in order.
/// Lifetime: borrowed bytes live until the end of the turn. When the kernel did not take everything
///           by then, pin() makes the rest independent: entries get a counted reference, the rest
///           is copied. So the common case counts nothing.
/// Threads:  one loop.
class response_batch {
 public:
  static constexpr std::size_t answers_max = 16;

  response_batch();

  /// Opens the next answer; its status is for the log and the counters.
  void begin(std::uint16_t status);

  void add_static(std::string_view literal) { add(literal, holding::nothing); }
  /// Valid until the end of this turn: the date block, a view's fragment, the request's own bytes.
  void add_turn(std::string_view text) { add(text, holding::turn); }
  /// Bytes of an entry that a published view keeps alive in this turn.
  void add_entry(std::string_view text, const entry& owner);
  void add_shared(std::shared_ptr<const std::string> text);
  /// Copied here.
  void add_own(std::string_view text);

  std::size_t answers() const { return answers_.size(); }
  bool full() const { return answers_.size() >= answers_max; }
  bool empty() const { return pieces_.empty(); }
  std::size_t bytes_left() const { return bytes_left_; }
  std::span<const answered> each() const { return answers_; }

  /// At most `max` buffers of what is still to be written. Valid until the batch changes.
  std::span<const iovec> buffers(std::size_t max = 256);
  /// `n` bytes were taken by the kernel.
  void consume(std::size_t n);
  /// REQUIRES: the same turn in which the pieces were added.
  void pin();
  void clear();

 private:
  enum class holding : std::uint8_t { nothing, turn, entry, shared, own };
  struct piece {
    const char* data;  // holding::own: null, the bytes stand at `offset` of own_
    std::size_t size;
    std::size_t offset;
    const freshet::entry* owner;
    holding held;
  };

  void add(std::string_view text, holding held, const entry* owner = nullptr);
  const char* at(const piece& p) const {
    return p.held == holding::own ? own_.data() + p.offset : p.data;
  }

  std::vector<piece> pieces_;
  std::size_t first_ = 0;  // pieces before it are written
  std::vector<answered> answers_;
  std::vector<iovec> buffers_;
  std::string own_;
  std::vector<std::shared_ptr<const std::string>> shared_;
  std::vector<entry_ptr> pinned_;
  std::size_t bytes_left_ = 0;
};

}  // namespace freshet::http
