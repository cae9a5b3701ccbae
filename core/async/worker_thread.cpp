#include "core/async/worker_thread.hpp"

#include <pthread.h>

#include <cassert>

namespace freshet {

worker_thread::worker_thread(std::string name, std::size_t queue_max)
    : name_(std::move(name)), queue_max_(queue_max), thread_([this] { work_for_ever(); }) {
  pthread_setname_np(thread_.native_handle(), name_.substr(0, 15).c_str());
}

worker_thread::~worker_thread() { stop(); }

errc worker_thread::push(std::unique_ptr<work> w) {
  const std::lock_guard lock(mutex_);
  if (stopped_) return errc::closed;
  if (queue_.size() >= queue_max_) {
    ++figures_.refused;
    return errc::overloaded;
  }
  queue_.push_back(std::move(w));
  came_.notify_one();
  return errc::ok;
}

std::string worker_thread::refusal(errc why) const {
  if (why == errc::closed) return "worker " + name_ + " has stopped";
  return "worker " + name_ + ": " + std::to_string(queue_max_) + " jobs wait already";
}

void worker_thread::stop() {
  assert(std::this_thread::get_id() != thread_.get_id());
  std::deque<std::unique_ptr<work>> dropped;
  {
    const std::lock_guard lock(mutex_);
    stopped_ = true;
    dropped.swap(queue_);
    figures_.dropped += dropped.size();
    came_.notify_one();
  }
  for (const auto& w : dropped) w->refuse(fail(errc::closed, refusal(errc::closed)));
  const std::lock_guard lock(joining_);
  if (thread_.joinable()) thread_.join();
}

worker_thread::figures worker_thread::counts() const {
  const std::lock_guard lock(mutex_);
  auto now = figures_;
  now.waiting = queue_.size();
  return now;
}

void worker_thread::work_for_ever() {
  std::unique_lock lock(mutex_);
  for (;;) {
    came_.wait(lock, [this] { return stopped_ || !queue_.empty(); });
    if (stopped_) return;
    auto w = std::move(queue_.front());
    queue_.pop_front();
    lock.unlock();
    const bool ran = w->run();
    lock.lock();
    ++(ran ? figures_.done : figures_.dropped);
    lock.unlock();
    if (ran) w->answer();  // who has it sees it counted
    w.reset();
    lock.lock();
  }
}

}  // namespace freshet
