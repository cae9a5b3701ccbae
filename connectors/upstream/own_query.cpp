#include "connectors/upstream/own_query.hpp"

#include <charconv>

#include "core/url/percent.hpp"

namespace freshet {

std::optional<std::string> query_value(std::string_view target, std::string_view name) {
  const auto question = target.find('?');
  if (question == std::string_view::npos) return std::nullopt;
  auto rest = target.substr(question + 1);
  while (!rest.empty()) {
    const auto end = std::min(rest.find('&'), rest.size());
    const auto pair = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    const auto equals = std::min(pair.find('='), pair.size());
    if (pair.substr(0, equals) != name) continue;
    std::string out;
    const auto value = pair.substr(std::min(equals + 1, pair.size()));
    if (percent_decode(value, plus_sign::literal, out)) return out;
    return std::nullopt;
  }
  return std::nullopt;
}

std::optional<std::size_t> query_number(std::string_view target, std::string_view name) {
  const auto text = query_value(target, name);
  if (!text) return std::nullopt;
  std::size_t number = 0;
  const auto* end = text->data() + text->size();
  const auto read = std::from_chars(text->data(), end, number);
  if (read.ec != std::errc{} || read.ptr != end) return std::nullopt;
  return number;
}

}  // namespace freshet
