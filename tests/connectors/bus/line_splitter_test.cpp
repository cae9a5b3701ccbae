#include "connectors/bus/ndjson/line_splitter.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace freshet {
namespace {

TEST(LineSplitter, LinesAreTheSameHoweverTheBytesAreCut) {
  const std::string text = "one\r\n\ntwo\n" + std::string(20, 'x') + "\nthree\n12345678\nlast";
  for (std::size_t step = 1; step <= text.size(); ++step) {
    line_splitter splitter(8);
    std::vector<std::string> lines;
    const auto keep = [&](std::string_view line) { lines.emplace_back(line); };
    std::size_t too_long = 0;
    for (std::size_t at = 0; at < text.size(); at += step) {
      too_long += splitter.feed(std::string_view(text).substr(at, step), keep);
    }
    splitter.finish(keep);
    EXPECT_EQ(lines, (std::vector<std::string>{"one", "two", "three", "12345678", "last"})) << step;
    EXPECT_EQ(too_long, 1u) << step;
  }
}

}  // namespace
}  // namespace freshet
