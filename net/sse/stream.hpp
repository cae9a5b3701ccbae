#pragma once

#include <string_view>

#include "core/result.hpp"

namespace freshet::sse {

/// Where the bytes of one subscriber go. The hub never waits in it.
///
/// Errors:   try_write: whatever ended the connection; the hub then lets go of the stream.
/// Lifetime: owned by the hub from add() on; the destructor closes.
/// Threads:  the hub's own loop.
class stream {
 public:
  virtual ~stream() = default;
  /// How many bytes were taken, 0 when none can be taken now.
  virtual result<std::size_t> try_write(std::string_view bytes) = 0;
  /// The socket, for who writes to many at once; -1 = there is only try_write.
  virtual int descriptor() const { return -1; }
  /// After try_write took less than everything: call hub::on_writable once it takes bytes again.
  virtual void await_writable() = 0;
  /// Throws away what the other side sends; false when that has ended.
  virtual bool swallow() { return true; }
  /// After it nothing is written, and nobody is called.
  virtual void close() = 0;
};

}  // namespace freshet::sse
