#include <map>
#include <random>

#include "tests/store/journal/folder.hpp"

namespace freshet {
namespace {

using test::page_of;
using test::read_all;

/// What a journal should hold, kept in the plainest way.
struct model {
  struct page {
    std::string path;
    sequence version = 0;
    std::vector<saved_page::part> parts;
    std::string body;
    bool operator==(const page&) const = default;
  };
  std::map<page_row, page> pages;
  std::map<sequence, std::string> gone;
  std::map<std::string, std::string> cursors;
  sequence reserved = 0;
  bool operator==(const model&) const = default;
};

model read(journal_file::opened& j) {
  model out;
  const auto all = read_all(*j.file);
  EXPECT_EQ(all.wrong, "");
  for (const auto& p : all.pages)
    out.pages[p.what.row] = {p.what.path, p.what.version, p.what.parts, ""};
  for (const auto& b : all.bodies) {
    EXPECT_TRUE(out.pages.contains(b.row)) << "a body without its page";
    EXPECT_EQ(out.pages[b.row].version, b.version);
    out.pages[b.row].body = b.body;
  }
  for (const auto& g : all.gone) out.gone[g.at] = g.path;
  for (const auto& c : j.head.cursors) out.cursors[c.bus] = c.position;
  out.reserved = j.head.reserved;
  return out;
}

/// Random batches, and the model's idea of what each does.
class author {
 public:
  explicit author(unsigned seed) : random_(seed) {}

  journal_batch write(model& into) {
    journal_batch b;
    b.classes = test::classes();
    std::map<page_row, bool> touched;
    for (auto n = dice(6); n > 0; --n) {
      const auto row = pick(into);
      if (touched[row]) continue;
      touched[row] = true;
      if (into.pages.contains(row) && dice(5) == 0) {
        b.forgotten.push_back(row);
        into.pages.erase(row);
        const auto at = ++numbers_;
        b.gone.push_back({at, change::kind::deleted, "thing", "/gone", "", "", ""});
        into.gone[at] = "/gone";
        continue;
      }
      change(b, into, row);
    }
    for (auto n = dice(3); n > 0; --n) {
      const auto bus = "bus" + std::to_string(dice(3));
      b.cursors.push_back({bus, 5, std::to_string(++numbers_)});
      into.cursors[bus] = b.cursors.back().position;
    }
    b.dropped = numbers_ > 60 ? numbers_ - 60 : 0;
    std::erase_if(into.gone, [&](const auto& g) { return g.first <= b.dropped; });
    b.reserved = into.reserved = numbers_ + 1000;
    return b;
  }

 private:
  std::uint64_t dice(std::uint64_t n) { return random_() % n; }

  page_row pick(const model& from) {
    if (from.pages.empty() || dice(3) == 0) return ++rows_;
    auto at = from.pages.begin();
    std::advance(at, static_cast<std::ptrdiff_t>(dice(from.pages.size())));
    return at->first;
  }

  void change(journal_batch& b, model& into, page_row row) {
    auto& page = into.pages[row];
    const bool is_new = page.version == 0;
    if (is_new) page.path = "/things/" + std::to_string(row);
    const bool with_body = is_new || dice(2) == 0;
    if (with_body) {
      page.version = ++numbers_;
      page.body =
          std::string(dice(9000), static_cast<char>('a' + dice(26))) + std::to_string(numbers_);
    }
    page.parts = {{++numbers_, page.version}};
    b.pages.push_back(page_of(row, page.path, page.version, page.body));
    b.pages.back().what.parts = page.parts;
    if (!with_body) b.pages.back().content = nullptr;
  }

  std::mt19937_64 random_;
  page_row rows_ = 0;
  sequence numbers_ = 0;
};

class JournalModel : public test::folder, public testing::WithParamInterface<unsigned> {};

/// The process dies after any batch, and in the middle of the next: what is read back is the state
/// after that batch, whole.
TEST_P(JournalModel, ACrashAfterAnyBatchLosesNothingOfIt) {
  author a(GetParam());
  model is;
  std::vector<model> states;
  auto j = open();
  ASSERT_TRUE(j.file->begin(1, 0, {}));
  states.push_back(is);
  for (int n = 1; n <= 25; ++n) {
    ASSERT_TRUE(j.file->commit(a.write(is)));
    states.push_back(is);
    copy("state.db", "copy.db");
    const auto log = path("copy.db-wal");
    const auto whole = std::filesystem::exists(log) ? std::filesystem::file_size(log) : 0;
    {
      auto after = open("copy.db");
      EXPECT_EQ(read(after), states.back()) << "batch " << n;
      EXPECT_FALSE(after.head.clean);
    }
    // The last write is torn: the batch is there as a whole, or not at all.
    copy("state.db", "copy.db");
    if (whole < 8192) continue;
    std::filesystem::resize_file(log, whole - 1 - GetParam() % 4096);
    auto torn = open("copy.db");
    const auto found = read(torn);
    const bool one_of = std::find(states.begin(), states.end(), found) != states.end();
    EXPECT_TRUE(one_of) << "a state that never was, after batch " << n;
  }
}

INSTANTIATE_TEST_SUITE_P(Seeds, JournalModel, testing::Range(1u, 9u));

}  // namespace
}  // namespace freshet
