#include "net/http/head/request_head.hpp"

#include <cassert>

#include "net/http/head/characters.hpp"

namespace freshet::http {

bool equals_ignoring_case(std::string_view a, std::string_view b) {
  if (a.size() != b.size()) return false;
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (lower(a[i]) != lower(b[i])) return false;
  }
  return true;
}

std::string_view method_name(method m) {
  switch (m) {
    case method::get:
      return "GET";
    case method::head:
      return "HEAD";
    case method::options:
      return "OPTIONS";
    case method::post:
      return "POST";
  }
  return "";
}

request_head request_head::moved(std::string_view before, const char* now) const {
  auto out = *this;
  for (auto* v : {&out.target, &out.host, &out.if_none_match, &out.accept, &out.accept_encoding,
                  &out.authorization, &out.last_event_id, &out.origin, &out.content_type,
                  &out.forwarded_for, &out.fields, &out.body}) {
    if (v->data() == nullptr) continue;
    assert(v->data() >= before.data() && v->data() + v->size() <= before.data() + before.size());
    *v = {now + (v->data() - before.data()), v->size()};
  }
  return out;
}

std::optional<std::string_view> request_head::single(std::string_view name) const {
  std::optional<std::string_view> found;
  auto rest = fields;
  while (!rest.empty()) {
    const auto end = rest.find("\r\n");
    if (end == rest.npos) break;
    const auto line = rest.substr(0, end);
    rest.remove_prefix(end + 2);
    const auto colon = line.find(':');
    if (colon == line.npos || !equals_ignoring_case(line.substr(0, colon), name)) continue;
    if (found) return std::nullopt;
    found = trim(line.substr(colon + 1));
  }
  return found;
}

}  // namespace freshet::http
