#include "connectors/heavy/encodings.hpp"

#include <absl/container/flat_hash_set.h>

#include <deque>
#include <utility>

#include "core/async/tokens.hpp"
#include "net/http/answer/entry_builder.hpp"

namespace freshet {
namespace {

struct wish {
  page_ref page = no_page;
  entry_ptr of;
  http::coding which = http::coding::identity;
};

/// A wish's identity; the entry's address is its own as long as the wish holds it.
using wish_key = std::pair<const entry*, http::coding>;

const entry* content_of(const slot& s) {
  const auto* v = s.current.load(std::memory_order_acquire);
  return v == nullptr ? nullptr : v->content.get();
}

bool is_made(const entry& e, http::coding which) {
  if (which == http::coding::identity) {
    return e.body().size() < body_file::body_min ||
           e.file.load(std::memory_order_relaxed) != nullptr;
  }
  const auto& place = which == http::coding::gzip ? e.gzip : e.brotli;
  return place.load(std::memory_order_relaxed) != nullptr;
}

/// One of the two, or none when it is not worth it.
struct made {
  std::unique_ptr<const representation> coded;
  std::unique_ptr<const body_file> file;
};

made make(const wish& w) {
  if (w.which == http::coding::identity) return {nullptr, body_file::make(w.of->body())};
  return {http::make_encoding(*w.of, w.which), nullptr};
}

unsigned bit_of(http::coding which) { return static_cast<unsigned>(which); }

}  // namespace

struct encodings::state {
  state(page_store& s, worker_thread& w, asio::io_context::executor_type e, task_scope& t, limits b)
      : store(&s), worker(w), ex(e), scope(t), bounds(b) {}

  struct lane {
    std::deque<wish> queue;
    bool pumping = false;
  };
  /// A pump that ends, however it ends, may be started again.
  struct pumping {
    lane& of;
    ~pumping() { of.pumping = false; }
  };

  static void take(const std::shared_ptr<state>& self, wish w);
  static asio::awaitable<void> pump_small(std::shared_ptr<state> self);
  static asio::awaitable<void> pump_large(std::shared_ptr<state> self);
  wish next(lane& from);
  void finish(const wish& w, made m);
  bool attach(const wish& w, made m);
  void refuse(const wish& w);

  page_store* store;  // null: the owner has gone
  worker_thread& worker;
  asio::io_context::executor_type ex;
  task_scope& scope;
  limits bounds;
  figures counted;
  absl::flat_hash_set<wish_key> known;  // waiting or under way
  lane small, large;
};

encodings::encodings(page_store& store, worker_thread& worker, asio::io_context::executor_type ex,
                     task_scope& scope)
    : encodings(store, worker, ex, scope, limits{}) {}

encodings::encodings(page_store& store, worker_thread& worker, asio::io_context::executor_type ex,
                     task_scope& scope, limits bounds)
    : state_(std::make_shared<state>(store, worker, ex, scope, bounds)) {}

encodings::~encodings() {
  state_->store = nullptr;
  state_->small.queue.clear();
  state_->large.queue.clear();
}

bool encodings::asks(const slot& s, http::coding which) {
  const auto* e = content_of(s);
  return e != nullptr && !is_made(*e, which) && e->asked.take(bit_of(which));
}

void encodings::forget(const slot& s, http::coding which) {
  if (const auto* e = content_of(s)) e->asked.give_back(bit_of(which));
}

void encodings::want(const slot& s, http::coding which) {
  if (asks(s, which)) state::take(state_, {s.ref, content_of(s), which});
}

void encodings::want(std::string_view canonical, http::coding which) {
  const auto* s = state_->store->cache().index().find(canonical);
  const auto* e = s == nullptr ? nullptr : content_of(*s);
  if (e == nullptr || is_made(*e, which)) return;
  e->asked.take(bit_of(which));  // the loop that posts has; the page may have moved on since
  state::take(state_, {s->ref, e, which});
}

encodings::figures encodings::counts() const {
  auto now = state_->counted;
  now.waiting = state_->known.size();
  return now;
}

void encodings::state::take(const std::shared_ptr<state>& self, wish w) {
  if (w.of->body().empty()) return;
  if (self->known.size() >= self->bounds.queue_max) return self->refuse(w);
  if (!self->known.insert({w.of.get(), w.which}).second) return;
  const bool is_large = w.of->body().size() > self->bounds.inline_bytes_max;
  auto& to = is_large ? self->large : self->small;
  to.queue.push_back(std::move(w));
  if (to.pumping) return;
  to.pumping = true;
  self->scope.spawn("encodings", is_large ? pump_large(self) : pump_small(self));
}

/// A turn takes little, and the loop serves between two turns.
asio::awaitable<void> encodings::state::pump_small(std::shared_ptr<state> self) {
  const pumping at_the_end{self->small};
  while (!self->small.queue.empty()) {
    co_await asio::post(self->ex, use_result);
    std::size_t bytes = 0;
    while (!self->small.queue.empty() && bytes < self->bounds.turn_bytes_max) {
      const auto w = self->next(self->small);
      bytes += w.of->body().size();
      self->finish(w, make(w));
    }
  }
}

asio::awaitable<void> encodings::state::pump_large(std::shared_ptr<state> self) {
  const pumping at_the_end{self->large};
  while (!self->large.queue.empty()) {
    const auto w = self->next(self->large);
    auto job = [w] { return make(w); };
    auto made = co_await self->worker.run(std::move(job));
    if (made) {
      self->finish(w, std::move(*made));
    } else {
      self->refuse(w);
    }
  }
}

wish encodings::state::next(lane& from) {
  auto w = std::move(from.queue.front());
  from.queue.pop_front();
  return w;
}

bool encodings::state::attach(const wish& w, made m) {
  if (m.file) return store->attach(w.page, w.of.get(), std::move(m.file));
  const auto coding = w.which == http::coding::gzip ? content_coding::gzip : content_coding::brotli;
  return store->attach(w.page, w.of.get(), coding, std::move(m.coded));
}

void encodings::state::finish(const wish& w, made m) {
  known.erase({w.of.get(), w.which});
  if (store == nullptr) return;
  if (!m.coded && !m.file) {
    ++counted.useless;
    return;
  }
  const auto bytes = m.coded ? m.coded->body.size() : w.of->body().size();
  if (!attach(w, std::move(m))) {
    ++counted.outdated;
    return;
  }
  ++counted.made;
  counted.bytes_in += w.of->body().size();
  counted.bytes_out += bytes;
}

void encodings::state::refuse(const wish& w) {
  known.erase({w.of.get(), w.which});
  w.of->asked.give_back(bit_of(w.which));
  ++counted.refused;
}

}  // namespace freshet
