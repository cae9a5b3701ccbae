/// A pointer in the first line, a document in the rest: slices are what simdjson finds, byte for
/// byte of the source; what is no JSON is left in one piece.
#include "core/json/slices.hpp"

#include "core/json/validate.hpp"
#include "fuzz/support/target.hpp"

namespace {

using namespace freshet;
using fuzz::require;
namespace dom = simdjson::dom;

void same(std::string_view slice, dom::element element) {
  static json::reader reader(1 << 20);
  const auto again = reader.read(slice);
  require(again.has_value(), "a slice is JSON");
  require(simdjson::minify(*again) == simdjson::minify(element), "and what simdjson finds");
  require(json::trimmed(slice) == slice, "without white space around it");
}

void walk(std::string_view text, dom::element element) {
  same(text, element);
  dom::array array;
  if (element.get(array) == simdjson::SUCCESS) {
    json::elements all(text);
    for (const auto child : array) {
      require(all.next(), "no element is missing");
      same(all.value(), child);
    }
    require(!all.next(), "and none is there too much");
  }
  dom::object object;
  if (element.get(object) == simdjson::SUCCESS) {
    json::members all(text);
    for (const auto [name, child] : object) {
      require(all.next(), "no member is missing");
      require(json::unescaped(all.spelt_name()) == name && all.is(name),
              "names are what they mean");
      same(all.value(), child);
    }
    require(!all.next(), "and none is there too much");
  }
  std::string_view string;
  if (element.get(string) == simdjson::SUCCESS)
    require(json::text_of(text) == string, "texts are what they mean");
}

/// What is no JSON has no values, but what is taken for one stands in it, and there is an end.
void stays_inside(std::string_view text) {
  const auto begins = json::trimmed(text);
  if (begins.empty()) return;
  const auto inside = [&](std::string_view slice) {
    require(!slice.empty() && slice.data() >= text.data() &&
                slice.data() + slice.size() <= text.data() + text.size(),
            "a slice stands in its text");
  };
  if (begins.front() == '[') {
    json::elements all(begins);
    while (all.next()) inside(all.value());
  } else if (begins.front() == '{') {
    json::members all(begins);
    while (all.next()) inside(all.value());
  } else {
    (void)json::text_of(begins);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fuzz::input in(data, size);
  const auto at = json::pointer::parse(in.line());
  static json::reader reader(1 << 20);
  const auto text = in.rest();
  const auto root = reader.read(text);
  if (text.size() > 4096) return 0;
  if (!root) {
    stays_inside(text);
    return 0;
  }
  walk(json::trimmed(text), *root);
  if (!at) return 0;
  const auto found = at->find(*root);
  const auto slice = json::slice_at(text, *at);
  require(found.has_value() == !slice.empty(), "both find something, or nothing");
  if (found) walk(slice, *found);
  return 0;
}
