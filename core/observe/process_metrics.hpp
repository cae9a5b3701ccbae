#pragma once

#include "core/observe/metrics.hpp"

namespace freshet {

/// What every exporter tells of its process, under the names that dashboards know.
///
/// Source: Prometheus' "standard and runtime collectors"; Linux' /proc/self.
void register_process_metrics(metrics& m);

}  // namespace freshet
