#include "net/http/answer/accept_encoding.hpp"

#include <optional>

#include "net/http/head/characters.hpp"
#include "net/http/head/request_head.hpp"

namespace freshet::http {
namespace {

/// `0`, `1`, `0.5`, `1.000`: thousandths, nothing when it is none of them.
std::optional<std::uint16_t> parse_q(std::string_view text) {
  if (text.empty() || text.size() > 5 || (text[0] != '0' && text[0] != '1')) return {};
  unsigned value = text[0] == '1' ? 1000 : 0;
  if (text.size() > 1 && text[1] != '.') return {};
  unsigned unit = 100;
  for (const char c : text.substr(text.size() > 1 ? 2 : 1)) {
    if (c < '0' || c > '9') return {};
    value += static_cast<unsigned>(c - '0') * unit;
    unit /= 10;
  }
  if (value > 1000) return {};
  return static_cast<std::uint16_t>(value);
}

struct member {
  std::string_view name;
  std::uint16_t q;
};

std::optional<member> parse_member(std::string_view text) {
  const auto semicolon = text.find(';');
  const auto name = trim(text.substr(0, semicolon));
  if (name.empty()) return {};
  if (semicolon == text.npos) return member{name, 1000};
  const auto weight = trim(text.substr(semicolon + 1));
  if (weight.size() < 3 || lower(weight[0]) != 'q' || weight[1] != '=') return {};
  const auto q = parse_q(weight.substr(2));
  if (!q) return {};
  return member{name, *q};
}

}  // namespace

std::string_view coding_token(coding c) {
  return c == coding::gzip ? "gzip" : c == coding::brotli ? "br" : "";
}

std::string_view coding_suffix(coding c) {
  return c == coding::gzip ? "-gz" : c == coding::brotli ? "-br" : "";
}

accepted_codings parse_accept_encoding(std::string_view field) {
  accepted_codings out;
  std::optional<std::uint16_t> identity, gzip, brotli, rest;
  while (!field.empty()) {
    const auto comma = field.find(',');
    const auto m = parse_member(trim(field.substr(0, comma)));
    field = comma == field.npos ? std::string_view() : field.substr(comma + 1);
    if (!m) continue;
    if (equals_ignoring_case(m->name, "gzip") || equals_ignoring_case(m->name, "x-gzip")) {
      gzip = m->q;
    } else if (equals_ignoring_case(m->name, "br")) {
      brotli = m->q;
    } else if (equals_ignoring_case(m->name, "identity")) {
      identity = m->q;
    } else if (m->name == "*") {
      rest = m->q;
    }
  }
  out.gzip = gzip.value_or(rest.value_or(0));
  out.brotli = brotli.value_or(rest.value_or(0));
  // Not named, identity is acceptable but not asked for: any coding that is asked for wins.
  out.identity = identity.value_or(rest && *rest == 0 ? std::uint16_t{0} : std::uint16_t{1});
  return out;
}

coding accepted_codings::best(bool has_gzip, bool has_brotli) const {
  coding out = coding::identity;
  auto q = identity;
  if (has_gzip && gzip > 0 && gzip >= q) {
    out = coding::gzip;
    q = gzip;
  }
  if (has_brotli && brotli > 0 && brotli >= q) out = coding::brotli;
  return out;
}

}  // namespace freshet::http
