// What the journal's thread takes: commits of batches as they come under load, and reading back at
// the start. On the file system of the temporary folder, with its real fsync.
#include <benchmark/benchmark.h>

#include <filesystem>
#include <random>

#include "store/journal/journal_file.hpp"

namespace freshet {
namespace {

/// 8 kB that shrink about as JSON does.
std::string document(unsigned seed) {
  std::mt19937 random(seed);
  std::string out = "[";
  while (out.size() < 8000)
    out += "{\"build_id\":" + std::to_string(random()) + ",\"owner\":\"somebody\",\"state\":1},";
  return out + "{}]";
}

struct folder {
  folder() {
    path = (std::filesystem::temp_directory_path() / "freshet-bench-XXXXXX").string();
    if (::mkdtemp(path.data()) == nullptr) std::abort();
    file = journal_file::open({path + "/state.db", 0}, {}).value().file;
  }
  ~folder() {
    file.reset();
    std::filesystem::remove_all(path);
  }
  std::string path;
  std::unique_ptr<journal_file> file;
};

journal_batch batch_of(page_row first, page_row last, const std::vector<entry_ptr>& bodies) {
  journal_batch out;
  out.classes = std::make_shared<const std::vector<saved_class>>(
      std::vector<saved_class>{saved_class{"page", 1}});
  for (auto row = first; row < last; ++row) {
    auto& page = out.pages.emplace_back();
    page.what.row = row;
    page.what.path = "/packages/p" + std::to_string(row) + "/builds.json";
    page.what.version = page.what.have = row;
    page.what.parts = {{row, row}};
    page.content = bodies[row % bodies.size()];
  }
  return out;
}

std::vector<entry_ptr> some_bodies() {
  std::vector<entry_ptr> out;
  for (unsigned i = 0; i < 64; ++i) {
    auto made = entry::make(document(i));
    made->etag.fill('0');
    out.push_back(std::move(made));
  }
  return out;
}

/// Pages a second, in transactions of so many, over 10,000 pages that change again and again.
void commit(benchmark::State& state) {
  folder in;
  const auto bodies = some_bodies();
  const auto pages = static_cast<page_row>(state.range(0));
  page_row at = 0;
  for (auto _ : state) {
    const auto done = in.file->commit(batch_of(at, at + pages, bodies));
    if (!done) state.SkipWithError(done.error().text().c_str());
    at = (at + pages) % 10'000;
  }
  state.SetItemsProcessed(static_cast<std::int64_t>(state.iterations() * pages));
}
BENCHMARK(commit)->Arg(1)->Arg(25)->Arg(250)->Arg(2500)->UseRealTime();

/// 200,000 pages of 8 kB: every row, then every body.
void read_back(benchmark::State& state) {
  folder in;
  const auto bodies = some_bodies();
  for (page_row row = 1; row <= 200'000; row += 4000)
    if (!in.file->commit(batch_of(row, row + 4000, bodies))) state.SkipWithError("commit");
  for (auto _ : state) {
    const bool rows = state.range(0) == 0;
    std::size_t read = 0;
    auto& reader = in.file->reader();
    for (;;) {
      std::size_t got = 0;
      if (rows) {
        got = reader.pages(1024).value().size();
      } else {
        got = reader.bodies(64, 1u << 20).value().size();
      }
      if (got == 0) break;
      read += got;
    }
    state.counters["pages"] = static_cast<double>(read);
  }
}
BENCHMARK(read_back)->Arg(0)->Arg(1)->Iterations(1)->UseRealTime()->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace freshet
