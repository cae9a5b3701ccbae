#include "connectors/bus/ndjson/line_splitter.hpp"

namespace freshet {

void line_splitter::emit(std::string_view line, const line_sink& visit) {
  if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
  if (!line.empty()) visit(line);
}

bool line_splitter::keep(std::string_view part) {
  if (partial_.size() + part.size() <= line_max_) {
    partial_.append(part);
    return true;
  }
  partial_.clear();
  partial_.shrink_to_fit();
  skipping_ = true;
  return false;
}

std::size_t line_splitter::feed(std::string_view chunk, const line_sink& visit) {
  std::size_t too_long = 0;
  while (!chunk.empty()) {
    const auto end = chunk.find('\n');
    const auto part = chunk.substr(0, end);
    const bool complete = end != std::string_view::npos;
    chunk.remove_prefix(complete ? end + 1 : chunk.size());
    if (!skipping_ && complete && partial_.empty()) {
      if (part.size() <= line_max_) {
        emit(part, visit);
      } else {
        ++too_long;
      }
      continue;
    }
    if (!skipping_ && !keep(part)) ++too_long;
    if (!complete) continue;
    if (!skipping_) emit(partial_, visit);
    partial_.clear();
    skipping_ = false;
  }
  return too_long;
}

void line_splitter::finish(const line_sink& visit) {
  if (!skipping_) emit(partial_, visit);
  partial_.clear();
  skipping_ = false;
}

}  // namespace freshet
