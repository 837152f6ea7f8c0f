#include "core/geometric_verification.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <limits>
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

Descriptors widen(std::span<const LocalFeature> features) {
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
    double log_scale = 0.0;
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

/// The candidate's nearest feature, if it is distinct. `distances` is scratch space, one place for each of them.
std::optional<Match> match_one(const LocalFeatures& query, const Descriptors& query_rows, int q,
                               const LocalFeatures& candidate, const Descriptors& candidate_rows,
                               std::vector<std::int32_t>& distances, double ratio) {
    const auto* row = query_rows.row(q);
    const std::int32_t square = query_rows.squares[q];
    int nearest = 0;
    for (int c = 0; c < candidate_rows.size(); ++c) {
        distances[c] = square + candidate_rows.squares[c] - 2 * dot(row, candidate_rows.row(c));
        if (distances[c] < distances[nearest]) nearest = c;
    }
    const double near = distances[nearest];
    const auto limit = static_cast<std::int32_t>(std::min(2e9, near / (ratio * ratio)));
    std::int32_t second = std::numeric_limits<std::int32_t>::max();
    for (int c = 0; c < candidate_rows.size(); ++c) {
        if (distances[c] >= second || c == nearest || same_place(candidate[c], candidate[nearest])) continue;
        second = distances[c];
        if (second <= limit) return std::nullopt;
    }
    const auto& from = query[q];
    const auto& to = candidate[nearest];
    const double scale = double{to.scale} / std::max(1e-3, double{from.scale});
    return Match{q, nearest, near / second, std::log(std::max(1e-3, scale)),
                 (to.angle - from.angle) * std::numbers::pi / 180.0};
}

std::vector<Match> tentative_matches(const LocalFeatures& query, const Descriptors& query_rows,
                                     const LocalFeatures& candidate, const Descriptors& candidate_rows, double ratio) {
    std::vector<Match> matches;
    std::vector<std::int32_t> distances(static_cast<std::size_t>(candidate_rows.size()));
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
          angle_(options.angle_degrees * std::numbers::pi / 180.0), taken_(candidate.size(), 0) {}

    [[nodiscard]] Verification best() {
        std::vector<int> best, agreeing;
        const int tried = std::min<int>(static_cast<int>(matches_.size()), options_.hypotheses_max);
        for (int i = 0; i < tried; ++i) {
            inliers(similarity(matches_[i]), agreeing);
            if (agreeing.size() > best.size()) std::swap(best, agreeing);
        }
        for (int round = 0; round < 3 && best.size() >= 4; ++round) {
            const auto refined = least_squares(best);
            if (!refined) break;
            inliers(*refined, agreeing);
            if (agreeing.size() < best.size()) break;
            std::swap(best, agreeing);
        }
        return report(best);
    }

private:
    [[nodiscard]] Point from(const Match& match) const { return {query_[match.query].x, query_[match.query].y}; }
    [[nodiscard]] Point to(const Match& match) const {
        return {candidate_[match.candidate].x, candidate_[match.candidate].y};
    }

    [[nodiscard]] Affine similarity(const Match& match) const {
        const double c = std::exp(match.log_scale) * std::cos(match.angle);
        const double s = std::exp(match.log_scale) * std::sin(match.angle);
        const Point p = from(match);
        const Point q = to(match);
        return {c, -s, q.x - c * p.x + s * p.y, s, c, q.y - s * p.x - c * p.y};
    }

    /// Matches that the transform explains, each feature of the candidate once: the most distinct match of it.
    void inliers(const Affine& transform, std::vector<int>& agreeing) {
        agreeing.clear();
        ++trial_;
        const double scale = transform.scale();
        if (!(scale > 0.0)) return;
        const double log_scale = std::log(scale);
        const double angle = transform.angle();
        for (int i = 0; i < static_cast<int>(matches_.size()); ++i) {
            const Match& match = matches_[i];
            const Point predicted = transform(from(match));
            const Point actual = to(match);
            const double dx = predicted.x - actual.x;
            const double dy = predicted.y - actual.y;
            if (dx * dx + dy * dy > tolerance_ * tolerance_ || taken_[match.candidate] == trial_) continue;
            if (std::abs(match.log_scale - log_scale) > log_scale_) continue;
            if (angle_between(match.angle, angle) > angle_) continue;
            taken_[match.candidate] = trial_;
            agreeing.push_back(i);
        }
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
    std::vector<int> taken_; ///< the last trial that took this feature of the candidate
    int trial_ = 0;
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

/// One side of a comparison; `rows` may hold fewer than all features, the strongest.
struct Side {
    const LocalFeatures* features;
    Descriptors rows;
};

Side strongest(const LocalFeatures& features, int count) {
    const auto kept = std::min(features.size(), static_cast<std::size_t>(std::max(0, count)));
    return {&features, widen(std::span(features).first(kept))};
}

constexpr int all_features = std::numeric_limits<int>::max();

Verification compare(const Side& query, const Side& candidate, const VerificationOptions& options) {
    if (query.rows.size() < 2 || candidate.rows.size() < 2) return {};
    auto matches = tentative_matches(*query.features, query.rows, *candidate.features, candidate.rows, options.ratio);
    return Agreement(*query.features, *candidate.features, std::move(matches), options).best();
}

void keep_better(Verification& known, Verification found, bool mirrored) {
    if (found.inliers <= known.inliers) return;
    known = std::move(found);
    known.mirrored = mirrored;
}

/// Indexes of the candidates with the most inliers, at most `count`, none without inliers.
std::vector<std::size_t> most_inliers(const std::vector<Verification>& results, int count) {
    std::vector<std::size_t> order;
    for (std::size_t i = 0; i < results.size(); ++i) {
        if (results[i].inliers > 0) order.push_back(i);
    }
    std::ranges::stable_sort(order, [&](auto a, auto b) { return results[a].inliers > results[b].inliers; });
    order.resize(std::min(order.size(), static_cast<std::size_t>(std::max(0, count))));
    return order;
}

} // namespace

Verification verify(const LocalFeatures& query, const LocalFeatures& candidate, const VerificationOptions& options) {
    const Side other = strongest(candidate, all_features);
    Verification result = compare(strongest(query, all_features), other, options);
    if (options.mirrored) {
        const LocalFeatures reflected = mirror(query);
        keep_better(result, compare(strongest(reflected, all_features), other, options), true);
    }
    return result;
}

std::vector<Verification> verify_all(const LocalFeatures& query, std::span<const LocalFeatures* const> candidates,
                                     const VerificationOptions& options) {
    const Side glance = strongest(query, options.glance_query);
    std::vector<Verification> results;
    for (const LocalFeatures* candidate : candidates) {
        results.push_back(compare(glance, strongest(*candidate, options.glance_candidate), options));
    }
    const bool plain = std::ranges::any_of(results, [&](const auto& r) { return r.inliers >= options.plain_inliers; });
    const LocalFeatures reflected = options.mirrored && !plain ? mirror(query) : LocalFeatures{};
    const Side reflected_glance = strongest(reflected, options.glance_query);
    const auto reflected_count =
        std::min(candidates.size(), static_cast<std::size_t>(std::max(0, options.mirrored_max)));
    for (std::size_t i = 0; i < reflected_count && !reflected.empty(); ++i) {
        const Side other = strongest(*candidates[i], options.glance_candidate);
        keep_better(results[i], compare(reflected_glance, other, options), true);
    }
    const Side whole = strongest(query, all_features);
    const Side reflected_whole = strongest(reflected, all_features);
    for (const std::size_t i : most_inliers(results, options.full_max)) {
        const bool mirrored = results[i].mirrored;
        const Side other = strongest(*candidates[i], all_features);
        keep_better(results[i], compare(mirrored ? reflected_whole : whole, other, options), mirrored);
    }
    return results;
}

} // namespace vitrine
