/// A list of calls: refused, or walked to its end in rounds, each call asked once with arguments
/// that are JSON.
#include "connectors/calls/call_plan.hpp"

#include "core/json/validate.hpp"
#include "fuzz/support/target.hpp"

using namespace freshet;
using fuzz::require;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static json::reader reader(1 << 22);
  fuzz::input in(data, size);
  const std::string brought(in.line());
  auto plan = call_plan::parse(in.rest());
  if (!plan) {
    require(!plan.error().detail.empty(), "a refusal says why");
    return 0;
  }
  const auto result = reader.read(brought).has_value() ? brought : std::string("null");
  std::size_t asked = 0, rounds = 0;
  while (auto round = plan->next()) {
    require(++rounds <= plan->size(), "rounds come to an end");
    if (round->gone) return 0;
    for (const auto& call : round->calls) {
      const auto read = reader.read(call.arguments);
      require(read && read->is_array(), "arguments are a JSON list");
    }
    asked += round->calls.size();
    plan->take(std::vector<std::string>(round->calls.size(), result));
  }
  require(asked == plan->size(), "each call is asked once");
  require(plan->document() == result, "the last result is the document");
  return 0;
}
