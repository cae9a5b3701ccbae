#pragma once

#include <string_view>

namespace freshet::web {

/// The files of this folder, as they are.
extern const std::string_view live_js;        // text/javascript, at /-/live.js
extern const std::string_view demo_html;      // a template, see template.hpp
extern const std::string_view tutorial_html;  // a template

}  // namespace freshet::web
