#pragma once

#include <memory>

#include "jobs/call_limit.hpp"
#include "ml/vision_engine.hpp"

namespace vitrine {

/// `engine`, whose model calls on pixels each wait for their turn. Throws Error(RateLimited) where that does not come:
/// CallLimit::wait_for_turn. Matching words is no model call on pixels and is not limited.
std::unique_ptr<VisionEngine> make_limited_engine(std::unique_ptr<VisionEngine> engine,
                                                  std::unique_ptr<CallLimit> limit);

} // namespace vitrine
