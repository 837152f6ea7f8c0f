#include "storage/image_repository.hpp"

#include <vitrine/error.hpp>

#include "storage/bytes_column.hpp"
#include "storage/embedding_column.hpp"
#include "storage/id_list.hpp"
#include "storage/moment_column.hpp"
#include "storage/prepared.hpp"
#include "storage/row_list.hpp"

#include <fmt/format.h>

namespace vitrine::image_repository {
namespace {

using soci::into;
using soci::use;

constexpr std::string_view columns =
    "SELECT id, original_id, box_x, box_y, box_w, box_h, sha256, media_type, bytes, width, height, crop_model, "
    "crop_score, COALESCE(person_label, label), CASE WHEN person_label IS NULL THEN 0 ELSE 1 END, label_model, "
    "encode(vector, 'hex'), vector_model, created_at FROM images ";

/// One row of `columns` as the database gives it.
struct Row {
    long long id = 0, original_id = 0, bytes = 0, created_at = 0;
    Box box;
    int width = 0, height = 0, label_by_person = 0;
    double crop_score = 0.0;
    std::string sha256, media_type, crop_model, label, label_model, vector, vector_model;
    soci::indicator is_crop = soci::i_null, has_box = soci::i_null, has_sha256 = soci::i_null, has_label = soci::i_null,
                    has_vector = soci::i_null;

    [[nodiscard]] Image to_image() const {
        Image image;
        image.id = {id};
        if (is_crop == soci::i_ok) {
            image.original_id = ImageId{original_id};
            image.box = box;
        }
        if (has_sha256 == soci::i_ok) image.sha256 = sha256;
        image.media_type = media_type;
        image.bytes = bytes;
        image.width = width;
        image.height = height;
        image.crop_model = crop_model;
        image.crop_score = crop_score;
        if (has_label == soci::i_ok) image.label = structured_label_from_json(label);
        image.label_by_person = label_by_person != 0;
        image.label_model = label_model;
        if (has_vector == soci::i_ok) image.vector = embedding_from_hex(vector);
        image.vector_model = vector_model;
        image.created_at = moment_from(created_at);
        return image;
    }
};

/// The images that `query`, which gives the columns above, finds with the bound values.
template <class... Bound>
std::vector<Image> select(Transaction& tx, std::string_view query, const Bound&... bound) {
    Row row;
    std::vector<Image> images;
    for_each_row(
        tx, query, [&] { images.push_back(row.to_image()); }, into(row.id), into(row.original_id, row.is_crop),
        into(row.box.x, row.has_box), into(row.box.y, row.has_box), into(row.box.w, row.has_box),
        into(row.box.h, row.has_box), into(row.sha256, row.has_sha256), into(row.media_type), into(row.bytes),
        into(row.width), into(row.height), into(row.crop_model), into(row.crop_score), into(row.label, row.has_label),
        into(row.label_by_person), into(row.label_model), into(row.vector, row.has_vector), into(row.vector_model),
        into(row.created_at), bound...);
    return images;
}

template <class T>
std::optional<T> first(std::vector<T> rows) {
    if (rows.empty()) return std::nullopt;
    return std::move(rows.front());
}

std::string insert_original(std::string_view row) {
    return fmt::format("INSERT INTO images (sha256, media_type, bytes, width, height, created_at) {} "
                       "ON CONFLICT (sha256) WHERE sha256 IS NOT NULL DO NOTHING",
                       row);
}

/// Held, so that nobody removes it before it is referred to.
std::optional<ImageId> hold_original(Transaction& tx, const std::string& sha256) {
    if (!is_postgres(tx)) return find_original(tx, sha256); // who writes is alone
    long long id = 0;
    const bool there =
        run_prepared(tx, "SELECT id FROM images WHERE sha256 = :sha256 FOR KEY SHARE", into(id), use(sha256, "sha256"));
    return there ? std::optional(ImageId{id}) : std::nullopt;
}

} // namespace

ImageId find_or_add_original(Transaction& tx, const NewOriginal& original, Timestamp now) {
    const long long created_at = to_column(now);
    const long long bytes = original.bytes;
    static const InsertOne insert(
        insert_original("VALUES (:sha256, :media_type, :bytes, :width, :height, :created_at)"));
    static const std::string hold_or_insert = fmt::format( // one round trip instead of two
        "WITH there AS (SELECT id FROM images WHERE sha256 = :sha256 FOR KEY SHARE), added AS ({}) "
        "SELECT id FROM there UNION ALL SELECT id FROM added",
        insert_original(
            "SELECT CAST(:sha256 AS TEXT), :media_type, CAST(:bytes AS BIGINT), CAST(:width AS INTEGER), "
            "CAST(:height AS INTEGER), CAST(:created_at AS BIGINT) WHERE NOT EXISTS (SELECT 1 FROM there)") +
            " RETURNING id");
    const auto with_row = [&](const auto& run) {
        return run(use(original.sha256, "sha256"), use(original.media_type, "media_type"), use(bytes, "bytes"),
                   use(original.width, "width"), use(original.height, "height"), use(created_at, "created_at"));
    };
    std::optional<ImageId> image;
    if (is_postgres(tx)) {
        long long id = 0;
        if (with_row([&](const auto&... row) { return run_prepared(tx, hold_or_insert, into(id), row...); }))
            image = ImageId{id};
    } else if (!(image = hold_original(tx, original.sha256))) {
        image = ImageId{*with_row([&](const auto&... row) { return insert.run(tx, row...); })};
    }
    if (!image) image = hold_original(tx, original.sha256); // another process was quicker
    if (image) return *image;
    throw Error(ErrorCode::Unavailable, "The same picture is just being removed; hand it in again.");
}

std::optional<Image> find_crop(Transaction& tx, ImageId original, const std::string& model, const Box& box) {
    static const std::string query = std::string(columns) +
                                     "WHERE original_id = :original AND crop_model = :model AND box_x = :x "
                                     "AND box_y = :y AND box_w = :w AND box_h = :h";
    const long long value = original.value;
    return first(select(tx, query, use(value, "original"), use(model, "model"), use(box.x, "x"), use(box.y, "y"),
                        use(box.w, "w"), use(box.h, "h")));
}

void save_label(Transaction& tx, ImageId crop, const LabelledCrop& labelled) {
    const long long id = crop.value;
    const std::string label = to_json(labelled.label);
    const std::string vector = to_hex(labelled.vector);
    const std::string features = to_hex(to_bytes(labelled.features));
    const bool found =
        change_prepared(
            tx,
            "UPDATE images SET label = :label, label_model = :label_model, vector = decode(:vector, 'hex'), "
            "vector_model = :vector_model, features = decode(:features, 'hex') WHERE id = :id "
            // What a model that may come back said of a linked crop stays.
            "AND (vector_model = '' OR vector_model = :vector_model OR NOT EXISTS "
            "(SELECT 1 FROM product_images l WHERE l.image_id = images.id AND l.standby = 1))",
            use(label, "label"), use(labelled.label_model, "label_model"), use(vector, "vector"),
            use(labelled.vector_model, "vector_model"), use(features, "features"), use(id, "id")) == 1;
    if (!found) {
        long long saved = 0;
        if (run_prepared(tx, "SELECT id FROM images WHERE id = :id", into(saved), use(id, "id"))) {
            throw Error(ErrorCode::Conflict, fmt::format("Image {} is kept with the label of another model.", id));
        }
        throw Error(ErrorCode::NotFound, fmt::format("Image {} was removed before its label could be saved.", id));
    }
}

bool renew_label(Transaction& tx, ImageId crop, const StructuredLabel& label, const std::string& label_model,
                 const std::string& vector_model) {
    const long long id = crop.value;
    const std::string text = to_json(label);
    return change_prepared(tx,
                           "UPDATE images SET label = :label, label_model = :label_model "
                           "WHERE id = :id AND vector_model = :vector_model",
                           use(text, "label"), use(label_model, "label_model"), use(id, "id"),
                           use(vector_model, "vector_model")) == 1;
}

bool correct_label(Transaction& tx, ImageId crop, const std::optional<StructuredLabel>& label) {
    const long long id = crop.value;
    const std::string text = label ? to_json(*label) : std::string();
    soci::indicator has_text = label ? soci::i_ok : soci::i_null;
    return change_prepared(tx, "UPDATE images SET person_label = :label WHERE id = :id AND label IS NOT NULL",
                           use(text, has_text, "label"), use(id, "id")) == 1;
}

void forget_corrections(Transaction& tx, ImageId original) {
    const long long id = original.value;
    run_prepared(tx, "UPDATE images SET person_label = NULL WHERE original_id = :original AND person_label IS NOT NULL",
                 use(id, "original"));
}

std::optional<Image> find(Transaction& tx, ImageId id) {
    static const std::string query = std::string(columns) + "WHERE id = :id";
    const long long value = id.value;
    return first(select(tx, query, use(value, "id")));
}

std::optional<ImageId> find_original(Transaction& tx, const std::string& sha256) {
    long long id = 0;
    const bool there =
        run_prepared(tx, "SELECT id FROM images WHERE sha256 = :sha256", into(id), use(sha256, "sha256"));
    return there ? std::optional(ImageId{id}) : std::nullopt;
}

bool has_original(Transaction& tx, const std::string& sha256) {
    return find_original(tx, sha256).has_value();
}

std::vector<Image> crops_of(Transaction& tx, ImageId original, const std::string& model) {
    static const std::string query =
        std::string(columns) + "WHERE original_id = :original AND crop_model = :model ORDER BY id";
    const long long value = original.value;
    return select(tx, query, use(value, "original"), use(model, "model"));
}

std::vector<Image> detected_crops_of(Transaction& tx, ImageId original) {
    static const std::string query =
        std::string(columns) + "WHERE original_id = :original AND crop_model = (SELECT o.crop_model FROM images o "
                               "WHERE o.id = :original) ORDER BY id";
    const long long value = original.value;
    return select(tx, query, use(value, "original"));
}

std::optional<CropAndOriginal> find_with_original(Transaction& tx, ImageId crop) {
    // Two rows by their ids: as one list of ids PostgreSQL reads a whole table of which it knows no figures yet.
    static const std::string query = fmt::format(
        "{0}WHERE id = :id UNION ALL {0}WHERE id = (SELECT c.original_id FROM images c WHERE c.id = :id)", columns);
    const long long value = crop.value;
    auto images = select(tx, query, use(value, "id"));
    if (images.size() != 2) return std::nullopt;
    const std::size_t at = images[0].id == crop ? 0 : 1;
    return CropAndOriginal{.crop = std::move(images[at]), .original = std::move(images[1 - at])};
}

std::vector<CropModels> crop_models_of(Transaction& tx, ImageId original, const std::string& model) {
    const long long value = original.value;
    long long id = 0;
    CropModels crop;
    std::vector<CropModels> crops;
    for_each_row(
        tx,
        "SELECT c.id, c.box_x, c.box_y, c.box_w, c.box_h, c.label_model, c.vector_model FROM images o "
        "JOIN images c ON c.original_id = o.id AND c.crop_model = o.crop_model "
        "WHERE o.id = :original AND o.crop_model = :model ORDER BY c.id",
        [&] {
            crop.id = {id};
            crops.push_back(crop);
        },
        into(id), into(crop.box.x), into(crop.box.y), into(crop.box.w), into(crop.box.h), into(crop.label_model),
        into(crop.vector_model), use(value, "original"), use(model, "model"));
    return crops;
}

std::vector<CropFeatures> features_of(Transaction& tx, std::span<const ImageId> crops) {
    static const TextPerDialect query([](SqlSession::Dialect dialect) {
        return "SELECT id, encode(features, 'hex') FROM images WHERE features IS NOT NULL AND id IN " +
               std::string(in_id_list(dialect));
    });
    const std::string wanted = id_list(crops);
    long long id = 0;
    std::string hex;
    std::vector<CropFeatures> found;
    for_each_row(
        tx, query.of(tx),
        [&] {
            if (!hex.empty()) found.push_back({.id = {id}, .features = local_features_from_bytes(from_hex(hex))});
        },
        into(id), into(hex), use(wanted, "ids"));
    return found;
}

std::vector<CropVector> vectors_of(Transaction& tx, std::span<const ImageId> crops, const std::string& model) {
    static constexpr std::string_view select_them =
        "SELECT id, encode(vector, 'hex') FROM images WHERE vector_model = :model AND vector IS NOT NULL AND id IN ";
    const std::string query = std::string(select_them) + in_id_list(tx.sql().dialect());
    const std::string wanted = id_list(crops);
    long long id = 0;
    std::string hex;
    std::vector<CropVector> found;
    found.reserve(crops.size());
    for_each_row(
        tx, query, [&] { found.push_back({.id = {id}, .vector = embedding_from_hex(hex)}); }, into(id), into(hex),
        use(model, "model"), use(wanted, "ids"));
    return found;
}

std::int64_t count(Transaction& tx) {
    long long rows = 0;
    run_prepared(tx, "SELECT COUNT(*) FROM images", into(rows));
    return rows;
}

bool hold(Transaction& tx, ImageId original) {
    const long long value = original.value;
    long long id = 0;
    return run_prepared(tx,
                        is_postgres(tx) ? "SELECT id FROM images WHERE id = :id FOR UPDATE SKIP LOCKED"
                                        : "SELECT id FROM images WHERE id = :id",
                        into(id), use(value, "id"));
}

std::optional<RemovedOriginal> remove(Transaction& tx, ImageId original) {
    const long long id = original.value;
    const auto crops = change_prepared(tx, "DELETE FROM images WHERE original_id = :id", use(id, "id"));
    RemovedOriginal removed{.sha256 = {}, .bytes = 0, .crops = crops};
    long long bytes = 0;
    if (!run_prepared(tx, "DELETE FROM images WHERE id = :id AND original_id IS NULL RETURNING sha256, bytes",
                      use(id, "id"), into(removed.sha256), into(bytes))) {
        return std::nullopt;
    }
    removed.bytes = bytes;
    return removed;
}

void forget_detector_of(Transaction& tx, ImageId crop) {
    const long long id = crop.value;
    run_prepared(tx,
                 "UPDATE images SET crop_model = '' WHERE id = (SELECT c.original_id FROM images c WHERE c.id = :id) "
                 "AND crop_model = (SELECT c.crop_model FROM images c WHERE c.id = :id)",
                 use(id, "id"));
}

std::int64_t remove_stale_crops(Transaction& tx, ImageId original) {
    const long long id = original.value;
    return change_prepared(tx,
                           "DELETE FROM images WHERE original_id = :id "
                           "AND crop_model <> (SELECT o.crop_model FROM images o WHERE o.id = :id) "
                           "AND NOT EXISTS (SELECT 1 FROM product_images l WHERE l.image_id = images.id)",
                           use(id, "id"));
}

} // namespace vitrine::image_repository
