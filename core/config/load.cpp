#include "core/config/load.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <memory>
#include <optional>

#include "core/config/overrides.hpp"
#include "core/config/sections.hpp"
#include "core/config/toml_text.hpp"

namespace freshet::config {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t files_max = 1000;

/// The files that the paths name, in the order of reading.
std::vector<std::string> list_files(std::span<const std::string> paths, problems& out) {
  std::vector<std::string> files;
  for (const auto& path : paths) {
    std::error_code ec;
    if (!fs::is_directory(path, ec)) {
      files.push_back(path);
      continue;
    }
    std::vector<std::string> inside;
    auto entry = fs::directory_iterator(path, ec);
    for (; !ec && entry != fs::directory_iterator(); entry.increment(ec)) {
      const auto& file = entry->path();
      std::error_code kind;
      if (file.extension() == ".toml" && !file.filename().string().starts_with('.') &&
          !entry->is_directory(kind)) {
        inside.push_back(file.string());
      }
    }
    if (ec) out.add_file(path, "cannot be listed: " + ec.message());
    if (!ec && inside.empty()) out.add_file(path, "the folder has no *.toml");
    std::sort(inside.begin(), inside.end());
    files.insert(files.end(), inside.begin(), inside.end());
  }
  if (files.size() > files_max) {
    out.add_file("", fmt::format("{} files, at most {} are read", files.size(), files_max));
    files.resize(files_max);
  }
  return files;
}

std::shared_ptr<const document> read_file(const std::string& path, problems& out) {
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen(path.c_str(), "rbe"),
                                                             &std::fclose);
  if (!file) {
    out.add_file(path, fmt::format("cannot be read: {}", std::strerror(errno)),
                 errno == ENOENT ? "`freshet init minimal` prints a config to start from" : "");
    return nullptr;
  }
  auto doc = std::make_shared<document>();
  doc->name = path;
  char block[16384];
  while (const std::size_t n = std::fread(block, 1, sizeof block, file.get())) {
    doc->text.append(block, n);
    if (doc->text.size() > text_bytes_max) break;  // read_toml says so
  }
  if (std::ferror(file.get()) != 0) {
    out.add_file(path, fmt::format("cannot be read: {}", std::strerror(errno)));
    return nullptr;
  }
  return doc;
}

std::vector<std::string> member_names(const node* table) {
  std::vector<std::string> names;
  if (table == nullptr) return names;
  for (const auto& m : table->members) names.push_back(m.name);
  return names;
}

settings interpret(const node& tree, problems& out) {
  settings value;
  table_reader root(tree, "", out);
  read_server(root, value);
  const node* buses = root.take("bus");
  const node* upstreams = root.take("upstream");
  const node* tags = root.take("tag");
  const node* pages = root.take("page");
  const known_names names{member_names(buses), member_names(upstreams)};
  if (buses != nullptr) value.buses = read_buses(*buses, out);
  if (upstreams != nullptr) value.upstreams = read_upstreams(*upstreams, out);
  if (tags != nullptr) {
    root.for_each("tag", *tags, [&](const node& item, const std::string& key) {
      value.tags.push_back(read_tag(item, key, names, out));
    });
  }
  if (pages != nullptr) {
    value.pages = read_pages(*pages, names, out);
    check_only(*pages, value, out);
  }
  root.finish();
  check_listeners(tree, value, out);
  return value;
}

loaded finish(node tree, bool readable, std::span<const std::string> environment,
              std::span<const std::string> sets, problems& out) {
  apply_environment(tree, environment, out);
  apply_sets(tree, sets, out);
  loaded result;
  // After a syntax error every name that the file would have declared is missing: noise.
  if (readable) result.value = interpret(tree, out);
  result.problems = out.take();
  return result;
}

/// The promise of load.hpp; what is left to throw is memory and bugs of the library underneath.
template <class F>
loaded guarded(F work) {
  std::string why = "unknown";
  try {
    return work();
  } catch (const std::exception& e) {
    why = e.what();
  }
  loaded failed;
  failed.problems.push_back({{}, "the configuration cannot be read: " + why, "", false, ""});
  return failed;
}

}  // namespace

loaded load(std::span<const std::string> paths, std::span<const std::string> environment,
            std::span<const std::string> sets) {
  return guarded([&] {
    problems out;
    node tree;
    for (const auto& path : list_files(paths, out)) {
      if (auto doc = read_file(path, out)) merge(tree, read_toml(std::move(doc), out));
    }
    const bool readable = out.size() == 0;
    return finish(std::move(tree), readable, environment, sets, out);
  });
}

loaded parse(std::string_view text, std::string_view name, std::span<const std::string> sets) {
  return guarded([&] {
    problems out;
    auto doc = std::make_shared<document>(document{std::string(name), std::string(text)});
    node tree = read_toml(std::move(doc), out);
    const bool readable = out.size() == 0;
    return finish(std::move(tree), readable, {}, sets, out);
  });
}

}  // namespace freshet::config
