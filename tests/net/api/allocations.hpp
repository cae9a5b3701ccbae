#pragma once

#include <cstddef>

namespace freshet::test {

/// How often this thread has called operator new, in any of its forms.
std::size_t allocations();

}  // namespace freshet::test
