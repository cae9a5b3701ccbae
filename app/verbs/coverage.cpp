#include <array>

#include "app/client/plain_text.hpp"
#include "app/client/readable.hpp"
#include "app/exit_code.hpp"
#include "app/verbs/remote_flags.hpp"
#include "app/verbs/verbs.hpp"

namespace freshet::app {
namespace {

constexpr std::array<std::string_view, 3> troubles{"missing", "unverified", "parked"};

struct totals {
  std::uint64_t known = 0;
  std::array<std::uint64_t, troubles.size()> of{};
  std::uint64_t troubled() const { return of[0] + of[1] + of[2]; }
};

/// Nothing when a number is not there: no count must not look like zero.
std::optional<totals> add_up(simdjson::dom::array rows) {
  totals sum;
  for (const auto row : rows) {
    std::uint64_t known = 0;
    if (row.at_key("known").get(known)) return {};
    sum.known += known;
    for (std::size_t i = 0; i < troubles.size(); ++i) {
      std::uint64_t count = 0;
      if (row.at_key(troubles[i]).get(count)) return {};
      sum.of[i] += count;
    }
  }
  return sum;
}

/// Which gave up, and why; the server names some of them.
void print_parked(simdjson::dom::array rows) {
  for (const auto row : rows) {
    simdjson::dom::array pages;
    if (row.at_key("parked_pages").get(pages)) continue;
    for (const auto page : pages) {
      std::string_view path, why;
      if (page.at_key("page").get(path)) continue;
      if (page.at_key("error").get(why)) why = "no error is known";
      fmt::print("parked: {}: {}\n", printable(path), printable(why));
    }
  }
}

/// What a sweep found wrong, and which rule should have caught it.
void print_drift(simdjson::dom::array rows) {
  for (const auto row : rows) {
    simdjson::dom::array pages, rules;
    if (row.at_key("drift_pages").get(pages) || row.at_key("drift_rules").get(rules)) continue;
    for (const auto page : pages) {
      std::string_view path, at;
      if (page.at_key("page").get(path) || page.at_key("at").get(at)) continue;
      fmt::print("was wrong: {}: until {}\n", printable(path), printable(at));
    }
    for (const auto rule : rules) {
      std::string_view name;
      std::uint64_t wrong = 0, matched = 0;
      if (rule.at_key("rule").get(name) || rule.at_key("wrong").get(wrong) ||
          rule.at_key("matched").get(matched))
        continue;
      fmt::print("should have caught {} of them: {} (matched {} events)\n", wrong, printable(name),
                 matched);
    }
  }
}

int coverage(const remote_flags& flags, std::uint64_t allow, bool as_json) {
  int code = exit_ok;
  const auto admin = open_remote(flags, listener_kind::admin, code);
  if (!admin) return code;
  const auto answer = admin->get("/-/pages");
  json_answer json;
  const auto document = json.read(answer, code);
  if (!document) return code;
  simdjson::dom::array rows;
  std::optional<totals> sum;
  if (!document->get(rows)) sum = add_up(rows);
  if (!sum) {
    fmt::print(stderr, "freshet: expected known, missing, unverified and parked for each page\n");
    return exit_failed;
  }
  if (as_json) {
    fmt::print("{}\n", answer->body);
  } else {
    if (rows.size() > 0) {
      fmt::print("{}\n", readable(std::chrono::system_clock::now()).table(rows));
    }
    print_parked(rows);
    print_drift(rows);
    fmt::print("{} known, {} missing, {} unverified, {} parked\n", sum->known, sum->of[0],
               sum->of[1], sum->of[2]);
  }
  return sum->troubled() > allow ? exit_failed : exit_ok;
}

}  // namespace

void add_coverage(CLI::App& cli, verb& chosen) {
  auto* sub = cli.add_subcommand("coverage", "how many known pages are there, right and verified");
  const auto flags = add_remote_flags(*sub, listener_kind::admin);
  auto allow = std::make_shared<std::uint64_t>(0);
  sub->add_option("--allow", *allow, "so many missing, unverified or parked pages are fine")
      ->check(CLI::NonNegativeNumber)
      ->capture_default_str();
  auto as_json = std::make_shared<bool>(false);
  sub->add_flag("--json", *as_json, "the answer as it is");
  sub->footer(
      "Exit codes: 0 all is there, 1 more than --allow are missing, unverified or parked, 69 no "
      "answer.");
  sub->callback([&chosen, flags, allow, as_json] {
    chosen = [flags, allow, as_json] { return coverage(*flags, *allow, *as_json); };
  });
}

}  // namespace freshet::app
