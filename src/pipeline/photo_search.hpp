#pragma once

#include <memory>
#include <string>
#include <vector>

#include <vitrine/image.hpp>

#include "core/local_features.hpp"
#include "core/ranking.hpp"
#include "pipeline/crop_matcher.hpp"
#include "pipeline/pipeline.hpp"
#include "pipeline/subjects.hpp"

namespace vitrine {

/// The search for what a query's photo shows. Two steps, since they fail differently: the first asks the vector store.
class PhotoSearch {
public:
    /// The crops bear labels and vectors of one model. `features`: theirs, where they are at hand; empty: they are
    /// read, and the crops have ids.
    PhotoSearch(const PipelineParts& parts, const QuerySubject& subject, const std::vector<Image>& crops,
                std::vector<std::shared_ptr<const LocalFeatures>> features = {});

    [[nodiscard]] std::vector<std::vector<VectorHit>> hits() const;
    [[nodiscard]] std::vector<CropMatches> matches(const std::vector<std::vector<VectorHit>>& hits) const;

    /// The photo's own part in the mean of photos; empty where none is taken off.
    [[nodiscard]] const std::vector<Embedding>& asked() const noexcept { return asked_; }

private:
    const PipelineParts& parts_;
    const std::vector<Image>& crops_;
    std::vector<std::shared_ptr<const LocalFeatures>> features_;
    MatchOptions options_;
    std::vector<Embedding> asked_;
};

} // namespace vitrine
