/// Any bytes as a request head: what the scanner takes the gate takes with the same result, what
/// the gate takes is as strict as it says, and a head that grows is not refused on its way.
#include "fuzz/support/target.hpp"
#include "net/http/head/gate.hpp"
#include "net/http/head/scanner.hpp"

namespace {

using namespace freshet::http;
using freshet::fuzz::require;

constexpr head_limits limits{.target = 256, .line = 256, .head = 1024, .fields = 12};

bool has(std::string_view text, std::string_view any_of) {
  return text.find_first_of(any_of) != text.npos;
}

bool inside(std::string_view view, std::string_view buffer) {
  return view.empty() || (view.data() >= buffer.data() &&
                          view.data() + view.size() <= buffer.data() + buffer.size());
}

void check_taken(const request_head& head, std::string_view buffer) {
  require(head.bytes <= buffer.size() && head.bytes <= limits.head, "the head is bounded");
  require(buffer.substr(0, head.bytes).ends_with("\r\n\r\n"), "and ends at its empty line");
  require(head.target.starts_with('/') || (head.target == "*" && head.method == method::options),
          "the target is a path");
  require(head.target.size() <= limits.target, "and bounded");
  for (const char c : head.target) require(c > 0x20 && c < 0x7F && c != '#', "of visible ASCII");
  require(!head.http_11 || !head.host.empty(), "HTTP/1.1 has a Host");
  require(head.content_length == 0, "no body on the public side");
  for (const auto value :
       {head.host, head.if_none_match, head.accept, head.accept_encoding, head.authorization,
        head.last_event_id, head.origin, head.content_type, head.forwarded_for}) {
    require(!has(value, std::string_view("\r\n\0", 3)), "a value is one line");
    require(inside(value, buffer), "and lies in the buffer");
  }
}

void check_growing(const gate& judge, std::string_view buffer, std::size_t bytes) {
  const auto step = bytes / 16 + 1;
  std::size_t searched = 0;
  for (std::size_t n = 1; n < bytes; n += step) {
    require(!judge.judge_partial(buffer.substr(0, n), searched), "no prefix of it is refused");
    require(gate::complete(buffer.substr(0, n), searched) == 0, "nor complete");
    searched = n;
  }
  require(gate::complete(buffer, searched) == bytes, "complete when it is");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  freshet::fuzz::input in(data, size);
  const auto buffer = in.rest();
  static const gate judge(limits);
  static const gate admin(limits, gate::mode::admin, 1024);
  request_head fast;
  const auto scanned = scan(buffer, 0, limits, fast);
  (void)judge.judge_partial(buffer, 0);
  if (gate::complete(buffer, 0) == 0) {
    require(scanned == scanned::need_more || buffer.starts_with("\r\n"), "nothing to take yet");
    return 0;
  }
  const auto slow = judge.judge(buffer);
  const auto* taken = std::get_if<request_head>(&slow);
  if (scanned == scanned::taken) {
    require(taken != nullptr, "what the scanner takes the gate takes");
    require(*taken == fast, "with the same result");
  }
  if (taken) {
    check_taken(*taken, buffer);
    check_growing(judge, buffer, taken->bytes);
    const auto also = admin.judge(buffer);
    require(std::holds_alternative<request_head>(also), "the admin side takes what is public");
  } else {
    const auto& no = std::get<refusal>(slow);
    require(no.status >= 400 && no.status < 600 && !no.reason.empty(), "a refusal says why");
  }
  return 0;
}
