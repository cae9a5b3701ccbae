#include "connectors/registry/revealed.hpp"

#include "core/config/load.hpp"

namespace freshet {

result<std::vector<std::pair<std::string, std::string>>> revealed(
    const config::header_settings& from, const std::string& where) {
  std::vector<std::pair<std::string, std::string>> out;
  for (const auto& [name, value] : from) {
    auto text = config::reveal(value);
    if (!text) return error(text.error().code, where + "." + name + ": " + text.error().detail);
    out.emplace_back(name, std::move(*text));
  }
  return out;
}

}  // namespace freshet
