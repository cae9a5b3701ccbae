#include "core/select/condition.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "core/text/quoted.hpp"

namespace freshet {
namespace {

template <class... F>
struct overloaded : F... {
  using F::operator()...;
};
template <class... F>
overloaded(F...) -> overloaded<F...>;

}  // namespace

condition condition::any_of(std::vector<std::string> texts) {
  condition made;
  made.test_ = std::move(texts);
  return made;
}

condition condition::exists(bool wanted) {
  condition made;
  made.test_ = wanted;
  return made;
}

condition condition::like(glob pattern) {
  condition made;
  made.test_ = std::move(pattern);
  return made;
}

condition condition::negate(condition inner) {
  condition made;
  made.test_ = negated{std::make_shared<const condition>(std::move(inner))};
  return made;
}

bool condition::wants_text() const {
  return std::holds_alternative<std::vector<std::string>>(test_) ||
         std::holds_alternative<glob>(test_);
}

bool condition::holds(bool found, const std::vector<std::string_view>& texts) const {
  return std::visit(overloaded{
                        [&](const std::vector<std::string>& wanted) {
                          return std::ranges::any_of(texts, [&](std::string_view text) {
                            return std::ranges::find(wanted, text) != wanted.end();
                          });
                        },
                        [&](bool wanted) { return found == wanted; },
                        [&](const glob& pattern) {
                          return std::ranges::any_of(
                              texts, [&](std::string_view text) { return pattern.matches(text); });
                        },
                        [&](const negated& inner) { return !inner.inner->holds(found, texts); },
                    },
                    test_);
}

std::string condition::text() const {
  return std::visit(
      overloaded{
          [](const std::vector<std::string>& wanted) {
            if (wanted.size() == 1) return in_quotes(wanted.front());
            std::string list;
            for (const auto& each : wanted) {
              list += (list.empty() ? "" : ", ") + in_quotes(each);
            }
            return '[' + list + ']';
          },
          [](bool wanted) { return fmt::format("{{ exists = {} }}", wanted); },
          [](const glob& pattern) {
            return fmt::format("{{ like = {} }}", in_quotes(pattern.text()));
          },
          [](const negated& inner) { return fmt::format("{{ not = {} }}", inner.inner->text()); },
      },
      test_);
}

}  // namespace freshet
