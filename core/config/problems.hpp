#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/config/node.hpp"
#include "core/config/settings.hpp"

namespace freshet::config {

/// Gathers what is wrong, in the order of the files.
///
/// Shape: at most problems_max; one more says that there are others.
class problems {
 public:
  static constexpr std::size_t problems_max = 200;

  void add(const source& at, std::string key, std::string message, std::string hint = {});
  /// A name that the language has and this version does not.
  void add_not_built_in(const source& at, std::string key, std::string hint = {});
  /// About no place at all: a path that cannot be read.
  void add_file(std::string file, std::string message, std::string hint = {});

  std::size_t size() const { return found_.size(); }
  std::vector<diagnostic> take();

 private:
  void push(diagnostic d);

  std::vector<diagnostic> found_;
  std::vector<std::string> files_;  // in order of reading
  bool more_ = false;
};

/// "did you mean `x`?" when one of `known` is close to `name`, else "".
std::string did_you_mean(std::string_view name, const std::vector<std::string>& known);

}  // namespace freshet::config
