#include "core/config/reader.hpp"

#include <fmt/format.h>

#include "core/config/scalars.hpp"

namespace freshet::config {
namespace {

std::string listed(std::initializer_list<std::string_view> words, std::string_view quote,
                   std::string_view last) {
  std::string out;
  std::size_t i = 0;
  for (const auto word : words) {
    if (i > 0) out += i + 1 == words.size() ? fmt::format(" {} ", last) : ", ";
    out += fmt::format("{}{}{}", quote, word, quote);
    ++i;
  }
  return out;
}

}  // namespace

table_reader::table_reader(const node& table, std::string path, problems& out)
    : table_(&table), at_(table.at), path_(std::move(path)), out_(&out) {
  if (table.is == node::type::table) return;
  static const node empty;
  out.add(table.at, path_, "expected a table, found " + describe(table));
  table_ = &empty;
  ignore_rest_ = true;
}

const node* table_reader::take(std::string_view key) {
  known_.emplace_back(key);
  return table_->find(key);
}

bool table_reader::read_choice(std::string_view key, std::string& into,
                               std::initializer_list<std::string_view> words) {
  const node* value = take(key);
  if (value == nullptr) return false;
  for (const auto word : words) {
    if (value->is == node::type::string && value->text == word) {
      into = word;
      return true;
    }
  }
  const std::vector<std::string> known(words.begin(), words.end());
  wrong(key, *value,
        fmt::format("expected {}, found {}", listed(words, "\"", "or"), describe(*value)),
        value->is == node::type::string ? did_you_mean(value->text, known) : std::string());
  return false;
}

void table_reader::not_built_in(std::initializer_list<std::string_view> keys) {
  for (const auto key : keys) {
    known_.emplace_back(key);
    for (const auto& m : table_->members) {
      if (m.name == key) out_->add_not_built_in(m.at.in ? m.at : m.value.at, key_of(key));
    }
  }
}

std::size_t table_reader::exactly_one(std::initializer_list<std::string_view> keys, bool required) {
  std::size_t count = 0;
  for (const auto& m : table_->members) {
    if (std::find(keys.begin(), keys.end(), std::string_view(m.name)) == keys.end()) continue;
    if (++count == 2) {
      out_->add(m.at.in ? m.at : m.value.at, key_of(m.name),
                fmt::format("expected only one of {}", listed(keys, "`", "and")));
    }
  }
  // A misspelt key is reported by finish(); this line is then the second half of the same story.
  if (count == 0 && required && !ignore_rest_) {
    wrong_here(fmt::format("expected one of {}, found none", listed(keys, "`", "and")));
  }
  return count;
}

bool table_reader::require(std::string_view key) {
  if (has(key) || ignore_rest_) return true;
  wrong_here(fmt::format("`{}` is missing", key));
  return false;
}

void table_reader::wrong(std::string_view key, const node& value, std::string message,
                         std::string hint) {
  out_->add(value.at, key_of(key), std::move(message), std::move(hint));
}

void table_reader::wrong_here(std::string message, std::string hint) {
  out_->add(at_, path_, std::move(message), std::move(hint));
}

void table_reader::finish() {
  if (ignore_rest_) return;
  for (const auto& m : table_->members) {
    if (std::find(known_.begin(), known_.end(), m.name) != known_.end()) continue;
    std::string hint = did_you_mean(m.name, known_);
    if (hint.empty()) {
      std::vector<std::string> sorted = known_;
      std::sort(sorted.begin(), sorted.end());
      sorted.erase(std::unique(sorted.begin(), sorted.end()), sorted.end());
      hint = fmt::format("known here: {}", fmt::join(sorted, ", "));
    }
    out_->add(m.at.in ? m.at : m.value.at, key_of(m.name), "unknown key", std::move(hint));
  }
}

std::string table_reader::key_of(std::string_view key) const {
  if (key.empty()) return path_;
  return path_.empty() ? key_step(key) : path_ + "." + key_step(key);
}

location table_reader::where(const std::string& key, const source& at) {
  if (at.in) return {at.in->name, at.line, at.column, key};
  return {"", 0, 0, at.name.empty() ? key : at.name};
}

}  // namespace freshet::config
