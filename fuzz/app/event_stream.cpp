/// Sizes of pieces on one line, then bytes as an event stream: however they are cut, the events are
/// those of a second reader, and of the whole.
#include "app/client/event_stream.hpp"

#include <algorithm>
#include <vector>

#include "app/client/change_notice.hpp"
#include "core/json/validate.hpp"
#include "fuzz/support/target.hpp"
#include "fuzz/support/utf8.hpp"
#include "tests/net/sse/decoder.hpp"

namespace {

using namespace freshet;
using fuzz::require;

/// What people and programs are shown of an event is one line and nothing that a terminal obeys.
void check_notice(const app::stream_event& event) {
  const auto notice = app::change_notice::read(event);
  const auto text = notice.text(wall_time{std::chrono::seconds(1763690400)});
  std::vector<char32_t> points;
  require(fuzz::decode_utf8(text, points), "a notice is UTF-8");
  for (const auto c : points) require(c >= 0x20 && !(c >= 0x7F && c < 0xA0), "without controls");
  const auto json = notice.json();
  static json::reader reader(1 << 20);
  require(reader.read(json).has_value(), "as JSON it is JSON");
  require(json.find_first_of("\r\n") == json.npos, "of one line");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fuzz::input in(data, size);
  const auto sizes = in.line();
  const auto bytes = in.rest();
  std::vector<app::stream_event> whole, cut;
  app::event_stream one(512), two(512);
  const bool fits = one.feed(bytes, [&](app::stream_event e) { whole.push_back(std::move(e)); });
  bool cut_fits = true;
  auto left = bytes;
  for (std::size_t n = 0; cut_fits && !left.empty(); ++n) {
    const auto step = sizes.empty() ? 7u : 1u + static_cast<unsigned char>(sizes[n % sizes.size()]);
    cut_fits =
        two.feed(left.substr(0, step), [&](app::stream_event e) { cut.push_back(std::move(e)); });
    left.remove_prefix(std::min<std::size_t>(step, left.size()));
  }
  require(fits == cut_fits, "a bound does not depend on the pieces");
  require(whole == cut, "nor does an event");
  require(one.last_id() == two.last_id() && one.retry() == two.retry(), "nor id and retry");
  for (const auto& event : whole) {
    require(event.data.size() <= 512 && event.name.size() <= 512, "events are bounded");
    check_notice(event);
  }
  if (!fits) return 0;
  test::sse_decoder judge;
  judge.feed(bytes.starts_with("\xef\xbb\xbf") ? bytes.substr(3) : bytes);
  require(judge.messages.size() == whole.size(), "as many as the second reader's");
  for (std::size_t i = 0; i < whole.size(); ++i) {
    const auto& m = judge.messages[i];
    require(m.id == whole[i].id && m.event == whole[i].name && m.data == whole[i].data,
            "and equal");
  }
  return 0;
}
