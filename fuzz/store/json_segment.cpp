/// A pointer on one line, then a path segment of JSON: its one spelling is stable and as short, and
/// the values in it can stand in a key.
#include "store/page/json_segment.hpp"

#include "core/json/validate.hpp"
#include "core/url/percent.hpp"
#include "fuzz/support/strict_json.hpp"
#include "fuzz/support/target.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace freshet;
  using fuzz::require;
  fuzz::input in(data, size);
  const auto at = json::pointer::parse(in.line());
  std::string segment(in.rest().substr(0, 255));
  const bool valid = fuzz::strict_json(segment).valid();
  auto once = segment;
  if (!minify_json_segment(once)) return 0;
  require(valid, "only JSON is taken");
  require(once.find('\\') == once.npos, "a segment holds no backslash");
  auto twice = once;
  require(minify_json_segment(twice).has_value(), "the one spelling is JSON");
  require(twice == once, "and its own spelling");
  if (!at) return 0;
  const auto value = value_in_segment(once, *at);
  require(is_plain_text(value), "a value can stand in a key");
  // Before and after, a pointer names the same thing. Duplicate names: the first wins in both.
  require(value_in_segment(segment, *at) == value, "spelling changes no value");
  return 0;
}
