#include "net/http/answer/entry_builder.hpp"

#include <fmt/format.h>
#include <xxhash.h>

#include "net/http/answer/encoder.hpp"
#include "net/http/answer/page_head.hpp"

namespace freshet::http {
std::array<char, 32> content_etag(std::string_view body) {
  const auto hash = XXH3_128bits(body.data(), body.size());
  std::array<char, 32> out{};
  fmt::format_to_n(out.data(), out.size(), "{:016x}{:016x}", hash.high64, hash.low64);
  return out;
}

boost::intrusive_ptr<entry> build_entry(const entry_source& source) {
  auto e = entry::make(source.body);
  e->version = source.version;
  e->status = source.status;
  e->modified = source.modified;
  e->etag = source.etag ? *source.etag : content_etag(source.body);
  e->lines = &lines_for(source.type, source.base, source.cache_control);
  return e;
}

std::unique_ptr<const representation> make_encoding(const entry& e, coding c) {
  auto body = encode(e.body(), c);
  if (!body) return nullptr;
  return std::make_unique<const representation>(std::move(*body));
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

}  // namespace freshet::http
