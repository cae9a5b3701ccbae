#include "net/amqp/frame_assembler.hpp"

#include <gtest/gtest.h>

#include "tests/net/amqp/frames.hpp"

namespace freshet {
namespace {

using outcome = frame_assembler::outcome;

class FrameAssembler : public testing::Test {
 protected:
  frame_assembler reads{20};
  test::frames f;
};

TEST_F(FrameAssembler, AMessageInPieces) {
  amqp_basic_properties_t properties{};
  properties._flags = AMQP_BASIC_MESSAGE_ID_FLAG | AMQP_BASIC_CONTENT_ENCODING_FLAG;
  properties.message_id = f.keep("id-1");
  properties.content_encoding = f.keep("utf-8");
  EXPECT_EQ(reads.feed(f.deliver(7, "a.b")), outcome::more);
  EXPECT_EQ(reads.feed(f.header(5, properties)), outcome::more);
  EXPECT_EQ(reads.feed(f.body("{\"a")), outcome::more);
  EXPECT_EQ(reads.feed(f.body("\":")), outcome::message);
  const auto got = reads.take();
  EXPECT_EQ(got.tag, 7u);
  EXPECT_EQ(got.topic, "a.b");
  EXPECT_EQ(got.message_id, "id-1");
  EXPECT_EQ(got.content_encoding, "utf-8");
  EXPECT_EQ(got.headers, "");
  EXPECT_FALSE(got.timestamp);
  EXPECT_EQ(got.body, "{\"a\":");
  EXPECT_EQ(got.refused, "");
}

TEST_F(FrameAssembler, AnEmptyMessageHasNoBodyFrame) {
  reads.feed(f.deliver(1, "a"));
  EXPECT_EQ(reads.feed(f.header(0)), outcome::message);
  EXPECT_EQ(reads.take().body, "");
  reads.feed(f.deliver(2, "a"));
  EXPECT_EQ(reads.feed(f.header(1)), outcome::more);
  EXPECT_EQ(reads.feed(f.body("1")), outcome::message);
  EXPECT_EQ(reads.take().tag, 2u);
}

TEST_F(FrameAssembler, WhatIsTooLargeIsCountedOffAndItsBeginningKept) {
  const std::string part(3000, 'x');
  reads.feed(f.deliver(1, "a"));
  EXPECT_EQ(reads.feed(f.header(9000)), outcome::more);
  EXPECT_EQ(reads.feed(f.body(part)), outcome::more);
  EXPECT_EQ(reads.feed(f.body(part)), outcome::more);
  EXPECT_EQ(reads.feed(f.body(part)), outcome::message);
  const auto got = reads.take();
  EXPECT_EQ(got.refused, "too_large");
  EXPECT_EQ(got.size, 9000u);
  EXPECT_EQ(got.body.size(), frame_assembler::sample);
  reads.feed(f.deliver(2, "a"));
  reads.feed(f.header(2));
  EXPECT_EQ(reads.feed(f.body("{}")), outcome::message) << "the next one is read as ever";
}

TEST_F(FrameAssembler, AHeaderThatPromisesWithoutEndCostsNothing) {
  reads.feed(f.deliver(1, "a"));
  EXPECT_EQ(reads.feed(f.header(~std::uint64_t{0})), outcome::more);
  EXPECT_EQ(reads.feed(f.body("xy")), outcome::more);
}

TEST_F(FrameAssembler, HeadersThatAreNoneRefuseTheMessageAlone) {
  amqp_table_entry_t odd{f.keep("k"), {}};
  odd.value.kind = 'Z';
  amqp_basic_properties_t properties{};
  properties._flags = AMQP_BASIC_HEADERS_FLAG;
  properties.headers = {1, &odd};
  reads.feed(f.deliver(1, "a"));
  EXPECT_EQ(reads.feed(f.header(0, properties)), outcome::message);
  const auto got = reads.take();
  EXPECT_EQ(got.refused, "bad_headers");
  EXPECT_EQ(got.headers, "");
}

TEST_F(FrameAssembler, TheBrokersLastWords) {
  EXPECT_EQ(reads.feed(f.cancel()), outcome::cancelled);
  EXPECT_EQ(reads.feed(f.close(404, "NOT_FOUND - no queue\n'x'")), outcome::closed);
  EXPECT_EQ(reads.why(), "404 NOT_FOUND - no queue?'x'");
}

TEST_F(FrameAssembler, WhatNoBrokerSends) {
  EXPECT_EQ(reads.feed(f.header(1)), outcome::broken);
  EXPECT_EQ(reads.feed(f.body("x")), outcome::broken);
  reads.feed(f.deliver(1, "a"));
  EXPECT_EQ(reads.feed(f.deliver(2, "a")), outcome::broken);
  reads.feed(f.header(1));
  EXPECT_EQ(reads.feed(f.body("xy")), outcome::broken);
  EXPECT_FALSE(reads.why().empty());
}

}  // namespace
}  // namespace freshet
