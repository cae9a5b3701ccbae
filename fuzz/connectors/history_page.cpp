/// A history's answer: it is cut into messages or refused, and what is cut out of JSON is what a
/// plain reading finds there.
#include "connectors/catchup/history_page.hpp"

#include "core/json/validate.hpp"
#include "fuzz/support/target.hpp"

using namespace freshet;
using fuzz::require;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static json::reader reader(1 << 20);
  fuzz::input in(data, size);
  const auto text = in.rest();
  const auto page = history_page::parse(std::string(text));
  if (!page) {
    require(!page.error().detail.empty(), "a refusal says why");
    return 0;
  }
  require(page->messages().size() <= page->rows(), "a message is a row");
  std::size_t bytes = 0;
  for (const auto message : page->messages()) {
    bytes += message.size();
    require(message.starts_with('{'), "a message is an object, or tries to be");
  }
  require(bytes <= size, "messages are parts of the text");
  const auto root = reader.read(text);
  if (!root) return 0;  // what is broken inside of a message is the decoder's to find
  // The first member of either name that is met; of equal names simdjson's DOM finds the first.
  std::size_t objects = 0, rows = 0;
  for (const auto member : root->get_object().value_unsafe()) {
    simdjson::dom::array all;
    if (member.key != "raw_messages" && member.key != "messages") continue;
    require(!member.value.get(all), "what is taken is an array");
    for (const auto each : all) {
      ++rows;
      if (each.is_object()) ++objects;
    }
    break;
  }
  require(rows == page->rows() && objects == page->messages().size(), "all rows, and no more");
  return 0;
}
