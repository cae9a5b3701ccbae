#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/result.hpp"

namespace freshet::api {

/// The body of an admin POST: `{"pattern":"/packages/:x","dry_run":true}`, or of one on the locker:
/// `{"replay":12}`, `{"drop":"all"}`.
struct act_request {
  enum class locker_verb : std::uint8_t { none, replay, drop };

  std::string pattern;
  bool dry_run = false;
  locker_verb verb = locker_verb::none;
  std::optional<std::uint64_t> number{};  // of the locker; nothing = all
};

/// Which members an act has.
enum class act_shape : std::uint8_t { nothing, pattern, pattern_or_dry_run, locker };

/// Errors: malformed, missing, duplicate, out_of_range; `detail` is for who asked. A member that is
///         not known is an error: a misspelt dry_run must not purge.
result<act_request> read_act(std::string_view body, act_shape shape);

/// `application/json`, with or without parameters.
bool is_json(std::string_view content_type);

}  // namespace freshet::api
