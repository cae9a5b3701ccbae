#pragma once

#include <sys/types.h>

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "core/clock.hpp"
#include "core/result.hpp"

namespace freshet {

/// Tells the service manager how far we are: datagrams of `KEY=VALUE` lines to $NOTIFY_SOCKET.
///
/// Shape:    one unconnected datagram socket; a leading `@` is the abstract name space. Without the
///           variable it is inactive and every call succeeds. ready, stopping and reloading may
///           wait a second for room in the manager's queue; status and watchdog never wait.
/// Errors:   connect: malformed (no unix address), or the system's; sending: the system's. Worth a
///           log line, never worth a stop.
/// Threads:  one.
/// Source:   sd_notify(3). Our own, because the protocol is smaller than the library.
class sd_notify {
 public:
  /// `address` as in $NOTIFY_SOCKET; empty = inactive.
  static result<sd_notify> connect(std::string_view address);
  static result<sd_notify> from_environment();

  sd_notify() = default;
  ~sd_notify();
  sd_notify(sd_notify&& other) noexcept;
  sd_notify& operator=(sd_notify&& other) noexcept;

  bool active() const { return socket_ >= 0; }
  result<> ready(std::string_view status = {});
  result<> stopping(std::string_view status = {});
  /// Followed by ready() when the reload is over. `now` goes along, so that the manager can tell
  /// this reload from an earlier one.
  result<> reloading(mono_time now);
  /// One line that `systemctl status` shows. Line breaks become spaces.
  result<> status(std::string_view text);
  result<> watchdog();

 private:
  enum class patience : bool { none, second };
  result<> send(std::string_view lines, patience wait);

  std::string address_;  // as in sockaddr_un::sun_path
  int socket_ = -1;
};

/// How often watchdog() is due: half of what the manager allows. Nothing when it does not watch
/// this process. The arguments are the values of WATCHDOG_USEC and WATCHDOG_PID, null = not set.
std::optional<std::chrono::microseconds> watchdog_interval(const char* usec, const char* pid,
                                                           pid_t self);
std::optional<std::chrono::microseconds> watchdog_interval();  // from the environment

}  // namespace freshet
