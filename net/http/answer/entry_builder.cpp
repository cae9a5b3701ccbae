#include "net/http/answer/entry_builder.hpp"

#include <fmt/format.h>
#include <xxhash.h>

#include "net/http/answer/date_block.hpp"
#include "net/http/answer/encoder.hpp"

namespace freshet::http {
namespace {

constexpr std::string_view etag_start = "ETag: \"";

}  // namespace

std::array<char, 32> content_etag(std::string_view body) {
  const auto hash = XXH3_128bits(body.data(), body.size());
  std::array<char, 32> out{};
  fmt::format_to_n(out.data(), out.size(), "{:016x}{:016x}", hash.high64, hash.low64);
  return out;
}

boost::intrusive_ptr<entry> build_entry(entry_source source) {
  boost::intrusive_ptr<entry> e(new entry);
  e->version = source.version;
  e->status = source.status;
  e->modified = source.modified;
  e->etag = source.etag ? *source.etag : content_etag(source.body);
  e->identity.head = fmt::format(
      "Content-Type: {}\r\nContent-Length: {}\r\n"
      "{}{}\"\r\nContent-Location: {}\r\nLast-Modified: {}\r\nCache-Control: {}\r\n"
      "Vary: Accept-Encoding\r\nX-Content-Type-Options: nosniff\r\n",
      source.type, source.body.size(), etag_start, std::string_view(e->etag.data(), 32),
      source.path, http_date(source.modified), source.cache_control);
  e->identity.body = std::move(source.body);
  return e;
}

std::unique_ptr<const representation> make_encoding(const entry& e, coding c) {
  auto body = encode(e.identity.body, c);
  if (!body) return nullptr;
  const std::string_view head = e.identity.head;
  const auto type_end = head.find("\r\n") + 2;
  const auto tag = head.find(etag_start) + etag_start.size();
  auto made = std::make_unique<representation>();
  made->head = fmt::format("{}Content-Encoding: {}\r\nContent-Length: {}\r\n{}{}{}{}",
                           head.substr(0, type_end), coding_token(c), body->size(), etag_start,
                           head.substr(tag, 32), coding_suffix(c), head.substr(tag + 32));
  made->body = std::move(*body);
  return made;
}

bool add_encoding(entry& e, coding c) {
  if (c == coding::identity) return false;
  auto& slot = c == coding::gzip ? e.gzip : e.brotli;
  if (slot.load(std::memory_order_relaxed)) return false;
  auto made = make_encoding(e, c);
  if (!made) return false;
  slot.store(made.release(), std::memory_order_release);
  return true;
}

std::string_view validators(const representation& r) {
  const std::string_view head = r.head;
  return head.substr(head.find(etag_start));
}

}  // namespace freshet::http
