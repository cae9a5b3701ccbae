#pragma once

#include <string>
#include <utility>
#include <vector>

#include "core/select/glob.hpp"
#include "core/text/topic_pattern.hpp"

namespace freshet::config {

/// Signatures of a bus' messages.
///
/// Shape: `mode` off | warn | enforce. `names`: who may sign which topics, as patterns of the
///        certificate's common name; a topic that no pattern fits may be signed by anybody whom
///        `ca` vouches for.
struct verify_settings {
  std::string mode = "enforce";
  std::string ca;   // PEM: authorities, or signers themselves
  std::string crl;  // PEM; empty = nobody is revoked
  std::vector<std::pair<topic_pattern, std::vector<glob>>> names;
};

}  // namespace freshet::config
