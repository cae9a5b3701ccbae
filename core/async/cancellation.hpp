#pragma once

#include <exception>

#include "core/result.hpp"

namespace freshet {

/// The exception, or the error, by which a cancelled operation ends.
bool is_cancellation(const std::exception_ptr& thrown);
bool is_cancellation(const error& e);

}  // namespace freshet
