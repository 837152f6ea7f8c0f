#pragma once

#include <memory>

#include "ml/describer.hpp"
#include "ml/detector.hpp"
#include "ml/matcher.hpp"
#include "pipeline/call_guard.hpp"

namespace vitrine {

/// The same part, each of whose calls goes through the guard: of an engine in this process. Parts that ask a server
/// pass their guard themselves (ModelServerOptions::gate). Knowing versions is no call.
std::shared_ptr<Detector> guarded(std::shared_ptr<Detector> detector, std::shared_ptr<CallGuard> guard);
std::shared_ptr<Describer> guarded(std::shared_ptr<Describer> describer, std::shared_ptr<CallGuard> guard);
std::shared_ptr<Matcher> guarded(std::shared_ptr<Matcher> matcher, std::shared_ptr<CallGuard> guard);

} // namespace vitrine
