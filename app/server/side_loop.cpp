#include "app/server/side_loop.hpp"

#include <pthread.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>

namespace freshet::app {

side_loop::side_loop(environment env) : env_(std::move(env)), work_(asio::make_work_guard(ctx_)) {
  mailbox_ = env_.feed.add([this] { asio::post(ctx_, [this] { replica_->drain(); }); });
  change_replica::visitor told;
  told.changed = [this](const change_ptr& c) { serving_->hub().on_change(c); };
  told.lapped = [this] { serving_->hub().on_lapped(); };
  replica_ = std::make_unique<change_replica>(mailbox_, env_.home_changes, std::move(told));
  auto front = http_front::environment{
      ctx_,           env_.front.time,    env_.front.settings, env_.front.mode, env_.front.epoch,
      env_.front.log, env_.front.on_error};
  serving_ = std::make_unique<serving_loop>(std::move(front), env_.seed, replica_->log(), hooks());
  // A position that a page of another loop has named must be known before a stream begins there.
  serving_->front().answers().before_slow([this] { replica_->drain(); });
}

side_loop::~side_loop() { now_.reset(); }

sse::hub_hooks side_loop::hooks() {
  sse::hub_hooks out;
  out.current = [this](std::string_view path) { return current(path); };
  out.content = [this](std::string_view path) {
    entry_ptr content;
    now_->index.with(path, [&](const slot&, const view& v) { content = v.content; });
    return content;
  };
  out.watch = [this](std::string_view path, bool watched) {
    asio::post(env_.home, [this, kept = std::string(path), watched] { env_.watch(kept, watched); });
  };
  out.first_sent = env_.first_sent;
  return out;
}

sse::page_state side_loop::current(std::string_view path) {
  sse::page_state out;
  const auto read = [&out](const slot&, const view& v) {
    if (v.content) out = {{v.content->etag.data(), v.content->etag.size()}, v.content->version};
  };
  now_->index.with(path, read);
  return out;
}

void side_loop::start() {
  thread_ = std::thread([this] {
    ::pthread_setname_np(::pthread_self(), "freshet-loop");
    serving_->start();
    ctx_.run();
  });
}

void side_loop::serve(std::shared_ptr<side_site> site, page_question leave) {
  asio::post(ctx_, [this, next = std::move(site), leave = std::move(leave)]() mutable {
    serving_->front().answers().set({next, next->answers.get()});
    now_ = std::move(next);
    if (leave) serving_->hub().leave(leave);
  });
}

void side_loop::apply(std::shared_ptr<side_site> site, index_update_ptr update,
                      std::function<void(std::uint64_t, std::size_t)> acknowledge) {
  asio::post(ctx_, [this, site = std::move(site), update = std::move(update),
                    acknowledge = std::move(acknowledge)]() mutable {
    site->index.apply(*update);
    asio::post(env_.home, [kept = site->keep, round = update->round, bytes = site->index.bytes(),
                           acknowledge = std::move(acknowledge)] { acknowledge(round, bytes); });
  });
}

void side_loop::stop(std::chrono::nanoseconds patience, std::function<void()> done) {
  asio::post(ctx_, [this, patience, done = std::move(done)]() mutable {
    asio::co_spawn(ctx_, serving_->stop(patience),
                   [this, done = std::move(done)](std::exception_ptr) mutable {
                     mailbox_->close();
                     serving_->front().answers().set(nullptr);
                     now_.reset();
                     work_.reset();
                     asio::post(env_.home, std::move(done));
                   });
  });
}

void side_loop::join() {
  if (thread_.joinable()) thread_.join();
}

}  // namespace freshet::app
