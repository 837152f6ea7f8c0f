#pragma once

#include <string>
#include <vector>

namespace vitrine {

/// How well does this phrase fit that name? Safe from any thread. Throws as VisionEngine does.
class Matcher {
public:
    virtual ~Matcher() = default;

    /// A score in [0, 1] for each candidate, in their order.
    [[nodiscard]] virtual std::vector<double> match(const std::string& target,
                                                    const std::vector<std::string>& candidates) = 0;
};

} // namespace vitrine
