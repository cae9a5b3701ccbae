#include "app/bench/answer_scanner.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace freshet::app {
namespace {

const std::string three =
    "HTTP/1.1 200 OK\r\nETag: \"a\"\r\ncontent-length:  5\r\n\r\nhe\r\nl"
    "HTTP/1.1 304 Not Modified\r\n\r\n"
    "HTTP/1.1 103 Early Hints\r\n\r\n"
    "HTTP/1.1 404 Not Found\r\nX-Content-Length: 9\r\nContent-Length: 0\r\n\r\n";

bool feed(answer_scanner& scanner, std::string_view bytes, std::vector<unsigned>& statuses) {
  return scanner.feed(bytes, [&](unsigned status) { statuses.push_back(status); });
}

TEST(AnswerScanner, FindsPipelinedAnswers) {
  answer_scanner scanner;
  std::vector<unsigned> got;
  EXPECT_TRUE(feed(scanner, three + three, got));
  EXPECT_EQ(got, (std::vector<unsigned>{200, 304, 404, 200, 304, 404}));
}

TEST(AnswerScanner, PiecesCutAnywhereAreTheSame) {
  for (std::size_t size = 1; size < three.size(); ++size) {
    answer_scanner scanner;
    std::vector<unsigned> got;
    for (std::size_t at = 0; at < three.size(); at += size) {
      ASSERT_TRUE(feed(scanner, std::string_view(three).substr(at, size), got));
    }
    EXPECT_EQ(got, (std::vector<unsigned>{200, 304, 404})) << "pieces of " << size;
  }
}

TEST(AnswerScanner, AnAnswerEndsWithItsLastByteAndNotBefore) {
  answer_scanner scanner;
  std::vector<unsigned> got;
  EXPECT_TRUE(feed(scanner, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\na", got));
  EXPECT_TRUE(got.empty());
  EXPECT_TRUE(feed(scanner, "b", got));
  EXPECT_EQ(got.size(), 1u);
}

TEST(AnswerScanner, RefusesWhatItCannotCount) {
  std::vector<unsigned> got;
  for (const char* bad : {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
                          "HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n",
                          "HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n", "HTTP/1.1 \r\n\r\n",
                          "SSH-2.0-x\r\n\r\n", "\r\n\r\n"}) {
    answer_scanner scanner;
    EXPECT_FALSE(feed(scanner, bad, got)) << bad;
  }
  EXPECT_TRUE(got.empty());
}

TEST(AnswerScanner, AHeadIsBounded) {
  answer_scanner scanner;
  std::vector<unsigned> got;
  bool good = true;
  for (int kib = 0; kib < 34 && good; ++kib) good = feed(scanner, std::string(1024, 'x'), got);
  EXPECT_FALSE(good);
}

}  // namespace
}  // namespace freshet::app
