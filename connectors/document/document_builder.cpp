#include "connectors/document/document_builder.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/experimental/parallel_group.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "connectors/document/body_work.hpp"
#include "connectors/document/page_walk.hpp"
#include "connectors/document/part_question.hpp"
#include "connectors/heavy/off_loop.hpp"
#include "connectors/upstream/limits/retry.hpp"
#include "core/json/slices.hpp"
#include "net/client/client_errc.hpp"
#include "net/http/answer/entry_builder.hpp"
#include "net/http/answer/problem.hpp"

namespace freshet {
namespace {

namespace asio = boost::asio;

/// The state of one build; lives in build_document's frame, which awaits every part before it ends.
class build {
 public:
  build(const page_recipe& recipe, const page_class& of, const page_key& key, std::string old_body,
        lane in, const upstream_caller& call, const clock& time, worker_thread* heavy)
      : recipe_(recipe),
        class_(of),
        key_(key),
        old_body_(std::move(old_body)),
        lane_(in),
        call_(call),
        time_(time),
        heavy_(heavy),
        fresh_(recipe.parts.size()) {}

  asio::awaitable<void> run_part(std::size_t index);
  asio::awaitable<built_document> finish(part_mask wanted);
  /// The first part said that there is no such page.
  bool is_negative() const {
    const auto& first = fresh_.front();
    return first.ended && !first.failure && (first.status == 404 || first.status == 410);
  }

  part_mask pending = 0;

 private:
  struct outcome {
    bool ended = false;
    bool unchanged = false;  // the old bytes still hold
    unsigned status = 0;
    std::string raw;
    std::array<char, 32> etag{};  // of raw, when it is the page
    std::optional<error> failure;
    std::size_t all = 0, shown = 0;  // rows
  };

  result<template_value> look_up(const placeholder& wanted) const;
  asio::awaitable<result<upstream_answer>> ask(std::size_t index, upstream_request request);
  asio::awaitable<void> run_pages(std::size_t index, upstream_request first, shape_request shape);
  asio::awaitable<void> take(std::size_t index, result<upstream_answer> answer,
                             shape_request shape);
  void accept(std::size_t index, body_check::outcome checked);
  bool is_new(std::size_t index) const {
    return fresh_[index].ended && !fresh_[index].failure && !fresh_[index].unchanged;
  }
  std::string_view raw_of(std::size_t index) const;
  void put_counts(std::size_t index, assembly& into) const;
  unsigned judge(part_mask wanted);
  assembly pieces();
  void take_whole(assembly::outcome made);

  const page_recipe& recipe_;
  const page_class& class_;
  const page_key& key_;
  std::string old_body_;
  lane lane_;
  const upstream_caller& call_;
  const clock& time_;
  worker_thread* heavy_;
  std::vector<outcome> fresh_;
  built_document out_;
};

/// What is left of `whole` behind `start`; nothing when it leads elsewhere. A pointer has one
/// spelling, so texts can be compared; what goes on in the middle of a step has no slash.
std::optional<json::pointer> below(const json::pointer& start, const json::pointer& whole) {
  const std::string_view text = whole.text();
  if (!text.starts_with(start.text())) return std::nullopt;
  auto rest = json::pointer::parse(text.substr(start.text().size()));
  return rest ? std::optional(std::move(*rest)) : std::nullopt;
}

result<template_value> build::look_up(const placeholder& wanted) const {
  if (!wanted.name.empty()) {
    const auto index = class_.index_of(wanted.name);
    if (!index) return fail(errc::missing, wanted.text());
    const auto& text = key_.values[*index];
    return template_value{text, class_.parameters()[*index].is_integer() ? text : std::string()};
  }
  for (std::size_t i = 0; i < recipe_.parts.size(); ++i) {
    const auto inside = below(recipe_.parts[i].into, wanted.at);
    if (!inside) continue;
    const auto raw = raw_of(i);
    // Without what it hangs on it would be another question: everybody's bugs, say.
    if (raw.empty() && fresh_[i].failure) return *fresh_[i].failure;
    return value_of(json::slice_at(raw, *inside), wanted.text());
  }
  return template_value{};
}

asio::awaitable<result<upstream_answer>> build::ask(std::size_t index, upstream_request request) {
  call_record record{index, request.method + " " + request.target, 0, 0, {}, {}, time_.wall_now()};
  const auto began = time_.now();
  auto answer = co_await call_(recipe_.parts[index].upstream, std::move(request), lane_);
  record.took = time_.now() - began;
  if (answer) {
    record.status = answer->status;
    record.bytes = answer->bytes_received;
  } else {
    record.status = status_of(answer.error().code);
    record.failure = answer.error().text();
  }
  out_.calls.push_back(std::move(record));
  co_return answer;
}

asio::awaitable<void> build::run_part(std::size_t index) {
  const auto& part = recipe_.parts[index];
  const template_lookup lookup = [this](const placeholder& p) { return look_up(p); };
  auto request = question_of(part, lookup);
  auto shape = rows_wanted(part, recipe_.max_size, lookup);
  if (request)
    request->lane = lane_ == lane::visitor ? call_lane::visitor
                    : lane_ == lane::sweep ? call_lane::sweep
                                           : call_lane::background;
  if (!request || !shape) {
    fresh_[index].failure = request ? shape.error() : request.error();
  } else if (part.paging) {
    co_await run_pages(index, std::move(*request), std::move(*shape));
  } else {
    // Only one answer: that the first of many pages is as it was says nothing of the others.
    request->may_be_unchanged = request->method == "GET";
    auto answer = co_await ask(index, std::move(*request));
    co_await take(index, std::move(answer), std::move(*shape));
  }
  fresh_[index].ended = true;
}

void build::accept(std::size_t index, body_check::outcome checked) {
  auto& part = fresh_[index];
  part.failure = std::move(checked.failure);
  part.raw = std::move(checked.body);
  part.etag = checked.etag;
  part.all = checked.all;
  part.shown = checked.shown;
}

asio::awaitable<void> build::take(std::size_t index, result<upstream_answer> answer,
                                  shape_request shape) {
  auto& part = fresh_[index];
  if (!answer) {
    part.failure = answer.error();
    co_return;
  }
  part.status = answer->status;
  if (part.status == 404 || part.status == 410) co_return;
  if (part.status == 304) {
    part.unchanged = true;
    if (old_body_.empty()) part.failure = fail(errc::missing, "304 for an answer that is not here");
    co_return;
  }
  const auto bytes = answer->body.size();
  const auto& recipe = recipe_.parts[index];
  body_check check{std::move(answer->body), recipe.answer_max, recipe_.is_json,
                   recipe_.is_one_answer(), recipe.expect,     std::move(shape)};
  auto checked = co_await off_loop(heavy_, bytes, std::move(check));
  accept(index, std::move(checked));
}

/// Page after page, then all of them as one. A page that is not there is an end for the first only.
asio::awaitable<void> build::run_pages(std::size_t index, upstream_request whole,
                                       shape_request shape) {
  const auto& recipe = recipe_.parts[index];
  auto& part = fresh_[index];
  page_walk walk(*recipe.paging, recipe.answer_max);
  std::vector<std::string> pages;
  std::optional<upstream_request> next = walk.first(std::move(whole));
  while (next) {
    next->body_max = walk.bytes_left();
    auto answer = co_await ask(index, std::move(*next));
    if (!answer) {
      part.failure = answer.error();
      co_return;
    }
    part.status = answer->status;
    if (part.status == 404 || part.status == 410) {
      if (!pages.empty())
        part.failure =
            error(status_error(part.status), fmt::format("page {} of an answer", pages.size() + 1));
      co_return;
    }
    const auto bytes = answer->body.size();
    page_check check{std::move(answer->body),
                     recipe.answer_max,
                     recipe.expect,
                     recipe.paging,
                     shape.how->from.value_or(json::pointer()),
                     std::move(answer->at),
                     std::move(answer->link)};
    auto checked = co_await off_loop(heavy_, bytes, std::move(check));
    part.failure = std::move(checked.failure);
    if (part.failure) co_return;
    auto turned = walk.after(checked.facts);
    if (!turned) part.failure = turned.error();
    if (part.failure) co_return;
    pages.push_back(std::move(checked.body));
    next = std::move(*turned);
  }
  const auto bytes = recipe.answer_max - walk.bytes_left();
  page_join join{std::move(pages), std::move(shape), recipe_.is_one_answer()};
  auto joined = co_await off_loop(heavy_, bytes, std::move(join));
  accept(index, std::move(joined));
}

/// The newest good bytes of a part: of this build, else those of the page as it stands.
std::string_view build::raw_of(std::size_t index) const {
  if (is_new(index)) return fresh_[index].raw;
  return json::slice_at(old_body_, recipe_.parts[index].into);
}

/// Notes what became of the parts. The page's status; 0 when there is nothing to show.
unsigned build::judge(part_mask wanted) {
  for (std::size_t i = 0; i < fresh_.size(); ++i) {
    if (((wanted >> i) & 1u) == 0) continue;
    auto& part = fresh_[i];
    (part.failure ? out_.bad : out_.good) |= 1u << i;
    if (!part.failure) continue;
    if (!out_.failure) out_.failure = std::make_shared<error>(*part.failure);
    out_.upstream_trouble |= upstream_failed(*part.failure);
    out_.retry_after = std::max(out_.retry_after, retry_after_of(part.failure->code));
  }
  const bool first_is_new = (out_.good & 1u) != 0;
  if (first_is_new && (fresh_[0].status == 404 || fresh_[0].status == 410)) return fresh_[0].status;
  if (out_.good == 0) return 0;
  // Without an old page, a part that is not optional must be there: half a page is not a page.
  for (std::size_t i = 0; i < fresh_.size(); ++i)
    if (old_body_.empty() && fresh_[i].failure && !recipe_.parts[i].optional) return 0;
  return 200;
}

/// How many rows a part has; null where the part is.
void build::put_counts(std::size_t index, assembly& into) const {
  const auto& shape = recipe_.parts[index].shape;
  if (!shape) return;
  const auto& part = fresh_[index];
  const bool fetched = is_new(index);
  const auto put = [&](const std::optional<json::pointer>& at, std::size_t count) {
    if (!at) return;
    const auto text = part.raw.empty() ? std::string() : std::to_string(count);
    into.pieces.push_back({*at, fetched ? text : std::string(), !fetched});
  };
  put(shape->count_all, part.all);
  put(shape->count_shown, part.shown);
}

/// The newest good bytes of every part, taken out of this build.
assembly build::pieces() {
  assembly out;
  bool any_old = false;
  for (std::size_t i = 0; i < fresh_.size(); ++i) {
    const bool fetched = is_new(i);
    any_old |= !fetched;
    put_counts(i, out);
    out.pieces.push_back(
        {recipe_.parts[i].into, fetched ? std::move(fresh_[i].raw) : std::string(), !fetched});
  }
  const template_lookup lookup = [this](const placeholder& p) { return look_up(p); };
  for (const auto& [at, text] : recipe_.puts) {
    auto made = text.expand(lookup);  // of parameters only: it cannot fail
    out.pieces.push_back({at, made ? std::move(*made) : std::string(), false});
  }
  if (any_old) out.old_body = std::move(old_body_);
  return out;
}

/// Parts that are small enough alone may be too much together.
void build::take_whole(assembly::outcome made) {
  if (made.body.size() <= recipe_.max_size) {
    out_.body = std::move(made.body);
    out_.etag = made.etag;
    return;
  }
  out_.status = 0;
  out_.bad |= std::exchange(out_.good, 0);
  out_.failure = std::make_shared<error>(
      fail(errc::out_of_range, fmt::format("a document of {} bytes, where max_size is {}",
                                           made.body.size(), recipe_.max_size)));
}

asio::awaitable<built_document> build::finish(part_mask wanted) {
  out_.status = judge(wanted);
  const auto unchanged = [&](const outcome& part) {
    const auto index = static_cast<unsigned>(&part - fresh_.data());
    return ((wanted >> index) & 1u) == 0 || (part.unchanged && !part.failure);
  };
  if (out_.status == 200 && std::ranges::all_of(fresh_, unchanged)) {
    out_.unchanged = true;
    out_.body = std::move(old_body_);
    co_return std::move(out_);
  }
  if (out_.status == 200 && recipe_.is_one_answer()) {
    out_.body = std::move(fresh_[0].raw);
    out_.etag = fresh_[0].etag;
  } else if (out_.status == 200) {
    auto parts = pieces();
    const auto bytes = parts.bytes();
    auto made = co_await off_loop(heavy_, bytes, std::move(parts));
    take_whole(std::move(made));
  } else if (out_.status != 0) {
    out_.etag = http::content_etag(negative_body(out_.status));
  }
  co_return std::move(out_);
}

asio::awaitable<void> run_group(build* state, std::vector<std::size_t> parts) {
  if (parts.size() == 1) co_return co_await state->run_part(parts.front());
  auto ex = co_await asio::this_coro::executor;
  using operation = decltype(asio::co_spawn(ex, state->run_part(0), asio::deferred));
  std::vector<operation> operations;
  for (const auto index : parts)
    operations.push_back(asio::co_spawn(ex, state->run_part(index), asio::deferred));
  auto group = asio::experimental::make_parallel_group(std::move(operations));
  auto [order, failures] =
      co_await std::move(group).async_wait(asio::experimental::wait_for_all(), asio::use_awaitable);
  for (const auto& failure : failures)
    if (failure) std::rethrow_exception(failure);
}

}  // namespace

std::string negative_body(unsigned status) {
  http::problem p;
  p.status = static_cast<std::uint16_t>(status);
  p.title = status == 410 ? "this page is gone" : "there is no such page";
  p.detail = "The upstream of this page says so.";
  return http::problem_text(p);
}

asio::awaitable<built_document> build_document(const page_recipe* recipe, const page_class* of,
                                               page_key key, std::string old_body, part_mask parts,
                                               lane in, const upstream_caller* call,
                                               const clock* time, worker_thread* heavy) {
  build state(*recipe, *of, key, std::move(old_body), in, *call, *time, heavy);
  const auto wanted = parts & recipe->all();
  auto pending = wanted;
  while (pending != 0) {
    std::vector<std::size_t> ready;
    for (std::size_t i = 0; i < recipe->parts.size(); ++i)
      if (((pending >> i) & 1u) != 0 && (recipe->parts[i].needs & pending) == 0) ready.push_back(i);
    for (const auto index : ready) pending &= ~(1u << index);
    co_await run_group(&state, std::move(ready));
    if (state.is_negative()) break;  // what hangs on it need not be asked
  }
  co_return co_await state.finish(wanted);
}

}  // namespace freshet
