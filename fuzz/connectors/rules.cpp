/// A topic on one line, then a message: whatever it holds, rules yield bounded hits with values
/// that a request could have asked for.
#include <bit>

#include "connectors/bus/fedmsg/message_decoder.hpp"
#include "connectors/rules/rule_table.hpp"
#include "core/config/load.hpp"
#include "fuzz/support/target.hpp"

namespace {

using namespace freshet;
using fuzz::require;

constexpr std::string_view text = R"(
[bus.other]
kind = "demo"
[upstream.u]
kind = "demo"
[[tag]]
topic = "#.bodhi.#"
set = { package = { at = "/msg/builds/*/nvr", like = "{}-*-*" } }
[[tag]]
topic = ["a.*", "b.#"]
where = { "/msg/instance" = ["primary", 1], "/msg/gone" = { exists = false } }
set = { package = ["/msg/name", { keys = "/headers", like = "rpm_{}" }], user = "/username" }
[page.p]
path = "/p/{package}/{branch}.json?page=1"
param = { package = { lower = true, max = 12 }, page = { int = [1, 9] } }
fetch = [{ upstream = "u", get = "/x" }]
shows = { bug = "/bugs/*/id" }
on = [
  { topic = "#", by = ["package"] },
  { topic = "#", set = { package = "/msg/names", branch = { at = "/msg/branches", split = "," } } },
  { topic = "#", each = "/msg/changes", where = { "/each/field" = { like = "c*t" } }, set = { package = "/each/removed" } },
  { topic = "*.*", set = { bug = { value = "{/msg/id}" } } },
  { topic = "#", bus = "other", all = true },
  { topic = "#.all", all = true, lazy = true },
]
)";

struct table {
  config::loaded read = config::parse(text);
  metrics counts;
  site pages;
  std::optional<rule_table> rules;

  table() {
    require(read.ok(), "the target's own configuration is valid");
    std::vector<config::diagnostic> problems;
    pages = site::compile(read.value.pages, problems);
    rules.emplace(read.value, pages, counts, problems);
    require(problems.empty(), "and compiles");
  }
};

void check(const rule_hit& hit, const table& on) {
  require(hit.page < on.pages.pages().size() && hit.rule < on.rules->size(), "page and rule exist");
  if (hit.shows >= 0) {
    require(hit.shows == 0 && hit.values.size() == 1 && !hit.values[0].empty(), "one shown value");
    return;
  }
  const auto& page = on.pages.page(hit.page);
  require(hit.bound == 0 || hit.values.size() == page.parameters().size(), "one value a parameter");
  for (std::size_t i = 0; i < hit.values.size(); ++i) {
    if ((hit.bound >> i & 1u) == 0) {
      require(hit.values[i].empty(), "an unbound parameter has no value");
      continue;
    }
    const auto value = page.normalise(i, hit.values[i]);
    require(value && *value == hit.values[i], "a value is as a request would have it");
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static table on;
  static message_decoder decode("fedmsg", 1 << 20);
  static std::vector<rule_hit> hits;  // used again, as home does
  fuzz::input in(data, size);
  const auto topic = in.line();
  const auto message = decode.decode_frames(topic, in.rest());
  if (!message) return 0;
  on.rules->match(message.value, hits);
  require(hits.size() <= rule_table::hits_max, "hits are bounded");
  for (const auto& hit : hits) check(hit, on);
  const auto count = hits.size();
  on.rules->match(message.value, hits);
  require(hits.size() == count, "the same event says the same");
  return 0;
}
