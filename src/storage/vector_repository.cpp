#include "storage/vector_repository.hpp"

#include "storage/embedding_column.hpp"
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
    sql(tx) << "INSERT INTO vectors (product_image_id, model, dimensions, vector) "
               "VALUES (:id, :model, :dimensions, decode(:vector, 'hex')) "
               "ON CONFLICT (product_image_id) DO UPDATE SET model = excluded.model, dimensions = excluded.dimensions, "
               "vector = excluded.vector",
        use(key), use(model), use(dimensions), use(hex);
}

void remove(Transaction& tx, ProductImageId id) {
    const long long key = id.value;
    sql(tx) << "DELETE FROM vectors WHERE product_image_id = :id", use(key);
}

std::optional<std::size_t> dimensions_of(Transaction& tx, const std::string& model) {
    long long dimensions = 0;
    sql(tx) << "SELECT dimensions FROM vectors WHERE model = :model LIMIT 1", into(dimensions), use(model);
    if (!sql(tx).got_data()) return std::nullopt;
    return static_cast<std::size_t>(dimensions);
}

std::optional<StoredVector> find(Transaction& tx, ProductImageId id) {
    const long long key = id.value;
    long long dimensions = 0;
    std::string hex;
    StoredVector row;
    const bool found = run_prepared(
        tx, "SELECT model, dimensions, encode(vector, 'hex') FROM vectors WHERE product_image_id = :id",
        into(row.model), into(dimensions), into(hex), use(key, "id"));
    if (!found) return std::nullopt;
    row.id = id;
    row.vector = vector_from(hex, dimensions);
    return row;
}

void for_each(Transaction& tx, const std::function<void(const StoredVector&)>& visit) {
    long long id = 0;
    long long dimensions = 0;
    std::string hex;
    StoredVector row;
    soci::statement rows =
        (sql(tx).prepare << "SELECT product_image_id, model, dimensions, encode(vector, 'hex') FROM vectors", into(id),
         into(row.model), into(dimensions), into(hex));
    rows.execute();
    while (rows.fetch()) {
        row.id = {id};
        row.vector = vector_from(hex, dimensions);
        visit(row);
    }
}

} // namespace vitrine::vector_repository
