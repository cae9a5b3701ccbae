#include "net/sse/bundle.hpp"

namespace freshet::sse {

void bundle::begin(const subscriber& s, sequence until) {
  of = s.of;
  name_by_id = s.name_by_id;
  told = s.told;
  seen = until;
}

void bundle::clear() {
  parts.clear();
  size_ = 0;
  if (joined_.capacity() > 2 * bytes_enough) joined_ = {};
  joined_.clear();
}

void bundle::add(const frame_ptr& bytes, const change_ptr& what) {
  if (parts.size() == 1) joined_.append(*parts.front().bytes);
  if (!parts.empty()) joined_.append(*bytes);
  size_ += bytes->size();
  parts.push_back({bytes, what});
}

std::string_view bundle::bytes() const {
  if (parts.empty()) return {};
  return parts.size() == 1 ? std::string_view(*parts.front().bytes) : joined_;
}

}  // namespace freshet::sse
