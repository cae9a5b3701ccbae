#include "connectors/upstream/search/search_text.hpp"

#include <xxhash.h>

#include "core/json/validate.hpp"
#include "core/select/gather.hpp"

namespace freshet {

search_definition search_definition::from(const config::upstream_settings& settings,
                                          std::size_t body_max) {
  return {settings.name, settings.of, settings.text, settings.where_entries, body_max};
}

std::uint64_t search_definition::hash() const {
  std::string all = of + "\n";
  for (const auto& each : text) all += each.text() + "\n";
  for (const auto& each : where_entries) all += each.at.text() + "\t" + each.test.text() + "\n";
  return XXH3_64bits(all.data(), all.size());
}

std::optional<search_text> search_definition::read(std::string_view body) const {
  json::reader reader(body_max);
  const auto document = reader.read(body);
  if (!document) return std::nullopt;
  text_list texts;
  for (const auto& each : where_entries) {
    const bool found = gather(each.at, *document, texts, reader.source());
    if (!each.test.holds(found, texts.views())) return std::nullopt;
  }
  search_text out;
  std::size_t bytes = 0;
  for (const auto& each : text) {
    auto& values = out.emplace_back();
    each.take(*document, values, reader.source(), values_max);
    std::size_t fit = 0;
    while (fit < values.size() && bytes + values[fit].size() <= bytes_max)
      bytes += values[fit++].size();
    values.resize(fit);
  }
  if (out.empty() || out.front().empty()) return std::nullopt;
  return out;
}

}  // namespace freshet
