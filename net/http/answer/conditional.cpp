#include "net/http/answer/conditional.hpp"

#include "net/http/head/characters.hpp"

namespace freshet::http {
namespace {

/// `<hex>`, or `<hex>-gz`, `<hex>-br`.
bool names_version(std::string_view opaque, std::string_view etag) {
  if (!opaque.starts_with(etag)) return false;
  const auto suffix = opaque.substr(etag.size());
  return suffix.empty() || suffix == "-gz" || suffix == "-br";
}

}  // namespace

bool if_none_match(std::string_view field, std::string_view etag) {
  field = trim(field);
  if (field == "*") return true;
  while (!field.empty()) {
    if (field.front() == ',') {  // an empty element of the list (RFC 9110, 5.6.1)
      field = trim(field.substr(1));
      continue;
    }
    if (field.starts_with("W/")) field.remove_prefix(2);
    if (!field.starts_with('"')) return false;
    const auto end = field.find('"', 1);
    if (end == field.npos) return false;
    if (names_version(field.substr(1, end - 1), etag)) return true;
    field = trim(field.substr(end + 1));
    if (field.empty()) return false;
    if (field.front() != ',') return false;
    field = trim(field.substr(1));
  }
  return false;
}

}  // namespace freshet::http
