#pragma once

#include <memory>
#include <random>

#include "connectors/upstream/demo/demo_world.hpp"
#include "connectors/upstream/upstream.hpp"

namespace freshet {

/// Answers from a demo_world as it is when the question arrives, after a realistic while (half to
/// twice the median latency).
class demo_upstream final : public upstream {
 public:
  demo_upstream(std::string name, std::shared_ptr<const demo_world> world,
                std::chrono::nanoseconds latency, std::uint64_t seed);
  std::string_view name() const override { return name_; }
  boost::asio::awaitable<result<upstream_answer>> fetch(upstream_request request) override;

 private:
  std::string name_;
  std::shared_ptr<const demo_world> world_;
  std::chrono::nanoseconds latency_;
  std::mt19937_64 random_;
};

}  // namespace freshet
