#pragma once

#include <span>

#include "core/url/placeholder.hpp"
#include "store/page/page_class.hpp"

namespace freshet {

/// What the placeholders of a page's fetches stand for: `{name}` its parameters (an `int` one is a
/// number in JSON), `{/pointer}` what earlier fetches put into the document; nothing there = empty.
///
/// Errors:   missing: no such parameter; malformed: the pointer names an array or an object.
/// Lifetime: borrows all three until the expansion ends; `document` may be null.
template_lookup lookup_in(const page_class& page, const page_key& key,
                          const simdjson::dom::element* document);

/// For the check of a configuration: every name is a parameter of the page.
/// Errors: missing, naming the first that is not.
result<void> check_names(const page_class& page, std::span<const placeholder> wanted);

}  // namespace freshet
