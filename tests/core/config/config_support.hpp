#pragma once

#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "core/config/load.hpp"

namespace freshet::config::test {

/// All problems as people read them, one after the other: what a failing assertion prints.
inline std::string all_problems(const loaded& from) {
  std::string out;
  for (const auto& p : from.problems) out += render(p) + "\n";
  return out;
}

/// `line:column: key: message` of the only problem, and its hint after " | ".
inline std::string only_problem(std::string_view text) {
  const loaded got = parse(text, "f.toml");
  if (got.problems.size() != 1) return "not one problem:\n" + all_problems(got);
  const auto& p = got.problems.front();
  return std::to_string(p.where.line) + ":" + std::to_string(p.where.column) + ": " + p.where.key +
         ": " + p.message + (p.hint.empty() ? "" : " | " + p.hint);
}

inline settings good(std::string_view text) {
  loaded got = parse(text, "f.toml");
  EXPECT_TRUE(got.ok()) << all_problems(got);
  return std::move(got.value);
}

}  // namespace freshet::config::test
