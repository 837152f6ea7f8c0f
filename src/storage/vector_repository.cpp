#include "storage/vector_repository.hpp"

#include "storage/embedding_column.hpp"
#include "storage/id_list.hpp"
#include "storage/prepared.hpp"
#include "storage/sql.hpp"

namespace vitrine::vector_repository {
namespace {

using soci::into;
using soci::use;

/// Empty when the bytes are not as many values as were put.
Embedding vector_from(const std::string& hex, long long dimensions) {
    const bool whole = dimensions > 0 && hex.size() == 2 * sizeof(float) * static_cast<std::size_t>(dimensions);
    return whole ? embedding_from_hex(hex) : Embedding{};
}

} // namespace

void put(Transaction& tx, ProductImageId id, const std::string& model, const Embedding& vector) {
    const long long key = id.value;
    const long long dimensions = static_cast<long long>(vector.size());
    const std::string hex = to_hex(vector);
    run_soon(tx,
             "INSERT INTO vectors (product_image_id, model, dimensions, vector) "
             "VALUES (:id, :model, :dimensions, decode(:vector, 'hex')) "
             "ON CONFLICT (product_image_id) DO UPDATE SET model = excluded.model, "
             "dimensions = excluded.dimensions, vector = excluded.vector",
             use(key, "id"), use(model, "model"), use(dimensions, "dimensions"), use(hex, "vector"));
}

void remove(Transaction& tx, ProductImageId id) {
    const long long key = id.value;
    run_soon(tx, "DELETE FROM vectors WHERE product_image_id = :id", use(key, "id"));
}

std::optional<std::size_t> dimensions_of(Transaction& tx, const std::string& model) {
    long long dimensions = 0;
    const bool found = run_prepared(tx, "SELECT dimensions FROM vectors WHERE model = :model LIMIT 1", into(dimensions),
                                    use(model, "model"));
    if (!found) return std::nullopt;
    return static_cast<std::size_t>(dimensions);
}

std::optional<StoredVector> find(Transaction& tx, ProductImageId id) {
    const long long key = id.value;
    long long dimensions = 0;
    std::string hex;
    StoredVector row;
    const bool found =
        run_prepared(tx, "SELECT model, dimensions, encode(vector, 'hex') FROM vectors WHERE product_image_id = :id",
                     into(row.model), into(dimensions), into(hex), use(key, "id"));
    if (!found) return std::nullopt;
    row.id = id;
    row.vector = vector_from(hex, dimensions);
    return row;
}

std::vector<RowSummary> page(Transaction& tx, ProductImageId after, const std::string& after_model, int limit) {
    const long long from = after.value;
    long long id = 0, dimensions = 0, bytes = 0;
    std::string model;
    std::vector<RowSummary> rows;
    for_each_row(
        tx,
        "SELECT product_image_id, model, dimensions, LENGTH(vector) FROM vectors WHERE product_image_id > :after "
        "OR (product_image_id = :after AND model > :after_model) ORDER BY product_image_id, model LIMIT :limit",
        [&] {
            const bool whole = bytes == dimensions * static_cast<long long>(sizeof(float));
            rows.push_back(
                {.id = {id}, .model = model, .dimensions = static_cast<std::size_t>(whole ? dimensions : 0)});
        },
        into(id), into(model), into(dimensions), into(bytes), use(from, "after"), use(after_model, "after_model"),
        use(limit, "limit"));
    return rows;
}

std::set<ProductImageId> held(Transaction& tx, const std::string& model, std::span<const ProductImageId> ids) {
    const std::string query = "SELECT product_image_id FROM vectors WHERE model = :model AND product_image_id IN " +
                              in_id_list(tx.sql().dialect());
    const std::string wanted = id_list(ids);
    long long id = 0;
    std::set<ProductImageId> found;
    for_each_row(
        tx, query, [&] { found.insert({id}); }, into(id), use(model, "model"), use(wanted, "ids"));
    return found;
}

void for_each(Transaction& tx, const std::function<void(const StoredVector&)>& visit) {
    long long id = 0;
    long long dimensions = 0;
    std::string hex;
    StoredVector row;
    for_each_row(
        tx, "SELECT product_image_id, model, dimensions, encode(vector, 'hex') FROM vectors",
        [&] {
            row.id = {id};
            row.vector = vector_from(hex, dimensions);
            visit(row);
        },
        into(id), into(row.model), into(dimensions), into(hex));
}

} // namespace vitrine::vector_repository
