#include "connectors/upstream/xmlrpc/xmlrpc_upstream.hpp"

#include <absl/container/flat_hash_map.h>

#include "connectors/heavy/off_loop.hpp"
#include "net/client/client_errc.hpp"

namespace freshet {

namespace asio = boost::asio;
using xmlrpc::rpc_answer;

namespace {

/// Reads an answer wherever there is time for it.
struct reading {
  struct outcome {
    std::vector<rpc_answer> all;
    std::optional<error> failure;
  };
  std::string xml;
  xmlrpc::xml_limits limits;
  bool many = false;

  outcome operator()() {
    outcome out;
    if (many) {
      auto got = xmlrpc::read_answers(std::move(xml), limits);
      if (got)
        out.all = std::move(*got);
      else
        out.failure = got.error();
      return out;
    }
    auto one = xmlrpc::read_answer(std::move(xml), limits);
    if (one)
      out.all.push_back(std::move(*one));
    else
      out.failure = one.error();
    return out;
  }
};

/// Calls without those that stand there already, and which of them each request waits for.
struct joint {
  std::vector<remote_call> calls;
  std::vector<std::vector<std::size_t>> of;  // by request, in the order of its calls

  explicit joint(std::vector<upstream_request>& requests) {
    absl::flat_hash_map<std::string, std::size_t> known;
    for (auto& request : requests) {
      auto& mine = of.emplace_back();
      for (auto& call : request.calls) {
        const auto [at, is_new] = known.emplace(call.method + '\n' + call.arguments, calls.size());
        mine.push_back(at->second);
        if (is_new) calls.push_back(std::move(call));
      }
    }
  }
};

}  // namespace

error xmlrpc_upstream::describe(error e, const std::string& method) const {
  e.detail = std::string(name()) + ": " + method + (e.detail.empty() ? "" : ": " + e.detail);
  return e;
}

xmlrpc::xml_limits xmlrpc_upstream::limits() const {
  xmlrpc::xml_limits out;
  out.bytes = how_.body_max;
  return out;
}

asio::awaitable<result<xmlrpc_upstream::post>> xmlrpc_upstream::send(std::string xml,
                                                                     call_lane lane) {
  upstream_request request;
  request.method = "POST";
  request.target = how_.target;
  request.headers.emplace_back("Content-Type", "text/xml");
  request.body = std::move(xml);
  request.body_max = how_.body_max;
  request.lane = lane;
  auto answer = co_await over_->fetch(std::move(request));
  if (!answer) co_return answer.error();
  // 404 is an answer about a document; here it says that the endpoint is not where it should be.
  if (answer->status != 200) co_return error(status_error(answer->status));
  post out{std::move(answer->body), answer->bytes_received};
  co_return out;
}

asio::awaitable<result<rpc_answer>> xmlrpc_upstream::ask(remote_call call, call_lane lane) {
  auto written = xmlrpc::write_question(call, how_.speaks);
  if (!written) co_return describe(written.error(), call.method);
  auto sent = co_await send(std::move(*written), lane);
  if (!sent) co_return describe(sent.error(), call.method);
  const auto bytes = sent->xml.size();
  reading read{std::move(sent->xml), limits()};
  auto done = co_await off_loop(how_.heavy, bytes, std::move(read));
  if (done.failure) co_return describe(*done.failure, call.method);
  co_return std::move(done.all.front());
}

asio::awaitable<result<std::vector<rpc_answer>>> xmlrpc_upstream::ask_together(
    std::vector<remote_call> calls, call_lane lane) {
  if (calls.size() == 1) {
    auto one = co_await ask(std::move(calls.front()), lane);
    if (!one) co_return one.error();
    std::vector<rpc_answer> all;
    all.push_back(std::move(*one));
    co_return all;
  }
  auto written = xmlrpc::write_questions(calls, how_.speaks);
  if (!written) co_return describe(written.error(), "multiCall");
  auto sent = co_await send(std::move(*written), lane);
  if (!sent) co_return describe(sent.error(), "multiCall");
  const auto bytes = sent->xml.size();
  reading read{std::move(sent->xml), limits(), true};
  auto done = co_await off_loop(how_.heavy, bytes, std::move(read));
  if (done.failure) co_return describe(*done.failure, "multiCall");
  if (done.all.size() != calls.size())
    co_return describe(fail(errc::malformed, std::to_string(done.all.size()) + " answers to " +
                                                 std::to_string(calls.size()) + " calls"),
                       "multiCall");
  co_return std::move(done.all);
}

std::string xmlrpc_upstream::group_of(const upstream_request& request) const {
  return how_.speaks == xmlrpc::dialect::koji && !request.calls.empty() ? "multiCall" : "";
}

asio::awaitable<result<upstream_answer>> xmlrpc_upstream::fetch(upstream_request request) {
  if (request.calls.empty()) co_return co_await over_->fetch(std::move(request));
  if (how_.speaks == xmlrpc::dialect::koji) {
    std::vector<upstream_request> alone;
    alone.push_back(std::move(request));
    auto all = co_await fetch_all(std::move(alone));
    co_return std::move(all.front());
  }
  upstream_answer out;
  out.status = 200;
  for (auto& call : request.calls) {
    const auto method = call.method;
    auto got = co_await ask(std::move(call), request.lane);
    if (!got) co_return got.error();
    if (got->refusal) co_return describe({client_errc::fault, got->refusal->sentence()}, method);
    out.bytes_received += got->json.size();
    out.results.push_back(std::move(got->json));
  }
  co_return out;
}

asio::awaitable<std::vector<result<upstream_answer>>> xmlrpc_upstream::fetch_all(
    std::vector<upstream_request> requests) {
  std::vector<result<upstream_answer>> answers;
  const auto lane = requests.front().lane;
  const joint all(requests);
  auto calls = all.calls;
  const auto got = co_await ask_together(std::move(calls), lane);
  for (const auto& mine : all.of) {
    if (!got) {
      answers.emplace_back(got.error());
      continue;
    }
    upstream_answer out;
    out.status = 200;
    std::optional<error> refused;
    for (const auto at : mine) {
      const auto& each = (*got)[at];
      if (each.refusal && !refused)
        refused = describe({client_errc::fault, each.refusal->sentence()}, all.calls[at].method);
      out.bytes_received += each.json.size();
      out.results.push_back(each.json);
    }
    if (refused)
      answers.emplace_back(std::move(*refused));
    else
      answers.emplace_back(std::move(out));
  }
  co_return answers;
}

}  // namespace freshet
