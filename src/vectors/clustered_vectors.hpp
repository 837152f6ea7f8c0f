#pragma once

#include <cmath>
#include <cstddef>
#include <random>
#include <vector>

#include <vitrine/image.hpp>

namespace vitrine {

/// How `ClusteredVectors` are spread.
struct Clusters {
    std::size_t dimensions = 512;
    std::size_t cluster_size = 50; ///< vectors per cluster: things of one sort
    double common = 1.0;           ///< length of what all vectors share, against 1 for a cluster's own direction
    double spread = 0.7;           ///< of the vectors of a cluster around its centre
    double decay = 0.3;            ///< the i-th direction has strength i^-decay: few directions carry much
    unsigned seed = 1;
};

/// Vectors like those of a catalogue, for tests and benchmarks: a mixture of Gaussians with a common part and unequal
/// directions, of unit length. (Independent random vectors would be no test: in many dimensions all are equally far.)
class ClusteredVectors {
public:
    explicit ClusteredVectors(const Clusters& clusters)
        : clusters_(clusters), random_(clusters.seed), strength_(clusters.dimensions), common_(clusters.dimensions) {
        double squares = 0.0;
        for (std::size_t i = 0; i < strength_.size(); ++i) {
            strength_[i] = std::pow(static_cast<double>(i + 1), -clusters.decay);
            squares += strength_[i] * strength_[i];
        }
        for (double& strength : strength_) strength /= std::sqrt(squares);
        const double each = clusters.common / std::sqrt(static_cast<double>(clusters.dimensions));
        for (double& value : common_) value = each * normal_(random_);
    }

    /// The next vector of the catalogue.
    Embedding next() {
        if (made_++ % clusters_.cluster_size == 0) {
            centre_ = common_;
            for (std::size_t i = 0; i < centre_.size(); ++i) centre_[i] += strength_[i] * normal_(random_);
        }
        return near(centre_, clusters_.spread);
    }

    std::vector<Embedding> next(std::size_t count) {
        std::vector<Embedding> vectors(count);
        for (auto& vector : vectors) vector = next();
        return vectors;
    }

    /// Another picture of what `vector` shows.
    Embedding like(const Embedding& vector) {
        const double length =
            std::sqrt(1.0 + clusters_.common * clusters_.common + clusters_.spread * clusters_.spread);
        return near({vector.begin(), vector.end()}, 0.6 * clusters_.spread / length);
    }

private:
    Embedding near(const std::vector<double>& centre, double spread) {
        std::vector<double> values(centre);
        double squares = 0.0;
        for (std::size_t i = 0; i < values.size(); ++i) {
            values[i] += spread * strength_[i] * normal_(random_);
            squares += values[i] * values[i];
        }
        Embedding unit(values.size());
        for (std::size_t i = 0; i < values.size(); ++i) unit[i] = static_cast<float>(values[i] / std::sqrt(squares));
        return unit;
    }

    const Clusters clusters_;
    std::mt19937 random_;
    std::normal_distribution<double> normal_;
    std::vector<double> strength_;
    std::vector<double> common_;
    std::vector<double> centre_;
    std::size_t made_ = 0;
};

} // namespace vitrine
