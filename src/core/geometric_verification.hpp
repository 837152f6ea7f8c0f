#pragma once

#include <span>
#include <utility>
#include <vector>

#include "core/local_features.hpp"

namespace vitrine {

/// How two crops' local features are compared. The defaults were chosen on photos of packages (docs/quality.md).
struct VerificationOptions {
    double ratio = 0.8; ///< a match must be this much nearer than the second-nearest other place (Lowe's ratio test)
    double tolerance = 0.06; ///< how far a point may lie from its predicted place, as a part of the candidate's extent
    double scale_factor = 1.6;  ///< how much a match's own change of scale may differ from the transform's
    double angle_degrees = 25;  ///< how much a match's own rotation may differ from the transform's
    int hypotheses_max = 150;   ///< transforms tried: those of the most distinct matches
    int inliers_min = 4;        ///< fewer than these prove nothing and are reported as none
    bool mirrored = true;       ///< also try the query as seen in a mirror, and keep the better
    int glance_query = 150;     ///< `verify_all` first compares so many of the query's strongest features
    int glance_candidate = 260; ///< with so many of each candidate's,
    int full_max = 6;           ///< then all features of the best so many candidates
    int mirrored_max = 12;      ///< only the first so many candidates, if none was plain, are tried in a mirror
    int plain_inliers = 15;     ///< from so many inliers on a match is plain, and no mirror is needed
};

/// What the local features say of two crops showing the same thing.
struct Verification {
    int inliers = 0;           ///< features of the candidate, each counted once, that agree on one transform
    double inlier_ratio = 0.0; ///< inliers over tentative matches, in [0, 1]
    bool mirrored = false;     ///< the transform holds a reflection
    std::vector<std::pair<int, int>> matches; ///< the inliers: index in the query, index in the candidate
};

/// Looks for one affine transform that takes many of the query's features to the candidate's.
///
/// Each tentative match (nearest descriptor, ratio test) carries a position, a scale and an angle, and is therefore a
/// whole similarity transform; the most distinct ones are tried, the one with the most inliers is refined by least
/// squares to an affine transform. No random numbers: the same features give the same answer. Pure and safe from any
/// thread; costs one dot product of 128 bytes for each pair of features.
/// Lowe (2004), section 7; Philbin et al., "Object retrieval with large vocabularies and fast spatial matching" (2007).
Verification verify(const LocalFeatures& query, const LocalFeatures& candidate,
                    const VerificationOptions& options = {});

/// One query against several candidates, in their order, the likeliest first: a glance at all of them with the
/// strongest features (both sides must be sorted strongest first), then `verify` of those that did best. A candidate
/// that was only glanced at reports what the glance saw.
std::vector<Verification> verify_all(const LocalFeatures& query, std::span<const LocalFeatures* const> candidates,
                                     const VerificationOptions& options = {});

} // namespace vitrine
