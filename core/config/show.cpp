#include <fmt/format.h>

#include "core/config/amqp_settings.hpp"
#include "core/config/load.hpp"
#include "core/config/node.hpp"
#include "core/config/secrets.hpp"
#include "core/config/sections.hpp"
#include "core/config/verify.hpp"
#include "core/config/webhook_settings.hpp"
#include "core/text/quoted.hpp"
#include "core/url/amqp_address.hpp"

namespace freshet::config {
namespace {

std::string list_in_quotes(const std::vector<std::string>& all) {
  std::string out;
  for (const auto& text : all) out += (out.empty() ? "" : ", ") + in_quotes(text);
  return "[" + out + "]";
}

std::string duration(nanoseconds d) {
  constexpr std::pair<std::int64_t, const char*> units[] = {
      {86'400'000'000'000, "d"}, {3'600'000'000'000, "h"}, {60'000'000'000, "m"},
      {1'000'000'000, "s"},      {1'000'000, "ms"},        {1'000, "us"}};
  const auto count = d.count();
  if (count == 0) return "\"0s\"";
  for (const auto& [factor, name] : units) {
    if (count % factor == 0) return fmt::format("\"{}{}\"", count / factor, name);
  }
  return fmt::format("\"{}ns\"", count);
}

std::string size(std::size_t bytes) {
  if (bytes > 0 && bytes % (1u << 20) == 0) return fmt::format("\"{}MiB\"", bytes >> 20);
  if (bytes > 0 && bytes % 1024 == 0) return fmt::format("\"{}KiB\"", bytes >> 10);
  return fmt::format("{}", bytes);
}

std::string address(const endpoint& e) {
  if (!e.path.empty()) return in_quotes(e.path);
  const bool v6 = e.host.find(':') != std::string::npos;
  return in_quotes(v6 ? fmt::format("[{}]:{}", e.host, e.port)
                      : fmt::format("{}:{}", e.host, e.port));
}

/// `key = value` with what is absent or empty left out.
class lines {
 public:
  void add(std::string_view key, std::string_view value) {
    text += fmt::format("{} = {}\n", key, value);
  }
  void add_text(std::string_view key, const std::string& value) {
    if (!value.empty()) add(key, in_quotes(value));
  }
  void add_list(std::string_view key, const std::vector<std::string>& all) {
    if (!all.empty()) add(key, list_in_quotes(all));
  }
  void add_some(std::string_view key, const std::optional<nanoseconds>& d) {
    if (d) add(key, duration(*d));
  }
  std::string text;
};

std::string where_table(const std::vector<where_entry>& entries) {
  std::string out;
  for (const auto& e : entries) {
    out += fmt::format("{}{} = {}", out.empty() ? "" : ", ", in_quotes(e.at.text()), e.test.text());
  }
  return "{ " + out + " }";
}

std::string selector_value(const selector& s) {
  return s.text().starts_with('{') ? s.text() : in_quotes(s.text());
}

std::string set_table(const rule_settings& r) {
  std::string out;
  for (const auto& [name, list] : r.set) {
    std::string all;
    for (const auto& s : list) all += (all.empty() ? "" : ", ") + selector_value(s);
    out += fmt::format("{}{} = [{}]", out.empty() ? "" : ", ", key_step(name), all);
  }
  return "{ " + out + " }";
}

/// The keys of a rule with `between` them: ", " inline, a newline in a `[[tag]]`.
std::string rule(const rule_settings& r, std::string_view between) {
  std::vector<std::string> topics;
  for (const auto& t : r.topics) topics.push_back(t.text());
  std::string out = "topic = " + list_in_quotes(topics);
  const auto add = [&](std::string_view key, const std::string& value) {
    out += fmt::format("{}{} = {}", between, key, value);
  };
  if (!r.buses.empty()) add("bus", list_in_quotes(r.buses));
  if (!r.where_entries.empty()) add("where", where_table(r.where_entries));
  if (r.each) add("each", in_quotes(r.each->text()));
  if (!r.set.empty()) add("set", set_table(r));
  if (!r.by.empty()) add("by", list_in_quotes(r.by));
  if (r.all) add("all", "true");
  if (r.coalesce != 0ns) add("coalesce", duration(r.coalesce));
  if (r.lazy) add("lazy", "true");
  if (!r.parts.empty()) add("parts", list_in_quotes(r.parts));
  if (r.floor) add("floor", floor_text(*r.floor));
  return out;
}

std::string paging(const paging_settings& p) {
  using way = paging_settings::way;
  std::string out;
  if (p.how == way::link) out = "next = \"link\"";
  if (p.how == way::pointer) out = "next = " + in_quotes(p.next.text());
  if (p.how == way::numbered)
    out = fmt::format("param = {}, first = {}, pages = {}", in_quotes(p.param), p.first,
                      in_quotes(p.pages.text()));
  if (p.how == way::offset)
    out = fmt::format("param = {}, first = {}, step = {}", in_quotes(p.param), p.first, p.step);
  return fmt::format("{{ {}, max = {} }}", out, p.max);
}

std::string sort_keys(const std::vector<sort_key>& all) {
  std::vector<std::string> texts;
  for (const auto& key : all) texts.push_back((key.descending ? "-" : "") + key.at.text());
  return list_in_quotes(texts);
}

/// A number of rows as it was written.
std::string rows(const std::string& text) { return text.starts_with('{') ? in_quotes(text) : text; }

std::string shape(const shape_settings& s) {
  std::string out, names, count;
  if (s.from) out += ", from = " + in_quotes(s.from->text());
  if (!s.keep.empty()) out += ", keep = " + list_in_quotes(s.keep);
  if (!s.drop.empty()) out += ", drop = " + list_in_quotes(s.drop);
  for (const auto& [old, name] : s.rename)
    names += fmt::format("{}{} = {}", names.empty() ? "" : ", ", key_step(old), in_quotes(name));
  if (!names.empty()) out += ", rename = { " + names + " }";
  if (!s.sort.empty()) out += ", sort = " + sort_keys(s.sort);
  if (!s.skip.empty()) out += ", skip = " + rows(s.skip);
  if (!s.limit.empty()) out += ", limit = " + rows(s.limit);
  if (s.count_all) count += "all = " + in_quotes(s.count_all->text());
  if (s.count_shown)
    count += (count.empty() ? "" : ", ") + ("shown = " + in_quotes(s.count_shown->text()));
  if (!count.empty()) out += ", count = { " + count + " }";
  return out;
}

std::string fetch(const fetch_settings& f) {
  std::string out = "upstream = " + in_quotes(f.upstream);
  if (!f.get.empty()) out += ", get = " + in_quotes(f.get);
  if (!f.post.empty()) out += ", post = " + in_quotes(f.post);
  if (!f.search.empty())
    out += fmt::format(", search = {}, rows = {}, page = {}", in_quotes(f.search), rows(f.rows),
                       rows(f.page));
  if (!f.newest.empty())
    out += fmt::format(", newest = {}, of = {}", rows(f.newest), in_quotes(f.of));
  if (!f.json.empty()) out += ", json = " + in_quotes(f.json);
  if (!f.body.empty()) out += ", body = " + in_quotes(f.body);
  if (!f.call.empty()) out += ", call = " + in_quotes(f.call);
  if (!f.run.empty()) out += ", run = " + list_in_quotes(f.run);
  std::string headers;
  for (const auto& [name, value] : f.headers) {
    headers +=
        fmt::format("{}{} = {}", headers.empty() ? "" : ", ", key_step(name), in_quotes(value));
  }
  if (!headers.empty()) out += ", headers = { " + headers + " }";
  if (!f.into.empty()) out += ", into = " + in_quotes(f.into.text());
  if (f.optional) out += ", optional = true";
  if (!f.expect.empty()) out += ", expect = " + where_table(f.expect);
  if (f.redirects != 0) out += fmt::format(", redirects = {}", f.redirects);
  if (f.paging) out += ", paging = " + paging(*f.paging);
  out += shape(f.shape);
  return "{ " + out + " }";
}

std::string parameter(const parameter_settings& p) {
  std::string out = fmt::format("lower = {}, max = {}", p.lower, p.max);
  if (p.in) out += ", in = " + list_in_quotes(*p.in);
  if (p.range) out += fmt::format(", int = [{}, {}]", p.range->first, p.range->second);
  if (!p.chars.empty()) out += ", chars = " + in_quotes(p.chars);
  std::string json;
  for (const auto& [name, at] : p.json) {
    json +=
        fmt::format("{}{} = {}", json.empty() ? "" : ", ", key_step(name), in_quotes(at.text()));
  }
  if (!json.empty()) out += ", json = { " + json + " }";
  return "{ " + out + " }";
}

std::string warm(const warm_settings& w) {
  std::string keys;
  for (const auto& k : w.keys) {
    std::string value = list_in_quotes(k.values);
    if (k.at) {
      // The selector's keys stand beside `upstream` and `get`.
      std::string at = k.at->text();
      at = at.starts_with('{') ? at.substr(2, at.size() - 4) : "at = " + in_quotes(at);
      value = fmt::format("{{ upstream = {}, get = {}, {} }}", in_quotes(k.upstream),
                          in_quotes(k.get), at);
    }
    keys += fmt::format("{}{} = {}", keys.empty() ? "" : ", ", key_step(k.parameter), value);
  }
  std::string out = fmt::format("rate = {}", w.rate);
  if (w.every) out += ", every = " + duration(*w.every);
  return "{ " + out + ", keys = { " + keys + " } }";
}

void show_server(const settings& s, lines& out) {
  std::string listen;
  for (const auto& e : s.listen) listen += (listen.empty() ? "" : ", ") + address(e);
  out.add("listen", "[" + listen + "]");
  out.add("admin", address(s.admin));
  if (!s.admin_token.empty()) out.add("admin_token", in_quotes(masked(s.admin_token)));
  out.add("memory", size(s.memory));
  out.add_text("state", s.state);
  out.add("loops", fmt::format("{}", s.loops));
  out.add_text("public_url", s.public_url);
  out.add("proxies", list_in_quotes(s.proxies));
  out.add("cors", fmt::format("{{ origins = {}, credentials = {} }}",
                              list_in_quotes(s.cors.origins), s.cors.credentials));
  out.add("wait", duration(s.wait));
  out.add("drain_timeout", duration(s.drain_timeout));
  out.add("stream_age", duration(s.stream_age));
  out.add("log", fmt::format("{{ format = \"{}\", level = \"{}\", access = {} }}", s.log.format,
                             s.log.level, s.log.access));
  const auto& l = s.limits;
  out.text += fmt::format(
      "\n[limits]\nconnections = {}\nconnections_per_address = {}\nstreams = {}\n"
      "streams_per_address = {}\nhead_timeout = {}\nidle_timeout = {}\nwrite_timeout = {}\n"
      "target = {}\nhead = {}\nfields = {}\n",
      l.connections, l.connections_per_address, l.streams, l.streams_per_address,
      duration(l.head_timeout), duration(l.idle_timeout), duration(l.write_timeout), size(l.target),
      size(l.head), l.fields);
}

void show_expectations(const bus_settings& b, lines& out) {
  if (b.expect_topics.empty()) return out.add_some("expect_every", b.expect_every);
  std::string all;
  const auto add = [&](const std::string& pattern, nanoseconds every) {
    all += fmt::format("{}{} = {}", all.empty() ? "" : ", ", in_quotes(pattern), duration(every));
  };
  if (b.expect_every) add("#", *b.expect_every);
  for (const auto& [pattern, every] : b.expect_topics) add(pattern.text(), every);
  out.add("expect_every", "{ " + all + " }");
}

std::string masked_table(const header_settings& from) {
  std::string out;
  for (const auto& [name, value] : from)
    out +=
        fmt::format("{}{} = {}", out.empty() ? "" : ", ", key_step(name), in_quotes(masked(value)));
  return "{ " + out + " }";
}

std::string tls_table(const tls_settings& from) {
  auto out = fmt::format("verify = {}", from.verify);
  if (!from.ca.empty()) out += ", ca = " + in_quotes(from.ca);
  if (!from.cert.empty())
    out += ", cert = " + in_quotes(from.cert) + ", key = " + in_quotes(from.key);
  return "{ " + out + " }";
}

void show_amqp(const amqp_settings& b, lines& out) {
  out.add_text("url", without_password(b.url.source));
  out.add("tls", tls_table(b.tls));
  out.add_text("exchange", b.exchange);
  out.add_text("queue", b.queue);
  out.add("prefetch", fmt::format("{}", b.prefetch));
  out.add("expires", duration(b.expires));
}

void show_webhook(const webhook_settings& b, lines& out) {
  out.add("listen", address(b.listen));
  out.add_text("path", b.path);
  out.add_text("check", b.check);
  if (b.check == "hmac") out.add_text("header", b.header);
  std::vector<std::string> secrets;
  for (const auto& each : b.secrets) secrets.push_back(masked(each));
  out.add_list("secret", secrets);
  out.add_text("topic", b.topic);
  std::string ids;
  for (const auto& each : b.id) ids += (ids.empty() ? "" : ", ") + selector_value(each);
  if (!ids.empty()) out.add("id", "[" + ids + "]");
  out.add("rate", fmt::format("{}", b.rate));
}

std::string catch_up(const catch_up_settings& past) {
  auto out = fmt::format("{{ kind = {}, url = {}", in_quotes(past.kind), in_quotes(past.url));
  if (!past.headers.empty()) out += ", headers = " + masked_table(past.headers);
  if (past.tls != tls_settings()) out += ", tls = " + tls_table(past.tls);
  return fmt::format("{}, max_age = {}, overlap = {} }}", out, duration(past.max_age),
                     duration(past.overlap));
}

void show_bus(const bus_settings& b, lines& out) {
  out.text += fmt::format("\n[bus.{}]\n", key_step(b.name));
  out.add_text("kind", b.kind);
  out.add_list("connect", b.connect);
  out.add_list("topics", b.topics);
  out.add_text("file", b.file);
  if (b.follow) out.add("follow", "true");
  show_expectations(b, out);
  if (b.catch_up) out.add("catch_up", catch_up(*b.catch_up));
  if (b.amqp) show_amqp(*b.amqp, out);
  if (b.webhook) show_webhook(*b.webhook, out);
  if (b.verify) out.add("verify", show_verify(*b.verify));
  out.add("max_message", size(b.max_message));
  if (b.kind == "zmq") out.add("hwm", fmt::format("{}", b.hwm));
  if (b.kind == "demo") out.add("rate", fmt::format("{}", b.rate));
}

void show_own_upstream(const upstream_settings& u, lines& out) {
  if (u.kind == "events") {
    out.add_text("by", u.by);
    return out.add("keep", fmt::format("{}", u.keep));
  }
  out.add_text("of", u.of);
  std::string text;
  for (const auto& each : u.text) text += (text.empty() ? "" : ", ") + selector_value(each);
  out.add("text", "[" + text + "]");
  if (!u.where_entries.empty()) out.add("where", where_table(u.where_entries));
}

void show_upstream(const upstream_settings& u, lines& out) {
  out.text += fmt::format("\n[upstream.{}]\n", key_step(u.name));
  out.add_text("kind", u.kind);
  out.add_text("url", u.url);
  if (!u.headers.empty()) out.add("headers", masked_table(u.headers));
  out.add("limits", fmt::format("{{ concurrency = {}, rate = {}, timeout = {}, retries = {}, "
                                "body = {}{} }}",
                                u.limits.concurrency, u.limits.rate, duration(u.limits.timeout),
                                u.limits.retries, size(u.limits.body),
                                u.limits.batch == 1 ? std::string()
                                                    : fmt::format(", batch = {}", u.limits.batch)));
  if (u.kind == "demo") return out.add("latency", duration(u.latency));
  if (u.kind == "events" || u.kind == "search") return show_own_upstream(u, out);
  if (u.kind == "exec") {
    if (!u.environment.empty()) out.add("env", masked_table(u.environment));
    return out.add_text("directory", u.directory);
  }
  out.add("tls", tls_table(u.tls));
  out.add("redirects", fmt::format("{}", u.redirects));
}

void show_page(const page_settings& p, lines& out) {
  out.text += fmt::format("\n[page.{}]\n", key_step(p.name));
  out.add_text("path", p.path);
  std::string params, fetches, shows, on;
  for (const auto& one : p.parameters) {
    params += (params.empty() ? "" : ", ") + key_step(one.name) + " = " + parameter(one);
  }
  if (!params.empty()) out.add("param", "{ " + params + " }");
  for (const auto& one : p.fetches) fetches += "\n  " + fetch(one) + ",";
  out.add("fetch", "[" + fetches + "\n]");
  for (const auto& one : p.on) on += "\n  { " + rule(one, ", ") + " },";
  if (!on.empty()) out.add("on", "[" + on + "\n]");
  for (const auto& [name, from] : p.shows) {
    shows += (shows.empty() ? "" : ", ") + key_step(name) + " = " + selector_value(from);
  }
  if (!shows.empty()) out.add("shows", "{ " + shows + " }");
  std::string put;
  for (const auto& [at, json] : p.put)
    put += (put.empty() ? "" : ", ") + in_quotes(at.text()) + " = " + json;  // TOML's scalars
  if (!put.empty()) out.add("put", "{ " + put + " }");
  out.add_some("wait", p.wait);
  out.add("negative", duration(p.negative));
  out.add("min_interval", duration(p.min_interval));
  out.add("settle", duration(p.settle));
  out.add("sweep", duration(p.sweep));
  out.add("max_size", size(p.max_size));
  out.add_some("every", p.every);
  out.add("idle", duration(p.idle));
  if (p.until) out.add("until", in_quotes(p.until->text()));
  std::string only;
  for (const auto& [name, header] : p.only)
    only += (only.empty() ? "" : ", ") + key_step(name) + " = " + in_quotes(header);
  if (!only.empty()) out.add("only", "{ " + only + " }");
  out.add("cache_control", in_quotes(p.cache_control));
  out.add("push", p.push == push_mode::full ? "\"full\"" : "\"none\"");
  out.add("keys", p.keys == key_policy::listed ? "\"listed\"" : "\"any\"");
  out.add("store", p.store ? "true" : "false");
  out.add("type", in_quotes(p.type));
  if (p.warm) out.add("warm", warm(*p.warm));
}

}  // namespace

std::string show(const settings& value) {
  lines out;
  show_server(value, out);
  for (const auto& b : value.buses) show_bus(b, out);
  for (const auto& u : value.upstreams) show_upstream(u, out);
  for (const auto& t : value.tags) out.text += "\n[[tag]]\n" + rule(t, "\n") + "\n";
  for (const auto& p : value.pages) show_page(p, out);
  return out.text;
}

}  // namespace freshet::config
