#pragma once

#include <boost/asio/io_context.hpp>
#include <memory>
#include <string_view>

#include "core/async/task_scope.hpp"
#include "core/async/worker_thread.hpp"
#include "net/http/answer/accept_encoding.hpp"
#include "store/home/page_store.hpp"

namespace freshet {

/// Makes the codings that visitors would rather have, once per version; for identity, the file that
/// a large body is sent from.
///
/// Shape:    asked for in a hit, made later: small bodies a few per turn of the loop, large ones on
///           the worker, one at a time. Visitors get identity meanwhile. Whether it was made or was
///           not worth it (under 256 bytes, does not shrink), nobody asks again for that version.
/// Errors:   none. A full queue, or a worker that is full or stopped, forgets the wish: the next
///           visitor has it again.
/// Lifetime: may go before its scope closes; store and worker outlive it.
/// Threads:  home loop only, but for asks().
class encodings {
 public:
  struct limits {
    std::size_t queue_max = 1024;
    std::size_t inline_bytes_max = 64 * 1024;  // above: on the worker
    std::size_t turn_bytes_max = 64 * 1024;
  };
  struct figures {
    std::uint64_t made = 0;
    std::uint64_t useless = 0;   // too small, or does not shrink
    std::uint64_t outdated = 0;  // the page had moved on
    std::uint64_t refused = 0;   // a queue was full
    std::uint64_t bytes_in = 0;  // of those made
    std::uint64_t bytes_out = 0;
    std::size_t waiting = 0;
  };

  encodings(page_store& store, worker_thread& worker, asio::io_context::executor_type ex,
            task_scope& scope);
  encodings(page_store& store, worker_thread& worker, asio::io_context::executor_type ex,
            task_scope& scope, limits bounds);
  ~encodings();
  encodings(const encodings&) = delete;

  /// A visitor of this page would rather have that coding. May be called inside a hit, as often as
  /// wanted.
  void want(const slot& s, http::coding which);
  /// The same for a visitor of another loop, whose loop posts the path here.
  void want(std::string_view canonical, http::coding which);

  /// For the other loops, in their hit: true once per version and coding, and want() is to be
  /// called on home then. False also while the page has no body.
  static bool asks(const slot& s, http::coding which);
  /// The wish could not be brought to home: the next visitor has it again.
  static void forget(const slot& s, http::coding which);

  figures counts() const;

 private:
  struct state;
  std::shared_ptr<state> state_;  // its pumps may outlive *this
};

}  // namespace freshet
