#pragma once

#include <memory>
#include <string>

#include "bench/support/keys.hpp"
#include "net/sse/hub.hpp"
#include "store/changes/change_log.hpp"

namespace freshet::bench {

/// A reader who takes everything at once.
class swallowing_stream final : public sse::stream {
 public:
  explicit swallowing_stream(std::size_t& taken) : taken_(taken) {}
  result<std::size_t> try_write(std::string_view bytes) override {
    taken_ += bytes.size();
    return bytes.size();
  }
  void await_writable() override {}
  void close() override {}

 private:
  std::size_t& taken_;
};

/// The real change log as the hub sees it.
class logged_changes final : public sse::change_source {
 public:
  change_ptr publish(page_ref page, const std::string& path) {
    auto c = std::make_shared<change>();
    c->at = ++newest_;
    c->ref = page;
    c->path = path;
    c->etag.assign(32, 'e');
    c->event_id = "2019-7b2a7e1c-fc1d-4a0c-a8a8-0f6a8f4e7f11";
    c->topic = "org.fedoraproject.prod.buildsys.build.state.change";
    log_.append(c);
    return c;
  }
  void since(sequence after, const visitor& visit) const override {
    for (const auto& c : log_.since(after)) {
      if (!visit(c)) return;
    }
  }
  sequence newest() const override { return newest_; }
  sequence oldest_dropped() const override { return log_.dropped(); }
  std::uint64_t epoch() const override { return 1763690400; }

 private:
  change_log log_{1763690400};
  sequence newest_ = 0;
};

/// `own_pattern`: each another one, so that nobody's frames are another's.
enum class watched : std::uint8_t { page, pattern, own_pattern };

/// A hub with `readers` streams that all watch path_of(0).
class watched_hub {
 public:
  watched_hub(std::size_t readers, watched how) {
    for (std::size_t n = 0; n < readers; ++n) {
      sse::stream_request request;
      if (how == watched::page) {
        request.watch.add(path_of(0));
      } else {
        const auto name = how == watched::pattern ? "p" : "p" + std::to_string(n);
        request.watch.add(sse::url_pattern::parse("/packages/:" + name + "/builds.json").value());
      }
      hub_.add(std::move(request), std::make_unique<swallowing_stream>(taken_),
               "HTTP/1.1 200 OK\r\n", now_);
    }
  }

  /// One change of one page, to all of them.
  void tell(const change_ptr& c) {
    expect(c);
    flush();
  }
  void expect(const change_ptr& c) { hub_.on_change(c); }
  void flush() { hub_.flush(now_); }
  logged_changes& changes() { return changes_; }
  std::size_t taken() const { return taken_; }
  std::uint64_t events() const { return hub_.counters().events; }

 private:
  mono_time now_{std::chrono::hours(1)};
  std::size_t taken_ = 0;
  logged_changes changes_;
  sse::hub hub_{changes_, {}, {}, 1};
};

}  // namespace freshet::bench
