#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/config/node.hpp"
#include "core/config/problems.hpp"
#include "core/config/reader.hpp"
#include "core/config/settings.hpp"

/// The parts of the language, one function each; each reports into its problems and leaves defaults
/// where something is wrong.
namespace freshet::config {

/// The keys of the root that are not sections: listeners, memory, limits.
void read_server(table_reader& root, settings& into);
/// Of two listeners on one address the second would wait for it in vain, or share its connections.
void check_listeners(const node& tree, const settings& of, problems& out);
/// `[bus.NAME]`, `[upstream.NAME]`, `[page.NAME]`: the tables under `bus` etc.
std::vector<bus_settings> read_buses(const node& buses, problems& out);
std::vector<upstream_settings> read_upstreams(const node& upstreams, problems& out);
/// What only buses of these kinds have.
void read_amqp(table_reader& bus, bus_settings& into);
void read_webhook(table_reader& bus, bus_settings& into);
/// `tls = { ca, cert, key, verify }`.
void read_tls(table_reader& of, tls_settings& into);
/// `headers` and `tls` of what is asked over HTTP.
void read_access(table_reader& of, header_settings& headers, tls_settings& tls);

/// Names that rules and fetches may refer to.
struct known_names {
  std::vector<std::string> buses;
  std::vector<std::string> upstreams;
};
std::vector<page_settings> read_pages(const node& pages, const known_names& names, problems& out);
parameter_settings read_parameter(const node& value, std::string name, std::string path,
                                  problems& out);
fetch_settings read_fetch(const node& value, std::string path, const known_names& names,
                          problems& out);
/// `paging`, `from`, `keep`, `drop`, `rename`, `sort`, `skip`, `limit`, `count`.
void read_shaping(table_reader& fetch, fetch_settings& into);
/// What upstreams of the kinds `events` and `search` have, and the questions to them.
void read_events(table_reader& upstream, upstream_settings& into);
void read_search(table_reader& upstream, upstream_settings& into);
void read_own_question(table_reader& fetch, fetch_settings& into);
/// `only` of a page; makes its cache_control private. Then, once all is read, whether anybody can
/// see such pages.
void read_only(table_reader& page, page_settings& into);
void check_only(const node& pages, const settings& of, problems& out);
/// `put` of a page.
void read_put(table_reader& page, page_settings& into);
warm_settings read_warm(const node& value, std::string path, const known_names& names,
                        problems& out);

/// `call` and `run` of a fetch.
void read_call(table_reader& fetch, fetch_settings& into);
void read_run(table_reader& fetch, fetch_settings& into);
/// A table or list as written, or a string that holds JSON, as JSON text.
result<std::string> to_json_body(const node& value);

/// A rule of a page's `on`; `parts` must be an `into` of `fetches`.
rule_settings read_page_rule(const node& value, std::string path, const known_names& names,
                             const std::vector<fetch_settings>& fetches, problems& out);
/// `floor` of a rule; null when it has none, or none that is right.
std::shared_ptr<const floor_rule> read_floor(table_reader& rule);
/// A floor as a configuration writes it.
std::string floor_text(const floor_rule& f);
/// `settle` and `sweep` of a page; then, once its rules are read, whether they fit it.
void read_upkeep(table_reader& page, page_settings& into);
void check_floors(table_reader& page, const page_settings& of);
rule_settings read_tag(const node& value, std::string path, const known_names& names,
                       problems& out);

/// `where` and `expect`.
std::vector<where_entry> read_where(table_reader& from, std::string_view key);
/// A selector, or a list of them.
result<selector> to_selector(const node& value);
/// `at`, `keys`, `like`, `split`, `before`, `value` of a table with other keys beside them.
result<selector> read_selector_keys(table_reader& from);
bool read_selectors(const node& value, const std::string& path, selector_list& into, problems& out);

/// A reference to a declared name; an unknown one is a problem with the nearest that exists.
void read_reference(table_reader& from, std::string_view key, std::string_view noun,
                    const std::vector<std::string>& known, std::string& into);

/// A value as JSON text.
std::string to_json(const node& value);

}  // namespace freshet::config
