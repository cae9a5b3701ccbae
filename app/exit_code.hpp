#pragma once

namespace freshet::app {

/// What every verb returns (sysexits for the last two).
enum exit_code : int {
  exit_ok = 0,
  exit_failed = 1,
  exit_usage = 2,
  exit_unavailable = 69,
  exit_config = 78,
};

}  // namespace freshet::app
