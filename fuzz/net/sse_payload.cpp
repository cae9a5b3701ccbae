/// Path, etag, event id and topic, one a line, then a body: the data of an event is one line of
/// JSON that says what was put in.
#include "net/sse/payload.hpp"

#include "core/json/validate.hpp"
#include "fuzz/support/target.hpp"
#include "fuzz/support/utf8.hpp"

namespace {

using namespace freshet;
using fuzz::require;

void check_text(simdjson::dom::element in, const char* name, std::string_view put) {
  std::string_view text;
  require(!in[name].get(text), "a text stands at its name");
  if (fuzz::is_utf8(put)) {
    require(text == put, "as it was put in");
  } else {
    require(fuzz::is_utf8(text), "and is UTF-8 in any case");
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fuzz::input in(data, size);
  change c;
  c.at = size;
  c.path = in.line();
  c.etag = in.line();
  c.event_id = in.line();
  c.topic = in.line();
  const std::string body(in.rest());
  static json::reader reader(1 << 20), bodies(1 << 20);
  const auto document = bodies.read(body);
  auto content = entry::make(document ? body : "");  // only what was validated is published
  content->version = 7;
  c.content = content;
  for (const std::size_t inline_bytes : {std::size_t{0}, std::size_t{1} << 14}) {
    const auto text = sse::payload(c, inline_bytes);
    require(text.find_first_of("\r\n") == text.npos, "one line");
    const auto root = reader.read(text);
    require(root.has_value(), "of JSON");
    check_text(*root, "@id", c.path);
    check_text(*root, "event", c.event_id);
    check_text(*root, "cause", c.topic);
    if (!c.etag.empty()) check_text(*root, "etag", "\"" + c.etag + "\"");
    simdjson::dom::element inlined;
    const bool has = !(*root)["data"].get(inlined);
    require(has == (document && !body.empty() && body.size() <= inline_bytes), "data when small");
    if (has) {
      require(simdjson::minify(inlined) == simdjson::minify(*document), "the body is the page's");
    }
  }
  const sse::named_state state{c.path, {c.etag, 7}};
  const auto resync = sse::resync_payload({{state, state}});
  const auto root = reader.read(resync);
  require(root && resync.find('\n') == resync.npos, "a resync is one line of JSON");
  check_text(root->at_pointer("/pages/1").value(), "@id", c.path);
  return 0;
}
