#pragma once

#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/buffer_body.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <optional>

#include "core/async/tokens.hpp"
#include "net/client/http_client.hpp"

/// What the pooled client and the streaming one share: our request as Beast wants it, and what we
/// accept of an answer's head.
namespace freshet {

using client_message = boost::beast::http::request<boost::beast::http::string_body>;
using client_parser = boost::beast::http::response_parser<boost::beast::http::buffer_body>;

client_message to_beast(const client_request& from, const http_client_options& options);
error to_client_error(const boost::system::error_code& ec, std::string_view what);

/// Refuses chunk extensions without end: Beast 1.81 reads on.
struct chunk_watch {
  std::size_t bytes = 0;
  void operator()(std::uint64_t, boost::beast::string_view extensions,
                  boost::system::error_code& ec);
};

/// The head of one answer: what is read, and how far.
///
/// Lifetime: does not move while `parser` reads: it borrows `chunks`.
struct head_reading {
  boost::beast::flat_buffer* buffer = nullptr;
  std::size_t head_max = 16 * 1024;
  bool to_head = false;       // the request was HEAD: no body comes
  bool keep_headers = false;  // fill client_answer::headers
  client_answer answer = {};
  bool nothing_read = true;  // the connection may have been dead before we wrote
  chunk_watch chunks = {};
  std::optional<client_parser> parser = {};

  /// Before each head, interim ones too.
  void begin();
  /// Refuses what Beast 1.81 lets pass and a careful reader must not; takes the fields we keep.
  result<void> take();
};

/// Reads the final head; interim ones (100, 103) are read over, a few of them.
template <class Stream>
asio::awaitable<result<void>> read_head(Stream* stream, head_reading* r) {
  constexpr int interim_max = 4;
  for (int interim = 0; interim <= interim_max; ++interim) {
    r->begin();
    auto [ec, n] =
        co_await boost::beast::http::async_read_header(*stream, *r->buffer, *r->parser, use_result);
    if (n > 0 || r->buffer->size() > 0) r->nothing_read = false;
    if (ec) co_return to_client_error(ec, "reading the answer");
    r->answer.bytes_received += n;
    const auto status = r->parser->get().result_int();
    if (status >= 200) co_return r->take();
    if (status == 101) break;
  }
  co_return error(client_errc::protocol, "an unexpected 1xx answer");
}

}  // namespace freshet
