#include "storage/indexing_result_repository.hpp"

#include <nlohmann/json.hpp>

#include "storage/moment_column.hpp"
#include "storage/prepared.hpp"

namespace vitrine::indexing_result_repository {
namespace {

using soci::into;
using soci::use;

std::string runners_up_to_json(const std::vector<CropScore>& runners_up) {
    auto list = nlohmann::json::array();
    for (const CropScore& crop : runners_up) {
        list.push_back({{"image_id", crop.image_id.value}, {"score", crop.score}, {"area", crop.area}});
    }
    return list.dump();
}

std::vector<CropScore> runners_up_from_json(const std::string& text) {
    std::vector<CropScore> runners_up;
    for (const auto& crop : nlohmann::json::parse(text)) {
        runners_up.push_back({.image_id = {crop.at("image_id").get<std::int64_t>()},
                              .score = crop.at("score").get<double>(),
                              .area = crop.at("area").get<std::int64_t>()});
    }
    return runners_up;
}

constexpr std::string_view columns = "SELECT job_id, product_id, image_id, product_image_id, score, runners_up, note, "
                                     "created_at FROM indexing_results ";

/// The row that `query`, which gives the columns above, finds with the bound key.
template <class Key>
std::optional<IndexingResult> select_first(Transaction& tx, std::string_view query, const Key& key) {
    long long job_id = 0, product_id = 0, image_id = 0, product_image_id = 0, created_at = 0;
    soci::indicator has_link = soci::i_null;
    double score = 0.0;
    std::string runners_up, note;
    const bool found =
        run_prepared(tx, query, into(job_id), into(product_id), into(image_id), into(product_image_id, has_link),
                     into(score), into(runners_up), into(note), into(created_at), key);
    if (!found) return std::nullopt;
    IndexingResult result{.job_id = {job_id},
                          .product_id = {product_id},
                          .image_id = {image_id},
                          .product_image_id = std::nullopt,
                          .score = score,
                          .runners_up = runners_up_from_json(runners_up),
                          .note = note,
                          .created_at = moment_from(created_at)};
    if (has_link == soci::i_ok) result.product_image_id = ProductImageId{product_image_id};
    return result;
}

} // namespace

void save(Transaction& tx, const IndexingResult& result) {
    const long long job_id = result.job_id.value;
    const long long product_id = result.product_id.value;
    const long long image_id = result.image_id.value;
    const long long link_id = result.product_image_id.value_or(ProductImageId{}).value;
    soci::indicator has_link = result.product_image_id ? soci::i_ok : soci::i_null;
    const long long created_at = to_column(result.created_at);
    const std::string runners_up = runners_up_to_json(result.runners_up);
    run_soon(tx,
             "INSERT INTO indexing_results (job_id, product_id, image_id, product_image_id, score, runners_up, note, "
             "created_at) VALUES (:job_id, :product_id, :image_id, :link_id, :score, :runners_up, :note, :created_at) "
             "ON CONFLICT (job_id) DO UPDATE SET image_id = excluded.image_id, "
             "product_image_id = excluded.product_image_id, score = excluded.score, "
             "runners_up = excluded.runners_up, note = excluded.note, created_at = excluded.created_at",
             use(job_id, "job_id"), use(product_id, "product_id"), use(image_id, "image_id"),
             use(link_id, has_link, "link_id"), use(result.score, "score"), use(runners_up, "runners_up"),
             use(result.note, "note"), use(created_at, "created_at"));
}

std::optional<IndexingResult> find(Transaction& tx, JobId job) {
    static const std::string query = std::string(columns) + "WHERE job_id = :job";
    const long long value = job.value;
    return select_first(tx, query, use(value, "job"));
}

std::optional<IndexingResult> newest_of(Transaction& tx, ProductId product) {
    static const std::string query = std::string(columns) + "WHERE product_id = :product ORDER BY job_id DESC LIMIT 1";
    const long long value = product.value;
    return select_first(tx, query, use(value, "product"));
}

} // namespace vitrine::indexing_result_repository
