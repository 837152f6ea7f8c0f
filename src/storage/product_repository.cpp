#include "storage/product_repository.hpp"

#include <algorithm>

#include "storage/sql.hpp"

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
        stored.product.created_at = Timestamp{Milliseconds{created_at}};
        stored.product.updated_at = Timestamp{Milliseconds{updated_at}};
        if (has_image == soci::i_ok) stored.image_id = ImageId{image_id};
        if (has_job == soci::i_ok) stored.job_id = JobId{job_id};
        return stored;
    }
};

template <class... Bound>
std::vector<StoredProduct> select(Transaction& tx, const std::string& where, Bound&&... bound) {
    Row row;
    soci::statement statement(sql(tx));
    (statement.exchange(std::forward<Bound>(bound)), ...);
    statement.exchange(into(row.id));
    statement.exchange(into(row.external_id));
    statement.exchange(into(row.name));
    statement.exchange(into(row.description));
    statement.exchange(into(row.category));
    statement.exchange(into(row.attributes));
    statement.exchange(into(row.image_id, row.has_image));
    statement.exchange(into(row.job_id, row.has_job));
    statement.exchange(into(row.created_at));
    statement.exchange(into(row.updated_at));
    statement.alloc();
    statement.prepare(columns + where);
    statement.define_and_bind();
    statement.execute();
    std::vector<StoredProduct> products;
    while (statement.fetch()) products.push_back(row.to_product());
    return products;
}

/// `text` as a LIKE pattern that finds it anywhere, its own wildcards taken literally.
std::string contains_pattern(const std::string& text) {
    std::string pattern = "%";
    for (const char c : text) {
        if (c == '%' || c == '_' || c == '\\') pattern += '\\';
        pattern += c;
    }
    return pattern + '%';
}

void save_barcodes(Transaction& tx, long long id, const ProductDescription& description) {
    sql(tx) << "DELETE FROM product_barcodes WHERE product_id = :id", use(id);
    for (const std::string& code : barcodes_of(description)) {
        sql(tx) << "INSERT INTO product_barcodes (product_id, code) VALUES (:id, :code) ON CONFLICT DO NOTHING",
            use(id), use(code);
    }
}

} // namespace

ProductId save(Transaction& tx, const ProductDescription& description, Timestamp now) {
    const long long moment = now.time_since_epoch().count();
    sql(tx) << "INSERT INTO products (external_id, name, description, category, attributes, created_at, updated_at) "
               "VALUES (:external_id, :name, :description, :category, :attributes, :created_at, :updated_at) "
               "ON CONFLICT (external_id) DO UPDATE SET name = excluded.name, description = excluded.description, "
               "category = excluded.category, attributes = excluded.attributes, updated_at = excluded.updated_at",
        use(description.external_id), use(description.name), use(description.description), use(description.category),
        use(description.attributes), use(moment), use(moment);
    long long id = 0;
    sql(tx) << "SELECT id FROM products WHERE external_id = :external_id", into(id), use(description.external_id);
    save_barcodes(tx, id, description);
    return {id};
}

void set_accepted(Transaction& tx, ProductId id, ImageId original, JobId job) {
    const long long row = id.value;
    const long long image_id = original.value;
    const long long job_id = job.value;
    sql(tx) << "UPDATE products SET image_id = :image_id, job_id = :job_id WHERE id = :id", use(image_id), use(job_id),
        use(row);
}

std::optional<StoredProduct> find(Transaction& tx, ProductId id) {
    const long long value = id.value;
    auto rows = select(tx, "WHERE id = :id", use(value));
    return rows.empty() ? std::nullopt : std::optional(std::move(rows.front()));
}

std::optional<StoredProduct> find_by_external_id(Transaction& tx, const std::string& external_id) {
    auto rows = select(tx, "WHERE external_id = :external_id", use(external_id));
    return rows.empty() ? std::nullopt : std::optional(std::move(rows.front()));
}

std::vector<Product> list(Transaction& tx, const Filter& filter) {
    const long long after = filter.after.value;
    const int limit = std::clamp(filter.limit, 1, 1000);
    const std::string pattern = contains_pattern(filter.text);
    const auto rows =
        select(tx,
               "WHERE id > :after AND (:category = '' OR category = :same_category) AND "
               "(LOWER(name) LIKE LOWER(:in_name) ESCAPE '\\' OR "
               "LOWER(external_id) LIKE LOWER(:in_id) ESCAPE '\\') ORDER BY id LIMIT :limit",
               use(after), use(filter.category), use(filter.category), use(pattern), use(pattern), use(limit));
    std::vector<Product> products;
    for (const auto& row : rows) products.push_back(row.product);
    return products;
}

std::vector<ProductId> find_by_barcode(Transaction& tx, const std::string& code, int limit) {
    long long id = 0;
    soci::statement statement = (sql(tx).prepare << "SELECT product_id FROM product_barcodes WHERE code = :code "
                                                    "ORDER BY product_id LIMIT :limit",
                                 into(id), use(code), use(limit));
    statement.execute();
    std::vector<ProductId> ids;
    while (statement.fetch()) ids.push_back({id});
    return ids;
}

bool remove(Transaction& tx, ProductId id) {
    const long long value = id.value;
    soci::statement statement = (sql(tx).prepare << "DELETE FROM products WHERE id = :id", use(value));
    statement.execute(true);
    return statement.get_affected_rows() == 1;
}

std::int64_t count(Transaction& tx) {
    long long rows = 0;
    sql(tx) << "SELECT COUNT(*) FROM products", into(rows);
    return rows;
}

} // namespace vitrine::product_repository
