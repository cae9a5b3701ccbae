#include "app/bench/freshness/whole_freshet.hpp"

#include <boost/asio/co_spawn.hpp>
#include <stdexcept>

#include "app/bench/freshness/world_doors.hpp"
#include "connectors/bus/fedmsg/message_decoder.hpp"
#include "connectors/catchup/bus_doubts.hpp"
#include "connectors/catchup/stream_keeper.hpp"
#include "connectors/ingest/ingest.hpp"
#include "connectors/refresh/refresher.hpp"
#include "connectors/rules/bus_reach.hpp"
#include "connectors/schedule/miss_desk.hpp"
#include "connectors/schedule/scheduler.hpp"
#include "connectors/schedule/verify_round.hpp"
#include "connectors/upstream/limits/guarded_upstream.hpp"
#include "core/config/load.hpp"

namespace freshet::app {
namespace {

using namespace std::chrono_literals;

/// Times of an hour are those that the world decides.
constexpr std::string_view world_toml = R"(
[bus.world]
kind = "zmq"
connect = "tcp://127.0.0.1:1"
expect_every = "1m"
catch_up = { kind = "datagrepper", url = "http://127.0.0.1:1/raw", max_age = "1h", overlap = "30s" }
[upstream.builds]
kind = "http"
url = "http://127.0.0.1:1"
limits = { concurrency = 8, timeout = "1h", retries = 0 }
[upstream.bugs]
kind = "http"
url = "http://127.0.0.1:1"
limits = { concurrency = 8, timeout = "1h", retries = 0 }
[upstream.updates]
kind = "http"
url = "http://127.0.0.1:1"
limits = { concurrency = 8, timeout = "1h", retries = 0 }
[page.builds]
path = "/packages/{package}/builds.json"
fetch = { upstream = "builds", get = "/{package}" }
on = { topic = "org.fedoraproject.prod.builds.changed", set = { package = "/msg/package" } }
wait = "1h"
sweep = "30m"
[page.bugs]
path = "/packages/{package}/bugs.json"
fetch = { upstream = "bugs", get = "/{package}" }
on = { topic = "org.fedoraproject.prod.bugs.changed", set = { package = "/msg/package" } }
wait = "1h"
sweep = "30m"
[page.updates]
path = "/packages/{package}/updates.json"
fetch = { upstream = "updates", get = "/{package}" }
on = { topic = "org.fedoraproject.prod.updates.changed", set = { package = "/msg/package" } }
wait = "1h"
sweep = "30m"
)";

config::settings world_settings() {
  auto loaded = config::parse(world_toml, "the world's configuration");
  std::string wrong;
  for (const auto& each : loaded.problems) wrong += config::render(each);
  if (!wrong.empty()) throw std::logic_error(wrong);
  return std::move(loaded.value);
}

class whole_freshet final : public strategy {
 public:
  whole_freshet(std::uint64_t seed, world& in);
  ~whole_freshet() override;

  std::string_view name() const override { return "freshet"; }
  void heard(const bus_message& message) override;
  void visit(std::size_t page, shown then) override;
  std::optional<edition> shows(std::size_t page) const override;
  bool warns(std::size_t page) const override;
  std::optional<mono_time> next_due() const override { return store_->next_due(); }
  void go_on() override;

 private:
  static std::string path_of(std::size_t page);
  void make_store(std::uint64_t seed);
  void make_bus(std::uint64_t seed);
  void each_second();
  void verify_from(mono_time when);
  void go_on_verifying();
  void settle();
  asio::awaitable<void> wait_for(page_match at, std::shared_ptr<shown> then);
  asio::awaitable<void> close();
  task_scope::sink rethrow();

  world& world_;
  const clock& time_;
  const config::settings settings_ = world_settings();
  site pages_;
  metrics counts_;
  asio::io_context loop_{1};
  std::vector<std::unique_ptr<guarded_upstream>> upstreams_;
  std::optional<page_store> store_;
  std::optional<rule_table> rules_;
  std::optional<refresher> refreshes_;
  std::optional<scheduler> scheduler_;
  std::optional<miss_desk> desk_;
  std::optional<ingest> ingest_;
  message_decoder decoder_{"world", 1u << 20};
  std::optional<world_bus> bus_;
  std::optional<bus_doubts> doubts_;
  std::optional<stream_keeper> keeper_;
  std::optional<verify_round> verifying_;
  unsigned verifications_ = 0;  // steps, of which only the newest goes on
  std::exception_ptr broken_;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
  task_scope running_;
};

task_scope::sink whole_freshet::rethrow() {
  return [this](std::string_view, std::exception_ptr e) { broken_ = e; };
}

whole_freshet::whole_freshet(std::uint64_t seed, world& in)
    : world_(in), time_(in.time().time()), running_(loop_.get_executor(), rethrow()) {
  make_store(seed);
  make_bus(seed);
  running_.spawn("scheduler", scheduler_->run());
  each_second();
  settle();
}

void whole_freshet::make_store(std::uint64_t seed) {
  std::vector<config::diagnostic> wrong;
  pages_ = site::compile(settings_.pages, wrong);
  std::vector<guarded_upstream*> guards;
  for (std::size_t i = 0; i < settings_.upstreams.size(); ++i) {
    upstreams_.push_back(std::make_unique<guarded_upstream>(
        loop_.get_executor(), time_, std::make_unique<world_upstream>(loop_, world_, i),
        settings_.upstreams[i].limits, seed));
    guards.push_back(upstreams_.back().get());
  }
  store_hooks hooks;
  hooks.fragment = [](const freshness&) { return std::string(); };
  hooks.settled = [this](page_ref page) {
    if (desk_) desk_->settled(page);
  };
  hooks.work = [this] {
    if (scheduler_) scheduler_->wake();
  };
  page_store::options options;
  options.seed = seed;
  store_.emplace(settings_, pages_, options, std::move(hooks));
  const upstream_caller call = [this](std::size_t upstream, upstream_request request, lane) {
    return upstreams_[upstream]->fetch(std::move(request));
  };
  refreshes_.emplace(settings_, *store_, call, time_, counts_, wrong);
  scheduler_.emplace(loop_.get_executor(), time_, settings_, *store_, *refreshes_,
                     std::move(guards), rethrow(), counts_);
  miss_desk::doors doors;
  doors.fragment = [](const freshness&, std::string_view) { return std::string(); };
  desk_.emplace(loop_.get_executor(), time_, settings_, *store_, *refreshes_, std::move(doors),
                rethrow(), miss_desk::limits{});
  rules_.emplace(settings_, pages_, counts_, wrong);
  for (const auto& each : wrong) throw std::logic_error(config::render(each));
}

void whole_freshet::make_bus(std::uint64_t seed) {
  ingest_.emplace(settings_, *store_, *rules_, time_, counts_);
  bus_.emplace(world_);
  stream_keeper::hooks hooks;
  hooks.apply = [this](const event& e) { return ingest_->take_history(0, e); };
  doubts_.emplace(*store_, reach_of_bus(settings_, 0));
  hooks.doubt = [this](gap_cause) {
    doubts_->doubt();
    verify_from(time_.now());
  };
  hooks.suspect = [this](bool that) { that ? doubts_->suspect() : doubts_->clear(); };
  keeper_.emplace(stream_keeper::environment{loop_.get_executor(), time_, counts_, running_, seed},
                  settings_.buses[0], *bus_, std::make_unique<world_history>(world_),
                  std::move(hooks));
}

asio::awaitable<void> whole_freshet::close() {
  co_await desk_->close();
  co_await running_.close();
}

whole_freshet::~whole_freshet() {
  *alive_ = false;
  bool closed = false;
  asio::co_spawn(loop_, close(), [&closed](std::exception_ptr) { closed = true; });
  while (!closed) settle();
  settle();
}

void whole_freshet::settle() {
  do {
    loop_.restart();
  } while (loop_.poll() > 0);
  if (broken_) std::rethrow_exception(std::exchange(broken_, nullptr));
}

void whole_freshet::go_on() {
  scheduler_->wake();
  settle();
}

void whole_freshet::each_second() {
  ingest_->watch_silence();
  keeper_->tick();
  world_.time().in(1s, [this, alive = std::weak_ptr<bool>(alive_)] {
    if (const auto is = alive.lock(); is && *is) each_second();
  });
}

/// The verifier without its timer. A doubt that comes meanwhile begins the round anew.
void whole_freshet::verify_from(mono_time when) {
  verifying_.emplace(settings_, *store_, when);
  go_on_verifying();
}

void whole_freshet::go_on_verifying() {
  const auto next = verifying_ ? verifying_->step(time_.now()) : std::nullopt;
  if (!next) return verifying_.reset();
  const auto soon = time_.now() + 1ms;
  world_.time().at(std::max(*next, soon), [this, round = ++verifications_] {
    if (round == verifications_) go_on_verifying();
  });
}

void whole_freshet::heard(const bus_message& message) {
  const auto decoded = decoder_.decode_frames(message.topic, message.text);
  if (!decoded) throw std::logic_error("the world says what cannot be read");
  const bool first = ingest_->take(0, decoded.value);
  keeper_->heard(decoded.value, !first);
}

std::string whole_freshet::path_of(std::size_t page) {
  return "/packages/" + world::package_of(page) + "/" + world::kinds[world::kind_of(page)] +
         ".json";
}

/// As a session does: what is there is shown, and home hears of it when the page waits for that.
void whole_freshet::visit(std::size_t page, shown then) {
  auto at = pages_.find(path_of(page));
  const auto ref = store_->find(at.canonical);
  if (const auto* slot = ref == no_page ? nullptr : store_->slot_of(ref)) {
    slot->touch();
    const auto* now_shown = slot->current.load(std::memory_order_acquire);
    if (now_shown != nullptr && now_shown->content) {
      const auto is = edition_in(now_shown->content->body());
      if (now_shown->tell_home.take()) store_->visited(ref, time_.now());
      return then(is);
    }
  }
  const auto answer = std::make_shared<strategy::shown>(std::move(then));
  world_.time().in(patience, [answer] {
    if (*answer) std::exchange(*answer, nullptr)({});
  });
  running_.spawn("visit", wait_for(std::move(at), answer));
}

asio::awaitable<void> whole_freshet::wait_for(page_match at, std::shared_ptr<shown> then) {
  const auto got = co_await desk_->ask(std::move(at.key), std::move(at.canonical));
  if (!*then) co_return;  // he has left
  std::optional<edition> is;
  if (got.shown.content) is = edition_in(got.shown.content->body());
  std::exchange(*then, nullptr)(is);
}

std::optional<edition> whole_freshet::shows(std::size_t page) const {
  const auto ref = store_->find(path_of(page));
  const auto is = ref == no_page ? nullptr : store_->content(ref);
  return is ? edition_in(is->body()) : std::nullopt;
}

bool whole_freshet::warns(std::size_t page) const {
  const auto ref = store_->find(path_of(page));
  return ref != no_page && store_->book().state(ref) != freshness_state::fresh;
}

}  // namespace

std::unique_ptr<strategy> make_freshet(std::uint64_t seed, world& in) {
  return std::make_unique<whole_freshet>(seed, in);
}

}  // namespace freshet::app
