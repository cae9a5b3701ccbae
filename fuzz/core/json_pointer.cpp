/// A pointer on one line, then a document: find() and each() name what RFC 6901 says.
#include "core/json/pointer.hpp"

#include "core/json/validate.hpp"
#include "fuzz/support/target.hpp"

namespace {

namespace dom = simdjson::dom;
using elements = std::vector<dom::element>;

std::vector<std::string> steps_of(std::string_view text) {
  std::vector<std::string> steps;
  for (const char c : text) {
    if (c == '/') {
      steps.emplace_back();
    } else {
      steps.back() += c;
    }
  }
  for (auto& step : steps) {  // ~1 before ~0, as the RFC says
    for (auto at = step.find("~1"); at != step.npos; at = step.find("~1", at + 1)) {
      step.replace(at, 2, "/");
    }
    for (auto at = step.find("~0"); at != step.npos; at = step.find("~0", at + 1)) {
      step.replace(at, 2, "~");
    }
  }
  return steps;
}

void children(dom::element of, const std::string& step, bool wild, elements& out) {
  if (of.is_array()) {
    std::size_t index = 0;
    for (const dom::element child : of.get_array()) {
      if ((wild && step == "*") || std::to_string(index) == step) out.push_back(child);
      ++index;
    }
  }
  if (!of.is_object()) return;
  for (const auto [key, child] : of.get_object()) {
    const bool all = wild && step == "*";
    if (!all && key != step) continue;
    out.push_back(child);
    if (!all) return;
  }
}

elements naive(dom::element root, const std::vector<std::string>& steps, bool wild) {
  elements now{root};
  for (const auto& step : steps) {
    elements next;
    for (const auto at : now) children(at, step, wild, next);
    now = std::move(next);
    if (now.size() > 20'000) return {};  // stars over stars: each() is not asked either
  }
  return now;
}

std::string text_of(const elements& found) {
  std::string out;
  for (const auto one : found) out += std::string(simdjson::minify(one)) + "\n";
  return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace freshet;
  fuzz::input in(data, size);
  const auto text = in.line();
  const auto parsed = json::pointer::parse(text);
  json::reader reader(1 << 16);
  const auto body = in.rest();
  if (!parsed) return 0;
  fuzz::require(text.empty() || text.front() == '/', "a pointer begins with a slash");
  const auto steps = steps_of(text);
  fuzz::require(steps == parsed->steps(), "the steps are the RFC's");
  fuzz::require(parsed->tail().steps().size() + (steps.empty() ? 0 : 1) == steps.size(), "tail");
  const auto again = json::pointer::parse(parsed->tail().text());
  fuzz::require(again && again->steps() == parsed->tail().steps(), "a tail reads back as itself");

  const auto root = reader.read(body);
  if (!root) return 0;
  const auto one = parsed->find(*root);
  const auto expected = naive(*root, steps, false);
  fuzz::require(text_of(one ? elements{*one} : elements{}) == text_of(expected), "find");
  elements all;
  parsed->each(*root, [&all](dom::element element) {
    all.push_back(element);
    return all.size() <= 20'000;
  });
  const auto wild = naive(*root, steps, true);
  if (!wild.empty() || all.size() < 1'000) {
    fuzz::require(text_of(all) == text_of(wild), "each");
  }
  return 0;
}
