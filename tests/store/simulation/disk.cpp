#include "tests/store/simulation/disk.hpp"

#include <algorithm>
#include <filesystem>
#include <stdexcept>

#include "store/journal/journal_file.hpp"

namespace freshet::test {
namespace {

template <class T>
T must(result<T> got) {
  if (!got) throw std::runtime_error(got.error().text());
  return std::move(*got);
}
void must(const result<>& done) {
  if (!done) throw std::runtime_error(done.error().text());
}

recalled_body body_of(page_row row, const entry& from) {
  return {row, from.version, from.status, from.etag, from.modified, std::string(from.body())};
}

class file_disk final : public disk {
 public:
  explicit file_disk(std::string folder) : folder_(std::move(folder)) { place(); }
  ~file_disk() override {
    file_.reset();
    std::filesystem::remove_all(folder_);
  }

  left_over read() override {
    auto opened = must(journal_file::open({path()}, wall_time{}));
    if (!opened.aside.empty()) throw std::runtime_error(opened.aside);
    file_ = std::move(opened.file);
    left_over out;
    out.head = opened.head;
    auto& from = file_->reader();
    for (auto some = must(from.pages(3)); !some.empty(); some = must(from.pages(3)))
      out.pages.insert(out.pages.end(), some.begin(), some.end());
    for (auto some = must(from.gone(3)); !some.empty(); some = must(from.gone(3)))
      out.gone.insert(out.gone.end(), some.begin(), some.end());
    for (auto some = must(from.bodies(3, 100)); !some.empty(); some = must(from.bodies(3, 100)))
      out.bodies.insert(out.bodies.end(), some.begin(), some.end());
    if (from.spoiled() > 0) throw std::runtime_error("a body is not what was written");
    return out;
  }
  void begin(std::uint64_t epoch, sequence reserved,
             const std::vector<saved_doubt>& doubts) override {
    must(file_->begin(epoch, reserved, doubts));
  }
  void commit(const journal_batch& batch) override { must(file_->commit(batch)); }
  void end(sequence reserved) override {
    must(file_->end(reserved));
    file_.reset();
  }
  /// As a process that is gone leaves it: nothing closed the file, which would tidy it up.
  void crash(const journal_batch* torn, dice& chance) override {
    const auto whole = log_bytes(path());
    if (torn != nullptr) commit(*torn);
    const auto before = path();
    place();
    for (const auto* part : {"", "-wal"})
      if (std::filesystem::exists(before + part))
        std::filesystem::copy_file(before + part, path() + part);
    file_.reset();
    const auto now = log_bytes(path());
    if (torn != nullptr && now > whole)
      std::filesystem::resize_file(path() + "-wal", whole + chance.below(now - whole + 1));
  }

 private:
  std::string path() const { return folder_ + "/" + std::to_string(runs_) + "/state.db"; }
  void place() {
    ++runs_;
    std::filesystem::create_directories(folder_ + "/" + std::to_string(runs_));
  }
  static std::uintmax_t log_bytes(const std::string& of) {
    return std::filesystem::exists(of + "-wal") ? std::filesystem::file_size(of + "-wal") : 0;
  }

  std::string folder_;
  unsigned runs_ = 0;
  std::unique_ptr<journal_file> file_;
};

}  // namespace

std::unique_ptr<disk> make_file_disk(std::string folder) {
  return std::make_unique<file_disk>(std::move(folder));
}

left_over model_disk::read() {
  left_over out;
  out.head = head_;
  out.head.last_row = 0;
  for (const auto& [row, page] : pages_) {
    out.pages.push_back(page);
    out.head.last_row = std::max(out.head.last_row, row);
  }
  for (const auto& [row, body] : bodies_) out.bodies.push_back(body);
  for (const auto& [at, change] : gone_) out.gone.push_back(change);
  return out;
}

void model_disk::begin(std::uint64_t epoch, sequence reserved,
                       const std::vector<saved_doubt>& doubts) {
  head_.clean = false;
  head_.epoch = epoch;
  head_.reserved = reserved;
  head_.doubts = doubts;
}

void model_disk::commit(const journal_batch& batch) {
  for (const auto& page : batch.pages) {
    const auto& of = (*batch.classes)[page.of];
    pages_[page.what.row] = {of.name, of.recipe, page.what};
    if (page.content) bodies_[page.what.row] = body_of(page.what.row, *page.content);
  }
  for (const auto row : batch.forgotten) {
    pages_.erase(row);
    bodies_.erase(row);
  }
  for (const auto& change : batch.gone) gone_[change.at] = change;
  gone_.erase(gone_.begin(), gone_.upper_bound(batch.dropped));
  for (const auto& cursor : batch.cursors) {
    std::erase_if(head_.cursors, [&](const saved_cursor& c) { return c.bus == cursor.bus; });
    head_.cursors.push_back(cursor);
  }
  head_.dropped = batch.dropped;
  head_.changed = batch.changed;
  head_.reserved = batch.reserved;
}

void model_disk::end(sequence reserved) {
  head_.clean = true;
  head_.reserved = reserved;
}

void model_disk::crash(const journal_batch* torn, dice& chance) {
  if (torn != nullptr && chance.chance(50)) commit(*torn);
}

}  // namespace freshet::test
