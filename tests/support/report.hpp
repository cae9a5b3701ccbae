#pragma once

#include <gtest/gtest.h>

#include <exception>
#include <string_view>

namespace freshet::test {

/// A task_scope's sink: whatever a child throws fails the test.
inline void report(std::string_view name, std::exception_ptr e) {
  try {
    std::rethrow_exception(e);
  } catch (const std::exception& x) {
    ADD_FAILURE() << name << ": " << x.what();
  }
}

}  // namespace freshet::test
