#include "tests/connectors/schedule/workshop.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>

namespace freshet::test {

task_scope::sink workshop::sink() {
  return [this](std::string_view name, std::exception_ptr e) {
    try {
      std::rethrow_exception(e);
    } catch (const std::exception& what) {
      problems.push_back(std::string(name) + ": " + what.what());
    }
  };
}

void workshop::open(const std::string& text, bool guarded, page_store::options options) {
  loaded = config::parse(text);
  for (const auto& p : loaded.problems) ADD_FAILURE() << config::render(p);
  std::vector<config::diagnostic> wrong;
  pages = site::compile(loaded.value.pages, wrong);
  up.emplace(ctx);
  if (guarded)
    for (const auto& u : loaded.value.upstreams)
      guards.push_back(std::make_unique<guarded_upstream>(
          ctx.get_executor(), time, std::make_unique<faked>(*up), u.limits, 1));
  store_hooks hooks;
  hooks.fragment = [](const freshness&) { return std::string("hit"); };
  hooks.work = [this] {
    if (plan) plan->wake();
  };
  hooks.settled = [this](page_ref page) {
    if (desk) desk->settled(page);
  };
  store.emplace(loaded.value, pages, options, std::move(hooks));
  const upstream_caller caller = [this](std::size_t upstream, upstream_request request, lane) {
    return call(upstream, std::move(request));
  };
  refreshes.emplace(loaded.value, *store, caller, time, numbers, wrong);
  for (const auto& p : wrong) ADD_FAILURE() << config::render(p);
  std::vector<guarded_upstream*> breakers;
  for (const auto& g : guards) breakers.push_back(g.get());
  plan.emplace(ctx.get_executor(), time, loaded.value, *store, *refreshes, breakers, sink(),
               numbers);
  miss_desk::doors doors;
  doors.fragment = [](const freshness& f, std::string_view status) {
    static constexpr std::array names{"fresh", "stale", "unverified", "parked"};
    return std::string(names[static_cast<std::size_t>(f.state)]) + " " + std::string(status);
  };
  doors.listed = [this](const page_key&) { return listed_as; };
  doors.comes = [this](page_ref page) { return coming == page; };
  desk.emplace(ctx.get_executor(), time, loaded.value, *store, *refreshes, doors, sink(),
               desk_limits);
  scope.emplace(ctx.get_executor(), sink());
  scope->spawn("scheduler", plan->run());
  settle();
}

asio::awaitable<void> workshop::close_all() {
  co_await desk->close();
  co_await scope->close();
}

void workshop::stop() {
  if (!scope) return;
  std::optional<std::exception_ptr> ended;
  asio::co_spawn(ctx, close_all(), [&](std::exception_ptr e) { ended = e; });
  run_until([&] { return ended.has_value(); });
  settle();
  EXPECT_EQ(plan->running(), 0u);
  EXPECT_EQ(desk->waiting(), 0u);
  EXPECT_EQ(up->up(), 0u) << "a call was left alone";
  EXPECT_THAT(problems, testing::IsEmpty());
  scope.reset();
  desk.reset();
  plan.reset();
}

void workshop::settle() {
  do {
    ctx.restart();
  } while (ctx.poll() > 0);
}

void workshop::advance(std::chrono::nanoseconds by) {
  time.advance(by);
  plan->wake();
  settle();
}

asio::awaitable<result<upstream_answer>> workshop::call(std::size_t upstream,
                                                        upstream_request request) {
  if (upstream < guards.size()) return guards[upstream]->fetch(std::move(request));
  return up->fetch(std::move(request));
}

asio::awaitable<void> workshop::visit_page(page_match at, std::shared_ptr<visit> into) {
  into->got = co_await desk->ask(std::move(at.key), std::move(at.canonical));
}

page_ref workshop::know(std::string_view path) {
  const auto at = pages.find(path);
  EXPECT_EQ(at.what, page_match::outcome::found) << path;
  return store->know(at.key, at.canonical);
}

/// As a session does: the visit ends with its own cancellation.
std::shared_ptr<workshop::visit> workshop::ask(std::string_view path) {
  auto into = std::make_shared<visit>();
  auto on_end = [into](std::exception_ptr e) { into->thrown = e; };
  asio::co_spawn(ctx, visit_page(pages.find(path), into),
                 asio::bind_cancellation_slot(into->leave.slot(), on_end));
  return into;
}

void workshop::mark(std::string_view path, mark_request what) {
  store->mark_page(know(path), what, time.now());
}

page_ref workshop::built(std::string_view path, std::string body) {
  const auto page = know(path);
  const auto before = up->at_once;
  up->at_once = json_answer(std::move(body));
  store->ask(page, lane::visitor, cause::miss, time.now());
  settle();
  up->at_once = before;
  EXPECT_EQ(status(path).state, freshness_state::fresh) << path;
  return page;
}

std::string workshop::content(std::string_view path) {
  const auto found = store->content(store->find(path));
  return found ? std::string(found->body()) : "nothing";
}

freshness workshop::status(std::string_view path) {
  return store->book().status(store->find(path));
}

}  // namespace freshet::test
