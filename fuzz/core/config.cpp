/// Any text as a configuration: problems can be shown, and what is accepted is shown as a
/// configuration that means the same.
#include "core/config/load.hpp"
#include "fuzz/support/target.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace freshet;
  fuzz::input in(data, size);
  const auto text = in.rest();
  const auto read = config::parse(text);
  for (const auto& problem : read.problems) {
    fuzz::require(!problem.message.empty(), "a problem says what is wrong");
    fuzz::require(!config::render(problem).empty(), "and where");
  }
  if (!read.ok()) return 0;
  const auto shown = config::show(read.value);
  const auto again = config::parse(shown);
  if (!again.ok()) {
    std::fprintf(stderr, "%s\n%s\n", shown.c_str(), config::render(again.problems[0]).c_str());
  }
  fuzz::require(again.ok(), "what is shown is a configuration");
  fuzz::require(config::show(again.value) == shown, "with the same meaning");
  return 0;
}
