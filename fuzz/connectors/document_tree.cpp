/// Pointers, one a line up to an empty one, then pieces of JSON, one a line: what is put together
/// is JSON, holds each piece where it was put, and gives back its bytes.
#include "connectors/document/document_tree.hpp"

#include "core/json/slices.hpp"
#include "core/json/validate.hpp"
#include "fuzz/support/target.hpp"

namespace {

using namespace freshet;
using fuzz::require;

bool begins(const std::vector<std::string>& steps, const std::vector<std::string>& other) {
  return steps.size() <= other.size() && std::equal(steps.begin(), steps.end(), other.begin());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fuzz::input in(data, size);
  std::vector<json::pointer> places;
  for (auto text = in.line(); !text.empty() && places.size() < 16; text = in.line()) {
    auto at = json::pointer::parse(text);
    if (!at || at->steps().size() > 8) continue;
    bool apart = true;  // what document_tree requires, and the configuration checks
    for (const auto& other : places) {
      if (begins(at->steps(), other.steps()) || begins(other.steps(), at->steps())) apart = false;
    }
    for (const auto& step : at->steps()) apart = apart && simdjson::validate_utf8(step);
    if (apart) places.push_back(std::move(*at));
  }
  static json::reader reader(1 << 20), pieces(1 << 20);
  document_tree tree;
  std::vector<std::string> raw;
  for (const auto& at : places) {
    const auto text = in.line();
    const auto piece = pieces.read(text);
    raw.emplace_back(piece ? text : "");
    tree.put(at, raw.back());
  }
  const auto text = tree.text();
  const auto root = reader.read(text);
  if (!root) {
    require(root.error().code == errc::out_of_range, "what is put together is JSON, or too deep");
    return 0;
  }
  for (std::size_t i = 0; i < places.size(); ++i) {
    const auto found = places[i].find(*root);
    require(found.has_value(), "each piece is where it was put");
    const auto piece = pieces.read(raw[i].empty() ? "null" : raw[i]);
    require(simdjson::minify(*found) == simdjson::minify(*piece), "as what it was");
    auto wanted = raw[i].empty() ? std::string("null") : raw[i];
    wanted.erase(wanted.find_last_not_of(" \t\r\n") + 1);
    wanted.erase(0, wanted.find_first_not_of(" \t\r\n"));
    require(json::slice_at(text, places[i]) == wanted, "byte for byte");
  }
  return 0;
}
