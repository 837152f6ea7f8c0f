#include "storage/vector_repository.hpp"

#include "storage/embedding_column.hpp"
#include "storage/sql.hpp"

namespace vitrine::vector_repository {
namespace {

using soci::into;
using soci::use;

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
        const bool whole = dimensions > 0 && hex.size() == 2 * sizeof(float) * static_cast<std::size_t>(dimensions);
        row.vector = whole ? embedding_from_hex(hex) : Embedding{};
        visit(row);
    }
}

} // namespace vitrine::vector_repository
