/// Any text as an event id: what is taken is the one spelling of its position.
#include "fuzz/support/target.hpp"
#include "net/sse/event_id.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace freshet;
  fuzz::input in(data, size);
  const auto text = in.rest();
  const auto id = sse::parse_event_id(text);
  if (id) fuzz::require(sse::format(*id) == text, "one position has one spelling");
  // The bytes as two numbers: what is written reads back.
  sse::event_id made;
  for (const char c : text.substr(0, 16)) {
    made.epoch = made.epoch << 8u | (made.at >> 56u);
    made.at = made.at << 8u | static_cast<unsigned char>(c);
  }
  const auto back = sse::parse_event_id(sse::format(made));
  fuzz::require(back && *back == made, "parse(format(x)) = x");
  return 0;
}
