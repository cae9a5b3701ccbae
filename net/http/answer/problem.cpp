#include "net/http/answer/problem.hpp"

#include <fmt/format.h>

#include <string>

#include "net/http/answer/page_answer.hpp"

namespace freshet::http {
namespace {

/// Bytes that are not ASCII are shown as escapes of Latin-1, so that the document is always valid.
void append_json_string(std::string& out, std::string_view text) {
  out += '"';
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (byte < 0x20 || byte >= 0x7f || c == '<') {
      out += fmt::format("\\u{:04x}", static_cast<unsigned>(byte));
    } else {
      out += c;
    }
  }
  out += '"';
}

}  // namespace

void answer_text(const framing& how, std::uint16_t status, std::string_view type,
                 std::string_view body, std::string_view fields, std::string_view common,
                 response_batch& out) {
  out.begin(status);
  out.add(status_line(status));
  out.add(common);
  out.add(connection_line(how.http_11, how.keep_alive));
  const bool has_content = status != 204 && status != 304;
  if (has_content) {
    out.add(fmt::format("Content-Type: {}\r\nContent-Length: {}\r\n", type, body.size()));
  }
  out.add(fields);
  out.add("X-Content-Type-Options: nosniff\r\nCache-Control: no-store\r\n\r\n");
  if (has_content && !how.head_only) out.add(body);
}

std::string problem_text(const problem& p) {
  std::string body = "{\"type\":\"about:blank\",\"title\":";
  append_json_string(body, p.title);
  body += fmt::format(",\"status\":{}", p.status);
  if (!p.detail.empty()) {
    body += ",\"detail\":";
    append_json_string(body, p.detail);
  }
  body += "}\n";
  return body;
}

void answer_problem(const framing& how, const problem& p, std::string_view common,
                    response_batch& out) {
  answer_text(how, p.status, "application/problem+json", problem_text(p), p.fields, common, out);
}

}  // namespace freshet::http
