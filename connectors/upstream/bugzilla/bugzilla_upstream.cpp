#include "connectors/upstream/bugzilla/bugzilla_upstream.hpp"

#include <algorithm>

#include "net/client/client_errc.hpp"

namespace freshet {

namespace asio = boost::asio;
using bugzilla::bug_question;
using bugzilla::bug_rows;

std::string bugzilla_upstream::group_of(const upstream_request& request) const {
  return bug_question::of(request).group;
}

/// What the common answer says of one bug.
result<upstream_answer> bugzilla_upstream::answer_of(const bug_rows& from,
                                                     const bug_question& asked) const {
  upstream_answer out;
  out.status = 200;
  const auto about = std::string(name()) + ": bug " + asked.id;
  if (const auto row = from.bugs.find(asked.id); row != from.bugs.end()) {
    out.bytes_received = row->second.size();
    if (asked.is_rest) {
      out.content_type = "application/json";
      out.body = "{\"bugs\":[" + row->second + "],\"faults\":[]}";
    } else {
      out.results.push_back(row->second);
    }
    return out;
  }
  const auto refused = from.faults.find(asked.id);
  if (refused == from.faults.end()) return error(client_errc::ask_alone, about);
  if (refused->second.is_missing()) {
    out.status = 404;
    return out;
  }
  const xmlrpc::fault why{refused->second.code, refused->second.text};
  return error(client_errc::fault, about + ": " + why.sentence());
}

asio::awaitable<result<bug_rows>> bugzilla_upstream::ask(bug_question like,
                                                         std::vector<std::string> ids,
                                                         upstream_request request) {
  if (like.is_rest) {
    request.target = like.target(ids);
    // Validators of one bug's answer say nothing of a list.
    request.known_etag.clear();
    request.known_modified.clear();
    auto answer = co_await over_->fetch(std::move(request));
    if (!answer) co_return answer.error();
    if (answer->status != 200) co_return error(status_error(answer->status), "a list of bugs");
    co_return bug_rows::parse(answer->body);
  }
  auto answer = co_await over_->ask(like.call(ids), request.lane);
  if (!answer) co_return answer.error();
  if (answer->refusal)
    co_return error(client_errc::fault,
                    std::string(name()) + ": Bug.get: " + answer->refusal->sentence());
  co_return bug_rows::parse(answer->json);
}

asio::awaitable<result<upstream_answer>> bugzilla_upstream::fetch(upstream_request request) {
  auto asked = bug_question::of(request);
  // Alone, REST has the better errors, and any other question is its own.
  if (asked.group.empty() || asked.is_rest) co_return co_await over_->fetch(std::move(request));
  std::vector<std::string> ids{asked.id};
  auto rows = co_await ask(asked, std::move(ids), std::move(request));
  if (!rows) co_return rows.error();
  auto answer = answer_of(*rows, asked);
  if (!answer && answer.error().code == client_errc::ask_alone)
    co_return fail(errc::malformed, answer.error().detail + ": an answer about other bugs");
  co_return answer;
}

asio::awaitable<std::vector<result<upstream_answer>>> bugzilla_upstream::fetch_all(
    std::vector<upstream_request> requests) {
  std::vector<bug_question> asked;
  std::vector<std::string> ids;
  for (const auto& each : requests) {
    asked.push_back(bug_question::of(each));
    if (std::ranges::find(ids, asked.back().id) == ids.end()) ids.push_back(asked.back().id);
  }
  requests.front().body_max *= requests.size();  // the upstream's own bound holds all the same
  auto rows = co_await ask(asked.front(), std::move(ids), std::move(requests.front()));
  std::vector<result<upstream_answer>> answers;
  for (const auto& each : asked) {
    if (rows)
      answers.push_back(answer_of(*rows, each));
    else
      answers.emplace_back(rows.error());
  }
  co_return answers;
}

}  // namespace freshet
