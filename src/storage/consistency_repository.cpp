#include "storage/consistency_repository.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "storage/embedding_column.hpp"
#include "storage/id_list.hpp"
#include "storage/prepared.hpp"

namespace vitrine::consistency_repository {
namespace {

using soci::into;
using soci::use;

constexpr std::string_view expected =
    "SELECT l.id, i.vector_model, LENGTH(i.vector) / 4, CASE WHEN o.product_image_id IS NULL THEN 0 ELSE 1 END "
    "FROM product_images l JOIN images i ON i.id = l.image_id "
    "LEFT JOIN vector_outbox o ON o.product_image_id = l.id "
    "WHERE (l.is_primary_crop = 1 OR l.standby = 1) AND i.vector IS NOT NULL AND ";

template <class Row, class... Bound>
void for_each_expected(Transaction& tx, const std::string& query, Row row, const Bound&... bound) {
    long long id = 0, dimensions = 0;
    int on_its_way = 0;
    std::string model;
    for_each_row(
        tx, query,
        [&] {
            row(ExpectedVector{.id = {id},
                               .model = model,
                               .dimensions = static_cast<std::size_t>(dimensions),
                               .on_its_way = on_its_way != 0});
        },
        into(id), into(model), into(dimensions), into(on_its_way), bound...);
}

/// Hashes are hexadecimal: nothing in them needs escaping.
std::string hash_list(std::span<const std::string> hashes) {
    return hashes.empty() ? "[]" : fmt::format("[\"{}\"]", fmt::join(hashes, "\",\""));
}

std::string in_hash_list(Transaction& tx) {
    return is_postgres(tx) ? "(SELECT value FROM json_array_elements_text(CAST(:hashes AS json)))"
                           : "(SELECT value FROM json_each(:hashes))";
}

} // namespace

std::vector<ExpectedVector> expected_vectors(Transaction& tx, ProductImageId after, int limit) {
    static const std::string query = std::string(expected) + "l.id > :after ORDER BY l.id LIMIT :limit";
    const long long from = after.value;
    std::vector<ExpectedVector> vectors;
    for_each_expected(
        tx, query, [&](const ExpectedVector& vector) { vectors.push_back(vector); }, use(from, "after"),
        use(limit, "limit"));
    return vectors;
}

std::multimap<ProductImageId, ExpectedVector> expected_of(Transaction& tx, std::span<const ProductImageId> ids) {
    const std::string query = std::string(expected) + "l.id IN " + in_id_list(tx.sql().dialect());
    const std::string wanted = id_list(ids);
    std::multimap<ProductImageId, ExpectedVector> vectors;
    for_each_expected(
        tx, query, [&](const ExpectedVector& vector) { vectors.emplace(vector.id, vector); }, use(wanted, "ids"));
    return vectors;
}

std::set<ProductImageId> on_their_way(Transaction& tx, std::span<const ProductImageId> ids) {
    const std::string query =
        "SELECT product_image_id FROM vector_outbox WHERE product_image_id IN " + in_id_list(tx.sql().dialect());
    const std::string wanted = id_list(ids);
    long long id = 0;
    std::set<ProductImageId> found;
    for_each_row(
        tx, query, [&] { found.insert({id}); }, into(id), use(wanted, "ids"));
    return found;
}

std::vector<LinkVector> vectors_of(Transaction& tx, ProductImageId id) {
    const long long key = id.value;
    std::string model, hex;
    std::vector<LinkVector> vectors;
    for_each_row(
        tx,
        "SELECT i.vector_model, encode(i.vector, 'hex') FROM product_images l JOIN images i ON i.id = l.image_id "
        "WHERE l.id = :id AND (l.is_primary_crop = 1 OR l.standby = 1) AND i.vector IS NOT NULL",
        [&] { vectors.push_back({.model = model, .vector = embedding_from_hex(hex)}); }, into(model), into(hex),
        use(key, "id"));
    return vectors;
}

std::vector<ExpectedFile> expected_files(Transaction& tx, ImageId after, int limit) {
    const long long from = after.value;
    long long id = 0, bytes = 0;
    std::string sha256;
    std::vector<ExpectedFile> files;
    for_each_row(
        tx, "SELECT id, sha256, bytes FROM images WHERE original_id IS NULL AND id > :after ORDER BY id LIMIT :limit",
        [&] { files.push_back({.id = {id}, .sha256 = sha256, .bytes = bytes}); }, into(id), into(sha256), into(bytes),
        use(from, "after"), use(limit, "limit"));
    return files;
}

std::map<std::string, ExpectedFile> expected_files_of(Transaction& tx, std::span<const std::string> hashes) {
    const std::string query = "SELECT id, sha256, bytes FROM images WHERE sha256 IN " + in_hash_list(tx);
    const std::string wanted = hash_list(hashes);
    long long id = 0, bytes = 0;
    std::string sha256;
    std::map<std::string, ExpectedFile> files;
    for_each_row(
        tx, query, [&] { files[sha256] = {.id = {id}, .sha256 = sha256, .bytes = bytes}; }, into(id), into(sha256),
        into(bytes), use(wanted, "hashes"));
    return files;
}

std::set<std::string> being_removed(Transaction& tx, std::span<const std::string> hashes) {
    const std::string query =
        "SELECT sha256 FROM blob_removals WHERE removed_at IS NULL AND sha256 IN " + in_hash_list(tx);
    const std::string wanted = hash_list(hashes);
    std::string sha256;
    std::set<std::string> found;
    for_each_row(
        tx, query, [&] { found.insert(sha256); }, into(sha256), use(wanted, "hashes"));
    return found;
}

std::vector<std::string> products_of(Transaction& tx, ImageId original, int limit) {
    const long long id = original.value;
    std::string external_id;
    std::vector<std::string> products;
    for_each_row(
        tx,
        "SELECT p.external_id FROM products p WHERE p.id IN (SELECT id FROM products WHERE image_id = :image "
        "UNION SELECT l.product_id FROM images c JOIN product_images l ON l.image_id = c.id "
        "WHERE c.original_id = :image) ORDER BY p.id LIMIT :limit",
        [&] { products.push_back(external_id); }, into(external_id), use(id, "image"), use(limit, "limit"));
    return products;
}

} // namespace vitrine::consistency_repository
