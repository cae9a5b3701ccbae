#include <fmt/format.h>

#include "core/config/network_values.hpp"
#include "core/config/scalars.hpp"
#include "core/config/sections.hpp"
#include "core/config/verify.hpp"

namespace freshet::config {
namespace {

constexpr std::string_view built_in = "built in: zmq, amqp, webhook, ndjson, demo";

/// A byte prefix: SUB's filter knows no patterns, and `org.#` would silently match nothing.
result<std::string> to_prefix(const node& value) {
  auto text = to_text(value);
  if (text.has_value() && text->find_first_of("*#") != std::string::npos) {
    return fail(errc::malformed, "expected a byte prefix such as \"org.example.\", found " +
                                     describe(value) + "; patterns belong into rules");
  }
  return text;
}

/// A duration for all topics, or a table of topic patterns; `#` there means all, too.
void read_expectations(table_reader& bus, bus_settings& into) {
  const node* value = bus.take("expect_every");
  if (value == nullptr) return;
  if (value->is != node::type::table) {
    bus.read("expect_every", into.expect_every, to_positive_duration);
    return;
  }
  constexpr std::size_t patterns_max = 256;
  table_reader t(*value, bus.key_of("expect_every"), bus.out());
  if (t.table().members.empty() || t.table().members.size() > patterns_max)
    t.wrong_here("expected 1 to 256 topic patterns");
  for (const auto& m : t.table().members) {
    nanoseconds every{0};
    if (!t.read(m.name, every, to_positive_duration)) continue;
    auto pattern = topic_pattern::parse(m.name);
    if (!pattern) {
      bus.out().add(m.at, t.key_of(m.name), pattern.error().detail);
    } else if (m.name == "#") {
      into.expect_every = every;
    } else {
      into.expect_topics.emplace_back(std::move(*pattern), every);
    }
  }
  t.finish();
}

void read_catch_up(table_reader& bus, bus_settings& into) {
  bus.read_table("catch_up", [&](table_reader& t) {
    auto& past = into.catch_up.emplace();
    if (t.require("kind")) t.read_choice("kind", past.kind, {"datagrepper"});
    if (t.require("url")) t.read("url", past.url, to_http_url);
    read_access(t, past.headers, past.tls);
    t.read("max_age", past.max_age, to_positive_duration);
    t.read("overlap", past.overlap, to_duration);
    if (past.overlap >= past.max_age) t.wrong_here("`overlap` is shorter than `max_age`");
  });
}

void read_amqp_bus(table_reader& t, bus_settings& into) {
  t.read_list("topics", into.topics, to_prefix);
  read_catch_up(t, into);
  read_amqp(t, into);
}

void read_zmq(table_reader& t, bus_settings& into) {
  t.require("connect");
  if (t.read_list("connect", into.connect, to_zmq_endpoint) && into.connect.empty()) {
    t.wrong("connect", *t.take("connect"), "expected at least one endpoint");
  }
  t.read_list("topics", into.topics, to_prefix);
  t.read("hwm", into.hwm, to_positive);  // libzmq takes 0 for no bound at all
  read_catch_up(t, into);
  read_verify(t, into.verify);
  t.not_built_in({"tls"});
}

void read_ndjson(table_reader& t, bus_settings& into) {
  t.require("file");
  t.read("file", into.file, to_filled_text);
  t.read("follow", into.follow, to_flag);
  t.read_list("topics", into.topics, to_prefix);
  t.not_built_in({"catch_up"});
  if (into.follow && into.file == "-") {
    t.wrong_here("`follow` needs a file, not standard input");
  }
}

}  // namespace

std::vector<bus_settings> read_buses(const node& buses, problems& out) {
  std::vector<bus_settings> all;
  table_reader names(buses, "bus", out);
  for (const auto& m : names.table().members) {
    table_reader t(m.value, names.key_of(m.name), out);
    bus_settings b;
    b.name = m.name;
    b.where = t.where();
    if (!is_name(m.name)) t.wrong_here(std::string(name_rule));
    if (t.require("kind") &&
        t.read_choice("kind", b.kind,
                      {"zmq", "ndjson", "demo", "amqp", "webhook", "postgres", "redis", "nats"})) {
      read_expectations(t, b);
      t.read("max_message", b.max_message, to_positive_size);
      if (b.kind == "zmq") {
        read_zmq(t, b);
      } else if (b.kind == "amqp") {
        read_amqp_bus(t, b);
      } else if (b.kind == "webhook") {
        read_webhook(t, b);
      } else if (b.kind == "ndjson") {
        read_ndjson(t, b);
      } else if (b.kind == "demo") {
        t.read("rate", b.rate, to_positive_rate);
      } else {
        out.add_not_built_in(t.take("kind")->at, t.key_of("kind"), std::string(built_in));
        t.ignore_rest();
      }
    } else {
      t.ignore_rest();  // which keys there are depends on the kind
    }
    t.finish();
    all.push_back(std::move(b));
  }
  return all;
}

}  // namespace freshet::config
