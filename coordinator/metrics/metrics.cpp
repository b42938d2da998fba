#include "coordinator/metrics/metrics.hpp"

#include "shared/metrics/process.hpp"

namespace farm::metrics {

std::string Metrics::text() const {
  set_process(registry_, id(Metric::Process), read_process());
  return registry_.text();
}

}  // namespace farm::metrics
