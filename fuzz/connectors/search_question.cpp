/// Any question against a small index: SQLite accepts it, the answer is JSON, and a question that
/// is a page's name finds that page first.
#include "connectors/upstream/search/search_file.hpp"
#include "core/json/validate.hpp"
#include "fuzz/support/target.hpp"

namespace {

using namespace freshet;
using fuzz::require;

constexpr std::string_view names[] = {"guake", "c++-gtk-utils", "python-foo", "a b"};

std::unique_ptr<search_file> small_index() {
  auto made = search_file::open("").value();
  std::uint64_t version = 0;
  for (const auto name : names) {
    const search_text text{{std::string(name)}, {"a drop-down thing"}, {"libs", "x\"y"}};
    require(made->put("n", "/" + std::string(name), ++version, text).has_value(), "it can be put");
  }
  return made;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const auto index = small_index();
  fuzz::input in(data, size);
  const auto text = in.rest();
  const auto asked = search_question::of(text);
  require(asked.folded.size() <= search_question::bytes_max, "a question is bounded");
  const auto got = index->find("n", asked);
  require(got.has_value(), "no character means anything to SQLite");
  static json::reader reader(1 << 20);
  const auto root = reader.read(*got);
  require(root.has_value(), "an answer is JSON");
  for (const auto name : names) {
    if (asked.folded != name) continue;
    std::string_view first;
    require((*root)["rows"].at(0)["name"].get(first) == simdjson::SUCCESS && first == name,
            "a name finds its page first");
  }
  return 0;
}
