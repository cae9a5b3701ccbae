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

search_index::search_index(asio::io_context::executor_type ex, const clock& time, std::string path,
                           std::size_t bytes_max, metrics& m, task_scope::sink on_error)
    : ex_(ex),
      time_(time),
      bytes_max_(bytes_max),
      written_(m.make_counter("freshet_search_pages_total", "Pages that searches looked at.")),
      left_out_(m.make_counter("freshet_search_left_out_total",
                               "Pages that searches had no room for in memory.")),
      errors_(m.make_counter("freshet_search_errors_total",
                             "Writes to the searches' file that failed.")),
      file_(std::make_shared<side_file<search_file>>(std::move(path), search_file::open)),
      running_(ex, std::move(on_error)) {}

search_index::~search_index() = default;

void search_index::queue::add(std::string_view path, page what) {
  const auto [at, fresh] = pages.insert_or_assign(std::string(path), what);
  if (fresh) order.push_back(at->first);
}

bool search_index::searches(class_id of) const {
  return std::ranges::find(classes_, of, &searched_class::of) != classes_.end();
}

void search_index::follow(std::vector<searched_class> classes, content_of content,
                          each_known visit) {
  classes_ = std::move(classes);
  content_ = std::move(content);
  visit_ = std::move(visit);
  // Numbers of classes are those of a configuration.
  changed_ = {};
  known_ = {};
  note_all();
}

void search_index::note_all() {
  if (!classes_.empty() && visit_)
    visit_([this](class_id of, std::string_view path) { note_known(of, path); });
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
    const auto path = std::move(from.order.front());
    from.order.pop_front();
    const auto what = from.pages.extract(path).mapped();
    // A page that is gone may be back: what there is now counts.
    const auto content = content_ ? content_(path) : entry_ptr();
    if (!what.gone && !content) continue;  // evicted: it is what it was
    for (const auto& each : classes_)
      if (each.of == what.of) out->push_back({each.how, what.of, path, what.gone, content});
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

result<search_index::applied> search_index::apply(search_file& file, const batch& what,
                                                  std::size_t bytes_max) {
  applied out;
  for (const auto& each : what)
    if (auto begun = file.begin(each.how->name, each.how->hash()); !begun) return begun.error();
  const auto done = file.transaction([&]() -> result<> {
    for (const auto& each : what) {
      result<> done;
      if (!each.content || each.content->status != 200) {
        done = file.remove(each.how->name, each.path);
      } else {
        const auto version = file.version(each.how->name, each.path);
        if (!version) return version.error();
        if (*version == each.content->version) continue;
        auto text = each.how->read(each.content->body());
        const auto size = bytes_max > 0 && text ? file.extent() : database_extent{};
        if (!size) return size.error();
        if (size->used > bytes_max) {
          ++out.left_out;
          text.reset();
        }
        done = text ? file.put(each.how->name, each.path, each.content->version, *text)
                    : file.remove(each.how->name, each.path);
      }
      if (!done) return done;
    }
    return {};
  });
  if (!done) return done.error();
  if (bytes_max == 0) return out;
  const auto size = file.extent();
  if (!size) return size.error();
  out.bytes = size->bytes;
  return out;
}

asio::awaitable<bool> search_index::write(std::shared_ptr<const batch> what) {
  auto job = [what, file = file_, now = time_.wall_now(), most = bytes_max_] {
    auto done = file->use(now, [&](search_file& is) { return apply(is, *what, most); });
    if (done) done->begun_anew = file->begun_anew();
    return done;
  };
  const auto done = co_await worker().run(std::move(job));
  if (!done) {
    errors_.add();
    if (std::exchange(trouble_, done.error().code.message()).empty())
      logger().warn("search: pages wait for their file: {}", done.error().text());
    co_return false;
  }
  if (!std::exchange(trouble_, {}).empty()) logger().info("search: pages are written again");
  written_.add(what->size());
  left_out_.add(done->left_out);
  bytes_ = done->bytes;
  if (std::exchange(begun_anew_, done->begun_anew) != done->begun_anew) note_all();
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
  auto job = [how = at->how, asked = std::move(asked), file = file_, now = time_.wall_now()] {
    return file->use(now, [&](search_file& is) -> result<std::string> {
      // What an earlier definition found is not shown any more.
      if (auto begun = is.begin(how->name, how->hash()); !begun) return begun.error();
      return is.find(how->name, asked);
    });
  };
  auto got = co_await worker().run(std::move(job));
  if (!got && makes_no_sense(got.error())) note_all();  // into the file that takes its place
  co_return got;
}

asio::awaitable<void> search_index::close() {
  co_await running_.close();
  if (!worker_) co_return;
  auto job = [file = file_] { file->close(); };
  static_cast<void>(co_await worker_->run(std::move(job)));
  worker_->stop();
}

}  // namespace freshet
