#include "core/config/secrets.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <memory>

#include "core/config/load.hpp"

namespace freshet::config {
namespace {

constexpr std::size_t secret_bytes_max = 64 * 1024;

/// Calls `literal(text)` and `part(kind, name)` in order.
result<> walk(std::string_view text, const std::function<result<>(std::string_view)>& literal,
              const std::function<result<>(std::string_view, std::string_view)>& part) {
  while (!text.empty()) {
    const auto open = text.find("${");
    if (open != 0) {
      if (auto r = literal(text.substr(0, open)); r.has_error()) return r;
      if (open == std::string_view::npos) break;
      text.remove_prefix(open);
    }
    const auto close = text.find('}');
    const auto inside = text.substr(2, close == std::string_view::npos ? 0 : close - 2);
    const auto colon = inside.find(':');
    const auto kind = inside.substr(0, colon);
    if (close == std::string_view::npos || colon == std::string_view::npos ||
        colon + 1 == inside.size() || (kind != "env" && kind != "file")) {
      return fail(errc::malformed, "expected `${env:NAME}` or `${file:PATH}` after `${`");
    }
    if (auto r = part(kind, inside.substr(colon + 1)); r.has_error()) return r;
    text.remove_prefix(close + 1);
  }
  return {};
}

result<std::string> read_file(const std::string& path) {
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen(path.c_str(), "rbe"),
                                                             &std::fclose);
  if (!file) {
    return fail(errc::missing, fmt::format("the secret's file {}: {}", path, std::strerror(errno)));
  }
  std::string bytes(secret_bytes_max + 1, '\0');
  bytes.resize(std::fread(bytes.data(), 1, bytes.size(), file.get()));
  if (std::ferror(file.get()) != 0) {
    return fail(errc::missing, fmt::format("the secret's file {} cannot be read", path));
  }
  if (bytes.size() > secret_bytes_max) {
    return fail(errc::out_of_range,
                fmt::format("the secret's file {} has more than {} bytes", path, secret_bytes_max));
  }
  if (bytes.ends_with('\n')) bytes.pop_back();
  if (bytes.ends_with('\r')) bytes.pop_back();
  return bytes;
}

}  // namespace

result<secret> to_secret(const node& value) {
  const bool scalar = value.is != node::type::array && value.is != node::type::table;
  if (value.is != node::type::string && !(value.untyped && scalar)) {
    return fail(errc::malformed, "expected a string, `${env:NAME}` or `${file:PATH}`");
  }
  const auto checked = walk(
      value.text, [](std::string_view) { return result<>(); },
      [](std::string_view, std::string_view) { return result<>(); });
  if (checked.has_error()) return checked.error();
  return secret{value.text};
}

std::string masked(const secret& s) {
  std::string out;
  const auto checked = walk(
      s.source,
      [&](std::string_view) {
        out += "***";
        return result<>();
      },
      [&](std::string_view kind, std::string_view name) {
        out += fmt::format("${{{}:{}}}", kind, name);
        return result<>();
      });
  return checked.has_error() ? "***" : out;
}

result<std::string> reveal(const secret& s) {
  std::string out;
  const auto done = walk(
      s.source,
      [&](std::string_view text) {
        out += text;
        return result<>();
      },
      [&](std::string_view kind, std::string_view name) -> result<> {
        const std::string key(name);
        if (kind == "file") {
          auto bytes = read_file(key);
          if (bytes.has_error()) return bytes.error();
          out += *bytes;
          return {};
        }
        const char* found = std::getenv(key.c_str());
        if (found == nullptr) {
          return fail(errc::missing, fmt::format("the variable {} is not set", key));
        }
        out += found;
        return {};
      });
  if (done.has_error()) return done.error();
  return out;
}

}  // namespace freshet::config
