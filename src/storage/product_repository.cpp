#include "storage/product_repository.hpp"
#include "core/search_terms.hpp"

#include <algorithm>

#include "storage/id_list.hpp"
#include "storage/moment_column.hpp"
#include "storage/prepared.hpp"
#include "storage/product_term_repository.hpp"

namespace vitrine::product_repository {
namespace {

using soci::into;
using soci::use;

constexpr auto columns =
    "SELECT id, external_id, name, description, category, attributes, image_id, job_id, created_at, "
    "updated_at FROM products ";

struct Row {
    long long id = 0, image_id = 0, job_id = 0, created_at = 0, updated_at = 0;
    std::string external_id, name, description, category, attributes;
    soci::indicator has_image = soci::i_null, has_job = soci::i_null;

    [[nodiscard]] StoredProduct to_product() const {
        StoredProduct stored;
        stored.product.id = {id};
        stored.product.external_id = external_id;
        stored.product.name = name;
        stored.product.description = description;
        stored.product.category = category;
        stored.product.attributes = attributes;
        stored.product.created_at = moment_from(created_at);
        stored.product.updated_at = moment_from(updated_at);
        if (has_image == soci::i_ok) stored.image_id = ImageId{image_id};
        if (has_job == soci::i_ok) stored.job_id = JobId{job_id};
        return stored;
    }
};

/// The products that `query`, which gives the columns above, finds with the bound values.
template <class... Bound>
std::vector<StoredProduct> select(Transaction& tx, std::string_view query, const Bound&... bound) {
    Row row;
    std::vector<StoredProduct> products;
    for_each_row(
        tx, query, [&] { products.push_back(row.to_product()); }, into(row.id), into(row.external_id), into(row.name),
        into(row.description), into(row.category), into(row.attributes), into(row.image_id, row.has_image),
        into(row.job_id, row.has_job), into(row.created_at), into(row.updated_at), bound...);
    return products;
}

std::optional<StoredProduct> first(std::vector<StoredProduct> rows) {
    if (rows.empty()) return std::nullopt;
    return std::move(rows.front());
}

void add_barcodes(Transaction& tx, long long id, const ProductDescription& description) {
    for (const std::string& code : barcodes_of(description)) {
        run_soon(tx, "INSERT INTO product_barcodes (product_id, code) VALUES (:id, :code) ON CONFLICT DO NOTHING",
                 use(id, "id"), use(code, "code"));
    }
}

} // namespace

std::optional<Product> add(Transaction& tx, const ProductDescription& description, Timestamp now) {
    static const InsertOne insert(
        "INSERT INTO products (external_id, name, description, category, attributes, created_at, updated_at, "
        "terms_version) VALUES (:external_id, :name, :description, :category, :attributes, :now, :now, :version) "
        "ON CONFLICT (external_id) DO NOTHING");
    const long long moment = to_column(now);
    const int version = search_terms_version;
    const auto id = insert.run(tx, use(description.external_id, "external_id"), use(description.name, "name"),
                               use(description.description, "description"), use(description.category, "category"),
                               use(description.attributes, "attributes"), use(moment, "now"), use(version, "version"));
    if (!id) return std::nullopt;
    add_barcodes(tx, *id, description);
    product_term_repository::add(tx, {*id}, description);
    Product added;
    static_cast<ProductDescription&>(added) = description;
    added.id = {*id};
    added.created_at = added.updated_at = now;
    return added;
}

ProductId save(Transaction& tx, const ProductDescription& description, Timestamp now) {
    const long long moment = to_column(now);
    long long id = 0;
    run_prepared(tx,
                 "INSERT INTO products (external_id, name, description, category, attributes, created_at, updated_at) "
                 "VALUES (:external_id, :name, :description, :category, :attributes, :now, :now) "
                 "ON CONFLICT (external_id) DO UPDATE SET name = excluded.name, description = excluded.description, "
                 "category = excluded.category, attributes = excluded.attributes, updated_at = excluded.updated_at "
                 "RETURNING id",
                 into(id), use(description.external_id, "external_id"), use(description.name, "name"),
                 use(description.description, "description"), use(description.category, "category"),
                 use(description.attributes, "attributes"), use(moment, "now"));
    run_soon(tx, "DELETE FROM product_barcodes WHERE product_id = :id", use(id, "id"));
    add_barcodes(tx, id, description);
    product_term_repository::refresh(tx, {id});
    return {id};
}

void set_accepted(Transaction& tx, ProductId id, ImageId original, JobId job) {
    const long long row = id.value;
    const long long image_id = original.value;
    const long long job_id = job.value;
    run_soon(tx, "UPDATE products SET image_id = :image_id, job_id = :job_id WHERE id = :id", use(image_id, "image_id"),
             use(job_id, "job_id"), use(row, "id"));
}

std::optional<StoredProduct> find(Transaction& tx, ProductId id) {
    static const std::string query = std::string(columns) + "WHERE id = :id";
    const long long value = id.value;
    return first(select(tx, query, use(value, "id")));
}

std::vector<Product> find_all(Transaction& tx, std::span<const ProductId> ids) {
    const std::string query = std::string(columns) + "WHERE id IN " + in_id_list(tx.sql().dialect()) + " ORDER BY id";
    const std::string wanted = id_list(ids);
    std::vector<Product> products;
    for (auto& row : select(tx, query, use(wanted, "ids"))) products.push_back(std::move(row.product));
    return products;
}

std::optional<StoredProduct> find_and_hold(Transaction& tx, ProductId id) {
    if (!is_postgres(tx)) return find(tx, id);
    static const std::string query = std::string(columns) + "WHERE id = :id FOR NO KEY UPDATE";
    const long long value = id.value;
    return first(select(tx, query, use(value, "id")));
}

void hold_external_id(Transaction& tx, const std::string& external_id) {
    if (!is_postgres(tx)) return;
    int locked = 0;
    // There may be no row to lock yet. Two ids of one hash wait for each other, which does no harm.
    run_prepared(tx, "SELECT 1 FROM (SELECT pg_advisory_xact_lock(709140329, hashtext(CAST(:id AS TEXT)))) AS held",
                 use(external_id, "id"), into(locked));
}

std::optional<StoredProduct> find_by_external_id(Transaction& tx, const std::string& external_id) {
    static const std::string query = std::string(columns) + "WHERE external_id = :external_id";
    return first(select(tx, query, use(external_id, "external_id")));
}

std::vector<Product> list(Transaction& tx, const Filter& filter) {
    static const std::string of_any = std::string(columns) + "WHERE id > :after ORDER BY id LIMIT :limit";
    static const std::string of_one =
        std::string(columns) + "WHERE category = :category AND id > :after ORDER BY id LIMIT :limit";
    const long long after = filter.after.value;
    const int limit = std::clamp(filter.limit, 1, 1000);
    auto rows = filter.category.empty()
                    ? select(tx, of_any, use(after, "after"), use(limit, "limit"))
                    : select(tx, of_one, use(filter.category, "category"), use(after, "after"), use(limit, "limit"));
    std::vector<Product> products;
    for (auto& row : rows) products.push_back(std::move(row.product));
    return products;
}

std::vector<ProductId> find_by_barcode(Transaction& tx, const std::string& code, int limit) {
    long long id = 0;
    std::vector<ProductId> ids;
    for_each_row(
        tx, "SELECT product_id FROM product_barcodes WHERE code = :code ORDER BY product_id LIMIT :limit",
        [&] { ids.push_back({id}); }, into(id), use(code, "code"), use(limit, "limit"));
    return ids;
}

bool remove(Transaction& tx, ProductId id) {
    const long long value = id.value;
    long long removed = 0;
    return run_prepared(tx, "DELETE FROM products WHERE id = :id RETURNING id", into(removed), use(value, "id"));
}

std::vector<std::pair<std::string, std::int64_t>> count_by_category(Transaction& tx) {
    std::string category;
    long long products = 0;
    std::vector<std::pair<std::string, std::int64_t>> counts;
    for_each_row(
        tx, "SELECT category, COUNT(*) FROM products GROUP BY category ORDER BY category",
        [&] { counts.emplace_back(category, products); }, into(category), into(products));
    return counts;
}

std::int64_t count(Transaction& tx) {
    long long rows = 0;
    run_prepared(tx, "SELECT COUNT(*) FROM products", into(rows));
    return rows;
}

} // namespace vitrine::product_repository
