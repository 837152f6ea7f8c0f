#pragma once

#include <cmath>
#include <numbers>
#include <random>

namespace vitrine::training {

/// Random numbers that are the same on every machine for the same seed; the standard's own distributions are not.
class Randomness {
public:
    explicit Randomness(std::uint32_t seed) : engine_(seed) {}

    /// In [0, 1).
    double unit() { return static_cast<double>(engine_()) / 4294967296.0; }
    double between(double low, double high) { return low + (high - low) * unit(); }
    int below(int limit) { return static_cast<int>(unit() * limit); }
    bool chance(double probability) { return unit() < probability; }
    double normal() { return std::sqrt(-2.0 * std::log(1.0 - unit())) * std::cos(2.0 * std::numbers::pi * unit()); }

private:
    std::mt19937 engine_;
};

} // namespace vitrine::training
