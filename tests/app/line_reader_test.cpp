#include "app/replay/line_reader.hpp"

#include "tests/app/temporary_file.hpp"
#include "tests/support/run.hpp"

namespace freshet::app {
namespace {

namespace asio = boost::asio;

asio::awaitable<void> read_all(line_reader* reader, std::vector<std::string>* out) {
  for (;;) {
    const auto line = co_await reader->next();
    if (!line || !*line) co_return;
    out->push_back(
        fmt::format("{}{}{}", (*line)->number, (*line)->too_long ? "!" : ":", (*line)->text));
  }
}

std::vector<std::string> lines_of(line_reader& reader, asio::io_context& ctx) {
  std::vector<std::string> out;
  test::run(ctx, read_all(&reader, &out));
  return out;
}

std::vector<std::string> lines_of(std::string_view content, std::size_t line_max = 100) {
  asio::io_context ctx(1);
  const test::temporary_file file(content);
  return lines_of(*line_reader::open(ctx.get_executor(), file.path, line_max).value(), ctx);
}

using lines = std::vector<std::string>;

TEST(LineReader, NumbersLinesAndPassesOverEmptyOnes) {
  EXPECT_EQ(lines_of("a\n\nb\r\n\r\nc"), (lines{"1:a", "3:b", "5:c"}));
  EXPECT_EQ(lines_of("a\n"), lines{"1:a"});
  EXPECT_EQ(lines_of(""), lines{});
}

TEST(LineReader, ALineBeyondTheBoundIsOneBadLine) {
  const std::string fits(10, 'x');
  EXPECT_EQ(lines_of(fits + "\r\n" + fits + "y\nb\n", 10), (lines{"1:" + fits, "2!", "3:b"}));
  const std::string huge(300'000, 'x');
  EXPECT_EQ(lines_of("a\n" + huge + "\nb\n" + huge, 10), (lines{"1:a", "2!", "3:b", "4!"}));
}

TEST(LineReader, LinesMayBeLongerThanOneRead) {
  const std::string long_line(200'000, 'x');
  EXPECT_EQ(lines_of("a\n" + long_line + "\nb", 1u << 20), (lines{"1:a", "2:" + long_line, "3:b"}));
}

TEST(LineReader, RewindsAFile) {
  asio::io_context ctx(1);
  const test::temporary_file file("a\nb\n");
  auto reader = line_reader::open(ctx.get_executor(), file.path, 100).value();
  EXPECT_EQ(lines_of(*reader, ctx).size(), 2u);
  EXPECT_EQ(reader->bytes(), reader->bytes_total());
  ASSERT_TRUE(reader->rewind());
  EXPECT_EQ(lines_of(*reader, ctx), (lines{"1:a", "2:b"}));
}

TEST(LineReader, SaysWhatItCannotOpen) {
  asio::io_context ctx(1);
  EXPECT_EQ(line_reader::open(ctx.get_executor(), "/nowhere/x", 1).error().code, errc::missing);
  EXPECT_EQ(line_reader::open(ctx.get_executor(), "/tmp", 1).error().code, errc::missing);
}

}  // namespace
}  // namespace freshet::app
