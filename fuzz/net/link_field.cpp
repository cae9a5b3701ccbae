/// Any Link field: a target stands in it between `<` and `>`, and in front of a word "next".
#include "net/client/link_field.hpp"

#include "fuzz/support/target.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace freshet;
  fuzz::input in(data, size);
  const auto field = in.rest();
  const auto target = next_link(field);
  if (!target) return 0;
  fuzz::require(target->find('>') == std::string::npos, "a target ends at the first >");
  const auto at = field.find("<" + *target + ">");
  fuzz::require(at != std::string_view::npos, "a target is taken as it is spelt");
  const auto alone = "<" + *target + ">; rel=\"next\"";
  fuzz::require(next_link(alone) == target, "and found again in a field of its own");
  return 0;
}
