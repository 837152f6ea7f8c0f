#include "storage/product_image_repository.hpp"

#include "storage/sql.hpp"

namespace vitrine::product_image_repository {
namespace {

using soci::into;
using soci::use;

constexpr auto columns =
    "SELECT id, product_id, image_id, is_primary_crop, chosen_by, job_id, created_at FROM product_images ";

template <class... Bound>
std::vector<ProductImage> select(Transaction& tx, const std::string& where, Bound&&... bound) {
    long long id = 0, product_id = 0, image_id = 0, job_id = 0, created_at = 0;
    int is_primary = 0;
    std::string chosen_by;
    soci::statement statement(sql(tx));
    (statement.exchange(std::forward<Bound>(bound)), ...);
    statement.exchange(into(id));
    statement.exchange(into(product_id));
    statement.exchange(into(image_id));
    statement.exchange(into(is_primary));
    statement.exchange(into(chosen_by));
    statement.exchange(into(job_id));
    statement.exchange(into(created_at));
    statement.alloc();
    statement.prepare(columns + where);
    statement.define_and_bind();
    statement.execute();
    std::vector<ProductImage> links;
    while (statement.fetch()) {
        links.push_back({.id = {id},
                         .product_id = {product_id},
                         .image_id = {image_id},
                         .is_primary_crop = is_primary != 0,
                         .chosen_by = chosen_by == "person" ? ChosenBy::Person : ChosenBy::Machine,
                         .job_id = {job_id},
                         .created_at = Timestamp{Milliseconds{created_at}}});
    }
    return links;
}

std::optional<ProductImage> first(std::vector<ProductImage> rows) {
    if (rows.empty()) return std::nullopt;
    return rows.front();
}

} // namespace

ProductImageId replace_primary(Transaction& tx, const NewPrimary& primary, Timestamp now) {
    const long long product_id = primary.product_id.value;
    const long long image_id = primary.image_id.value;
    const long long job_id = primary.job_id.value;
    const long long created_at = now.time_since_epoch().count();
    const std::string chosen_by = primary.chosen_by == ChosenBy::Person ? "person" : "machine";
    sql(tx) << "DELETE FROM product_images WHERE product_id = :product_id AND image_id <> :image_id", use(product_id),
        use(image_id);
    sql(tx) << "INSERT INTO product_images (product_id, image_id, is_primary_crop, chosen_by, job_id, created_at) "
               "VALUES (:product_id, :image_id, 1, :chosen_by, :job_id, :created_at) "
               "ON CONFLICT (product_id, image_id) DO UPDATE SET is_primary_crop = 1, chosen_by = excluded.chosen_by, "
               "job_id = excluded.job_id",
        use(product_id), use(image_id), use(chosen_by), use(job_id), use(created_at);
    long long id = 0;
    sql(tx) << "SELECT id FROM product_images WHERE product_id = :product_id AND image_id = :image_id", into(id),
        use(product_id), use(image_id);
    return {id};
}

std::vector<LinkWithProduct> find_with_products(Transaction& tx, std::span<const ProductImageId> ids) {
    long long id = 0, product_id = 0, image_id = 0, job_id = 0, link_created_at = 0, created_at = 0, updated_at = 0;
    int is_primary = 0;
    std::string chosen_by;
    Product product;
    soci::statement statement =
        (sql(tx).prepare
             << "SELECT l.product_id, l.image_id, l.is_primary_crop, l.chosen_by, l.job_id, l.created_at, "
                "p.external_id, p.name, p.description, p.category, p.attributes, p.created_at, p.updated_at "
                "FROM product_images l JOIN products p ON p.id = l.product_id WHERE l.id = :id",
         into(product_id), into(image_id), into(is_primary), into(chosen_by), into(job_id), into(link_created_at),
         into(product.external_id), into(product.name), into(product.description), into(product.category),
         into(product.attributes), into(created_at), into(updated_at), use(id));
    std::vector<LinkWithProduct> found;
    for (const ProductImageId wanted : ids) {
        id = wanted.value;
        if (!statement.execute(true)) continue;
        product.id = {product_id};
        product.created_at = Timestamp{Milliseconds{created_at}};
        product.updated_at = Timestamp{Milliseconds{updated_at}};
        found.push_back({.link = {.id = wanted,
                                  .product_id = {product_id},
                                  .image_id = {image_id},
                                  .is_primary_crop = is_primary != 0,
                                  .chosen_by = chosen_by == "person" ? ChosenBy::Person : ChosenBy::Machine,
                                  .job_id = {job_id},
                                  .created_at = Timestamp{Milliseconds{link_created_at}}},
                         .product = product});
    }
    return found;
}

std::optional<ProductImage> find(Transaction& tx, ProductImageId id) {
    const long long value = id.value;
    return first(select(tx, "WHERE id = :id", use(value)));
}

std::optional<ProductImage> primary_of(Transaction& tx, ProductId product) {
    const long long value = product.value;
    return first(select(tx, "WHERE product_id = :product AND is_primary_crop = 1", use(value)));
}

std::vector<ProductImage> links_of(Transaction& tx, ProductId product) {
    const long long value = product.value;
    return select(tx, "WHERE product_id = :product ORDER BY id", use(value));
}

std::int64_t count(Transaction& tx) {
    long long rows = 0;
    sql(tx) << "SELECT COUNT(*) FROM product_images", into(rows);
    return rows;
}

} // namespace vitrine::product_image_repository
