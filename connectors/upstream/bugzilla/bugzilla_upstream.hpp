#pragma once

#include <memory>

#include "connectors/upstream/bugzilla/bug_question.hpp"
#include "connectors/upstream/bugzilla/bug_rows.hpp"
#include "connectors/upstream/xmlrpc/xmlrpc_upstream.hpp"

namespace freshet {

/// A Bugzilla: REST by `get`, XML-RPC by `call`. Questions for one bug each that ask for the same
/// fields share a call, and the answer is taken apart again.
///
/// Shape:    `GET .../bug/1` and its like become `.../bug?id=1,2,3`, and each gets
///           {"bugs":[...],"faults":[]}; `Bug.get` with one id becomes one with all, and each gets
///           its bug. A bug that the common answer does not speak of is asked for alone, so that
///           what is refused has Bugzilla's own reason; one that a permissive answer says is not
///           there is a 404. Everything else goes as it is.
/// Errors:   xmlrpc_upstream's; fault for a bug that is refused; ask_alone.
/// Lifetime: as upstream.
/// Threads:  home loop only.
class bugzilla_upstream final : public upstream {
 public:
  explicit bugzilla_upstream(std::unique_ptr<xmlrpc_upstream> over) : over_(std::move(over)) {}

  std::string_view name() const override { return over_->name(); }
  boost::asio::awaitable<result<upstream_answer>> fetch(upstream_request request) override;
  std::string group_of(const upstream_request& request) const override;
  boost::asio::awaitable<std::vector<result<upstream_answer>>> fetch_all(
      std::vector<upstream_request> requests) override;

 private:
  boost::asio::awaitable<result<bugzilla::bug_rows>> ask(bugzilla::bug_question like,
                                                         std::vector<std::string> ids,
                                                         upstream_request request);
  result<upstream_answer> answer_of(const bugzilla::bug_rows& from,
                                    const bugzilla::bug_question& asked) const;

  std::unique_ptr<xmlrpc_upstream> over_;
};

}  // namespace freshet
