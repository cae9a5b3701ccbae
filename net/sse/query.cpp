#include "net/sse/query.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace freshet::sse {
namespace {

constexpr std::size_t id_bytes_max = 64;

int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

result<std::string> percent_decode(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      out.push_back(text[i]);
      continue;
    }
    const int high = i + 2 < text.size() ? hex_value(text[i + 1]) : -1;
    const int low = i + 2 < text.size() ? hex_value(text[i + 2]) : -1;
    if (high < 0 || low < 0) return fail(errc::malformed, "a % without two hex digits");
    out.push_back(static_cast<char>(high * 16 + low));
    i += 2;
  }
  return out;
}

bool same_host(std::string_view a, std::string_view b) {
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; };
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [&](char x, char y) { return lower(x) == lower(y); });
}

/// The path of an absolute URL of ours; a path stays as it is.
result<std::string_view> own_path(std::string_view value, const query_context& context) {
  if (value.starts_with('/')) return value;
  auto base = context.public_url;
  while (base.ends_with('/')) base.remove_suffix(1);
  if (!base.empty() && value.starts_with(base) && value.substr(base.size()).starts_with('/')) {
    return value.substr(base.size());
  }
  for (const std::string_view scheme : {"http://", "https://"}) {
    if (!value.starts_with(scheme)) continue;
    const auto rest = value.substr(scheme.size());
    const auto slash = rest.find('/');
    if (slash != std::string_view::npos && !context.host.empty() &&
        same_host(rest.substr(0, slash), context.host)) {
      return rest.substr(slash);
    }
  }
  return fail(errc::malformed, "expected a path or an absolute URL of this site");
}

/// Mercure 0.x wrote URI templates: {x} is our :x.
std::string from_template(std::string_view topic) {
  std::string out;
  for (std::size_t i = 0; i < topic.size(); ++i) {
    const auto close = topic[i] == '{' ? topic.find('}', i) : std::string_view::npos;
    if (close == std::string_view::npos) {
      out.push_back(topic[i]);
      continue;
    }
    out.append(1, ':').append(topic.substr(i + 1, close - i - 1));
    i = close;
  }
  return out;
}

class reader {
 public:
  reader(const page_directory& pages, const query_context& context)
      : pages_(pages), context_(context) {}

  result<> take(std::string_view name, std::string_view raw) {
    const bool selects = name.starts_with("match") || name == "topic";
    if (!selects && name != "name" && name != "last_event_id") return {};
    auto value = percent_decode(raw);
    if (!value) return named(name, value.error());
    if (selects) {
      auto ok = select(name, *value);
      return ok ? ok : named(name, ok.error());
    }
    if (name == "name") {
      if (*value != "id") return fail(errc::malformed, "name: the only value is id");
      out_.name_by_id = true;
    } else {
      out_.last_event_id = value->substr(0, id_bytes_max);
    }
    return {};
  }

  result<stream_request> finish() {
    if (count_ == 0) {
      return fail(errc::missing,
                  "name what to watch: ?match=/path, or ?match_urlpattern=/packages/:x/*");
    }
    if (!context_.last_event_id_header.empty()) {
      out_.last_event_id = context_.last_event_id_header.substr(0, id_bytes_max);
    }
    return std::move(out_);
  }

 private:
  static error named(std::string_view name, const error& e) {
    return {e.code, fmt::format("{}: {}", name, e.detail)};
  }

  result<> select(std::string_view name, const std::string& value) {
    if (++count_ > matcher::matchers_max) {
      return fail(errc::out_of_range, "more than 200 matchers on one stream");
    }
    if (name == "match" || name == "match_exact") return exact(value);
    if (name == "match_urlpattern") return pattern(value);
    if (name != "topic") {
      return fail(errc::malformed, "not known; there are match, match_exact and match_urlpattern");
    }
    if (value == "*") return pattern(value);
    return value.find('{') == std::string::npos ? exact(value) : pattern(from_template(value));
  }

  result<> exact(std::string_view value) {
    auto path = own_path(value, context_);
    if (!path) return path.error();
    auto canonical = pages_.canonical(*path);
    if (!canonical) return canonical.error();
    out_.watch.add(std::move(*canonical));
    return {};
  }

  result<> pattern(std::string_view value) {
    auto path =
        value.starts_with('*') ? result<std::string_view>(value) : own_path(value, context_);
    if (!path) return path.error();
    auto parsed = url_pattern::parse(*path);
    if (!parsed) return parsed.error();
    if (!pages_.can_match(*parsed)) {
      return fail(errc::missing, fmt::format("no page can match '{}'", *path));
    }
    out_.watch.add(std::move(*parsed));
    return {};
  }

  const page_directory& pages_;
  const query_context& context_;
  stream_request out_;
  std::size_t count_ = 0;
};

}  // namespace

result<stream_request> parse_query(std::string_view query, const page_directory& pages,
                                   const query_context& context) {
  reader out(pages, context);
  while (!query.empty()) {
    const auto end = std::min(query.find('&'), query.size());
    const auto pair = query.substr(0, end);
    query.remove_prefix(std::min(end + 1, query.size()));
    const auto equals = std::min(pair.find('='), pair.size());
    const auto value = pair.substr(std::min(equals + 1, pair.size()));
    if (auto ok = out.take(pair.substr(0, equals), value); !ok) return ok.error();
  }
  return out.finish();
}

}  // namespace freshet::sse
