/// Kind, pointer or value, like, split, one a line; then an event: whatever is selected is bounded,
/// and pointer, condition and selector agree on what the event says.
#include "core/select/selector.hpp"

#include <algorithm>

#include "core/json/validate.hpp"
#include "core/select/condition.hpp"
#include "core/select/gather.hpp"
#include "fuzz/support/target.hpp"

namespace {

using namespace freshet;
using fuzz::require;

result<selector> parse(fuzz::input& in, std::string& at, std::string& like, std::string& split) {
  const auto kind = in.choice(4);
  at = in.line();
  like = in.line();
  split = in.line();
  if (kind == 0) return selector::from_pointer(at);
  if (kind == 1) return selector::from_at(at, like, split);
  if (kind == 2) return selector::from_keys(at, like);
  return selector::from_value(at);
}

std::optional<event> event_of(simdjson::dom::element root, std::string_view source) {
  simdjson::dom::object members;
  if (root.get(members)) return {};
  event out;
  out.bus = "fedmsg";
  out.topic = "org.fedoraproject.prod.git.receive";
  out.id = "2019-1";
  out.time = wall_time{std::chrono::microseconds{1359604772178867}};
  out.members = members;
  out.bytes = source;
  simdjson::dom::element found;
  simdjson::dom::object headers;
  if (!members.at_key("msg").get(found)) out.msg = found;
  if (!members.at_key("headers").get(headers)) out.headers = headers;
  return out;
}

void check_bounds(const std::vector<std::string>& values) {
  require(values.size() <= selector::values_max, "at most 10,000 values");
  for (const auto& value : values) {
    require(!value.empty() && value.size() <= selector::value_bytes_max, "a value is bounded");
  }
}

/// What a plain pointer selects are the texts that a condition sees, without empty and long ones.
void check_gather(std::string_view at, const event& from, const std::vector<std::string>& values) {
  const auto pointer = json::pointer::parse(at);
  if (!pointer) return;
  text_list texts;
  const bool found = gather(*pointer, from, nullptr, texts);
  std::vector<std::string> usable;
  for (const auto text : texts.views()) {
    if (!text.empty() && text.size() <= selector::value_bytes_max) usable.emplace_back(text);
  }
  require(usable == values, "selector and condition see the same texts");
  require(found || texts.views().empty(), "what is missing has no text");
  require(condition::exists(true).holds(found, texts.views()) == found, "exists");
  if (!values.empty()) {
    const auto one = condition::any_of({"no such", values.back()});
    require(one.holds(found, texts.views()), "any of them");
    require(!condition::negate(one).holds(found, texts.views()), "not any of them");
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fuzz::input in(data, size);
  std::string at, like, split;
  const auto parsed = parse(in, at, like, split);
  if (!parsed) return 0;
  static json::reader reader(1 << 20);
  const auto root = reader.read(in.rest());
  if (!root) return 0;
  std::vector<std::string> values;
  parsed->take(*root, values, reader.source());
  check_bounds(values);
  const auto from = event_of(*root, reader.source());
  if (!from) return 0;
  values.clear();
  parsed->take(*from, nullptr, values);
  check_bounds(values);
  const auto plain = selector::from_pointer(at);
  if (!plain) return 0;
  std::vector<std::string> all;
  plain->take(*from, nullptr, all);
  if (all.size() < selector::values_max) check_gather(at, *from, all);

  selector_list list{*parsed, *plain};
  std::vector<std::string> first;
  take_first(list, *from, nullptr, first);
  require(first == (values.empty() ? all : values), "the first that yields");
  return 0;
}
