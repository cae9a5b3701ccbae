#include "core/config/verify.hpp"

#include <fmt/format.h>

#include "core/config/scalars.hpp"
#include "core/text/quoted.hpp"

namespace freshet::config {
namespace {

result<glob> to_signer(const node& value) {
  auto text = to_filled_text(value);
  if (text.has_error()) return text.error();
  auto pattern = glob::parse(*text);
  if (pattern.has_error() || text->find("{}") != std::string::npos)
    return fail(errc::malformed, "expected a name such as \"koji-*\", found " + describe(value));
  return pattern;
}

void read_names(table_reader& verify, verify_settings& into) {
  const node* value = verify.take("names");
  if (value == nullptr) return;
  constexpr std::size_t patterns_max = 256;
  table_reader t(*value, verify.key_of("names"), verify.out());
  if (t.table().members.empty() || t.table().members.size() > patterns_max)
    t.wrong_here("expected 1 to 256 topic patterns");
  for (const auto& m : t.table().members) {
    std::vector<glob> signers;
    const bool read = t.read_list(m.name, signers, to_signer);
    if (read && signers.empty()) t.wrong(m.name, m.value, "expected at least one name");
    auto pattern = topic_pattern::parse(m.name);
    if (!pattern) {
      verify.out().add(m.at, t.key_of(m.name), pattern.error().detail);
    } else {
      into.names.emplace_back(std::move(*pattern), std::move(signers));
    }
  }
  t.finish();
}

}  // namespace

void read_verify(table_reader& bus, std::optional<verify_settings>& into) {
  const node* value = bus.take("verify");
  if (value == nullptr) return;
  table_reader t(*value, bus.key_of("verify"), bus.out());
  verify_settings made;
  t.read_choice("mode", made.mode, {"off", "warn", "enforce"});
  if (made.mode != "off") t.require("ca");
  t.read("ca", made.ca, to_filled_text);
  t.read("crl", made.crl, to_filled_text);
  read_names(t, made);
  t.finish();
  if (made.mode != "off") into = std::move(made);
}

std::string show_verify(const verify_settings& from) {
  std::string out = fmt::format("{{ mode = {}, ca = {}", in_quotes(from.mode), in_quotes(from.ca));
  if (!from.crl.empty()) out += ", crl = " + in_quotes(from.crl);
  std::string names;
  for (const auto& [pattern, signers] : from.names) {
    std::string list;
    for (const auto& one : signers) list += (list.empty() ? "" : ", ") + in_quotes(one.text());
    names += fmt::format("{}{} = [{}]", names.empty() ? "" : ", ", in_quotes(pattern.text()), list);
  }
  if (!names.empty()) out += ", names = { " + names + " }";
  return out + " }";
}

}  // namespace freshet::config
