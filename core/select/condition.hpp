#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "core/select/glob.hpp"

namespace freshet {

/// The right side of a `where` or `expect` entry: a scalar compared as text, a list (any of),
/// `{ exists = bool }`, `{ like = "glob" }`, `{ not = ... }`.
///
/// The caller gathers the texts that the pointer yields (several = any of them) and says whether
/// the pointer exists at all (null exists, and has no text): gather() of core/select/gather.hpp. A
/// missing pointer meets nothing but `{ exists = false }`; `not` is the plain negation of what it
/// encloses, so `{ not = "x" }` holds where there is nothing: an event too many costs a refresh, an
/// event too few costs a stale page.
///
/// Lifetime: a value; immutable, so any thread may use it.
class condition {
 public:
  static condition any_of(std::vector<std::string> texts);
  static condition exists(bool wanted);
  static condition like(glob pattern);
  static condition negate(condition inner);

  /// It can only hold where there is a text.
  bool wants_text() const;
  bool holds(bool found, const std::vector<std::string_view>& texts) const;
  std::string text() const;  // as a person would write it

 private:
  struct negated {
    std::shared_ptr<const condition> inner;
  };
  std::variant<std::vector<std::string>, bool, glob, negated> test_;
};

}  // namespace freshet
