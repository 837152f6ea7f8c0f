#include <iterator>
#include <map>
#include <string_view>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "storage/bytes_column.hpp"
#include "storage/embedding_column.hpp"
#include "storage/image_repository.hpp"
#include "storage/moment_column.hpp"
#include "storage/prepared.hpp"

// How image_repository makes the rows of crops.

namespace vitrine::image_repository {
namespace {

using soci::into;
using soci::use;

// The update changes nothing that matters; it makes a row that is there be returned.
constexpr std::string_view into_images =
    "INSERT INTO images (original_id, box_x, box_y, box_w, box_h, width, height, crop_model, crop_score, label, "
    "label_model, vector, vector_model, features, created_at) ";
constexpr std::string_view or_return_it =
    " ON CONFLICT (original_id, crop_model, box_x, box_y, box_w, box_h) WHERE original_id IS NOT NULL "
    "DO UPDATE SET crop_score = excluded.crop_score RETURNING id, label_model, vector_model";

/// The columns of a label.
struct LabelColumns {
    explicit LabelColumns(const NewCrop& crop) {
        if (!crop.label) return;
        has_label = soci::i_ok;
        label = to_json(crop.label->label);
        label_model = crop.label->label_model;
        vector = to_hex(crop.label->vector);
        vector_model = crop.label->vector_model;
        features = to_hex(to_bytes(crop.label->features));
    }

    std::string label, label_model, vector, vector_model, features;
    soci::indicator has_label = soci::i_null;
};

constexpr std::string_view tell_picture = "UPDATE images SET crop_model = :model WHERE id = :original";

/// The crop that `model` found there, or a new row; the picture itself is not told of it.
CropModels find_or_add_crop(Transaction& tx, ImageId original, const std::string& model, const NewCrop& crop,
                            Timestamp now) {
    static const std::string insert =
        fmt::format("{}VALUES (:original, :x, :y, :w, :h, :w, :h, :model, :score, :label, :label_model, "
                    "decode(:vector, 'hex'), :vector_model, decode(:features, 'hex'), :created_at){}",
                    into_images, or_return_it);
    const LabelColumns label(crop);
    auto has_label = label.has_label;
    const long long created_at = to_column(now);
    const long long original_id = original.value;
    const Box& box = crop.box;
    long long id = 0;
    CropModels row;
    row.box = box;
    run_prepared(tx, insert, into(id), into(row.label_model), into(row.vector_model), use(original_id, "original"),
                 use(box.x, "x"), use(box.y, "y"), use(box.w, "w"), use(box.h, "h"), use(model, "model"),
                 use(crop.score, "score"), use(label.label, has_label, "label"), use(label.label_model, "label_model"),
                 use(label.vector, has_label, "vector"), use(label.vector_model, "vector_model"),
                 use(label.features, has_label, "features"), use(created_at, "created_at"));
    row.id = {id};
    return row;
}

/// One element of the rows of add_at_once.
std::string row_of(const NewCrop& crop) {
    std::string row = fmt::format(R"({{"x":{},"y":{},"w":{},"h":{},"score":{})", crop.box.x, crop.box.y, crop.box.w,
                                  crop.box.h, crop.score);
    if (crop.label) {
        const LabelColumns label(crop);
        const auto text = [](const std::string& value) { return nlohmann::json(value).dump(); };
        fmt::format_to(
            std::back_inserter(row), R"(,"label":{},"label_model":{},"vector":"{}","vector_model":{},"features":"{}")",
            text(label.label), text(label.label_model), label.vector, text(label.vector_model), label.features);
    }
    return row + '}';
}

/// Tells the picture, too: one round trip. json_to_recordset reads each row's JSON once, and not once for each of its
/// columns.
std::map<Box, CropModels> add_at_once(Transaction& tx, ImageId original, const std::string& model,
                                      const std::map<Box, const NewCrop*>& crops, Timestamp now) {
    static const std::string insert = fmt::format(
        "WITH told AS ({}) {}SELECT CAST(:original AS BIGINT), x, y, w, h, w, h, CAST(:model AS TEXT), score, label, "
        "COALESCE(label_model, ''), decode(vector, 'hex'), COALESCE(vector_model, ''), decode(features, 'hex'), "
        "CAST(:created_at AS BIGINT) FROM json_to_recordset(CAST(:rows AS json)) AS crop (x INTEGER, y INTEGER, "
        "w INTEGER, h INTEGER, score DOUBLE PRECISION, label TEXT, label_model TEXT, vector TEXT, vector_model TEXT, "
        "features TEXT){}, box_x, box_y, box_w, box_h",
        tell_picture, into_images, or_return_it);
    std::string rows = "[";
    for (const auto& [box, crop] : crops) {
        if (rows.size() > 1) rows += ',';
        rows += row_of(*crop);
    }
    rows += ']';
    const long long original_id = original.value;
    const long long created_at = to_column(now);
    std::map<Box, CropModels> added;
    long long id = 0;
    CropModels row;
    for_each_row(
        tx, insert,
        [&] {
            row.id = {id};
            added[row.box] = row;
        },
        into(id), into(row.label_model), into(row.vector_model), into(row.box.x), into(row.box.y), into(row.box.w),
        into(row.box.h), use(original_id, "original"), use(model, "model"), use(created_at, "created_at"),
        use(rows, "rows"));
    return added;
}

} // namespace

std::vector<CropModels> save_crops(Transaction& tx, ImageId original, const std::string& model,
                                   const std::vector<NewCrop>& crops, Timestamp now) {
    std::map<Box, const NewCrop*> by_box; // of a box that is named twice the first: no row is written twice
    for (const NewCrop& crop : crops) by_box.emplace(crop.box, &crop);
    std::map<Box, CropModels> rows;
    if (is_postgres(tx)) {
        rows = add_at_once(tx, original, model, by_box, now);
    } else {
        const long long original_id = original.value;
        run_prepared(tx, tell_picture, use(model, "model"), use(original_id, "original"));
        for (const auto& [box, crop] : by_box) rows[box] = find_or_add_crop(tx, original, model, *crop, now);
    }
    std::vector<CropModels> saved;
    for (const NewCrop& crop : crops) saved.push_back(rows.at(crop.box));
    return saved;
}

CropModels find_or_add_region(Transaction& tx, ImageId original, const Box& region, Timestamp now) {
    return find_or_add_crop(tx, original, drawn_by_a_person, {.box = region, .score = 1.0}, now);
}

ImageId add_crop(Transaction& tx, ImageId original, const std::string& model, const NewCrop& crop, Timestamp now) {
    return find_or_add_crop(tx, original, model, crop, now).id;
}

} // namespace vitrine::image_repository
