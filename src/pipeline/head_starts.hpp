#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <vitrine/ids.hpp>
#include <vitrine/time.hpp>

#include "core/bulkhead.hpp"
#include "core/counted_caller.hpp"
#include "core/standing_threads.hpp"
#include "images/codec.hpp"
#include "jobs/step.hpp"
#include "pipeline/crop_step.hpp"
#include "pipeline/job_crops.hpp"
#include "pipeline/pipeline.hpp"
#include "pipeline/query_finisher.hpp"
#include "pipeline/subjects.hpp"

namespace vitrine {

/// Does the work of a job before the job is accepted, where the models answer so quickly that writing down each step on
/// the way would take longer than the step (docs/decisions/head-starts.md): all of it then lands in the transaction
/// that accepts the job. For callers who wait for the job's end anyway. Nothing is promised: where a model is slow, or
/// fails, there is no head start, or a shorter one, and the steps do the rest as always, with all their retries. Safe
/// from any thread.
class HeadStarts {
public:
    /// Two for each processor are made at one time; others wait for a place, and a while at most. A transaction waits
    /// for a search that runs beside it no longer than `search_wait_max`, as others' writing may wait with it.
    explicit HeadStarts(const PipelineParts& parts, Milliseconds search_wait_max = Milliseconds{20});

    /// A picture of `width` x `height`, upright, that was decoded.
    struct Photo {
        const DecodedPicture& decoded;
        int width = 0;
        int height = 0;
    };

    /// Work on a job that began before there was the job.
    struct Begun {
        Timestamp at{};
        HeadStart crop;          ///< the head start of its crop step; empty: none
        bool has_labels = false; ///< of all crops: unless the models change, no step of it will look at the picture

        [[nodiscard]] bool is_begun() const { return crop.has_value(); }
    };

    /// What could be done of indexing it.
    struct BegunIndexing {
        Timestamp at{};
        /// Given the product that it is a picture of, and whether that was made in the transaction that accepts the
        /// job; not set: none.
        std::function<HeadStart(ProductId, bool is_new)> crop;
        bool has_labels = false; ///< as of Begun

        [[nodiscard]] bool is_begun() const { return static_cast<bool>(crop); }
        [[nodiscard]] Begun of(ProductId product, bool is_new) const {
            return {.at = at, .crop = crop(product, is_new), .has_labels = has_labels};
        }
    };

    [[nodiscard]] BegunIndexing begin_indexing(const Photo& photo, const std::string& product_name);

    /// `subject` without its image. `caller` is who has the photo accepted: the search runs beside one who is alone.
    [[nodiscard]] Begun begin_query(const Photo& photo, const QuerySubject& subject, const CountedCaller& caller);

    /// The same of a photo that is there already: no model is asked, and the search has ended. None where a crop of it
    /// was not made by the present models.
    [[nodiscard]] Begun begin_known_query(ImageId original, QuerySubject subject);

    /// Whether the present models found and labelled all crops of a photo that is there, so that unless they change no
    /// step of a job of it will look at the picture.
    [[nodiscard]] bool has_all_labels(ImageId original);

private:
    struct Leave {
        void operator()(Bulkhead* places) const { places->leave(Bulkhead::End::Otherwise); }
    };
    using Place = std::unique_ptr<Bulkhead, Leave>;

    /// nullptr where the models are not quick, or all places are taken for long.
    [[nodiscard]] Place take_place();

    /// The picture with a label for each crop; nothing where the detector failed, and crops without labels from the
    /// first on that did.
    [[nodiscard]] std::optional<SeenPicture> see(const Photo& photo);

    using Features = std::vector<std::shared_ptr<const LocalFeatures>>;

    /// The search with these crops, to be run once; `features` as of PhotoSearch. Empty where the catalogue is not
    /// searched with vectors of the model that theirs are of.
    [[nodiscard]] std::function<FoundInCatalogue()> search_with(std::vector<Image> crops, Features features,
                                                                const SearchedModel& searched,
                                                                const QuerySubject& subject);

    /// Runs it on a thread that stands ready.
    [[nodiscard]] AwaitSearch run_beside(std::function<FoundInCatalogue()> search);
    [[nodiscard]] SearchedModel searched();

    PipelineParts parts_;
    const Milliseconds search_wait_max_;
    Bulkhead places_;
    StandingThreads searchers_{1}; ///< last: they use all of the above
};

} // namespace vitrine
