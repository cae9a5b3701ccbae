/// A frame: its canonical form, where it has one, is a fixed point, says the same as the frame, and
/// does not hold who signed it.
#include "connectors/verify/canonical_message.hpp"

#include <simdjson.h>

#include "fuzz/support/target.hpp"

namespace {

using namespace freshet;
using fuzz::require;
using simdjson::dom::element;

/// The same document, whatever the order of its members; numbers as simdjson reads them.
bool same(element a, element b) {
  simdjson::dom::object left, right;
  if (!a.get(left) && !b.get(right)) {
    if (left.size() != right.size()) return false;
    for (const auto& [name, value] : left) {
      element other;
      if (right.at_key(name).get(other) || !same(value, other)) return false;
    }
    return true;
  }
  simdjson::dom::array here, there;
  if (!a.get(here) && !b.get(there)) {
    if (here.size() != there.size()) return false;
    for (std::size_t i = 0; i < here.size(); ++i)
      if (!same(here.at(i).value(), there.at(i).value())) return false;
    return true;
  }
  return simdjson::to_string(a) == simdjson::to_string(b);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fuzz::input in(data, size);
  const auto text = in.rest();
  const auto made = canonical_of(text);
  if (!made.wrong.empty()) {
    require(made.bytes.empty(), "what is refused has no form");
    return 0;
  }
  for (const char c : made.bytes) require(c >= 0x20 && c < 0x7f, "the form is printable ASCII");
  const auto again = canonical_of(made.bytes);
  require(again.wrong.empty() && again.bytes == made.bytes, "the form of the form is the form");
  simdjson::dom::parser one, two;
  element frame, form;
  const auto failed = one.parse(text.data(), text.size()).get(frame);
  if (failed == simdjson::NUMBER_ERROR) return 0;  // larger than 64 bits
  require(!failed, "what has a form is JSON");
  require(!two.parse(made.bytes).get(form), "and so is the form");
  element signer;
  require(form["signature"].get(signer) != simdjson::SUCCESS &&
              form["certificate"].get(signer) != simdjson::SUCCESS,
          "without who signed it");
  if (frame["signature"].get(signer) && frame["certificate"].get(signer))
    require(same(frame, form), "that says the same");
  return 0;
}
