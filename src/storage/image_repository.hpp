#pragma once

#include <optional>
#include <span>
#include <vector>

#include <vitrine/image.hpp>

#include "core/local_features.hpp"
#include "storage/database.hpp"

namespace vitrine::image_repository {

/// What identifies an original: its bytes.
struct NewOriginal {
    std::string sha256;
    std::string media_type;
    std::int64_t bytes = 0;
    int width = 0;
    int height = 0;
};

/// What one labelling gave.
struct LabelledCrop {
    StructuredLabel label;
    std::string label_model;
    Embedding vector;
    std::string vector_model;
    LocalFeatures features;
};

struct NewCrop {
    Box box;
    double score = 0.0;
    std::optional<LabelledCrop> label{}; ///< what a model has said of it already
};

/// Where a crop lies and which models labelled it; empty names where none did.
struct CropModels {
    ImageId id;
    Box box;
    std::string label_model;
    std::string vector_model;
};

/// The Image of these bytes: the stored one, or a new row.
ImageId find_or_add_original(Transaction& tx, const NewOriginal& original, Timestamp now);

/// Records that `model` cut `original` into `crops`; their rows in the same order. A crop that the same model found
/// before keeps its row, and with it its label and vector, or that it has none.
std::vector<CropModels> save_crops(Transaction& tx, ImageId original, const std::string& model,
                                   const std::vector<NewCrop>& crops, Timestamp now);

/// The `region` of `original` as a crop that a person drew and no detector found: the stored one, or a new row.
CropModels find_or_add_region(Transaction& tx, ImageId original, const Box& region, Timestamp now);

/// The crop_model of such crops.
inline constexpr auto drawn_by_a_person = "person";

/// Writes another label of a crop that keeps its vector of `vector_model`, its features and a person's label. False,
/// and nothing changes, when it is gone or bears another model's vector now.
bool renew_label(Transaction& tx, ImageId crop, const StructuredLabel& label, const std::string& label_model,
                 const std::string& vector_model);

/// Writes what a model said of the crop. Throws Error(NotFound) when the crop is gone.
void save_label(Transaction& tx, ImageId crop, const LabelledCrop& labelled);

/// Puts a person's label before the model's, or takes it away again. False when the crop is gone or no model has
/// labelled it.
bool correct_label(Transaction& tx, ImageId crop, const std::optional<StructuredLabel>& label);

/// Takes away every person's label of the original's crops.
void forget_corrections(Transaction& tx, ImageId original);

[[nodiscard]] std::optional<Image> find(Transaction& tx, ImageId id);

/// The original with these bytes.
[[nodiscard]] std::optional<ImageId> find_original(Transaction& tx, const std::string& sha256);

/// Whether there is an original with these bytes.
[[nodiscard]] bool has_original(Transaction& tx, const std::string& sha256);

/// The crops that `model` found in `original`, by id.
[[nodiscard]] std::vector<Image> crops_of(Transaction& tx, ImageId original, const std::string& model);

/// As crops_of, without what the models said; none unless it was `model` that cut the picture last.
[[nodiscard]] std::vector<CropModels> crop_models_of(Transaction& tx, ImageId original, const std::string& model);

/// The crops that the original's last detector found in it, with all that is known of them, by id.
[[nodiscard]] std::vector<Image> detected_crops_of(Transaction& tx, ImageId original);

/// A crop and the picture it is cut from.
struct CropAndOriginal {
    Image crop;
    Image original;
};

/// By one statement. Nothing when the crop is gone.
[[nodiscard]] std::optional<CropAndOriginal> find_with_original(Transaction& tx, ImageId crop);

/// A labelled crop's local features and its id.
struct CropFeatures {
    ImageId id;
    LocalFeatures features;
};

/// The local features of these crops, by one statement, in any order; those that have none are left out. Throws
/// Error(Corrupted).
[[nodiscard]] std::vector<CropFeatures> features_of(Transaction& tx, std::span<const ImageId> crops);

/// A crop's vector and its id.
struct CropVector {
    ImageId id;
    Embedding vector;
};

/// The vectors that `model` made of these crops, in any order; those that have none by it are left out.
[[nodiscard]] std::vector<CropVector> vectors_of(Transaction& tx, std::span<const ImageId> crops,
                                                 const std::string& model);

[[nodiscard]] std::int64_t count(Transaction& tx);

/// Until the end of the transaction no other process comes to refer to the original, and none removes it. False when it
/// is gone, or another process has it just now.
bool hold(Transaction& tx, ImageId original);

/// The bytes of an original that was removed.
struct RemovedOriginal {
    std::string sha256;
    std::int64_t bytes = 0;
    std::int64_t crops = 0; ///< removed with it
};

/// Removes an original and its crops; nothing when there is none. What refers to them must be gone, or the database
/// refuses. The file is the caller's to remove, after the commit.
std::optional<RemovedOriginal> remove(Transaction& tx, ImageId original);

/// The detector that found the crop is no more the last one that its original was cut by, where it was: the next
/// indexing asks a detector again, and the crops that no product is linked to are stale.
void forget_detector_of(Transaction& tx, ImageId crop);

/// Removes the original's crops that another detector than the last one found and that no product is linked to; how
/// many.
std::int64_t remove_stale_crops(Transaction& tx, ImageId original);

/// The crop that `model` found there; nothing when there is none.
[[nodiscard]] std::optional<Image> find_crop(Transaction& tx, ImageId original, const std::string& model,
                                             const Box& box);

/// Adds a crop beside those that the original's last detector found; the one that is there keeps its label and vector.
ImageId add_crop(Transaction& tx, ImageId original, const std::string& model, const NewCrop& crop, Timestamp now);

} // namespace vitrine::image_repository
