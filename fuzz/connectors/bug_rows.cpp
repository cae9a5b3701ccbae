/// Bugzilla's answer about many bugs: it is refused, or taken apart into objects that stand in it,
/// byte for byte, under the numbers that they have.
#include "connectors/upstream/bugzilla/bug_rows.hpp"

#include "core/json/validate.hpp"
#include "fuzz/support/target.hpp"

using namespace freshet;
using fuzz::require;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static json::reader whole(1 << 20), single(1 << 20);
  fuzz::input in(data, size);
  const auto text = in.rest();
  const auto got = bugzilla::bug_rows::parse(text);
  const auto root = whole.read(text);
  simdjson::dom::array rows;
  const bool listed = root && (*root)["bugs"].get_array().get(rows) == simdjson::SUCCESS;
  bool objects = listed;
  for (std::size_t i = 0; listed && i < rows.size(); ++i)
    objects = objects && rows.at(i).is_object();
  require(got.has_value() == objects, "a list of objects is taken apart, and nothing else");
  if (!got) return 0;
  require(got->bugs.size() <= rows.size(), "no bug comes from nowhere");
  for (const auto& [id, bug] : got->bugs) {
    require(text.find(bug) != text.npos, "a bug stands in the answer as it is");
    const auto again = single.read(bug);
    require(again && again->is_object(), "and is JSON");
    std::int64_t number = 0;
    if (!(*again)["id"].get(number)) require(std::to_string(number) == id, "under its number");
  }
  return 0;
}
