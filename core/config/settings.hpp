#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/config/shaping.hpp"
#include "core/config/verify_settings.hpp"
#include "core/json/pointer.hpp"
#include "core/select/condition.hpp"
#include "core/select/page_floor.hpp"
#include "core/select/selector.hpp"
#include "core/text/topic_pattern.hpp"

/// The configuration as plain aggregates: what a file said, defaults filled in, syntax checked.
/// Names that refer to something else (an upstream, a parameter) are checked where they are
/// compiled; each such aggregate carries its `where` for that.
namespace freshet::config {

using std::chrono::nanoseconds;
using namespace std::chrono_literals;

/// Where a value stands. `key` is dotted: `page.updates.fetch[0].get`.
struct location {
  std::string file;  // "" = not from a file; then `key` names the variable or flag
  std::uint32_t line = 0;
  std::uint32_t column = 0;
  std::string key;
};

/// A host:port, or the path of a unix socket.
struct endpoint {
  std::string host;
  std::uint16_t port = 0;
  std::string path;
  location where;
};

/// A secret with its `${env:}` and `${file:}` parts still in place; read when used, never printed.
struct secret {
  std::string source;
  bool empty() const { return source.empty(); }
  bool operator==(const secret&) const = default;
};

struct log_settings {
  std::string format = "auto";  // auto | pretty | json
  std::string level = "info";   // debug | info | warn | error
  bool access = false;
};

/// 0 = off.
struct limit_settings {
  std::uint32_t connections = 10'000;
  std::uint32_t connections_per_address = 0;
  std::uint32_t streams = 10'000;
  std::uint32_t streams_per_address = 0;
  nanoseconds head_timeout = 10s;
  nanoseconds idle_timeout = 30s;
  nanoseconds write_timeout = 20s;
  std::size_t target = 8 * 1024;
  std::size_t head = 16 * 1024;
  std::uint32_t fields = 64;
};

struct cors_settings {
  std::vector<std::string> origins;
  bool credentials = false;
};

/// One `where` entry: any value that the pointer yields meets the condition.
struct where_entry {
  json::pointer at;
  condition test;
};

struct tls_settings {
  std::string ca, cert, key;
  bool verify = true;
  bool operator==(const tls_settings&) const = default;
};

/// Fields of a request, or variables of a program.
using header_settings = std::vector<std::pair<std::string, secret>>;

/// Where a bus' past can be asked for.
struct catch_up_settings {
  std::string kind;  // datagrepper
  std::string url;
  header_settings headers;
  tls_settings tls;
  nanoseconds max_age = 72h;
  nanoseconds overlap = 30s;
};

struct amqp_settings;     // core/config/amqp_settings.hpp
struct webhook_settings;  // core/config/webhook_settings.hpp

struct bus_settings {
  std::string name;
  std::string kind;
  std::vector<std::string> connect;         // zmq
  std::vector<std::string> topics;          // byte prefixes; empty = all
  std::string file;                         // ndjson: a path, or "-"
  bool follow = false;                      // ndjson: go on at the end of the file, as `tail -f`
  std::optional<nanoseconds> expect_every;  // any topic
  std::vector<std::pair<topic_pattern, nanoseconds>> expect_topics;  // these
  std::optional<catch_up_settings> catch_up;
  std::optional<verify_settings> verify;  // zmq
  std::size_t max_message = 1 << 20;
  std::uint32_t hwm = 1000;
  double rate = 5;                                  // demo: events a second
  std::shared_ptr<const amqp_settings> amqp;        // amqp
  std::shared_ptr<const webhook_settings> webhook;  // webhook
  location where;
};

/// calls a second; 0 = no limit
struct upstream_limits {
  std::uint32_t concurrency = 8;
  double rate = 0;
  nanoseconds timeout = 10s;
  std::uint32_t retries = 3;
  std::size_t body = 16u << 20;
  std::uint32_t batch = 1;  // questions in one call; koji, bugzilla
};

struct upstream_settings {
  std::string name;
  std::string kind;
  std::string url;
  header_settings headers;
  upstream_limits limits;
  tls_settings tls;
  std::uint32_t redirects = 0;
  nanoseconds latency = 0ns;               // demo: median answer time
  std::string directory;                   // exec: where programs run
  header_settings environment;             // exec: all that they find there
  std::string by;                          // events: the tag name whose values have their own lists
  std::uint32_t keep = 100;                // events: how many of each value
  std::string of;                          // search: the page whose documents are found
  selector_list text;                      // search: what is found by; the first is the name
  std::vector<where_entry> where_entries;  // search: documents that do not meet it are left out
  location where;
};

/// A `[[tag]]`, or one `on` of a page. Exactly one of `set`, `by`, `all`.
struct rule_settings {
  std::vector<topic_pattern> topics;
  std::vector<std::string> buses;  // empty = every bus
  std::vector<where_entry> where_entries;
  std::optional<json::pointer> each;
  std::vector<std::pair<std::string, selector_list>> set;
  std::vector<std::string> by;
  bool all = false;
  nanoseconds coalesce = 0ns;
  bool lazy = false;
  std::vector<std::string> parts;  // `into` pointers
  std::shared_ptr<const floor_rule> floor;
  location where;
};

struct parameter_settings {
  std::string name;
  bool lower = false;
  std::size_t max = 255;                                       // bytes
  std::optional<std::vector<std::string>> in;                  // allowed values
  std::optional<std::pair<std::int64_t, std::int64_t>> range;  // int = [low, high]
  std::string chars;                                           // allowed characters; "" = any
  std::vector<std::pair<std::string, json::pointer>> json;  // parameter <- pointer into the segment
  location where;
};

/// One question to an upstream. Exactly one of `get`, `post`, `call`, `run`, `search`, `newest`;
/// `sql` comes with its issue.
struct fetch_settings {
  std::string upstream;
  std::string get, post;
  std::string search;  // what is looked for, with placeholders; `rows` and `page` are beside it
  std::string rows, page;
  std::string newest, of;        // so many events of this value
  std::string json;              // body template as JSON text, "" = none
  std::string body;              // body template as bytes
  std::string call;              // [[method, args...]...] template as JSON text
  std::uint32_t calls = 1;       // at most so many one after the other: the length of `call`
  std::vector<std::string> run;  // a program and its arguments
  std::vector<std::pair<std::string, std::string>> headers;
  json::pointer into;
  bool optional = false;
  std::vector<where_entry> expect;
  std::uint32_t redirects = 0;
  std::optional<paging_settings> paging;
  shape_settings shape;
  location where;
};

/// Where the values of one path or query parameter come from when pages are built ahead of
/// visitors.
struct warm_keys {
  std::string parameter;
  std::vector<std::string> values;  // a literal list, or
  std::string upstream, get;        // a document,
  std::optional<selector> at;       // its values
  location where;
};

struct warm_settings {
  double rate = 50;
  std::optional<nanoseconds> every;
  std::vector<warm_keys> keys;
  location where;
};

enum class push_mode { none, full };
enum class key_policy { any, listed };

struct page_settings {
  std::string name;
  std::string path;  // as written; compiled by store/page/site
  std::vector<parameter_settings> parameters;
  std::vector<fetch_settings> fetches;
  std::vector<rule_settings> on;
  std::vector<std::pair<std::string, selector>> shows;
  std::optional<nanoseconds> wait;  // absent = the server's `wait`
  nanoseconds negative = 60s;
  nanoseconds min_interval = 0ns;
  nanoseconds settle = 5s;  // 0 = an event is never read again for
  nanoseconds sweep = 6h;   // 0 = never
  std::size_t max_size = 4u << 20;
  std::optional<nanoseconds> every;
  nanoseconds idle = 1h;
  std::optional<json::pointer> until;
  std::string cache_control = "no-cache";
  push_mode push = push_mode::none;
  key_policy keys = key_policy::any;
  bool store = true;
  std::string type = "application/json";
  /// Parameter <- the header of a trusted proxy that must name its value.
  std::vector<std::pair<std::string, std::string>> only;
  /// What stands in the document beside the answers: a place, and a text with placeholders.
  std::vector<std::pair<json::pointer, std::string>> put;
  std::optional<warm_settings> warm;
  location where;
};

struct settings {
  std::vector<endpoint> listen{{"127.0.0.1", 8080, "", {}}};
  endpoint admin{"127.0.0.1", 8081, "", {}};
  secret admin_token;
  std::size_t memory = 512u << 20;
  std::string state;  // the journal's file; "" = memory only
  std::uint32_t loops = 1;
  std::string public_url;
  std::vector<std::string> proxies{"127.0.0.1/32", "::1/128"};
  cors_settings cors;
  nanoseconds wait = 10s;
  nanoseconds drain_timeout = 10s;
  nanoseconds stream_age = 10min;
  log_settings log;
  limit_settings limits;
  std::vector<bus_settings> buses;
  std::vector<upstream_settings> upstreams;
  std::vector<rule_settings> tags;
  std::vector<page_settings> pages;
};

/// One thing wrong (or not built in) in a configuration.
struct diagnostic {
  location where;
  std::string message;  // what was expected, what was found
  std::string hint;     // may be empty
  bool not_built_in = false;
  std::string excerpt = {};  // the line it stands on, secrets masked; "" = none
};

}  // namespace freshet::config
