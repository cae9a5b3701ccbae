#pragma once

#include <span>
#include <string>

#include "core/config/node.hpp"
#include "core/config/problems.hpp"

namespace freshet::config {

/// `FRESHET_BUS__FEDMSG__EXPECT_EVERY=2m` of a list like environ; `__` is the step, case and the
/// difference between `-` and `_` do not count where the key exists already. Other names are
/// skipped, and so are FRESHET_PORT.. and FRESHET_SERVICE_.., which Kubernetes sets for a service
/// `freshet`.
void apply_environment(node& root, std::span<const std::string> environment, problems& out);

/// `a.b.c=VALUE`; steps with dots in quotes; a number steps into a list.
void apply_sets(node& root, std::span<const std::string> sets, problems& out);

}  // namespace freshet::config
