#include "connectors/document/part_question.hpp"

#include <charconv>
#include <string>
#include <utility>

#include "connectors/calls/call_plan.hpp"
#include "core/text/clipped.hpp"

namespace freshet {
namespace {

constexpr std::size_t shown_max = 200;  // bytes of a call in `explain`

// What has no target shows as what it asks.

result<upstream_request> calls_of(const part_recipe& part, const template_lookup& lookup,
                                  upstream_request request) {
  const template_lookup quoted = [&lookup](const placeholder& p) {
    auto value = lookup(p);
    if (value && value->json.empty()) value->text = call_plan::quoted(std::move(value->text));
    return value;
  };
  auto call = part.call->expand(quoted);
  if (!call) return call.error();
  request.method = "call";
  request.target = clipped(*call, shown_max);
  request.call = std::move(*call);
  return request;
}

result<upstream_request> run_of(const part_recipe& part, const template_lookup& lookup,
                                upstream_request request) {
  request.method = "run";
  for (const auto& word : part.run) {
    if (const auto* wanted = std::get_if<placeholder>(&word)) {
      auto value = look_up(*wanted, lookup);
      if (!value) return value.error();
      request.run.push_back(std::move(value->text));
    } else {
      request.run.push_back(std::get<std::string>(word));
    }
    request.target += (request.target.empty() ? "" : " ") + request.run.back();
  }
  request.target = std::string(clipped(request.target, shown_max));
  return request;
}

/// Nothing for a parameter that was not given.
result<std::optional<std::size_t>> rows_of(const row_number& wanted,
                                           const template_lookup& lookup) {
  if (!wanted.wanted) return std::optional(wanted.fixed);
  auto value = lookup(*wanted.wanted);
  if (!value) return value.error();
  if (value->text.empty()) return std::optional<std::size_t>();
  std::size_t rows = 0;
  const auto* end = value->text.data() + value->text.size();
  const auto read = std::from_chars(value->text.data(), end, rows);
  if (read.ec == std::errc{} && read.ptr == end) return std::optional(rows);
  return fail(errc::malformed, wanted.wanted->text() + ": expected a number of rows from 0");
}

}  // namespace

result<upstream_request> question_of(const part_recipe& part, const template_lookup& lookup) {
  upstream_request request;
  request.method = part.method;
  request.headers = part.headers;
  request.body = part.body;
  request.body_max = part.answer_max;
  request.redirects = part.redirects;
  if (part.call) return calls_of(part, lookup, std::move(request));
  if (!part.run.empty()) return run_of(part, lookup, std::move(request));
  auto target = part.target.expand(lookup);
  if (!target) return target.error();
  request.target = std::move(*target);
  if (part.json) {
    auto body = part.json->expand(lookup);
    if (!body) return body.error();
    request.body = std::move(*body);
    request.headers.emplace_back("Content-Type", "application/json");
  }
  return request;
}

result<shape_request> rows_wanted(const part_recipe& part, std::size_t max_size,
                                  const template_lookup& lookup) {
  shape_request out{part.shape, {}, {}, max_size};
  for (const auto& [wanted, into] :
       {std::pair(&part.skip, &out.skip), std::pair(&part.limit, &out.limit)}) {
    if (!*wanted) continue;
    auto rows = rows_of(**wanted, lookup);
    if (!rows) return rows.error();
    *into = *rows;
  }
  return out;
}

}  // namespace freshet
