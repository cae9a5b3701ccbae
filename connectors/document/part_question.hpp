#pragma once

#include "connectors/document/page_recipe.hpp"
#include "connectors/document/shape.hpp"
#include "connectors/upstream/upstream.hpp"
#include "core/url/placeholder.hpp"

namespace freshet {

/// What one part asks its upstream, its placeholders replaced. Whose turn it is stays open.
///
/// Errors: the look-up's own; a value that does not fit its place.
result<upstream_request> question_of(const part_recipe& part, const template_lookup& lookup);

/// Which rows of the answer are wanted. A number that was not given leaves none out.
///
/// Errors: the look-up's own; malformed: a parameter that is no number of rows.
result<shape_request> rows_wanted(const part_recipe& part, std::size_t max_size,
                                  const template_lookup& lookup);

}  // namespace freshet
