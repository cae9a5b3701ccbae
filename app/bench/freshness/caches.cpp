#include "app/bench/freshness/caches.hpp"

namespace freshet::app {
namespace {

constexpr std::chrono::minutes good_for{5};

class cache final : public strategy {
 public:
  cache(cache_habit habit, world& in) : habit_(habit), world_(in), slots_(in.pages()) {}

  std::string_view name() const override {
    switch (habit_) {
      case cache_habit::expire:
        return "expire after 5 minutes";
      case cache_habit::refresh_on_read:
        return "refresh on read";
      case cache_habit::delete_refill:
        return "delete, then refill";
      case cache_habit::delete_only:
        return "delete on notify";
    }
    return "";
  }

  void heard(const bus_message& message) override {
    auto& slot = slots_[message.page];
    const bool deletes = habit_ == cache_habit::delete_refill || habit_ == cache_habit::delete_only;
    if (!deletes || !slot.known) return;
    slot.body.reset();
    if (habit_ == cache_habit::delete_refill) fetch(message.page);
  }

  void visit(std::size_t page, shown then) override {
    auto& slot = slots_[page];
    slot.known = true;
    if (const auto now = shows(page)) {
      if (habit_ == cache_habit::refresh_on_read && slot.fetching == 0) fetch(page);
      return then(now);
    }
    const auto me =
        slot.waiting.insert(slot.waiting.end(), std::make_shared<shown>(std::move(then)));
    world_.time().in(patience, [who = std::weak_ptr<shown>(*me)] {
      if (const auto still = who.lock(); still && *still) std::exchange(*still, nullptr)({});
    });
    if (slot.fetching == 0) fetch(page);
  }

  std::optional<edition> shows(std::size_t page) const override {
    const auto& slot = slots_[page];
    const bool expires = habit_ == cache_habit::expire;
    if (expires && world_.time().now() - slot.since >= good_for) return std::nullopt;
    return slot.body;
  }

 private:
  struct slot {
    std::optional<edition> body;
    mono_time since{};
    bool known = false;
    unsigned fetching = 0;
    std::list<std::shared_ptr<shown>> waiting;
  };

  void fetch(std::size_t page) {
    ++slots_[page].fetching;
    world_.call(page, [this, page](world::answer said) {
      auto& slot = slots_[page];
      --slot.fetching;
      // Whatever was deleted meanwhile: nobody remembers that.
      if (said.shows) {
        slot.body = said.shows;
        slot.since = world_.time().now();
      }
      for (const auto& who : std::exchange(slot.waiting, {}))
        if (*who) std::exchange(*who, nullptr)(said.shows);
    });
  }

  const cache_habit habit_;
  world& world_;
  std::vector<slot> slots_;
};

}  // namespace

std::unique_ptr<strategy> make_cache(cache_habit habit, world& in) {
  return std::make_unique<cache>(habit, in);
}

}  // namespace freshet::app
