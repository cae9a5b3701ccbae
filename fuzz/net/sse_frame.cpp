/// A kind of event on one line, a sequence, then data: a strict reader of event streams gets back
/// exactly one message with these parts, and nothing else.
#include "net/sse/frame.hpp"

#include <algorithm>
#include <string>

#include "fuzz/support/target.hpp"
#include "tests/net/sse/decoder.hpp"

namespace {

using namespace freshet;
using fuzz::require;

/// CR, LF and CRLF are LF to a reader.
std::string as_read(std::string_view data) {
  std::string out;
  for (std::size_t i = 0; i < data.size(); ++i) {
    if (data[i] == '\r') {
      if (i + 1 < data.size() && data[i + 1] == '\n') ++i;
      out += '\n';
    } else {
      out += data[i];
    }
  }
  return out;
}

/// Only the four field names that a frame may have, each line ended by LF.
void check_lines(std::string_view bytes) {
  require(bytes.find('\r') == bytes.npos, "no CR leaves the encoder");
  require(bytes.ends_with("\n\n"), "a frame ends with an empty line");
  require(bytes.find("\n\n") == bytes.size() - 2, "and has no other");
  bytes.remove_suffix(1);
  while (!bytes.empty()) {
    const auto line = bytes.substr(0, bytes.find('\n'));
    const bool known = line.starts_with("id: ") || line.starts_with("event: ") ||
                       line.starts_with("data: ") || line.starts_with("retry: ") ||
                       line.starts_with(": ");
    require(known, "every line is a field of ours");
    bytes.remove_prefix(line.size() + 1);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fuzz::input in(data, size);
  const auto name = in.line();
  const auto number = in.line();
  const auto text = in.rest();
  sse::frame f;
  f.event = name;
  f.data = text;
  if (!number.empty()) f.id = sse::event_id{number.size(), static_cast<unsigned char>(number[0])};
  const auto encoded = sse::encode(f);
  if (!encoded) {
    const auto odd = [](char c) { return c <= ' ' || c >= '\x7f'; };
    const bool bad_name = !name.starts_with('/') || std::any_of(name.begin(), name.end(), odd);
    require(bad_name || text.find('\0') != text.npos, "refused only for a name or a NUL");
    return 0;
  }
  check_lines(*encoded);
  // Between other frames, cut into pieces: the reader must see each of them whole.
  const auto id = sse::event_id{1, 2};
  const auto stream = sse::encode_hello(3000, id) + *encoded + sse::encode_heartbeat(id) + *encoded;
  test::sse_decoder reader;
  const auto step = 1 + text.size() % 7;
  for (std::size_t i = 0; i < stream.size(); i += step) reader.feed(stream.substr(i, step));
  const test::sse_decoder::message expected{f.id ? sse::format(*f.id) : sse::format(id),
                                            std::string(name), as_read(text)};
  require(reader.retry == "3000" && reader.comments == 2, "hello and heartbeat are read");
  require(reader.messages.size() == 2, "one frame is one message");
  require(reader.messages[0] == expected && reader.messages[1] == expected,
          "decode(encode(x)) = x");
  return 0;
}
