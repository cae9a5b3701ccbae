#include <fmt/format.h>

#include "core/config/network_values.hpp"
#include "core/config/scalars.hpp"
#include "core/config/secrets.hpp"
#include "core/config/sections.hpp"

namespace freshet::config {
namespace {

void read_limits(table_reader& upstream, upstream_limits& into) {
  const node* value = upstream.take("limits");
  if (value == nullptr) return;
  table_reader t(*value, upstream.key_of("limits"), upstream.out());
  t.read("concurrency", into.concurrency, to_positive);
  t.read("rate", into.rate, to_rate);
  t.read("timeout", into.timeout, to_positive_duration);
  t.read("retries", into.retries, to_count);
  t.read("body", into.body, to_positive_size);
  t.finish();
}

void read_tls(table_reader& upstream, tls_settings& into) {
  const node* value = upstream.take("tls");
  if (value == nullptr) return;
  table_reader t(*value, upstream.key_of("tls"), upstream.out());
  t.read("ca", into.ca, to_filled_text);
  t.read("cert", into.cert, to_filled_text);
  t.read("key", into.key, to_filled_text);
  t.read("verify", into.verify, to_flag);
  if (into.cert.empty() != into.key.empty()) t.wrong_here("`cert` and `key` go together");
  t.finish();
}

bool is_field_name(std::string_view name) {
  return !name.empty() && std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
  });
}

void read_headers(table_reader& upstream, std::vector<std::pair<std::string, secret>>& into) {
  const node* value = upstream.take("headers");
  if (value == nullptr) return;
  table_reader t(*value, upstream.key_of("headers"), upstream.out());
  for (const auto& m : t.table().members) {
    if (!is_field_name(m.name)) {
      upstream.out().add(m.at, t.key_of(m.name), "expected the name of a header field");
    }
    secret s;
    if (t.read(m.name, s, to_secret)) {
      if (s.source.find_first_of("\r\n") != std::string::npos) {
        t.wrong(m.name, m.value, "a header field has no line breaks");
      }
      into.emplace_back(m.name, std::move(s));
    }
  }
  t.finish();
}

void read_http(table_reader& t, upstream_settings& into) {
  t.require("url");
  t.read("url", into.url, to_http_url);
  read_headers(t, into.headers);
  read_limits(t, into.limits);
  read_tls(t, into.tls);
  t.read("redirects", into.redirects, to_count);
}

}  // namespace

std::vector<upstream_settings> read_upstreams(const node& upstreams, problems& out) {
  std::vector<upstream_settings> all;
  table_reader names(upstreams, "upstream", out);
  for (const auto& m : names.table().members) {
    table_reader t(m.value, names.key_of(m.name), out);
    upstream_settings u;
    u.name = m.name;
    u.where = t.where();
    if (!is_name(m.name)) t.wrong_here(std::string(name_rule));
    if (t.require("kind") && t.read_choice("kind", u.kind,
                                           {"http", "demo", "xmlrpc", "koji", "bugzilla", "sql",
                                            "exec", "search", "events"})) {
      if (u.kind == "http") {
        read_http(t, u);
      } else if (u.kind == "demo") {
        read_limits(t, u.limits);
        t.read("latency", u.latency, to_duration);
      } else if (u.kind == "events") {
        read_events(t, u);
        read_limits(t, u.limits);
      } else if (u.kind == "search") {
        read_search(t, u);
        read_limits(t, u.limits);
      } else {
        out.add_not_built_in(t.take("kind")->at, t.key_of("kind"),
                             "built in: http, demo, events, search");
        t.ignore_rest();
      }
    } else {
      t.ignore_rest();  // which keys there are depends on the kind
    }
    t.finish();
    all.push_back(std::move(u));
  }
  return all;
}

}  // namespace freshet::config
