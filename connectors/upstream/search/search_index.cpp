#include "connectors/upstream/search/search_index.hpp"

#include <algorithm>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>

#include "core/async/tokens.hpp"
#include "core/observe/log.hpp"

namespace freshet {

constexpr std::size_t jobs_max = 1024;
constexpr std::size_t batch_pages = 64;
constexpr std::chrono::milliseconds pause_first{250};
constexpr std::chrono::seconds pause_max{5};

search_index::search_index(asio::io_context::executor_type ex, std::string path, metrics& m,
                           task_scope::sink on_error)
    : ex_(ex),
      path_(std::move(path)),
      written_(m.make_counter("freshet_search_pages_total", "Pages that searches looked at.")),
      errors_(m.make_counter("freshet_search_errors_total",
                             "Writes to the searches' file that failed.")),
      running_(ex, std::move(on_error)) {}

search_index::~search_index() = default;

void search_index::queue::add(std::string_view path, page what) {
  const auto [at, fresh] = pages.insert_or_assign(std::string(path), what);
  if (fresh) order.push_back(at->first);
}

std::shared_ptr<const search_definition> search_index::definition(class_id of) const {
  const auto at = std::ranges::find(classes_, of, &searched_class::of);
  return at == classes_.end() ? nullptr : at->how;
}

bool search_index::searches(class_id of) const { return definition(of) != nullptr; }

void search_index::follow(std::vector<searched_class> classes, content_of content) {
  classes_ = std::move(classes);
  content_ = std::move(content);
  // Numbers of classes are those of a configuration.
  changed_ = {};
  known_ = {};
}

void search_index::note(class_id of, std::string_view path, bool gone) {
  if (!searches(of)) return;
  changed_.add(path, {of, gone});
  wake();
}

void search_index::note_known(class_id of, std::string_view path) {
  if (!searches(of)) return;
  known_.add(path, {of, false});
  wake();
}

void search_index::wake() {
  if (working_ || running_.closed()) return;
  working_ = true;
  running_.spawn("search", work());
}

worker_thread& search_index::worker() {
  if (!worker_) worker_ = std::make_unique<worker_thread>("freshet-search", jobs_max);
  return *worker_;
}

/// What changed first; its content as it is now. Bodies are held until the batch is written.
std::shared_ptr<const search_index::batch> search_index::next_batch() {
  auto out = std::make_shared<batch>();
  auto& from = changed_.order.empty() ? known_ : changed_;
  while (out->size() < batch_pages && !from.order.empty()) {
    auto path = std::move(from.order.front());
    from.order.pop_front();
    const auto what = from.pages.extract(path).mapped();
    auto how = definition(what.of);
    if (!how) continue;
    // A page that is gone may be back: what there is now counts.
    auto content = content_ ? content_(path) : entry_ptr();
    if (!what.gone && !content) continue;  // evicted: it is what it was
    out->push_back({std::move(how), what.of, std::move(path), what.gone, std::move(content)});
  }
  return out;
}

asio::awaitable<void> search_index::work() {
  asio::steady_timer timer(ex_);
  std::chrono::nanoseconds pause = pause_first;
  for (;;) {
    co_await asio::post(ex_, use_result);  // a turn's commits are one batch
    if (waiting() == 0) break;
    const auto what = next_batch();
    if (what->empty()) continue;
    auto writing = write(what);
    if (co_await std::move(writing)) {
      pause = pause_first;
      continue;
    }
    for (const auto& each : *what)
      if (!changed_.pages.contains(each.path)) changed_.add(each.path, {each.of, each.gone});
    timer.expires_after(pause);
    pause = std::min<std::chrono::nanoseconds>(pause * 2, pause_max);
    co_await timer.async_wait(use_result);
  }
  working_ = false;
}

result<search_file*> search_index::opened(const held_file& file, const std::string& path) {
  if (!*file) {
    auto made = search_file::open(path);
    if (!made) return made.error();
    *file = std::move(*made);
  }
  return file->get();
}

result<> search_index::apply(search_file& file, const batch& what) {
  for (const auto& each : what)
    if (auto begun = file.begin(each.how->name, each.how->hash()); !begun) return begun;
  return file.transaction([&]() -> result<> {
    for (const auto& each : what) {
      result<> done;
      if (!each.content || each.content->status != 200) {
        done = file.remove(each.how->name, each.path);
      } else {
        const auto version = file.version(each.how->name, each.path);
        if (!version) return version.error();
        if (*version == each.content->version) continue;
        const auto text = each.how->read(each.content->body());
        done = text ? file.put(each.how->name, each.path, each.content->version, *text)
                    : file.remove(each.how->name, each.path);
      }
      if (!done) return done;
    }
    return {};
  });
}

asio::awaitable<bool> search_index::write(std::shared_ptr<const batch> what) {
  auto job = [what, file = file_, path = path_]() -> result<> {
    auto is = opened(file, path);
    return is ? apply(**is, *what) : result<>(is.error());
  };
  const auto done = co_await worker().run(std::move(job));
  if (!done) {
    errors_.add();
    logger().warn("search: {} pages wait: {}", what->size(), done.error().text());
    co_return false;
  }
  written_.add(what->size());
  co_return true;
}

asio::awaitable<result<std::string>> search_index::find(std::string name, search_question asked) {
  // The thread takes jobs in their order, so what changed before the question goes first.
  while (!changed_.order.empty()) {
    const auto what = next_batch();
    auto writing = write(what);
    if (co_await std::move(writing)) continue;
    for (const auto& each : *what)
      if (!changed_.pages.contains(each.path)) changed_.add(each.path, {each.of, each.gone});
    wake();
    break;
  }
  const auto named = [&](const searched_class& each) { return each.how->name == name; };
  const auto at = std::ranges::find_if(classes_, named);
  if (at == classes_.end()) co_return fail(errc::missing, "nothing is searched");
  auto job = [how = at->how, asked = std::move(asked), file = file_,
              path = path_]() -> result<std::string> {
    auto is = opened(file, path);
    if (!is) return is.error();
    // What an earlier definition found is not shown any more.
    if (auto begun = (*is)->begin(how->name, how->hash()); !begun) return begun.error();
    return (*is)->find(how->name, asked);
  };
  co_return co_await worker().run(std::move(job));
}

asio::awaitable<void> search_index::close() {
  co_await running_.close();
  if (!worker_) co_return;
  auto job = [file = file_] { file->reset(); };
  static_cast<void>(co_await worker_->run(std::move(job)));
  worker_->stop();
}

}  // namespace freshet
