#pragma once

#include <functional>
#include <memory>
#include <vector>

#include <vitrine/time.hpp>

#include "jobs/queue.hpp"
#include "jobs/step.hpp"
#include "ml/vision_engine.hpp"
#include "pipeline/candidate_source.hpp"
#include "pipeline/picture_source.hpp"
#include "storage/database.hpp"
#include "vectors/vector_store.hpp"

namespace vitrine {

class ModelPace;
class SwitchingEngine;

struct PipelineOptions {
    int max_crops = 8;                ///< per picture, the whole picture included
    double min_crop_fraction = 0.005; ///< of the picture's area; smaller boxes are dropped
    double crop_padding = 0.0;        ///< added on every side of a box, as a part of its own side
    double match_floor = 0.0;         ///< an indexed product whose best crop fits its name less is marked for a person
    int parallel_crops = 8;           ///< label tasks of one job that may run at one time
    int max_attempts = 5;             ///< of one task
    Milliseconds model_step_limit{60'000}; ///< how long a step that asks a model may take
    int crop_steps = 0;                    ///< that run at one time in this process; 0: any number
    int label_steps = 0;                   ///< the same
};

/// What the steps work with; everything outlives them.
struct PipelineParts {
    Database& database;
    Queue& queue;
    VectorStore& vectors;
    VisionEngine& vision;
    PictureSource& pictures;
    CandidateSource& candidates;
    const Clock& clock;
    ModelPace& pace;                        ///< of `vision`
    std::function<void()> released = [] {}; ///< called after a commit that released pictures (image_releases)
    PipelineOptions options;
    SwitchingEngine* switching = nullptr; ///< `vision`, where models may change under way
};

/// The steps of both kinds of job: crop and label, which never know who asked, and the two finishers with their
/// finalize steps, which never call a model on pixels. Each may be given a head start (pipeline/head_starts.hpp).
///
///     crop ──▶ label × N ──▶ select_and_save_primary_crop ──▶ finalize_indexing_job
///                       └──▶ query_all_crops ──────────────▶ finalize_querying_job
std::vector<std::unique_ptr<Step>> make_pipeline_steps(const PipelineParts& parts);

} // namespace vitrine
