#include "storage/vector_mean_repository.hpp"

#include <algorithm>

#include "storage/embedding_column.hpp"
#include "storage/prepared.hpp"

namespace vitrine::vector_mean_repository {
namespace {

using soci::into;
using soci::use;

constexpr std::string_view select_mean = "SELECT vectors, encode(mean, 'hex') FROM vector_means WHERE model = :model";
/// Waits for another process that is adding.
constexpr std::string_view select_mean_and_hold =
    "SELECT vectors, encode(mean, 'hex') FROM vector_means WHERE model = :model FOR UPDATE";

MeanVector read(Transaction& tx, std::string_view query, const std::string& model) {
    long long count = 0;
    std::string hex;
    MeanVector mean;
    if (!run_prepared(tx, query, into(count), into(hex), use(model, "model"))) return mean;
    mean.count = count;
    mean.mean = embedding_from_hex(hex);
    return mean;
}

} // namespace

MeanVector of_queries(Transaction& tx, const std::string& model) {
    return read(tx, select_mean, model);
}

void add_queries(Transaction& tx, const std::string& model, const std::vector<Embedding>& vectors) {
    MeanVector mean = read(tx, is_postgres(tx) ? select_mean_and_hold : select_mean, model);
    for (const Embedding& vector : vectors) mean.add(vector);
    if (mean.count == 0) return;
    const long long count = mean.count;
    const std::string hex = to_hex(mean.mean);
    // Of two processes that both add the very first photo, one is forgotten: it was one photo.
    run_soon(tx,
             "INSERT INTO vector_means (model, vectors, mean) VALUES (:model, :vectors, decode(:mean, 'hex')) "
             "ON CONFLICT (model) DO UPDATE SET vectors = excluded.vectors, mean = excluded.mean",
             use(model, "model"), use(count, "vectors"), use(hex, "mean"));
}

MeanVector of_catalogue(Transaction& tx, const std::string& model, int sample) {
    long long last = 0;
    run_prepared(tx, "SELECT COUNT(*) FROM product_images WHERE is_primary_crop = 1", into(last));
    const long long every = std::max(1LL, last / std::max(sample, 1));
    const long long limit = 2LL * std::max(sample, 1);
    std::string hex;
    MeanVector mean;
    for_each_row(
        tx,
        "SELECT encode(images.vector, 'hex') FROM product_images JOIN images ON images.id = product_images.image_id "
        "WHERE product_images.is_primary_crop = 1 AND product_images.id % :every = 0 "
        "AND images.vector_model = :model AND images.vector IS NOT NULL ORDER BY product_images.id LIMIT :limit",
        [&] { mean.add(embedding_from_hex(hex)); }, into(hex), use(every, "every"), use(model, "model"),
        use(limit, "limit"));
    return mean;
}

} // namespace vitrine::vector_mean_repository
