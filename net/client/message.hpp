#pragma once

#include <boost/beast/http/buffer_body.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>

#include "net/client/http_client.hpp"

/// What the pooled client and the streaming one share: our request as Beast wants it, and what we
/// accept of an answer's head.
namespace freshet {

using client_message = boost::beast::http::request<boost::beast::http::string_body>;
using client_parser = boost::beast::http::response_parser<boost::beast::http::buffer_body>;

client_message to_beast(const client_request& from, const http_client_options& options);
error to_client_error(const boost::system::error_code& ec, std::string_view what);

/// Bounds for a parser before its first byte. Lifetime: `extensions` outlives the parser's work.
class chunk_bounds {
 public:
  void apply(client_parser& parser, std::size_t head_max);

 private:
  std::size_t extensions_ = 0;
  std::function<void(std::uint64_t, boost::beast::string_view, boost::system::error_code&)>
      on_chunk_;
};

/// Refuses what Beast 1.81 lets pass and a careful reader must not; takes the fields we keep.
result<void> take_head(const client_parser& parser, bool keep_headers, client_answer& into);

}  // namespace freshet
