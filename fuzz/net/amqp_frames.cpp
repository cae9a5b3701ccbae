/// Frames in any order, one a line: `d` deliver, `h<digits>` header with a size, `b<text>` body,
/// `c` cancel, `k<text>` close, anything else a heartbeat. What is assembled is what was sent.
#include "fuzz/support/target.hpp"
#include "net/amqp/frame_assembler.hpp"
#include "tests/net/amqp/frames.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace freshet;
  using outcome = frame_assembler::outcome;
  constexpr std::size_t most = 64;
  fuzz::input in(data, size);
  frame_assembler reads(most);
  test::frames f;
  std::string body;
  std::uint64_t promised = 0;
  for (int n = 0; !in.done() && n < 1000; ++n) {
    const std::string line(in.line());
    const char kind = line.empty() ? '-' : line[0];
    const auto rest = line.substr(line.empty() ? 0 : 1);
    auto got = outcome::more;
    if (kind == 'd') {
      got = reads.feed(f.deliver(static_cast<std::uint64_t>(n) + 1, rest));
    } else if (kind == 'h') {
      promised = 0;
      for (const char c : rest) promised = promised * 10 + static_cast<unsigned char>(c) % 10;
      body.clear();
      got = reads.feed(f.header(promised));
    } else if (kind == 'b') {
      body += rest;
      got = reads.feed(f.body(rest));
    } else if (kind == 'c') {
      got = reads.feed(f.cancel());
    } else if (kind == 'k') {
      got = reads.feed(f.close(320, rest));
    } else {
      amqp_frame_t heartbeat{};
      heartbeat.frame_type = AMQP_FRAME_HEARTBEAT;
      got = reads.feed(heartbeat);
    }
    if (got == outcome::broken || got == outcome::closed) {
      fuzz::require(!reads.why().empty(), "a reason");
      return 0;  // the connection is of no use
    }
    if (got != outcome::message) continue;
    const auto message = reads.take();
    fuzz::require(message.size == promised && body.size() == promised, "as long as it said");
    if (message.size <= most) {
      fuzz::require(message.body == body && message.refused.empty(), "the whole body");
    } else {
      fuzz::require(message.refused == "too_large", "refused");
      fuzz::require(body.starts_with(message.body), "its beginning");
    }
  }
  return 0;
}
