#pragma once

#include <memory>

#include "app/server/engine.hpp"
#include "connectors/heavy/encodings.hpp"
#include "connectors/inspect/inspector.hpp"
#include "net/api/admin/admin_responder.hpp"
#include "net/api/public/page_responder.hpp"

namespace freshet::app {

struct side_site;

/// One configuration at work: its engine and what answers from it on home. A slow answer keeps the
/// generation it began with alive.
///
/// Lifetime: the engine was closed before the destructor.
/// Threads:  made and destroyed on home.
struct generation : std::enable_shared_from_this<generation> {
  std::unique_ptr<engine> core;
  std::unique_ptr<encodings> codings;
  std::unique_ptr<inspector> inspect;
  std::unique_ptr<api::page_responder> pages;
  std::unique_ptr<api::admin_responder> admin;
  std::vector<std::weak_ptr<side_site>> sides;      // of the other loops
  std::vector<std::shared_ptr<side_site>> opening;  // until they are served
  unsigned gauges = 0;                              // its set in the metrics

  std::shared_ptr<http::responder> public_answers() { return {shared_from_this(), pages.get()}; }
  std::shared_ptr<http::responder> admin_answers() { return {shared_from_this(), admin.get()}; }
};

}  // namespace freshet::app
