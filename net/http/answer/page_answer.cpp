#include "net/http/answer/page_answer.hpp"

#include "net/http/answer/conditional.hpp"
#include "net/http/answer/encoder.hpp"
#include "net/http/answer/page_head.hpp"

namespace freshet::http {
namespace {

struct choice {
  coding in = coding::identity;
  std::string_view body;
  const body_file* file;
  std::optional<coding> wanted = {};
};

choice choose_identity(const entry& e) {
  const auto body = e.body();
  if (body.size() < body_file::body_min) return {coding::identity, body, nullptr};
  const auto* file = e.file.load(std::memory_order_acquire);
  return {coding::identity, body, file, file ? std::optional<coding>() : coding::identity};
}

choice choose(const request_head& head, const entry& e) {
  if (e.status != 200 || head.accept_encoding.empty()) return choose_identity(e);
  const auto accepted = parse_accept_encoding(head.accept_encoding);
  const auto* gzip = e.gzip.load(std::memory_order_acquire);
  const auto* brotli = e.brotli.load(std::memory_order_acquire);
  const auto now = accepted.best(gzip, brotli);
  const auto ideal = e.body().size() < encoded_min ? coding::identity : accepted.best(true, true);
  const auto wanted = ideal == now ? std::optional<coding>() : ideal;
  if (now == coding::gzip) return {now, gzip->body, nullptr, wanted};
  if (now == coding::brotli) return {now, brotli->body, nullptr, wanted};
  if (wanted) return {now, e.body(), e.file.load(std::memory_order_acquire), wanted};
  return choose_identity(e);
}

}  // namespace

std::string_view connection_line(bool http_11, bool keep_alive) {
  if (http_11) return keep_alive ? "" : "Connection: close\r\n";
  return keep_alive ? "Connection: keep-alive\r\n" : "Connection: close\r\n";
}

page_outcome answer_page(const request_head& head, const page_text& page, const date_block& block,
                         response_batch& out, std::string_view extra) {
  const entry& e = page.content;
  const auto chosen = choose(head, e);
  const bool unchanged = e.status == 200 && !head.if_none_match.empty() &&
                         if_none_match(head.if_none_match, {e.etag.data(), e.etag.size()});
  const std::uint16_t status = unchanged ? 304 : e.status;
  out.begin(status);
  if (status == 200) {
    out.add(block.ok());
  } else {
    out.add(status_line(status));
    out.add(block.common());
  }
  out.add(connection_line(head.http_11, head.keep_alive));
  add_page_head(out, unchanged ? head_part::validators : head_part::all, e, page.path, chosen.in,
                chosen.body.size());
  out.add(extra);
  for (const auto text : page.last) out.add(text);
  if (unchanged || head.method == method::head) return {status, chosen.wanted};
  if (chosen.file != nullptr) {
    out.add_file(chosen.file->descriptor(), chosen.body.size(), e);
  } else {
    out.add(chosen.body, e);
  }
  return {status, chosen.wanted};
}

std::string_view status_line(std::uint16_t status) {
  switch (status) {
    case 200:
      return "HTTP/1.1 200 OK\r\n";
    case 202:
      return "HTTP/1.1 202 Accepted\r\n";
    case 204:
      return "HTTP/1.1 204 No Content\r\n";
    case 304:
      return "HTTP/1.1 304 Not Modified\r\n";
    case 400:
      return "HTTP/1.1 400 Bad Request\r\n";
    case 401:
      return "HTTP/1.1 401 Unauthorized\r\n";
    case 403:
      return "HTTP/1.1 403 Forbidden\r\n";
    case 404:
      return "HTTP/1.1 404 Not Found\r\n";
    case 405:
      return "HTTP/1.1 405 Method Not Allowed\r\n";
    case 408:
      return "HTTP/1.1 408 Request Timeout\r\n";
    case 410:
      return "HTTP/1.1 410 Gone\r\n";
    case 413:
      return "HTTP/1.1 413 Content Too Large\r\n";
    case 414:
      return "HTTP/1.1 414 URI Too Long\r\n";
    case 415:
      return "HTTP/1.1 415 Unsupported Media Type\r\n";
    case 417:
      return "HTTP/1.1 417 Expectation Failed\r\n";
    case 421:
      return "HTTP/1.1 421 Misdirected Request\r\n";
    case 429:
      return "HTTP/1.1 429 Too Many Requests\r\n";
    case 431:
      return "HTTP/1.1 431 Request Header Fields Too Large\r\n";
    case 501:
      return "HTTP/1.1 501 Not Implemented\r\n";
    case 502:
      return "HTTP/1.1 502 Bad Gateway\r\n";
    case 503:
      return "HTTP/1.1 503 Service Unavailable\r\n";
    case 505:
      return "HTTP/1.1 505 HTTP Version Not Supported\r\n";
    default:
      return "HTTP/1.1 500 Internal Server Error\r\n";
  }
}

}  // namespace freshet::http
