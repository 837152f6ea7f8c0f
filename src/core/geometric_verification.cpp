#include "core/geometric_verification.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <numbers>
#include <optional>

namespace vitrine {
namespace {

constexpr int dimensions = LocalFeature::dimensions;

/// Descriptors widened to 16 bits, so that the compiler turns their dot products into multiply-add instructions.
struct Descriptors {
    std::vector<std::int16_t> values;
    std::vector<std::int32_t> squares;

    [[nodiscard]] int size() const { return static_cast<int>(squares.size()); }
    [[nodiscard]] const std::int16_t* row(int index) const { return values.data() + std::size_t(index) * dimensions; }
};

Descriptors widen(const LocalFeatures& features) {
    Descriptors result;
    result.values.reserve(features.size() * dimensions);
    result.squares.reserve(features.size());
    for (const auto& feature : features) {
        std::int32_t square = 0;
        for (const std::int32_t value : feature.descriptor) {
            result.values.push_back(static_cast<std::int16_t>(value));
            square += value * value;
        }
        result.squares.push_back(square);
    }
    return result;
}

std::int32_t dot(const std::int16_t* a, const std::int16_t* b) {
    std::int32_t sum = 0;
    for (int i = 0; i < dimensions; ++i) sum += std::int32_t{a[i]} * std::int32_t{b[i]};
    return sum;
}

/// The feature as it would be found in the mirror image: x turned round, so that angles run the other way, and the
/// descriptor's rows (across the keypoint's direction) and gradient directions change sides.
LocalFeature mirror(const LocalFeature& feature) {
    LocalFeature result = feature;
    result.x = -feature.x;
    result.angle = std::fmod(540.0F - feature.angle, 360.0F);
    for (int row = 0; row < 4; ++row) {
        for (int column = 0; column < 4; ++column) {
            for (int direction = 0; direction < 8; ++direction) {
                result.descriptor[((3 - row) * 4 + column) * 8 + (8 - direction) % 8] =
                    feature.descriptor[(row * 4 + column) * 8 + direction];
            }
        }
    }
    return result;
}

LocalFeatures mirror(const LocalFeatures& features) {
    LocalFeatures result;
    result.reserve(features.size());
    for (const auto& feature : features) result.push_back(mirror(feature));
    return result;
}

struct Point {
    double x = 0.0;
    double y = 0.0;
};

/// A tentative match with the similarity transform that its two keypoints imply.
struct Match {
    int query = 0;
    int candidate = 0;
    double distinctness = 0.0; ///< squared ratio of nearest to second-nearest distance: lower is more distinct
    double scale = 1.0;
    double angle = 0.0; ///< radians
};

/// x' = a x + b y + tx; y' = c x + d y + ty
struct Affine {
    double a = 1.0, b = 0.0, tx = 0.0;
    double c = 0.0, d = 1.0, ty = 0.0;

    [[nodiscard]] Point operator()(Point p) const { return {a * p.x + b * p.y + tx, c * p.x + d * p.y + ty}; }
    [[nodiscard]] double scale() const { return std::sqrt(std::abs(a * d - b * c)); }
    [[nodiscard]] double angle() const { return std::atan2(c - b, a + d); }
};

double extent(const LocalFeatures& features) {
    float left = features[0].x, right = left, top = features[0].y, bottom = top;
    for (const auto& feature : features) {
        left = std::min(left, feature.x);
        right = std::max(right, feature.x);
        top = std::min(top, feature.y);
        bottom = std::max(bottom, feature.y);
    }
    return std::max({right - left, bottom - top, 1.0F});
}

/// One keypoint may come several times with different angles: those are the same place.
bool same_place(const LocalFeature& a, const LocalFeature& b) {
    return std::abs(a.x - b.x) + std::abs(a.y - b.y) < 0.25F * std::max(a.scale, b.scale);
}

std::optional<Match> match_one(const LocalFeatures& query, const Descriptors& query_rows, int q,
                               const LocalFeatures& candidate, const Descriptors& candidate_rows,
                               std::vector<std::int32_t>& distances, double ratio) {
    const auto* row = query_rows.row(q);
    const int count = candidate_rows.size();
    for (int c = 0; c < count; ++c) distances[c] = candidate_rows.squares[c] - 2 * dot(row, candidate_rows.row(c));
    const int nearest =
        static_cast<int>(std::min_element(distances.begin(), distances.begin() + count) - distances.begin());
    // The query's own square is common to all distances, and is needed for their ratio alone.
    const double near = distances[nearest] + query_rows.squares[q];
    const double limit = near / (ratio * ratio);
    double second = 4e9;
    for (int c = 0; c < count; ++c) {
        const double distance = distances[c] + query_rows.squares[q];
        if (distance < second && c != nearest && !same_place(candidate[c], candidate[nearest])) second = distance;
        if (second <= limit) return std::nullopt;
    }
    const auto& from = query[q];
    const auto& to = candidate[nearest];
    return Match{q, nearest, near / second, double{to.scale} / std::max(1e-3, double{from.scale}),
                 (to.angle - from.angle) * std::numbers::pi / 180.0};
}

std::vector<Match> tentative_matches(const LocalFeatures& query, const Descriptors& query_rows,
                                     const LocalFeatures& candidate, const Descriptors& candidate_rows, double ratio) {
    std::vector<Match> matches;
    std::vector<std::int32_t> distances(candidate.size());
    for (int q = 0; q < query_rows.size(); ++q) {
        if (auto match = match_one(query, query_rows, q, candidate, candidate_rows, distances, ratio)) {
            matches.push_back(*match);
        }
    }
    std::ranges::stable_sort(matches, {}, &Match::distinctness);
    return matches;
}

double angle_between(double a, double b) {
    return std::abs(std::remainder(a - b, 2 * std::numbers::pi));
}

/// The tentative matches of one query and one candidate, and the search for the transform most of them agree on.
class Agreement {
public:
    Agreement(const LocalFeatures& query, const LocalFeatures& candidate, std::vector<Match> matches,
              const VerificationOptions& options)
        : query_(query), candidate_(candidate), matches_(std::move(matches)), options_(options),
          tolerance_(options.tolerance * extent(candidate)), log_scale_(std::log(options.scale_factor)),
          angle_(options.angle_degrees * std::numbers::pi / 180.0) {}

    [[nodiscard]] Verification best() const {
        std::vector<int> best;
        const int tried = std::min<int>(static_cast<int>(matches_.size()), options_.hypotheses_max);
        for (int i = 0; i < tried; ++i) {
            if (auto agreeing = inliers(similarity(matches_[i]), 1.0); agreeing.size() > best.size()) {
                best = std::move(agreeing);
            }
        }
        for (int round = 0; round < 3 && best.size() >= 4; ++round) {
            const auto refined = least_squares(best);
            if (!refined) break;
            auto agreeing = inliers(*refined, 1.0);
            if (agreeing.size() < best.size()) break;
            best = std::move(agreeing);
        }
        return report(best);
    }

private:
    [[nodiscard]] Point from(const Match& match) const { return {query_[match.query].x, query_[match.query].y}; }
    [[nodiscard]] Point to(const Match& match) const {
        return {candidate_[match.candidate].x, candidate_[match.candidate].y};
    }

    [[nodiscard]] Affine similarity(const Match& match) const {
        const double c = match.scale * std::cos(match.angle);
        const double s = match.scale * std::sin(match.angle);
        const Point p = from(match);
        const Point q = to(match);
        return {c, -s, q.x - c * p.x + s * p.y, s, c, q.y - s * p.x - c * p.y};
    }

    /// Matches that the transform explains, each feature of the candidate once: the most distinct match of it.
    [[nodiscard]] std::vector<int> inliers(const Affine& transform, double slack) const {
        std::vector<int> agreeing;
        std::vector<bool> taken(candidate_.size(), false);
        const double scale = transform.scale();
        const double angle = transform.angle();
        const double limit = slack * tolerance_ * slack * tolerance_;
        for (int i = 0; i < static_cast<int>(matches_.size()); ++i) {
            const Match& match = matches_[i];
            const Point predicted = transform(from(match));
            const Point actual = to(match);
            const double dx = predicted.x - actual.x;
            const double dy = predicted.y - actual.y;
            if (dx * dx + dy * dy > limit || taken[match.candidate]) continue;
            if (std::abs(std::log(match.scale / scale)) > log_scale_) continue;
            if (angle_between(match.angle, angle) > angle_) continue;
            taken[match.candidate] = true;
            agreeing.push_back(i);
        }
        return agreeing;
    }

    [[nodiscard]] std::optional<Affine> least_squares(const std::vector<int>& agreeing) const;
    [[nodiscard]] Verification report(const std::vector<int>& agreeing) const;

    const LocalFeatures& query_;
    const LocalFeatures& candidate_;
    std::vector<Match> matches_;
    const VerificationOptions& options_;
    double tolerance_;
    double log_scale_;
    double angle_;
};

/// The affine transform nearest to the matches. Nothing when the points lie on a line, or when the transform would
/// squeeze more than a camera's view of a flat thing does.
std::optional<Affine> Agreement::least_squares(const std::vector<int>& agreeing) const {
    Point mean;
    for (const int i : agreeing) {
        mean.x += from(matches_[i]).x / static_cast<double>(agreeing.size());
        mean.y += from(matches_[i]).y / static_cast<double>(agreeing.size());
    }
    double xx = 0, xy = 0, yy = 0, xu = 0, yu = 0, xv = 0, yv = 0, u = 0, v = 0;
    for (const int i : agreeing) {
        const Point p{from(matches_[i]).x - mean.x, from(matches_[i]).y - mean.y};
        const Point q = to(matches_[i]);
        xx += p.x * p.x;
        xy += p.x * p.y;
        yy += p.y * p.y;
        xu += p.x * q.x;
        yu += p.y * q.x;
        xv += p.x * q.y;
        yv += p.y * q.y;
        u += q.x;
        v += q.y;
    }
    const double determinant = xx * yy - xy * xy;
    const double n = static_cast<double>(agreeing.size());
    if (!(determinant > 1e-4 * (xx + yy) * (xx + yy))) return std::nullopt;
    Affine result;
    result.a = (xu * yy - yu * xy) / determinant;
    result.b = (yu * xx - xu * xy) / determinant;
    result.c = (xv * yy - yv * xy) / determinant;
    result.d = (yv * xx - xv * xy) / determinant;
    result.tx = u / n - result.a * mean.x - result.b * mean.y;
    result.ty = v / n - result.c * mean.x - result.d * mean.y;
    const double area = result.a * result.d - result.b * result.c;
    const double spread = result.a * result.a + result.b * result.b + result.c * result.c + result.d * result.d;
    if (!(area > 0.0) || spread > 5.0 * area) return std::nullopt;
    return result;
}

Verification Agreement::report(const std::vector<int>& agreeing) const {
    Verification result;
    if (static_cast<int>(agreeing.size()) < std::max(1, options_.inliers_min)) return result;
    result.inliers = static_cast<int>(agreeing.size());
    result.inlier_ratio = static_cast<double>(agreeing.size()) / static_cast<double>(matches_.size());
    for (const int i : agreeing) result.matches.emplace_back(matches_[i].query, matches_[i].candidate);
    return result;
}

struct Side {
    const LocalFeatures& features;
    const Descriptors& rows;
};

Verification verify_one(const Side& query, const Side& candidate, const VerificationOptions& options) {
    if (query.features.size() < 2 || candidate.features.size() < 2) return {};
    auto matches = tentative_matches(query.features, query.rows, candidate.features, candidate.rows, options.ratio);
    return Agreement(query.features, candidate.features, std::move(matches), options).best();
}

} // namespace

Verification verify(const LocalFeatures& query, const LocalFeatures& candidate, const VerificationOptions& options) {
    const std::array<const LocalFeatures*, 1> one{&candidate};
    return verify_all(query, one, options).front();
}

std::vector<Verification> verify_all(const LocalFeatures& query, std::span<const LocalFeatures* const> candidates,
                                     const VerificationOptions& options) {
    const Descriptors query_rows = widen(query);
    const LocalFeatures mirrored = options.mirrored ? mirror(query) : LocalFeatures{};
    const Descriptors mirrored_rows = widen(mirrored);
    std::vector<Verification> results;
    results.reserve(candidates.size());
    for (const LocalFeatures* candidate : candidates) {
        const Descriptors rows = widen(*candidate);
        auto result = verify_one({query, query_rows}, {*candidate, rows}, options);
        if (options.mirrored) {
            auto reflected = verify_one({mirrored, mirrored_rows}, {*candidate, rows}, options);
            if (reflected.inliers > result.inliers) {
                result = std::move(reflected);
                result.mirrored = true;
            }
        }
        results.push_back(std::move(result));
    }
    return results;
}

} // namespace vitrine
