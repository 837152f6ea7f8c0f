#pragma once

#include <optional>
#include <string>

#include <vitrine/ids.hpp>
#include <vitrine/results.hpp>
#include <vitrine/time.hpp>

#include "core/product_rules.hpp"

// What jobs and tasks are about, as the JSON texts that the queue keeps and does not look inside. Reading one back
// throws Error(Corrupted) when it is not what was written.

namespace vitrine {

/// The steps' names, as they stand in the task table.
namespace step_kind {
inline constexpr auto crop = "crop";
inline constexpr auto label = "label";
inline constexpr auto select_primary = "select_and_save_primary_crop";
inline constexpr auto finalize_indexing = "finalize_indexing_job";
inline constexpr auto query_all_crops = "query_all_crops";
inline constexpr auto finalize_querying = "finalize_querying_job";
inline constexpr auto embed_for_standby = "embed_for_standby";
inline constexpr auto relabel_link = "relabel_link";
} // namespace step_kind

namespace job_kind {
inline constexpr auto index = "index";
inline constexpr auto query = "query";
inline constexpr auto reindex = "reindex";
inline constexpr auto import = "import";
} // namespace job_kind

/// What an indexing job is about.
struct IndexingSubject {
    ProductId product_id;
    ImageId image_id;
    std::string external_id; ///< the shop's own id, for those who look at the job; empty in jobs of earlier versions
};

/// What a querying job is about.
struct QuerySubject {
    ImageId image_id;
    int top = 10;
    ProductScope scope;
    std::optional<Box> region; ///< only this part of the upright photo
    double score_min = 0.0;
};

/// What a crop task is about: the pipeline does not know who asked, only which step comes after the last crop.
struct CropSubject {
    ImageId image_id;
    std::string then;          ///< a step_kind
    std::optional<Box> region; ///< only this part of the picture, as a crop of its own with those inside it
    std::string model;         ///< empty, or for which model it is cut once more: the subject of the step `then`
};

std::string to_json(const IndexingSubject& subject);
std::string to_json(const QuerySubject& subject);
std::string to_json(const CropSubject& subject);
std::string to_json(const IndexingResult& result);

IndexingSubject indexing_subject_from(const std::string& json);
QuerySubject query_subject_from(const std::string& json);
CropSubject crop_subject_from(const std::string& json);
IndexingResult indexing_result_from(const std::string& json);

} // namespace vitrine
