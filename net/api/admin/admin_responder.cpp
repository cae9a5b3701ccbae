#include "net/api/admin/admin_responder.hpp"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <optional>

#include "core/json/writer.hpp"
#include "core/url/percent.hpp"
#include "net/http/server/client_address.hpp"

namespace freshet::api {
namespace {

using http::method;

constexpr std::string_view allow_get = "Allow: GET, HEAD, OPTIONS\r\n";
constexpr std::string_view allow_post = "Allow: OPTIONS, POST\r\n";
constexpr std::string_view allow_both = "Allow: GET, HEAD, OPTIONS, POST\r\n";

/// Every path there is, in the order of the index.
enum class use : std::uint8_t { read, act, both };
struct listed_path {
  std::string_view path;
  use how;
  std::string_view what;

  bool reads() const { return how != use::act; }
  bool acts() const { return how != use::read; }
  std::string_view allow() const {
    return how == use::both ? allow_both : how == use::act ? allow_post : allow_get;
  }
};
constexpr std::array<listed_path, 12> paths{{
    {"/metrics", use::read, "Prometheus metrics"},
    {"/-/healthy", use::read, "the process is alive"},
    {"/-/ready", use::read, "everything has started; ?strict: and no bus is silent or lagging"},
    {"/-/pages", use::read, "the pages and how fresh they are"},
    {"/-/buses", use::read, "where events come from"},
    {"/-/upstreams", use::read, "who owns the documents"},
    {"/-/locker", use::both,
     "events that could not be dealt with; ?number=N; POST {\"replay\":\"all\"}"},
    {"/-/explain", use::read, "?page=/path or ?event=id: why it is as it is"},
    {"/-/rebuild", use::act, "POST {\"pattern\":\"/packages/:x\"}"},
    {"/-/purge", use::act, "POST {\"pattern\":\"/packages/:x\",\"dry_run\":true}"},
    {"/-/reload", use::act, "POST: reads the configuration again"},
    {"/", use::read, "this list"},
}};

const listed_path* find_path(std::string_view path) {
  for (const auto& one : paths) {
    if (one.path == path) return &one;
  }
  return nullptr;
}

/// A parameter's text: nothing = absent.
/// Errors: malformed, duplicate.
result<std::optional<std::string>> query_value(std::string_view query, std::string_view name) {
  std::optional<std::string> out;
  while (!query.empty()) {
    const auto end = query.find('&');
    const auto pair = query.substr(0, end);
    query = end == query.npos ? std::string_view{} : query.substr(end + 1);
    const auto equals = std::min(pair.find('='), pair.size());
    if (pair.substr(0, equals) != name) continue;
    if (out) return fail(errc::duplicate, fmt::format("{}: given more than once", name));
    // A plus stays one: paths have no spaces, but packages have plus signs.
    auto value = percent_decode(pair.substr(std::min(equals + 1, pair.size())));
    if (!value) return fail(errc::malformed, fmt::format("{}: a % without two hex digits", name));
    out = std::move(*value);
  }
  return out;
}

std::string short_json(std::string_view text) {
  constexpr std::size_t shown = 200;
  std::string out;
  json::append_string(out, text.substr(0, shown));
  return out;
}

void write_list(json::writer& w, std::string_view name, const std::vector<std::string>& texts) {
  w.key(name).begin_array();
  for (const auto& text : texts) w.string(text);
  w.end_array();
}

}  // namespace

struct admin_responder::asked {
  const http::request_head& head;
  const http::peer& from;
  http::response_batch& out;
  std::string_view path;
  std::string_view query;
};

admin_responder::admin_responder(admin_environment env)
    : env_(std::move(env)), guard_(env_.settings) {}

void admin_responder::begin_turn() { env_.block.set(env_.time.wall_now(), 0); }

http::asio::awaitable<http::responder::after> admin_responder::answer_slowly(
    const http::request_head* head, http::connection* c, http::response_batch* out) {
  answer(*head, c->from(), *out);
  co_return after::answered;
}

http::responder::outcome admin_responder::answer(const http::request_head& head,
                                                 const http::peer& from,
                                                 http::response_batch& out) {
  const auto question = std::min(head.target.find('?'), head.target.size());
  const auto query = head.target.substr(std::min(question + 1, head.target.size()));
  dispatch({head, from, out, head.target.substr(0, question), query});
  return outcome::done;
}

void admin_responder::dispatch(const asked& a) {
  if (a.head.method == method::options) return answer_options(a);
  const bool reads = a.head.method != method::post;
  // Whoever watches over the process may ask without a token, by any name.
  if (reads && a.path == "/-/healthy") return answer_alive(a);
  if (reads && a.path == "/-/ready") return answer_ready(a);
  if (const auto no = guard_.judge(a.head, a.from, env_.time.now())) return refuse(a, *no);

  const auto* at = find_path(a.path);
  if (at == nullptr) {
    const bool console = a.path == "/_console" || a.path.starts_with("/_console/");
    return problem(a, 404, console ? "the console is not built in yet" : "no such path",
                   console ? "" : "GET / lists them");
  }
  if (reads && !at->reads())
    return problem(a, 405, "this changes something: POST it", "", at->allow());
  if (!reads && !at->acts()) return problem(a, 405, "this can only be read", "", at->allow());
  return reads ? answer_get(a) : answer_act(a, act_at(a.path));
}

admin_responder::act admin_responder::act_at(std::string_view path) {
  if (path == "/-/locker") return act::locker;
  return path == "/-/purge" ? act::purge : path == "/-/reload" ? act::reload : act::rebuild;
}

std::string_view admin_responder::name_of(act what) {
  if (what == act::locker) return "locker";
  return what == act::purge ? "purge" : what == act::reload ? "reload" : "rebuild";
}

void admin_responder::say(const asked& a, std::uint16_t status, std::string_view type,
                          std::string_view body, std::string_view fields) const {
  http::answer_text(http::framing_of(a.head), status, type, body, fields, env_.block.date(), a.out);
}

void admin_responder::problem(const asked& a, std::uint16_t status, std::string_view title,
                              std::string_view detail, std::string_view fields) const {
  http::answer_problem(http::framing_of(a.head), {status, title, detail, fields}, env_.block.date(),
                       a.out);
}

std::uint16_t admin_responder::problem(const asked& a, const error& e) const {
  const auto text = e.detail.empty() ? e.text() : e.detail;
  const auto is = [&](errc code) { return e.code == make_error_code(code); };
  const auto with = [&](std::uint16_t status, std::string_view title) {
    problem(a, status, title, text);
    return status;
  };
  if (is(errc::missing)) return with(404, "there is no such thing");
  if (is(errc::malformed) || is(errc::out_of_range) || is(errc::duplicate)) {
    return with(400, "this cannot be understood");
  }
  if (is(errc::not_built_in)) return with(501, "this is not built in");
  if (is(errc::closed) || is(errc::overloaded)) return with(503, "not now");
  return with(500, "this did not work");
}

void admin_responder::answer_alive(const asked& a) const {
  say(a, 200, "text/plain; charset=utf-8", "alive\n");
}

void admin_responder::answer_ready(const asked& a) const {
  const auto now = env_.port.ready();
  const auto strict = query_value(a.query, "strict");
  const bool asked_strictly = !strict || strict->has_value();
  const bool ready = now.ready && (now.strict || !asked_strictly);
  std::string body;
  json::writer w(body);
  w.begin_object().key("ready").boolean(ready);
  write_list(w, "missing", now.missing);
  write_list(w, "degraded", now.degraded);
  w.end_object();
  say(a, ready ? 200 : 503, "application/json", body);
}

void admin_responder::answer_options(const asked& a) const {
  const auto* at = find_path(a.path);
  say(a, 204, "", "", at != nullptr ? at->allow() : allow_get);
}

void admin_responder::answer_get(const asked& a) const {
  if (a.path == "/metrics") {
    return say(a, 200, "text/plain; version=0.0.4; charset=utf-8", env_.port.metrics());
  }
  if (a.path == "/-/pages") return say_json(a, env_.port.pages());
  if (a.path == "/-/buses") return say_json(a, env_.port.buses());
  if (a.path == "/-/upstreams") return say_json(a, env_.port.upstreams());
  if (a.path == "/-/locker") return answer_locker(a);
  if (a.path == "/-/explain") return answer_explain(a);
  answer_index(a);
}

void admin_responder::answer_explain(const asked& a) const {
  const auto page = query_value(a.query, "page"), event = query_value(a.query, "event");
  if (!page || !event) return (void)problem(a, !page ? page.error() : event.error());
  if (page->has_value() == event->has_value()) {
    return problem(a, 400, "ask for one page or one event", "?page=/path or ?event=id");
  }
  const auto got = *page ? env_.port.explain_page(**page) : env_.port.explain_event(**event);
  if (!got) return (void)problem(a, got.error());
  say_json(a, *got);
}

void admin_responder::answer_locker(const asked& a) const {
  const auto number = query_value(a.query, "number");
  if (!number) return (void)problem(a, number.error());
  if (!*number) return say_json(a, env_.port.locker());
  std::uint64_t which = 0;
  const auto& text = **number;
  const auto end = text.data() + text.size();
  if (const auto [at, ec] = std::from_chars(text.data(), end, which);
      ec != std::errc{} || at != end)
    return problem(a, 400, "this cannot be understood", "number: expected one of the locker's");
  const auto got = env_.port.locked(which);
  if (!got) return (void)problem(a, got.error());
  say_json(a, *got);
}

void admin_responder::answer_index(const asked& a) const {
  std::string html =
      "<!doctype html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n<title>freshet admin</title>"
      "\n<h1>freshet admin</h1>\n<dl>\n";
  for (const auto& one : paths) {
    html += !one.reads() ? fmt::format("<dt>{}</dt>", one.path)
                         : fmt::format("<dt><a href=\".{0}\">{0}</a></dt>", one.path);
    html += fmt::format("<dd>{}</dd>\n", one.what);
  }
  html += "</dl>\n</html>\n";
  say(a, 200, "text/html; charset=utf-8", html,
      "Content-Security-Policy: default-src 'none'; frame-ancestors 'none'\r\n");
}

void admin_responder::answer_act(const asked& a, act what) {
  if (!is_json(a.head.content_type)) {
    record(a, what, {}, 415);
    return problem(a, 415, "a JSON body is expected", "Content-Type: application/json",
                   "Accept-Post: application/json\r\n");
  }
  const auto shape = what == act::reload   ? act_shape::nothing
                     : what == act::locker ? act_shape::locker
                     : what == act::purge  ? act_shape::pattern_or_dry_run
                                           : act_shape::pattern;
  const auto request = read_act(a.head.body, shape);
  if (!request) {
    record(a, what, {}, 400);
    return problem(a, 400, "the body cannot be understood", request.error().detail);
  }
  const auto done = do_act(what, *request);
  if (!done) return record(a, what, *request, problem(a, done.error()));
  record(a, what, *request, 200);
  say_json(a, *done);
}

result<std::string> admin_responder::do_act(act what, const act_request& request) {
  switch (what) {
    case act::rebuild:
      return env_.port.rebuild(request.pattern);
    case act::purge:
      return env_.port.purge(request.pattern, request.dry_run);
    case act::locker:
      return request.verb == act_request::locker_verb::replay
                 ? env_.port.replay_locked(request.number)
                 : env_.port.drop_locked(request.number);
    case act::reload:
      break;
  }
  return env_.port.reload();
}

void admin_responder::record(const asked& a, act what, const act_request& request,
                             std::uint16_t status) {
  const std::string name(name_of(what)), code = std::to_string(status);
  auto& count = acts_[name + code];
  if (!count) {
    count = &env_.numbers.make_counter("freshet_admin_acts_total",
                                       "What the server was told to do, by answer",
                                       {{"act", name}, {"code", code}});
  }
  count->add();
  auto line = "admin: " + name;
  if (!request.pattern.empty()) line += " " + short_json(request.pattern);
  if (request.dry_run) line += " (dry run)";
  if (request.verb != act_request::locker_verb::none)
    line +=
        fmt::format(" {} {}", request.verb == act_request::locker_verb::replay ? "replay" : "drop",
                    request.number ? std::to_string(*request.number) : "all");
  line += fmt::format(" by {}: {}", http::client_address(a.head.forwarded_for, a.from).to_string(),
                      status);
  if (env_.audit) return env_.audit(line);
  logger().info("{}", line);
}

void admin_responder::refuse(const asked& a, const admin_refusal& why) {
  auto& count = refused_[std::string(why.why)];
  if (!count) {
    count = &env_.numbers.make_counter("freshet_admin_refused_total",
                                       "Admin requests that were not let in",
                                       {{"why", std::string(why.why)}});
  }
  count->add();
  std::uint64_t held_back = 0;
  if (refusals_.allow(env_.time.now(), held_back)) {
    const auto reason = std::string(why.title) + (why.for_log.empty() ? "" : ": " + why.for_log);
    logger().warn("admin: {} of {} refused: {} ({} more before)", a.path.substr(0, 80),
                  http::client_address(a.head.forwarded_for, a.from).to_string(), reason,
                  held_back);
  }
  problem(a, why.status, why.title, why.detail, why.fields);
}

}  // namespace freshet::api
