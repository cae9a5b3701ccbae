/// A target, then values, one a line: what find() takes has one canonical path that finds the same
/// key, and so has what key_from() takes.
#include "store/page/site.hpp"

#include "core/config/load.hpp"
#include "fuzz/support/target.hpp"

namespace {

using namespace freshet;
using fuzz::require;

constexpr std::string_view pages = R"(
[upstream.u]
kind = "demo"
[page.one]
path = "/x/{a}.json?q&n=1"
param = { a = { lower = true }, n = { int = [-9, 90] } }
fetch = [{ upstream = "u", get = "/" }]
[page.two]
path = "/x/x{a}.json?q=%26"
fetch = [{ upstream = "u", get = "/" }]
[page.three]
path = "/{a}/{b}"
param = { b = { chars = "a-z0-9.", max = 20 } }
fetch = [{ upstream = "u", get = "/" }]
[page.four]
path = "/{a}/x-{b}-y/"
param = { b = { in = ["one", "two words", "%"] } }
fetch = [{ upstream = "u", get = "/" }]
[page.json]
path = "/w/{w}?q=a+b"
param = { w = { json = { id = "/id", name = "/a/0" } } }
fetch = [{ upstream = "u", get = "/" }]
[page.root]
path = "/"
fetch = [{ upstream = "u", get = "/" }]
)";

site compile() {
  const auto read = config::parse(pages);
  require(read.ok(), "the target's own configuration is valid");
  std::vector<config::diagnostic> problems;
  auto made = site::compile(read.value.pages, problems);
  for (const auto& problem : problems) std::fprintf(stderr, "%s\n", problem.message.c_str());
  require(problems.empty(), "and compiles");
  return made;
}

void check_found(const site& on, const page_match& match) {
  require(match.key.values.size() == on.page(match.key.page).parameters().size(),
          "one value a parameter");
  require(match.canonical.starts_with('/'), "a canonical path is a path");
  for (const char c : match.canonical) require(c > 0x20 && c < 0x7F, "of visible ASCII");
  const auto again = on.find(match.canonical);
  require(again.what == page_match::outcome::found, "a canonical path is found");
  require(again.key == match.key, "as the same key");
  require(again.canonical == match.canonical, "which has the same path");
  require(hash_of(again.key) == hash_of(match.key), "and the same hash");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const site on = compile();
  static page_match match;  // used again, as a session does
  fuzz::input in(data, size);
  const auto target = in.line();
  on.find(target, match);
  require(match.detail.empty() == (match.what != page_match::outcome::invalid), "400 says why");
  if (match.what == page_match::outcome::found) check_found(on, match);
  require(on.nearest(target).size() == 3, "a 404 names three pages");

  std::vector<std::string_view> values{in.line(), in.line(), in.line()};
  for (const auto& page : on.pages()) {
    std::vector<binding> given;
    for (std::size_t i = 0; i < page.parameters().size() && i < values.size(); ++i) {
      const bool asked = i < page.path_parameters() || !values[i].empty();
      if (asked && page.parameters()[i].where() != page_parameter::place::derived) {
        given.push_back({page.parameters()[i].name(), values[i]});
      }
    }
    const auto key = page.key_from(given);
    if (!key) continue;
    const auto found = on.find(on.canonical(*key));
    require(found.what == page_match::outcome::found, "find(canonical(k)) finds");
    require(found.key == *key, "find(canonical(k)) = k");
    check_found(on, found);
    for (std::size_t i = 0; i < page.parameters().size(); ++i) {
      const auto value = page.normalise(i, key->values[i]);
      require(value && *value == key->values[i], "a normalised value is its own normal form");
    }
  }
  return 0;
}
