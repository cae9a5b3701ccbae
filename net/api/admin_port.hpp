#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.hpp"

namespace freshet::api {

/// What the admin listener asks of the running server. Texts that are JSON are complete documents.
///
/// Errors:   missing (404), malformed and out_of_range (400), not_built_in (501), closed and
///           overloaded (503), anything else 500; the detail is the answer's.
/// Threads:  home loop only; all of it is synchronous.
class admin_port {
 public:
  struct readiness {
    bool ready = false;                 // false while starting or draining
    bool strict = true;                 // false also when a bus is silent, down or lagging
    std::vector<std::string> missing;   // what is not ready yet
    std::vector<std::string> degraded;  // what works, but not well
  };

  virtual ~admin_port() = default;
  virtual readiness ready() const = 0;
  virtual std::string metrics() const = 0;  // Prometheus text
  /// `target`: a path as a visitor would write it.
  virtual result<std::string> explain_page(std::string_view target) const = 0;
  virtual result<std::string> explain_event(std::string_view event_id) const = 0;
  virtual std::string pages() const = 0;
  virtual std::string buses() const = 0;
  virtual std::string upstreams() const = 0;
  virtual std::string locker() const = 0;
  /// One event of the locker with all its bytes.
  virtual result<std::string> locked(std::uint64_t number) const = 0;
  /// Takes one event again, or (nothing) all of them: `{"replayed":N,"failed":N,"left":N}`.
  virtual result<std::string> replay_locked(std::optional<std::uint64_t> number) = 0;
  virtual result<std::string> drop_locked(std::optional<std::uint64_t> number) = 0;
  /// `pattern`: a canonical path, or one with `:x` and `*` as in `match_urlpattern`. They answer
  /// `{"pages":N,...}`.
  virtual result<std::string> rebuild(std::string_view pattern) = 0;
  virtual result<std::string> purge(std::string_view pattern, bool dry_run) = 0;
  virtual result<std::string> reload() = 0;
};

}  // namespace freshet::api
