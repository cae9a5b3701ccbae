#pragma once

#include <string>
#include <vector>

#include "connectors/upstream/upstream.hpp"

namespace freshet::bugzilla {

/// A request for one bug by its number, as REST (`GET .../bug/123?...`) or as XML-RPC (`Bug.get`
/// with one id), and what it has in common with those that may share its call.
///
/// Shape:  a request that asks otherwise, or leaves `id` out of the fields by which the answer is
///         taken apart, has no group.
struct bug_question {
  std::string group;  // "" = not a question for one bug
  std::string id;     // digits
  bool is_rest = false;

  static bug_question of(const upstream_request& request);

  /// `.../bug?id=1,2,3&limit=3&...`. REQUIRES: is_rest.
  std::string target(const std::vector<std::string>& ids) const;
  /// Bug.get with all ids, `permissive`. REQUIRES: not is_rest.
  remote_call call(const std::vector<std::string>& ids) const;

 private:
  std::string before_;  // REST: the path up to `/bug`; XML-RPC: the other members, `,"a":1`
  std::string query_;   // REST: `&` and the rest of the query
};

}  // namespace freshet::bugzilla
