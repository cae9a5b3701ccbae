#include <fmt/format.h>

#include "core/config/load.hpp"

namespace freshet::config {

std::string render(const diagnostic& problem) {
  const location& at = problem.where;
  std::string out;
  if (!at.file.empty()) {
    out += at.line == 0 ? at.file + ": " : fmt::format("{}:{}:{}: ", at.file, at.line, at.column);
  }
  if (!at.key.empty()) out += at.key + ": ";
  out += problem.message;
  if (!problem.excerpt.empty()) {
    out += "\n    " + problem.excerpt;
    if (at.column > 0) out += "\n    " + std::string(at.column - 1, ' ') + "^";
  }
  if (!problem.hint.empty()) out += "\n  hint: " + problem.hint;
  return out;
}

}  // namespace freshet::config
