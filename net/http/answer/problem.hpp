#pragma once

#include <string>
#include <string_view>

#include "net/http/answer/response_batch.hpp"
#include "net/http/head/request_head.hpp"

namespace freshet::http {

/// An error as a person and a program can read it (RFC 9457).
struct problem {
  std::uint16_t status = 500;
  std::string_view title;   // a sentence that is the same for all of its kind
  std::string_view detail;  // this case; may quote the request, is escaped
  std::string_view fields;  // further header lines, each with CRLF: Retry-After, Allow, ...
};

/// What of the request an answer depends on besides its content.
struct framing {
  bool http_11 = true;
  bool keep_alive = false;
  bool head_only = false;
};
inline framing framing_of(const request_head& head) {
  return {head.http_11, head.keep_alive, head.method == method::head};
}

/// The document itself.
std::string problem_text(const problem& p);

/// `common`: the block's lines without a status line (date_block::common() or date()).
void answer_problem(const framing& how, const problem& p, std::string_view common,
                    response_batch& out);

/// Any small document made for this request; `fields` as in problem.
void answer_text(const framing& how, std::uint16_t status, std::string_view type,
                 std::string_view body, std::string_view fields, std::string_view common,
                 response_batch& out);

}  // namespace freshet::http
