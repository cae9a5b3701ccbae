#include <fmt/format.h>

#include "core/config/network_values.hpp"
#include "core/config/scalars.hpp"
#include "core/config/secrets.hpp"
#include "core/config/sections.hpp"

namespace freshet::config {
namespace {

/// How many questions a call holds by itself: a hub answers them one after the other, a Bugzilla
/// looks all up at once.
std::uint32_t batch_of(std::string_view kind) {
  return kind == "koji" ? 20 : kind == "bugzilla" ? 100 : 1;
}

result<std::uint32_t> to_batch(const node& value) {
  auto number = to_positive(value);
  if (number && *number > 1000) return unexpected("a number of questions from 1 to 1000", value);
  return number;
}

void read_limits(table_reader& upstream, upstream_limits& into) {
  upstream.read_table("limits", [&](table_reader& t) {
    t.read("concurrency", into.concurrency, to_positive);
    t.read("rate", into.rate, to_rate);
    t.read("timeout", into.timeout, to_positive_duration);
    t.read("retries", into.retries, to_count);
    t.read("body", into.body, to_positive_size);
    if (into.batch > 1) t.read("batch", into.batch, to_batch);
  });
}

void read_headers(table_reader& upstream, std::vector<std::pair<std::string, secret>>& into) {
  upstream.read_table("headers", [&](table_reader& t) {
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
  });
}

void read_http(table_reader& t, upstream_settings& into) {
  t.require("url");
  t.read("url", into.url, to_http_url);
  read_access(t, into.headers, into.tls);
  read_limits(t, into.limits);
  t.read("redirects", into.redirects, to_count);
}

/// What may stand before the `=` of an environment's entry.
bool is_variable(std::string_view name) {
  return !name.empty() && !(name[0] >= '0' && name[0] <= '9') &&
         has_only_letters_digits_and("_", name);
}

void read_exec(table_reader& t, upstream_settings& into) {
  read_limits(t, into.limits);
  t.read("directory", into.directory, to_filled_text);
  t.read_table("env", [&](table_reader& names) {
    for (const auto& m : names.table().members) {
      secret s;
      if (!is_variable(m.name)) names.wrong(m.name, m.value, "expected the name of a variable");
      if (names.read(m.name, s, to_secret)) into.environment.emplace_back(m.name, std::move(s));
    }
  });
}

}  // namespace

void read_tls(table_reader& of, tls_settings& into) {
  of.read_table("tls", [&](table_reader& t) {
    t.read("ca", into.ca, to_filled_text);
    t.read("cert", into.cert, to_filled_text);
    t.read("key", into.key, to_filled_text);
    t.read("verify", into.verify, to_flag);
    if (into.cert.empty() != into.key.empty()) t.wrong_here("`cert` and `key` go together");
  });
}

void read_access(table_reader& of, header_settings& headers, tls_settings& tls) {
  read_headers(of, headers);
  read_tls(of, tls);
}

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
      u.limits.batch = batch_of(u.kind);
      if (u.kind == "http" || u.kind == "xmlrpc" || u.kind == "koji" || u.kind == "bugzilla") {
        read_http(t, u);
      } else if (u.kind == "exec") {
        read_exec(t, u);
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
                             "built in: http, xmlrpc, koji, bugzilla, exec, demo, events, search");
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
