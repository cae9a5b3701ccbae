#pragma once

#include "core/config/node.hpp"
#include "core/config/settings.hpp"
#include "core/result.hpp"

namespace freshet::config {

/// A string with `${env:NAME}` and `${file:PATH}`; their syntax is checked, their source is not
/// read. The error never contains the value.
result<secret> to_secret(const node& value);

/// The secret as `show` may print it: its `${..}` parts, and `***` for the rest.
std::string masked(const secret& s);

}  // namespace freshet::config
