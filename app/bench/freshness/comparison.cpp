#include "app/bench/freshness/comparison.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "app/bench/freshness/caches.hpp"
#include "app/bench/freshness/whole_freshet.hpp"

namespace freshet::app {
namespace {

using namespace std::chrono_literals;
using std::chrono::nanoseconds;

/// One strategy in one world, and what is measured of it.
class life {
 public:
  life(std::uint64_t seed, const world_shape& shape, const strategy_maker& make)
      : world_(seed, shape), last_(world_.time().now()) {
    lived_ = make(seed, world_);
    score_.strategy = lived_->name();
    world_.begin({[this](const bus_message& m) { lived_->heard(m); },
                  [this](std::size_t page) { visit(page); }});
  }

  freshness_score run() {
    go_on_until(world_.active_until());
    metering_ = false;
    go_on_until(world_.quiet_until());
    visit_all();
    return std::move(score_);
  }

 private:
  void visit(std::size_t page) {
    ++score_.visits;
    const auto came = world_.time().now();
    lived_->visit(page, [this, page, came](std::optional<edition> is) {
      const auto waited = world_.time().now() - came;
      if (waited > 0ns) score_.waits.push_back(waited);
      if (!is) ++score_.failed;
      if (is && *is != world_.truth(page)) ++score_.shown_wrong;
    });
  }

  /// Nobody has to come for a page to be right; but a cache that only learns from visitors may
  /// learn from the first of two.
  void visit_all() {
    std::vector<bool> right(world_.pages(), false);
    for (int time = 0; time < 2; ++time) {
      right.assign(world_.pages(), false);
      for (std::size_t page = 0; page < world_.pages(); ++page)
        lived_->visit(page, [this, page, &right](std::optional<edition> is) {
          right[page] = is == world_.truth(page);
        });
      go_on_until(world_.time().now() + 60s);
    }
    score_.wrong_for_ever += static_cast<std::uint64_t>(std::ranges::count(right, false));
    score_.upstream_calls = world_.calls();
    std::ranges::sort(score_.waits);
  }

  void go_on_until(mono_time end) {
    auto& agenda = world_.time();
    for (;;) {
      const auto due = lived_->next_due();
      const bool own = due && *due > agenda.now() && (agenda.empty() || *due < agenda.next());
      if (own && *due <= end) {
        meter(*due);
        agenda.pass_to(*due);
      } else if (!agenda.empty() && agenda.next() <= end) {
        meter(agenda.next());
        agenda.go_on();
      } else {
        break;
      }
      lived_->go_on();
      look();
    }
    meter(end);
    agenda.pass_to(end);
  }

  /// What is true of pages since the last step was so until `now`.
  void meter(mono_time now) {
    const auto passed = now - last_;
    last_ = now;
    if (!metering_ || passed <= 0ns) return;
    score_.wrong += passed * wrong_now_;
    score_.unsaid += passed * unsaid_now_;
  }

  void look() {
    wrong_now_ = unsaid_now_ = 0;
    for (std::size_t page = 0; page < world_.pages(); ++page) {
      const auto is = lived_->shows(page);
      if (!is || *is == world_.truth(page)) continue;
      ++wrong_now_;
      if (!lived_->warns(page)) ++unsaid_now_;
    }
  }

  world world_;
  std::unique_ptr<strategy> lived_;
  freshness_score score_;
  mono_time last_;
  bool metering_ = true;
  int wrong_now_ = 0, unsaid_now_ = 0;
};

double seconds(nanoseconds t) { return std::chrono::duration<double>(t).count(); }

}  // namespace

void freshness_score::add(const freshness_score& other) {
  strategy = other.strategy;
  wrong += other.wrong;
  unsaid += other.unsaid;
  wrong_for_ever += other.wrong_for_ever;
  upstream_calls += other.upstream_calls;
  visits += other.visits;
  shown_wrong += other.shown_wrong;
  failed += other.failed;
  waits.insert(waits.end(), other.waits.begin(), other.waits.end());
  std::ranges::sort(waits);
}

nanoseconds freshness_score::waited() const {
  return std::accumulate(waits.begin(), waits.end(), nanoseconds{0});
}

/// Of those who waited.
nanoseconds freshness_score::wait_p99() const {
  if (waits.empty()) return nanoseconds{0};
  return waits[(waits.size() * 99 + 99) / 100 - 1];
}

std::vector<strategy_maker> all_strategies() {
  std::vector<strategy_maker> out{make_freshet};
  for (const auto habit : {cache_habit::expire, cache_habit::refresh_on_read,
                           cache_habit::delete_refill, cache_habit::delete_only})
    out.push_back([habit](std::uint64_t, world& in) { return make_cache(habit, in); });
  return out;
}

freshness_score live_through(std::uint64_t seed, const world_shape& shape,
                             const strategy_maker& make) {
  return life(seed, shape, make).run();
}

std::vector<freshness_score> compare(std::uint64_t first, std::uint64_t seeds,
                                     const world_shape& shape) {
  std::vector<freshness_score> out;
  for (const auto& make : all_strategies()) {
    freshness_score sum;
    for (std::uint64_t seed = first; seed < first + seeds; ++seed)
      sum.add(live_through(seed, shape, make));
    out.push_back(std::move(sum));
  }
  return out;
}

std::string to_text(const std::vector<freshness_score>& scores) {
  auto out = fmt::format("{:<24}{:>14}{:>14}{:>10}{:>10}{:>12}{:>10}{:>10}{:>9}{:>8}\n", "",
                         "wrong page-s", "of it unsaid", "for ever", "calls", "shown wrong",
                         "no answer", "waited", "wait s", "p99 s");
  for (const auto& is : scores)
    out += fmt::format("{:<24}{:>14.1f}{:>14.1f}{:>10}{:>10}{:>12}{:>10}{:>10}{:>9.0f}{:>8.2f}\n",
                       is.strategy, seconds(is.wrong), seconds(is.unsaid), is.wrong_for_ever,
                       is.upstream_calls, is.shown_wrong, is.failed, is.waits.size(),
                       seconds(is.waited()), seconds(is.wait_p99()));
  return out;
}

}  // namespace freshet::app
