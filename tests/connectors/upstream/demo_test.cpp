#include "connectors/bus/demo/demo_bus.hpp"
#include "connectors/upstream/demo/demo_upstream.hpp"
#include "core/async/task_scope.hpp"
#include "tests/support/drive.hpp"
#include "tests/support/run.hpp"

namespace freshet {
namespace {

asio::awaitable<void> close(task_scope* scope) { co_await scope->close(); }
asio::awaitable<void> get(demo_upstream* up, std::string target, upstream_answer* out) {
  upstream_request request;
  request.target = std::move(target);
  *out = (co_await up->fetch(std::move(request))).value();
}

TEST(DemoWorld, EveryEventChangesADocumentThatIsValidJson) {
  asio::io_context ctx(1);
  manual_clock time;
  auto world = std::make_shared<demo_world>(1);
  const auto whole = [&] {
    std::string all;
    for (const auto& name : world->names()) {
      for (const auto* kind : {"/builds/", "/bugs/", "/updates/"})
        all += *world->document(kind + name);
    }
    return all;
  };
  config::bus_settings settings;
  settings.name = "demo";
  settings.rate = 100'000;
  int events = 0, drops = 0, unchanged = 0;
  auto before = whole();
  // The clock stands still: what happens within a second is told, too.
  auto on_event = [&](const event& e) {
    ++events;
    const auto after = whole();
    unchanged += after == before ? 1 : 0;
    before = after;
    EXPECT_TRUE(e.msg && !e.id.empty() && e.time == time.wall_now());
  };
  demo_bus bus(settings, world, time, on_event, [&](std::string_view) { ++drops; });
  task_scope scope(ctx.get_executor(), [](std::string_view, std::exception_ptr) { FAIL(); });
  scope.spawn("bus", bus.run());
  ASSERT_TRUE(test::drive(ctx, [&] { return events >= 3; })) << "they come by themselves";
  // Each compares the whole world with the one before: how many of them a second brings is the
  // machine's business.
  while (events < 1000) bus.happen();
  EXPECT_EQ(drops, 0);
  EXPECT_EQ(unchanged, 0);
  test::run(ctx, close(&scope));

  demo_upstream up("koji", world, std::chrono::nanoseconds{1}, 1);
  upstream_answer answer;
  simdjson::dom::parser parser;
  for (const auto* target : {"/packages", "/builds/guake?x=1", "/bugs/pcp", "/updates/kernel"}) {
    test::run(ctx, get(&up, target, &answer));
    EXPECT_EQ(answer.status, 200u);
    EXPECT_EQ(parser.parse(answer.body).error(), simdjson::SUCCESS) << answer.body;
  }
  test::run(ctx, get(&up, "/builds/nothing", &answer));
  EXPECT_EQ(answer.status, 404u);
}

}  // namespace
}  // namespace freshet
