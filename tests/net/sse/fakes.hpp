#pragma once

#include <limits>
#include <map>
#include <set>
#include <string>

#include "net/sse/change_source.hpp"
#include "net/sse/stream.hpp"

namespace freshet::test {

/// The compacted log as a model: a map, nothing clever.
class fake_log final : public sse::change_source {
 public:
  change_ptr publish(const std::string& path, change::kind what = change::kind::reload,
                     mono_time received = {}, bool full = false, bool guarded = false) {
    auto c = std::make_shared<change>();
    c->at = newest_ += 1 + newest_ % 3;  // rises, not dense
    c->full = full;
    c->guarded = guarded;
    c->path = path;
    c->what = what;
    c->received = received;
    c->etag = std::string(32, 'e');
    if (const auto old = by_page_.find(path); old != by_page_.end())
      by_sequence_.erase(old->second);
    by_page_[path] = c->at;
    by_sequence_[c->at] = c;
    return c;
  }
  void drop_oldest() {
    const auto first = by_sequence_.begin();
    dropped_ = first->first;
    by_page_.erase(first->second->path);
    by_sequence_.erase(first);
  }

  void since(sequence after, const visitor& visit) const override {
    for (auto at = by_sequence_.upper_bound(after); at != by_sequence_.end(); ++at) {
      if (!visit(at->second)) return;
    }
  }
  sequence newest() const override { return newest_; }
  sequence oldest_dropped() const override { return dropped_; }
  std::uint64_t epoch() const override { return epoch_; }

  std::uint64_t epoch_ = 4;
  sequence newest_ = 0;

 private:
  std::map<sequence, change_ptr> by_sequence_;
  std::map<std::string, sequence> by_page_;
  sequence dropped_ = 0;
};

/// The far end of a fake stream; outlives it.
struct far_end {
  std::string got;
  std::size_t room = std::numeric_limits<std::size_t>::max();  // bytes it still takes
  bool broken = false;
  bool closed = false;
  bool waiting = false;  // await_writable was called
  bool keep = true;      // false: count only
  std::size_t taken = 0;
  std::size_t writes = 0;
};

class fake_stream final : public sse::stream {
 public:
  explicit fake_stream(std::shared_ptr<far_end> far) : far_(std::move(far)) {}

  result<std::size_t> try_write(std::string_view bytes) override {
    if (far_->broken) return fail(errc::closed);
    ++far_->writes;
    const auto n = std::min(bytes.size(), far_->room);
    if (far_->keep) far_->got.append(bytes.substr(0, n));
    far_->room -= n;
    far_->taken += n;
    return n;
  }
  void await_writable() override { far_->waiting = true; }
  void close() override { far_->closed = true; }

 private:
  std::shared_ptr<far_end> far_;
};

}  // namespace freshet::test
