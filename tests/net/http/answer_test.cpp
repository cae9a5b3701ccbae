#include <gtest/gtest.h>

#include <string>

#include "net/http/answer/accept_encoding.hpp"
#include "net/http/answer/conditional.hpp"
#include "net/http/answer/encoder.hpp"
#include "net/http/answer/entry_builder.hpp"
#include "net/http/answer/page_answer.hpp"
#include "net/http/answer/page_head.hpp"
#include "net/http/answer/problem.hpp"
#include "net/http/server/address_set.hpp"

namespace freshet::http {
namespace asio = boost::asio;
namespace {

std::string written(response_batch& batch) {
  std::string out;
  for (const auto& b : batch.buffers(1000)) {
    out.append(static_cast<const char*>(b.iov_base), b.iov_len);
  }
  return out;
}

boost::intrusive_ptr<entry> page(std::string_view body) {
  entry_source source;
  source.body = body;
  source.version = 7;
  source.modified = wall_time{std::chrono::seconds{784111777}};
  return build_entry(std::move(source));
}

std::string big() {
  std::string out = "[";
  for (int i = 0; i < 200; ++i) out += "{\"name\":\"guake\",\"n\":" + std::to_string(i) + "},";
  return out + "0]";
}

TEST(Conditional, AnyEncodingOfTheVersionMatchesWeakly) {
  const std::string etag(32, 'a');
  const auto matches = [&](std::string field) { return if_none_match(field, etag); };
  EXPECT_TRUE(matches("\"" + etag + "\""));
  EXPECT_TRUE(matches("W/\"" + etag + "-gz\""));
  EXPECT_TRUE(matches("\"x\", \"y,z\" ,\"" + etag + "-br\""));
  EXPECT_TRUE(matches("*"));
  EXPECT_TRUE(matches(",, \"x\",\t,\"" + etag + "\"")) << "empty elements of a list";
  EXPECT_FALSE(matches(",,"));
  EXPECT_FALSE(matches("\"" + etag + "-zz\""));
  EXPECT_FALSE(matches(etag));
  EXPECT_FALSE(matches("\"" + etag));
  EXPECT_FALSE(matches("\"x\" \"" + etag + "\""));
  EXPECT_FALSE(matches(""));
}

TEST(AcceptEncoding, QValuesDecide) {
  const auto best = [](std::string_view field) {
    return parse_accept_encoding(field).best(true, true);
  };
  EXPECT_EQ(best("gzip, deflate, br, zstd"), coding::brotli);
  EXPECT_EQ(best("gzip"), coding::gzip);
  EXPECT_EQ(best("br;q=0.5, gzip;q=0.8"), coding::gzip);
  EXPECT_EQ(best("br;q=0, GZIP;q=0.001"), coding::gzip);
  EXPECT_EQ(best("identity, gzip;q=0.5"), coding::identity);
  EXPECT_EQ(best("*"), coding::brotli);
  EXPECT_EQ(best("*;q=0"), coding::identity);
  EXPECT_EQ(best("br;q=2, gzip;q=x"), coding::identity);
  EXPECT_EQ(best("deflate"), coding::identity);
}

TEST(Encoder, OnlyWhenItPays) {
  EXPECT_FALSE(encode(std::string(255, 'a'), coding::gzip));
  EXPECT_LT(encode(std::string(256, 'a'), coding::gzip)->size(), 64u);
  EXPECT_LT(encode(std::string(256, 'a'), coding::brotli)->size(), 64u);
  std::string noise;
  for (std::uint32_t i = 0, x = 1; i < 1000; ++i) {
    x = x * 1664525u + 1013904223u;
    noise += static_cast<char>(x >> 24);
  }
  EXPECT_FALSE(encode(noise, coding::gzip));
  EXPECT_FALSE(encode(noise, coding::brotli));
}

page_text text_of(const boost::intrusive_ptr<entry>& e, std::string_view last = "\r\n") {
  return {*e, "/a.json", {last}};
}

std::string head_of(const entry& e, head_part what, coding c, std::size_t bytes) {
  response_batch out;
  out.begin(200);
  add_page_head(out, what, e, "/a.json", c, bytes);
  return written(out);
}

TEST(PageHead, OfEachRepresentationIsComplete) {
  const auto e = page(big());
  ASSERT_TRUE(add_encoding(*e, coding::gzip));
  EXPECT_FALSE(add_encoding(*e, coding::gzip));
  const std::string tag(e->etag.data(), 32);
  const auto rest =
      "Content-Location: /a.json\r\nLast-Modified: Sun, 06 Nov 1994 08:49:37 GMT\r\n"
      "Cache-Control: no-cache\r\nVary: Accept-Encoding\r\nX-Content-Type-Options: nosniff\r\n";
  EXPECT_EQ(head_of(*e, head_part::all, coding::identity, e->body().size()),
            "Content-Type: application/json\r\nContent-Length: " +
                std::to_string(e->body().size()) + "\r\nETag: \"" + tag + "\"\r\n" + rest);
  const auto* gzip = e->gzip.load();
  EXPECT_EQ(head_of(*e, head_part::all, coding::gzip, gzip->body.size()),
            "Content-Type: application/json\r\nContent-Encoding: gzip\r\n"
            "Content-Length: " +
                std::to_string(gzip->body.size()) + "\r\nETag: \"" + tag + "-gz\"\r\n" + rest);
  EXPECT_EQ(head_of(*e, head_part::validators, coding::gzip, 1),
            "ETag: \"" + tag + "-gz\"\r\n" + rest);
}

TEST(PageHead, PagesOfOneClassShareTheirLines) {
  const auto one = page("1"), other = page("2");
  EXPECT_EQ(one->lines, other->lines);
  const auto based = build_entry({.body = "1", .base = "https://example.org/x"});
  EXPECT_NE(one->lines, based->lines);
  EXPECT_NE(head_of(*based, head_part::all, coding::identity, 1)
                .find("\r\nContent-Location: https://example.org/x/a.json\r\n"),
            std::string::npos);
}

TEST(DateBlock, NamesTheTimeAndTheNewestChange) {
  date_block block("e1");
  block.set(wall_time{std::chrono::seconds{784111777}}, 42);
  EXPECT_EQ(block.ok(),
            "HTTP/1.1 200 OK\r\nDate: Sun, 06 Nov 1994 08:49:37 GMT\r\n"
            "Link: </.well-known/mercure>; rel=\"mercure\"; last-event-id=\"e1-42\"\r\n");
  block.set(wall_time{std::chrono::seconds{784111777}}, 43);
  EXPECT_TRUE(block.common().ends_with("\"e1-43\"\r\n"));
  EXPECT_EQ(block.date(), "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n");
}

TEST(DateBlock, BehindAPrefixTheStreamIsToo) {
  date_block block("e1", "https://example.org/fresh");
  block.set(wall_time{}, 1);
  EXPECT_TRUE(block.common().ends_with(
      "Link: <https://example.org/fresh/.well-known/mercure>; rel=\"mercure\"; "
      "last-event-id=\"e1-1\"\r\n"));
}

TEST(PageAnswer, A304RepeatsTheValidatorsAndNoLength) {
  const auto e = page(big());
  const auto v = text_of(e, "Freshness: state=fresh\r\n\r\n");
  date_block block("e");
  request_head head;
  const std::string etag = "\"" + std::string(e->etag.data(), 32) + "-br\"";
  head.if_none_match = etag;
  response_batch out;
  EXPECT_EQ(answer_page(head, v, block, out).status, 304);
  const auto text = written(out);
  EXPECT_TRUE(text.starts_with("HTTP/1.1 304 Not Modified\r\nDate: "));
  EXPECT_TRUE(text.ends_with("Freshness: state=fresh\r\n\r\n"));
  EXPECT_NE(text.find("ETag: "), text.npos);
  EXPECT_EQ(text.find("Content-Length"), text.npos);
}

TEST(PageAnswer, SaysWhichCodingIsMissing) {
  const auto e = page(big());
  const auto v = text_of(e);
  date_block block("e");
  request_head head;
  head.accept_encoding = "gzip";
  response_batch out;
  EXPECT_EQ(answer_page(head, v, block, out).wanted, coding::gzip);
  EXPECT_EQ(written(out).find("Content-Encoding"), std::string::npos);
  ASSERT_TRUE(add_encoding(*e, coding::gzip));
  out.clear();
  EXPECT_EQ(answer_page(head, v, block, out).wanted, std::nullopt);
  EXPECT_NE(written(out).find("Content-Encoding: gzip\r\n"), std::string::npos);
}

TEST(PageAnswer, ALargeBodyIsSentFromItsFileOnceItHasOne) {
  const auto e = page(std::string(body_file::body_min, 'x'));
  const auto v = text_of(e);
  date_block block("e");
  request_head head;
  response_batch out;
  EXPECT_EQ(answer_page(head, v, block, out).wanted, coding::identity);
  const auto whole = written(out);
  e->file = body_file::make(e->body()).release();
  out.clear();
  EXPECT_EQ(answer_page(head, v, block, out).wanted, std::nullopt);
  EXPECT_EQ(out.bytes_left(), whole.size());
  EXPECT_FALSE(out.file()) << "the head comes first";
  const auto start = written(out);
  EXPECT_EQ(start + std::string(e->body()), whole);
  out.consume(start.size() + 10);
  ASSERT_TRUE(out.file());
  EXPECT_EQ(out.file()->descriptor, e->file.load()->descriptor());
  EXPECT_EQ(out.file()->offset, 10u);
  EXPECT_EQ(out.file()->size, e->body().size() - 10);
  EXPECT_TRUE(out.buffers().empty());
  out.pin();
  EXPECT_EQ(e->use_count(), 2u);
  out.clear();
  head.method = method::head;
  answer_page(head, v, block, out);
  EXPECT_EQ(out.bytes_left(), start.size());
}

TEST(ResponseBatch, WhatIsPinnedOutlivesItsSources) {
  response_batch out;
  std::string expected;
  {
    auto e = page(big());
    std::string fragment = "fragment";
    out.begin(200);
    out.add("static");
    out.add(fragment);
    out.add(e->body(), *e);
    out.add("more");
    out.add(e->body().substr(0, 100), *e);
    ASSERT_EQ(out.buffers().size(), 3u) << "what is short is copied";
    expected = written(out);
    out.consume(8);  // the middle of the fragment
    EXPECT_EQ(e->use_count(), 1u);
    out.pin();
    EXPECT_EQ(e->use_count(), 2u);
    fragment.assign(8, '!');
  }
  EXPECT_EQ(written(out), expected.substr(8));
  for (std::size_t n = 8; n < expected.size(); ++n) {
    out.consume(1);
    ASSERT_EQ(written(out), expected.substr(n + 1));
  }
  EXPECT_EQ(out.bytes_left(), 0u);
}

TEST(Problem, QuotesTheRequestSafely) {
  response_batch out;
  answer_problem({}, {404, "no such page", "\"<\r\n\xff", "X: y\r\n"}, "Date: d\r\n", out);
  EXPECT_EQ(written(out),
            "HTTP/1.1 404 Not Found\r\nDate: d\r\nConnection: close\r\n"
            "Content-Type: application/problem+json\r\nContent-Length: 97\r\nX: y\r\n"
            "X-Content-Type-Options: nosniff\r\nCache-Control: no-store\r\n\r\n"
            "{\"type\":\"about:blank\",\"title\":\"no such page\",\"status\":404,"
            "\"detail\":\"\\\"\\u003c\\u000d\\u000a\\u00ff\"}\n");
}

TEST(AddressSet, NetworksOfBothFamilies) {
  const std::vector<std::string> texts{"10.0.0.0/9", "::1", "2001:db8::/33"};
  const auto set = address_set::parse(texts).value();
  const auto has = [&](const char* a) { return set.contains(asio::ip::make_address(a)); };
  EXPECT_TRUE(has("10.127.0.1"));
  EXPECT_FALSE(has("10.128.0.1"));
  EXPECT_TRUE(has("::ffff:10.0.0.1"));
  EXPECT_TRUE(has("::1"));
  EXPECT_FALSE(has("::2"));
  EXPECT_TRUE(has("2001:db8:7fff::1"));
  EXPECT_FALSE(has("2001:db8:8000::1"));
  for (const std::string wrong : {"10.0.0.0/33", "x", "::1/", "1.2.3.4/8x"}) {
    EXPECT_FALSE(address_set::parse({&wrong, 1})) << wrong;
  }
}

}  // namespace
}  // namespace freshet::http
