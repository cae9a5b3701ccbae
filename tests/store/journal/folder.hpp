#pragma once

#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "store/journal/journal_file.hpp"

namespace freshet::test {

/// A folder of its own for each test, and journals in it.
class folder : public ::testing::Test {
 protected:
  folder() {
    std::string name = (std::filesystem::temp_directory_path() / "freshet-journal-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("no folder for the test");
    root = name;
  }
  ~folder() override { std::filesystem::remove_all(root); }

  std::string path(std::string_view name = "state.db") const { return root / name; }

  /// Opens, or fails the test.
  journal_file::opened open(std::string_view name = "state.db", std::uint32_t pages_max = 0) {
    auto made = journal_file::open({path(name), pages_max}, now);
    if (made) return std::move(*made);
    ADD_FAILURE() << made.error().text();
    throw std::runtime_error("no journal");
  }

  /// FILE and what belongs to it, as a process that died at this moment leaves them.
  void copy(std::string_view from, std::string_view to) const {
    for (const auto* part : {"", "-wal"}) {
      const auto source = path(from) + part, target = path(to) + part;
      std::filesystem::remove(target);
      if (std::filesystem::exists(source)) std::filesystem::copy_file(source, target);
    }
  }
  std::vector<std::string> moved_aside() const {
    std::vector<std::string> out;
    for (const auto& each : std::filesystem::directory_iterator(root))
      if (each.path().filename().string().find(".damaged-") != std::string::npos)
        out.push_back(each.path().filename());
    std::sort(out.begin(), out.end());
    return out;
  }
  void write(std::string_view name, std::string_view bytes) const {
    std::ofstream(path(name), std::ios::binary) << bytes;
  }

  std::filesystem::path root;
  wall_time now{std::chrono::seconds{1'763'718'000}};  // 2025-11-21T09:40:00Z
};

inline entry_ptr entry_of(sequence version, std::string_view body) {
  auto made = entry::make(body);
  made->version = version;
  made->etag.fill('e');
  return made;
}

inline std::shared_ptr<const std::vector<saved_class>> classes(std::uint64_t recipe = 7) {
  return std::make_shared<const std::vector<saved_class>>(
      std::vector<saved_class>{{"thing", recipe}, {"other", recipe + 1}});
}

inline journal_batch::page page_of(page_row row, std::string path, sequence version,
                                   std::string_view body) {
  journal_batch::page page;
  page.what.row = row;
  page.what.path = std::move(path);
  page.what.version = page.what.have = version;
  page.what.parts = {{version, version}};
  page.content = entry_of(version, body);
  return page;
}

/// Everything that a journal gives back.
struct contents {
  std::vector<recalled_page> pages;
  std::vector<saved_change> gone;
  std::vector<recalled_body> bodies;
  std::string wrong;  // why it could not be read to its end
};

inline contents read_all(journal_file& file) {
  contents out;
  const auto all = [&](auto& into, auto&& next) {
    for (;;) {
      auto chunk = next();
      if (!chunk) {
        out.wrong = chunk.error().text();
        return;
      }
      if (chunk->empty()) return;
      for (auto& each : *chunk) into.push_back(std::move(each));
    }
  };
  auto& reader = file.reader();
  all(out.pages, [&] { return reader.pages(3); });
  all(out.gone, [&] { return reader.gone(3); });
  all(out.bodies, [&] { return reader.bodies(3, 1 << 20); });
  return out;
}

}  // namespace freshet::test
