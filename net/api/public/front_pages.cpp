#include "net/api/public/front_pages.hpp"

#include <fmt/format.h>
#include <openssl/evp.h>
#include <openssl/sha.h>

#include <array>

#include "core/json/writer.hpp"
#include "net/http/answer/entry_builder.hpp"
#include "web/assets.hpp"
#include "web/template.hpp"

namespace freshet::api {
namespace {

std::string hash_source(std::string_view text) {
  std::array<unsigned char, SHA256_DIGEST_LENGTH> digest{};
  SHA256(reinterpret_cast<const unsigned char*>(text.data()), text.size(), digest.data());
  std::array<unsigned char, 4 * ((SHA256_DIGEST_LENGTH + 2) / 3) + 1> base64{};
  const auto n = EVP_EncodeBlock(base64.data(), digest.data(), static_cast<int>(digest.size()));
  const std::string_view encoded(reinterpret_cast<const char*>(base64.data()),
                                 static_cast<std::size_t>(n));
  return fmt::format(" 'sha256-{}'", encoded);
}

/// Of what stands inside each `<tag ...>..</tag>`.
std::string hash_sources(std::string_view html, std::string_view tag) {
  std::string out;
  const auto open = fmt::format("<{}", tag), close = fmt::format("</{}>", tag);
  for (auto at = html.find(open); at != html.npos; at = html.find(open, at)) {
    const auto first = html.find('>', at) + 1;
    const auto last = html.find(close, first);
    if (first == 0 || last == html.npos) break;
    out += hash_source(html.substr(first, last - first));
    at = last;
  }
  return out;
}

document make_document(std::string_view body, std::string_view type, std::string_view base,
                       std::string_view path, wall_time started, std::string last) {
  auto made = http::build_entry({.body = body, .type = type, .base = base, .modified = started});
  http::add_encoding(*made, http::coding::gzip);
  http::add_encoding(*made, http::coding::brotli);
  return {std::move(made), std::string(path), std::move(last)};
}

/// Where this server can be reached on its own machine.
std::string own_origin(const config::settings& settings) {
  if (settings.listen.empty() || settings.listen.front().host.empty()) return "http://localhost";
  const auto& at = settings.listen.front();
  auto host = at.host;
  if (host == "0.0.0.0" || host == "::") host = "localhost";
  if (host.find(':') != host.npos) host = "[" + host + "]";
  return at.port == 80 ? "http://" + host : fmt::format("http://{}:{}", host, at.port);
}

/// Behind a prefix the front has to take it away again: nginx does when proxy_pass has a path.
std::pair<std::string, std::string> nginx_block(const config::settings& settings) {
  const auto& url = settings.public_url;
  const auto scheme = url.find("://");
  const auto slash = scheme == url.npos ? url.npos : url.find('/', scheme + 3);
  const auto prefix = slash == url.npos ? std::string("/") : url.substr(slash) + "/";
  return {prefix, own_origin(settings) + (prefix == "/" ? "" : "/")};
}

std::string json_list(const std::vector<std::string>& texts) {
  std::string out;
  json::writer w(out);
  w.begin_array();
  for (const auto& text : texts) w.string(text);
  w.end_array();
  return out;
}

std::string known_value(const page_parameter& parameter, const config::page_settings& settings) {
  if (settings.warm) {
    for (const auto& keys : settings.warm->keys) {
      if (keys.parameter == parameter.name() && !keys.values.empty()) return keys.values.front();
    }
  }
  for (const auto& rules : settings.parameters) {
    if (rules.name != parameter.name()) continue;
    if (rules.range) return std::to_string(rules.range->first);
    if (rules.in && !rules.in->empty()) return rules.in->front();
    if (!rules.json.empty()) return "{}";
  }
  return parameter.name();
}

}  // namespace

std::string policy_for(std::string_view html) {
  return fmt::format(
      "Content-Security-Policy: default-src 'none'; script-src 'self'{}; style-src{}; "
      "connect-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'none'; "
      "frame-ancestors 'none'\r\n",
      hash_sources(html, "script"), hash_sources(html, "style"));
}

std::string example_path(const page_class& page, const config::page_settings& settings) {
  std::vector<std::string> values;
  for (std::size_t i = 0; i < page.path_parameters(); ++i) {
    values.push_back(known_value(page.parameters()[i], settings));
  }
  std::vector<binding> bindings;
  for (std::size_t i = 0; i < values.size(); ++i) {
    bindings.push_back({page.parameters()[i].name(), values[i]});
  }
  if (const auto key = page.key_from(bindings)) return page.canonical(*key);
  return page.pattern().substr(0, page.pattern().find('?'));
}

front_pages::front_pages(const config::settings& settings, const site& pages,
                         std::vector<std::string> examples, bool demo, wall_time started)
    : script_(make_document(web::live_js, "text/javascript; charset=utf-8", settings.public_url,
                            "/-/live.js", started, "\r\n")) {
  web::values with;
  auto& rows = with.lists["pages"];
  const bool make_examples = examples.empty();
  for (const auto& page : pages.pages()) {
    rows.push_back({{{"name", page.name()}, {"path", page.pattern()}}, {}});
    const auto& its = settings.pages[page.id()];
    // What is never pushed would spoil the stream that the examples are watched by.
    if (make_examples && its.store) examples.push_back(example_path(page, its));
  }
  if (examples.empty()) examples.push_back("/");
  const auto [location, upstream] = nginx_block(settings);
  with.text = {{"pages", json_list(examples)},
               {"base", settings.public_url.empty() ? own_origin(settings) : settings.public_url},
               {"first", examples.front()},
               {"example", examples.front()},
               {"location", location},
               {"upstream", upstream}};
  const auto html = web::fill(demo ? web::demo_html : web::tutorial_html, with);
  front_ = make_document(html, "text/html; charset=utf-8", settings.public_url, "/", started,
                         policy_for(html) + "\r\n");
}

}  // namespace freshet::api
