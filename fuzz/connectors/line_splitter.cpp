/// Sizes of chunks on one line, then bytes: however they are cut, the lines are those of the whole.
#include "connectors/bus/ndjson/line_splitter.hpp"

#include <string>
#include <vector>

#include "fuzz/support/target.hpp"

namespace {

constexpr std::size_t line_max = 24;

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using freshet::fuzz::require;
  freshet::fuzz::input in(data, size);
  const auto sizes = in.line();
  const auto bytes = in.rest();

  std::vector<std::string> expected;
  std::size_t too_long_expected = 0;
  for (auto left = bytes; !left.empty();) {
    const auto end = left.find('\n');
    auto line = left.substr(0, end);
    left.remove_prefix(end == left.npos ? left.size() : end + 1);
    if (line.size() > line_max) {
      ++too_long_expected;
      continue;
    }
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (!line.empty()) expected.emplace_back(line);
  }

  freshet::line_splitter split(line_max);
  std::vector<std::string> lines;
  std::size_t too_long = 0;
  const auto visit = [&lines](std::string_view line) { lines.emplace_back(line); };
  auto left = bytes;
  for (std::size_t n = 0; !left.empty(); ++n) {
    const auto step = sizes.empty() ? 7u : 1u + static_cast<unsigned char>(sizes[n % sizes.size()]);
    const std::string chunk(left.substr(0, step));
    left.remove_prefix(chunk.size());
    too_long += split.feed(chunk, visit);
  }
  split.finish(visit);
  require(lines == expected, "the same lines");
  require(too_long == too_long_expected, "and as many too long");
  return 0;
}
