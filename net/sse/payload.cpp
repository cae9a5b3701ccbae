#include "net/sse/payload.hpp"

#include <fmt/format.h>
#include <simdjson.h>

#include <algorithm>
#include <iterator>

namespace freshet::sse {
namespace {

void append_etag(std::string& out, std::string_view etag) {
  if (etag.empty()) {
    out.append("null");
    return;
  }
  std::string quoted;
  quoted.append(1, '"').append(etag).append(1, '"');
  append_json(out, quoted);
}

void append_head(std::string& out, std::string_view path, std::string_view etag, sequence version) {
  out.append("{\"@id\":");
  append_json(out, path);
  out.append(",\"etag\":");
  append_etag(out, etag);
  fmt::format_to(std::back_inserter(out), ",\"version\":{}", version);
}

/// The body is valid JSON, so its line breaks are white space between tokens.
void append_one_line(std::string& out, std::string_view body) {
  const auto start = static_cast<std::ptrdiff_t>(out.size());
  out.append(body);
  std::replace_if(
      out.begin() + start, out.end(), [](char c) { return c == '\r' || c == '\n'; }, ' ');
}

}  // namespace

void append_json(std::string& out, std::string_view text) {
  const bool utf8 = simdjson::validate_utf8(text.data(), text.size());
  out.push_back('"');
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      out.append(1, '\\').push_back(c);
    } else if (byte < 0x20 || byte == 0x7f) {
      fmt::format_to(std::back_inserter(out), "\\u{:04x}", unsigned{byte});
    } else if (byte >= 0x80 && !utf8) {
      out.append("\\ufffd");
    } else {
      out.push_back(c);
    }
  }
  out.push_back('"');
}

std::string payload(const change& c, std::size_t inline_bytes) {
  const bool gone = c.what == change::kind::deleted;
  std::string out;
  append_head(out, c.path, gone ? std::string_view{} : c.etag,
              c.content ? c.content->version : c.at);
  out.append(",\"event\":");
  append_json(out, c.event_id);
  out.append(",\"cause\":");
  append_json(out, c.topic);
  if (!gone && c.content && c.content->status == 200) {
    const auto body = c.content->body();
    if (!body.empty() && body.size() <= inline_bytes) {
      out.append(",\"data\":");
      append_one_line(out, body);
    }
  }
  out.push_back('}');
  return out;
}

std::string resync_payload(std::span<const named_state> pages) {
  std::string out = "{\"pages\":[";
  bool first = true;
  for (const auto& page : pages) {
    if (!first) out.push_back(',');
    first = false;
    append_head(out, page.path, page.state.etag, page.state.version);
    out.push_back('}');
  }
  out.append("]}");
  return out;
}

std::string_view resync_payload_unknown() { return "{\"pages\":null}"; }

}  // namespace freshet::sse
