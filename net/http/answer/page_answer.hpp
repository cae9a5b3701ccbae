#pragma once

#include <array>
#include <optional>
#include <string_view>

#include "net/http/answer/accept_encoding.hpp"
#include "net/http/answer/date_block.hpp"
#include "net/http/answer/response_batch.hpp"
#include "net/http/head/request_head.hpp"

namespace freshet::http {

/// What became of a hit, and what would rather have been sent: a coding, or identity from a file.
struct page_outcome {
  std::uint16_t status = 200;
  std::optional<coding> wanted = {};  // it was not made yet, ask home for it
};

/// A page to answer with. `last`: the end of the head in as many pieces as it is kept in, the empty
/// line with it.
struct page_text {
  const entry& content;
  std::string_view path;  // canonical
  std::array<std::string_view, 3> last;
};

/// A published page as an answer: the head copied, a large body borrowed or sent from its file.
///
/// Shape:    200, 304, or the entry's 404 and 410; HEAD without the body. `extra` = further header
///           lines of the route (CORS).
/// Lifetime: the entry stays alive until the end of the turn; the rest is copied.
page_outcome answer_page(const request_head& head, const page_text& page, const date_block& block,
                         response_batch& out, std::string_view extra = {});

/// The line for a connection that does not do its version's default; "" when it does.
std::string_view connection_line(bool http_11, bool keep_alive);

/// `HTTP/1.1 404 Not Found` with its CRLF.
std::string_view status_line(std::uint16_t status);

}  // namespace freshet::http
