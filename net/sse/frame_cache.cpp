#include "net/sse/frame_cache.hpp"

#include <cassert>

#include "net/sse/payload.hpp"

namespace freshet::sse {

void frame_cache::forget(place& p) {
  for (auto& f : p.frames) {
    if (f) bytes_ -= f->size();
    f.reset();
  }
}

const frame_ptr& frame_cache::get(const change& c, std::uint64_t epoch, bool name_by_id,
                                  std::size_t inline_bytes) {
  auto& p = table_[c.at % places];
  if (p.at != c.at) {
    forget(p);
    p.at = c.at;
  }
  auto& f = p.frames[name_by_id ? 1 : 0];
  if (f) return f;
  const std::string_view kind = c.what == change::kind::deleted ? "delete" : "reload";
  const auto data = payload(c, inline_bytes);
  const event_id id{epoch, c.at};
  auto bytes = encode({id, name_by_id ? std::string_view(c.path) : kind, data});
  // A path that is not canonical would be a bug of ours; the page is named in the data anyway.
  if (!bytes) bytes = encode({id, kind, data});
  assert(bytes);
  if (bytes_ + bytes->size() > bytes_max) {
    for (auto& other : table_) forget(other);
  }
  bytes_ += bytes->size();
  ++encoded_;
  f = std::make_shared<const std::string>(std::move(*bytes));
  return f;
}

}  // namespace freshet::sse
