#include "connectors/calls/call_plan.hpp"

#include <charconv>

#include "core/json/number_source.hpp"
#include "core/json/slices.hpp"
#include "core/json/validate.hpp"
#include "core/json/writer.hpp"

namespace freshet {
namespace {

namespace dom = simdjson::dom;

constexpr std::size_t plan_bytes_max = 1u << 20;
constexpr std::size_t calls_max = 20;

}  // namespace

/// Copies an argument list, and cuts it at its references.
class call_plan::reader {
 public:
  reader(std::size_t call, std::string_view source) : call_(call), source_(source) {}

  result<std::vector<argument>> read(const dom::array& words) {
    out_.emplace_back().text = "[";
    bool first = true, method = true;
    for (const auto each : words) {
      if (std::exchange(method, false)) continue;
      if (!std::exchange(first, false)) text() += ',';
      if (auto done = value(each); !done) return done.error();
    }
    text() += ']';
    return std::move(out_);
  }

 private:
  std::string& text() { return out_.back().text; }

  result<void> value(dom::element from) {
    std::string_view words;
    dom::array all;
    dom::object members;
    if (!from.get_string().get(words)) return string(words);
    if (!from.get_array().get(all)) {
      text() += '[';
      bool first = true;
      for (const auto each : all) {
        if (!std::exchange(first, false)) text() += ',';
        if (auto done = value(each); !done) return done;
      }
      text() += ']';
    } else if (!from.get_object().get(members)) {
      text() += '{';
      bool first = true;
      for (const auto [name, each] : members) {
        if (!std::exchange(first, false)) text() += ',';
        json::append_string(text(), name);
        text() += ':';
        if (auto done = value(each); !done) return done;
      }
      text() += '}';
    } else {
      json::number_buffer buffer;
      const auto number = json::number_text(from, source_, buffer);
      text() += number.empty() ? std::string(simdjson::minify(from)) : std::string(number);
    }
    return {};
  }

  result<void> string(std::string_view words) {
    if (words.starts_with("$$"))
      words.remove_prefix(1);
    else if (words.starts_with('$')) {
      auto made = refer(words.substr(1), call_);
      if (!made) return made.error();
      out_.back().then = std::move(*made);
      out_.emplace_back();
      return {};
    }
    json::append_string(text(), words);
    return {};
  }

  std::size_t call_;
  json::number_source source_;
  std::vector<argument> out_;
};

std::string call_plan::quoted(std::string text) {
  if (text.starts_with('$')) text.insert(0, 1, '$');
  return text;
}

/// `0`, `1.id`, `1.0.name`: the number of an earlier call, then steps into its result.
result<call_plan::reference> call_plan::refer(std::string_view text, std::size_t before) {
  const auto said = "\"$" + std::string(text.substr(0, 40)) + "\": ";
  reference out;
  const auto* end = text.data() + text.size();
  const auto [stop, bad] = std::from_chars(text.data(), end, out.call);
  if (bad != std::errc{} || (stop != end && *stop != '.'))
    return fail(errc::malformed, said + "expected $0, $1.path, or $$ for a plain $");
  if (out.call >= before)
    return fail(errc::malformed, said + "expected the number of an earlier call, from 0");
  std::string pointer;
  for (std::string_view rest(stop, static_cast<std::size_t>(end - stop)); !rest.empty();) {
    rest.remove_prefix(1);
    const auto step = rest.substr(0, rest.find('.'));
    if (step.empty()) return fail(errc::malformed, said + "a step without a name");
    pointer += '/';
    for (const char c : step) pointer += c == '~' ? "~0" : c == '/' ? "~1" : std::string(1, c);
    rest.remove_prefix(step.size());
  }
  auto at = json::pointer::parse(pointer);
  if (!at) return at.error();
  out.at = std::move(*at);
  return out;
}

result<call_plan> call_plan::parse(std::string_view json) {
  json::reader reading(plan_bytes_max);
  const auto root = reading.read(json);
  if (!root) return root.error();
  dom::array calls;
  if (root->get_array().get(calls) || calls.size() == 0 || calls.size() > calls_max)
    return fail(errc::malformed, "expected a list of 1 to 20 calls");
  call_plan out;
  for (const auto each : calls) {
    dom::array words;
    std::string_view method;
    if (each.get_array().get(words) || words.size() == 0 || words.at(0).get_string().get(method) ||
        method.empty())
      return fail(errc::malformed, "a call is a list that begins with the name of a method");
    call_plan::reader arguments(out.calls_.size(), reading.source());
    auto read = arguments.read(words);
    if (!read) return read.error();
    out.calls_.push_back({std::string(method), std::move(*read)});
  }
  out.results_.resize(out.calls_.size());
  return out;
}

/// Nothing when a reference leads nowhere. REQUIRES: what it needs is there.
std::optional<remote_call> call_plan::filled(const planned& call) const {
  remote_call out{call.method, {}};
  for (const auto& piece : call.arguments) {
    out.arguments += piece.text;
    if (!piece.then) continue;
    const auto found = json::slice_at(results_[piece.then->call], piece.then->at);
    if (found.empty() || found == "null") return std::nullopt;
    out.arguments += found;
  }
  return out;
}

std::optional<call_plan::round> call_plan::next() {
  round out;
  in_round_.clear();
  for (std::size_t i = 0; i < calls_.size(); ++i) {
    auto& call = calls_[i];
    bool ready = !call.asked;
    for (const auto& piece : call.arguments)
      ready = ready && (!piece.then || !results_[piece.then->call].empty());
    if (!ready) continue;
    auto made = filled(call);
    if (!made) return round{{}, true};
    out.calls.push_back(std::move(*made));
    in_round_.push_back(i);
  }
  if (in_round_.empty()) return std::nullopt;
  for (const auto i : in_round_) calls_[i].asked = true;
  return out;
}

void call_plan::take(std::vector<std::string> results) {
  for (std::size_t i = 0; i < in_round_.size() && i < results.size(); ++i)
    results_[in_round_[i]] = std::move(results[i]);
}

}  // namespace freshet
