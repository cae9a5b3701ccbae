// Shaping compared with a model that is as simple as it can be: rows are lists of (name, source
// text), order is by insertion, and nothing is parsed.
#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "connectors/document/shape.hpp"

namespace freshet {
namespace {

struct sample {  // a value whose order is known
  std::string source;
  int rank;
  double number;
  std::string text;
};

const std::vector<sample>& samples() {
  static const std::vector<sample> all{
      {"null", 0, 0, ""},          {"false", 1, 0, ""},
      {"true", 2, 0, ""},          {"1", 3, 1, ""},
      {"1.0", 3, 1, ""},           {"-0", 3, 0, ""},
      {"2e1", 3, 20, ""},          {"1359604772.178867", 3, 1359604772.178867, ""},
      {"\"\"", 4, 0, ""},          {"\"a\"", 4, 0, "a"},
      {"\"\\u0061\"", 4, 0, "a"},  {"\"\\u00e9\"", 4, 0, "é"},
      {"\"z\"", 4, 0, "z"},        {"[1, 2]", 5, 0, ""},
      {"{\"a\":\"}\"}", 5, 0, ""}, {"\"10\"", 4, 0, "10"},
      {"\"9\"", 4, 0, "9"},
  };
  return all;
}

using model_row = std::vector<std::pair<std::string, sample>>;

int compare(const sample& a, const sample& b) {
  if (a.rank != b.rank) return a.rank < b.rank ? -1 : 1;
  if (a.rank == 3) return a.number < b.number ? -1 : a.number > b.number ? 1 : 0;
  return a.rank == 4 ? a.text.compare(b.text) : 0;
}

sample value_of(const model_row& row, const std::string& name) {
  for (const auto& [own, value] : row)
    if (own == name) return value;
  return samples()[0];
}

std::string text_of(const model_row& row) {
  std::string out = "{";
  for (const auto& [name, value] : row)
    out += (out.size() > 1 ? ",\"" : "\"") + name + "\":" + value.source;
  return out + "}";
}

class world {
 public:
  explicit world(std::uint64_t seed) : random_(seed) {}

  bool coin() { return random_() % 2 == 0; }
  std::size_t below(std::size_t n) { return random_() % n; }
  std::string name() { return names_[below(names_.size())]; }
  std::vector<std::string> some_names() {
    std::vector<std::string> out;
    for (const auto& each : names_)
      if (coin()) out.push_back(each);
    std::shuffle(out.begin(), out.end(), random_);
    return out;
  }
  model_row row() {
    model_row out;
    for (const auto& each : some_names())
      out.emplace_back(each, samples()[below(samples().size())]);
    return out;
  }

 private:
  std::mt19937_64 random_;
  const std::vector<std::string> names_{"a", "b", "c", "d"};
};

model_row keep_and_drop(const model_row& row, const config::shape_settings& how) {
  model_row out;
  if (how.keep.empty()) out = row;
  for (const auto& name : how.keep)
    for (const auto& each : row)
      if (each.first == name) out.push_back(each);
  for (const auto& name : how.drop)
    std::erase_if(out, [&](const auto& each) { return each.first == name; });
  return out;
}

/// One rename, which the generator makes at most.
model_row renamed(model_row row, const config::shape_settings& how) {
  if (how.rename.empty()) return row;
  const auto& [from, to] = how.rename.front();
  bool has = false;
  for (const auto& each : row) has |= each.first == from;
  if (has && from != to) std::erase_if(row, [&](const auto& each) { return each.first == to; });
  for (auto& each : row)
    if (each.first == from) each.first = to;
  return row;
}

std::string model(std::vector<model_row> rows, const config::shape_settings& how, std::size_t skip,
                  std::size_t limit) {
  std::vector<model_row> sorted;
  for (auto& row : rows) {
    auto made = renamed(keep_and_drop(row, how), how);
    auto at = sorted.size();
    for (; at > 0; --at) {
      int order = 0;
      for (const auto& key : how.sort) {
        const auto& name = key.at.steps().front();
        if (order == 0)
          order = compare(value_of(sorted[at - 1], name), value_of(made, name)) *
                  (key.descending ? -1 : 1);
      }
      if (order <= 0) break;
    }
    sorted.insert(sorted.begin() + static_cast<std::ptrdiff_t>(at), std::move(made));
  }
  std::string out = "[";
  for (std::size_t i = skip; i < sorted.size() && i - skip < limit; ++i)
    out += (out.size() > 1 ? "," : "") + text_of(sorted[i]);
  return out + "]";
}

TEST(ShapeModel, ThousandsOfAnswersAreShapedAsTheModelSays) {
  for (std::uint64_t seed = 1; seed <= 4000; ++seed) {
    world random(seed);
    auto how = std::make_shared<config::shape_settings>();
    how->from = *json::pointer::parse("/rows");
    if (random.coin()) how->keep = random.some_names();
    if (random.coin()) how->drop = random.some_names();
    if (random.coin()) how->rename = {{random.name(), random.name()}};
    for (auto keys = random.below(3); keys > 0; --keys)
      how->sort.push_back({*json::pointer::parse("/" + random.name()), random.coin()});
    const auto skip = random.below(4), limit = random.below(12);
    std::vector<model_row> rows(random.below(12));
    for (auto& row : rows) row = random.row();
    const shape_request ask{how, skip, limit, 1 << 20};

    // The same rows in one answer, and cut into pages anywhere.
    std::vector<std::string> pages{""};
    std::string whole;
    for (const auto& row : rows) {
      if (random.coin()) pages.emplace_back();
      pages.back() += (pages.back().empty() ? "" : " ,\n") + text_of(row);
      whole += (whole.empty() ? "" : ",") + text_of(row);
    }
    for (auto& page : pages) page = "{\"n\":0, \"rows\" : [" + page + "] }";
    const auto wanted = model(rows, *how, skip, limit);
    const auto made = shape_answer("{\"rows\":[" + whole + "]}", ask);
    ASSERT_TRUE(made) << "seed " << seed;
    ASSERT_EQ(made->body, wanted) << "seed " << seed;
    ASSERT_EQ(made->all, rows.size());
    ASSERT_EQ(join_answers(pages, ask)->body, wanted) << "seed " << seed;
  }
}

}  // namespace
}  // namespace freshet
