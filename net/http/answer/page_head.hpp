#pragma once

#include <string>
#include <string_view>

#include "net/http/answer/accept_encoding.hpp"
#include "net/http/answer/response_batch.hpp"
#include "store/entry.hpp"

namespace freshet {

/// Complete lines, each ended by CRLF, but for `location`, which goes on with the page's path.
struct head_lines {
  std::string type;
  std::string location;
  std::string rest;  // Cache-Control, Vary, X-Content-Type-Options
};

}  // namespace freshet

namespace freshet::http {

/// The lines for one page class. The same words give the same object, so there are as many as
/// configurations have ever named. `base`: what stands before a path that is given out.
/// Any thread.
const head_lines& lines_for(std::string_view type, std::string_view base,
                            std::string_view cache_control);

enum class head_part : std::uint8_t { all, validators };  // validators: what a 304 repeats

/// The lines that go with a version: put together here because most of them are the same for a
/// million pages.
///
/// Shape: `bytes` of the body in this coding. First what describes the bytes (Content-Type,
///        Content-Encoding, Content-Length), then from `ETag` on what a 304 repeats.
void add_page_head(response_batch& out, head_part what, const entry& e, std::string_view path,
                   coding c, std::size_t bytes);

}  // namespace freshet::http
