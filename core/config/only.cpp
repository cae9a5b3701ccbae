#include "core/config/scalars.hpp"
#include "core/config/sections.hpp"

namespace freshet::config {
namespace {

result<std::string> to_field_name(const node& value) {
  auto text = to_filled_text(value);
  if (text.has_error()) return text;
  return is_field_name(*text)
             ? text
             : unexpected("the name of a header field such as \"X-Auth-User\"", value);
}

}  // namespace

void read_only(table_reader& page, page_settings& into) {
  const node* value = page.take("only");
  if (value == nullptr) return;
  table_reader t(*value, page.key_of("only"), page.out());
  for (const auto& m : t.table().members) {
    std::string header;
    if (t.read(m.name, header, to_field_name)) into.only.emplace_back(m.name, std::move(header));
  }
  if (value->is == node::type::table && value->members.empty())
    t.wrong_here("expected a parameter and its header: { user = \"X-Auth-User\" }");
  t.finish();
  // No cache between us and its reader may hand it to anybody else.
  auto& control = into.cache_control;
  if (control.find("public") != std::string::npos || control.find("s-maxage") != std::string::npos)
    page.wrong("cache_control", *page.take("cache_control"),
               "a page with `only` is private: no `public`, no `s-maxage`");
  if (control.find("private") == std::string::npos) control = "private, " + control;
}

void check_only(const node& pages, const settings& of, problems& out) {
  if (!of.proxies.empty()) return;
  for (const auto& page : of.pages)
    if (!page.only.empty())
      out.add(pages.find(page.name)->find("only")->at, page.where.key + ".only",
              "only a proxy can name who may see this page, and `proxies` is empty");
}

}  // namespace freshet::config
