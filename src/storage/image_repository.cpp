#include "storage/image_repository.hpp"

#include <vitrine/error.hpp>

#include "storage/bytes_column.hpp"
#include "storage/embedding_column.hpp"
#include "storage/sql.hpp"

#include <fmt/format.h>

namespace vitrine::image_repository {
namespace {

using soci::into;
using soci::use;

constexpr auto columns =
    "SELECT id, original_id, box_x, box_y, box_w, box_h, sha256, media_type, bytes, width, height, crop_model, "
    "crop_score, label, label_model, encode(vector, 'hex'), vector_model, created_at FROM images ";

/// One row of `columns` as the database gives it.
struct Row {
    long long id = 0, original_id = 0, bytes = 0, created_at = 0;
    Box box;
    int width = 0, height = 0;
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
        image.label_model = label_model;
        if (has_vector == soci::i_ok) image.vector = embedding_from_hex(vector);
        image.vector_model = vector_model;
        image.created_at = Timestamp{Milliseconds{created_at}};
        return image;
    }
};

/// Runs `columns` + `where` with the bound values and returns all rows.
template <class... Bound>
std::vector<Image> select(Transaction& tx, const std::string& where, Bound&&... bound) {
    Row row;
    soci::statement statement(sql(tx));
    (statement.exchange(std::forward<Bound>(bound)), ...);
    statement.exchange(into(row.id));
    statement.exchange(into(row.original_id, row.is_crop));
    statement.exchange(into(row.box.x, row.has_box));
    statement.exchange(into(row.box.y, row.has_box));
    statement.exchange(into(row.box.w, row.has_box));
    statement.exchange(into(row.box.h, row.has_box));
    statement.exchange(into(row.sha256, row.has_sha256));
    statement.exchange(into(row.media_type));
    statement.exchange(into(row.bytes));
    statement.exchange(into(row.width));
    statement.exchange(into(row.height));
    statement.exchange(into(row.crop_model));
    statement.exchange(into(row.crop_score));
    statement.exchange(into(row.label, row.has_label));
    statement.exchange(into(row.label_model));
    statement.exchange(into(row.vector, row.has_vector));
    statement.exchange(into(row.vector_model));
    statement.exchange(into(row.created_at));
    statement.alloc();
    statement.prepare(columns + where);
    statement.define_and_bind();
    statement.execute();
    std::vector<Image> images;
    while (statement.fetch()) images.push_back(row.to_image());
    return images;
}

template <class T>
std::optional<T> first(std::vector<T> rows) {
    if (rows.empty()) return std::nullopt;
    return std::move(rows.front());
}

} // namespace

ImageId find_or_add_original(Transaction& tx, const NewOriginal& original, Timestamp now) {
    const long long created_at = now.time_since_epoch().count();
    const long long bytes = original.bytes;
    sql(tx) << "INSERT INTO images (sha256, media_type, bytes, width, height, created_at) "
               "VALUES (:sha256, :media_type, :bytes, :width, :height, :created_at) "
               "ON CONFLICT (sha256) WHERE sha256 IS NOT NULL DO NOTHING",
        use(original.sha256), use(original.media_type), use(bytes), use(original.width), use(original.height),
        use(created_at);
    long long id = 0;
    sql(tx) << "SELECT id FROM images WHERE sha256 = :sha256", into(id), use(original.sha256);
    return {id};
}

std::vector<ImageId> save_crops(Transaction& tx, ImageId original, const std::string& model,
                                const std::vector<NewCrop>& crops, Timestamp now) {
    const long long created_at = now.time_since_epoch().count();
    const long long original_id = original.value;
    sql(tx) << "UPDATE images SET crop_model = :model WHERE id = :id", use(model), use(original_id);
    std::vector<ImageId> ids;
    for (const NewCrop& crop : crops) {
        sql(tx)
            << "INSERT INTO images (original_id, box_x, box_y, box_w, box_h, width, height, crop_model, crop_score, "
               "created_at) VALUES (:original, :x, :y, :w, :h, :width, :height, :model, :score, :created_at) "
               "ON CONFLICT (original_id, crop_model, box_x, box_y, box_w, box_h) WHERE original_id IS NOT NULL "
               "DO NOTHING",
            use(original_id), use(crop.box.x), use(crop.box.y), use(crop.box.w), use(crop.box.h), use(crop.box.w),
            use(crop.box.h), use(model), use(crop.score), use(created_at);
        long long id = 0;
        sql(tx) << "SELECT id FROM images WHERE original_id = :original AND crop_model = :model AND box_x = :x AND "
                   "box_y = :y AND box_w = :w AND box_h = :h",
            into(id), use(original_id), use(model), use(crop.box.x), use(crop.box.y), use(crop.box.w), use(crop.box.h);
        ids.push_back({id});
    }
    return ids;
}

void save_label(Transaction& tx, ImageId crop, const LabelledCrop& labelled) {
    const long long id = crop.value;
    const std::string label = to_json(labelled.label);
    const std::string vector = to_hex(labelled.vector);
    const std::string features = to_hex(to_bytes(labelled.features));
    soci::statement statement =
        (sql(tx).prepare
             << "UPDATE images SET label = :label, label_model = :label_model, vector = decode(:vector, 'hex'), "
                "vector_model = :vector_model, features = decode(:features, 'hex') WHERE id = :id",
         use(label), use(labelled.label_model), use(vector), use(labelled.vector_model), use(features), use(id));
    statement.execute(true);
    if (statement.get_affected_rows() != 1) {
        throw Error(ErrorCode::NotFound, fmt::format("Image {} was removed before its label could be saved.", id));
    }
}

std::optional<Image> find(Transaction& tx, ImageId id) {
    const long long value = id.value;
    return first(select(tx, "WHERE id = :id", use(value)));
}

std::optional<Image> find_by_sha256(Transaction& tx, const std::string& sha256) {
    return first(select(tx, "WHERE sha256 = :sha256", use(sha256)));
}

std::vector<Image> crops_of(Transaction& tx, ImageId original, const std::string& model) {
    const long long value = original.value;
    return select(tx, "WHERE original_id = :original AND crop_model = :model ORDER BY id", use(value), use(model));
}

LocalFeatures features_of(Transaction& tx, ImageId crop) {
    const long long id = crop.value;
    std::string hex;
    soci::indicator has_features = soci::i_null;
    sql(tx) << "SELECT encode(features, 'hex') FROM images WHERE id = :id", into(hex, has_features), use(id);
    if (!sql(tx).got_data() || has_features != soci::i_ok || hex.empty()) return {};
    return local_features_from_bytes(from_hex(hex));
}

std::int64_t count(Transaction& tx) {
    long long rows = 0;
    sql(tx) << "SELECT COUNT(*) FROM images", into(rows);
    return rows;
}

} // namespace vitrine::image_repository
