#include "storage/product_image_repository.hpp"

#include "storage/id_list.hpp"
#include "storage/moment_column.hpp"
#include "storage/prepared.hpp"
#include "storage/product_term_repository.hpp"

namespace vitrine::product_image_repository {
namespace {

using soci::into;
using soci::use;

constexpr std::string_view columns =
    "SELECT id, product_id, image_id, is_primary_crop, chosen_by, job_id, created_at FROM product_images ";

// The two databases have different words for what is in a JSON text.
constexpr auto attribute_on_sqlite =
    "EXISTS (SELECT 1 FROM json_tree(p.attributes) a WHERE a.path = '$' AND a.key = :attribute AND "
    "CASE a.type WHEN 'true' THEN 'true' WHEN 'false' THEN 'false' WHEN 'array' THEN "
    "(SELECT :value FROM json_each(a.value) e WHERE CASE e.type WHEN 'true' THEN 'true' WHEN 'false' THEN 'false' "
    "ELSE CAST(e.atom AS TEXT) END = :value) ELSE CAST(a.atom AS TEXT) END = :value)";
constexpr auto attribute_on_postgres =
    "EXISTS (SELECT 1 FROM json_each(CAST(p.attributes AS json)) a WHERE a.key = :attribute AND "
    "CASE json_typeof(a.value) WHEN 'array' THEN EXISTS (SELECT 1 FROM json_array_elements_text(a.value) AS e "
    "(element) "
    "WHERE e.element = :value) ELSE a.value #>> '{}' = :value END)";

/// One row's link as the database gives it.
struct LinkRow {
    long long id = 0, product_id = 0, image_id = 0, job_id = 0, created_at = 0;
    int is_primary = 0;
    std::string chosen_by;

    [[nodiscard]] ProductImage to_link() const {
        return {.id = {id},
                .product_id = {product_id},
                .image_id = {image_id},
                .is_primary_crop = is_primary != 0,
                .chosen_by = chosen_by == "person" ? ChosenBy::Person : ChosenBy::Machine,
                .job_id = {job_id},
                .created_at = moment_from(created_at)};
    }
};

/// The links that `query`, which gives the columns above, finds with the bound values.
template <class... Bound>
std::vector<ProductImage> select(Transaction& tx, std::string_view query, const Bound&... bound) {
    LinkRow row;
    std::vector<ProductImage> links;
    for_each_row(
        tx, query, [&] { links.push_back(row.to_link()); }, into(row.id), into(row.product_id), into(row.image_id),
        into(row.is_primary), into(row.chosen_by), into(row.job_id), into(row.created_at), bound...);
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
    const long long created_at = to_column(now);
    const std::string chosen_by = primary.chosen_by == ChosenBy::Person ? "person" : "machine";
    if (!primary.is_first) {
        run_soon(tx, "DELETE FROM product_images WHERE product_id = :product_id AND image_id <> :image_id",
                 use(product_id, "product_id"), use(image_id, "image_id"));
    }
    long long id = 0;
    run_prepared(tx,
                 "INSERT INTO product_images (product_id, image_id, is_primary_crop, chosen_by, job_id, created_at) "
                 "VALUES (:product_id, :image_id, 1, :chosen_by, :job_id, :created_at) "
                 "ON CONFLICT (product_id, image_id) DO UPDATE SET is_primary_crop = 1, standby = 0, chosen_by = "
                 "excluded.chosen_by, "
                 "job_id = excluded.job_id RETURNING id",
                 into(id), use(product_id, "product_id"), use(image_id, "image_id"), use(chosen_by, "chosen_by"),
                 use(job_id, "job_id"), use(created_at, "created_at"));
    if (primary.product_is_new) {
        product_term_repository::refresh_added(tx, primary.product_id);
    } else {
        product_term_repository::refresh(tx, primary.product_id);
    }
    return {id};
}

std::vector<PrimaryLink> find_primaries(Transaction& tx, std::span<const ProductImageId> ids) {
    static constexpr std::string_view select_them =
        "SELECT l.id, l.product_id, l.image_id, p.updated_at FROM product_images l "
        "JOIN products p ON p.id = l.product_id WHERE l.is_primary_crop = 1 AND l.id IN ";
    const std::string query = std::string(select_them) + in_id_list(tx.sql().dialect());
    const std::string wanted = id_list(ids);
    long long id = 0, product_id = 0, image_id = 0, updated_at = 0;
    std::vector<PrimaryLink> found;
    found.reserve(ids.size());
    for_each_row(
        tx, query,
        [&] {
            found.push_back({.id = {id},
                             .product_id = {product_id},
                             .image_id = {image_id},
                             .product_updated_at = moment_from(updated_at)});
        },
        into(id), into(product_id), into(image_id), into(updated_at), use(wanted, "ids"));
    return found;
}

void give_back_choice(Transaction& tx, ProductId product) {
    const long long value = product.value;
    run_prepared(tx,
                 "UPDATE product_images SET chosen_by = 'machine' WHERE product_id = :product AND is_primary_crop = 1",
                 use(value, "product"));
}

std::vector<ProductImage> primaries_with(Transaction& tx, ImageId image) {
    static const std::string query =
        std::string(columns) + "WHERE image_id = :image AND is_primary_crop = 1 ORDER BY product_id";
    const long long value = image.value;
    return select(tx, query, use(value, "image"));
}

std::vector<ProductImage> links_with(Transaction& tx, ImageId image) {
    static const std::string query = std::string(columns) + "WHERE image_id = :image ORDER BY id";
    const long long value = image.value;
    return select(tx, query, use(value, "image"));
}

std::vector<ProductImageId> primaries_of(Transaction& tx, const ProductsWith& products, int limit) {
    static const std::string by_category = "SELECT l.id FROM products p JOIN product_images l ON l.product_id = p.id "
                                           "WHERE l.is_primary_crop = 1 AND p.category = :category ORDER BY l.id "
                                           "LIMIT :limit";
    static const std::string by_attribute =
        "SELECT l.id FROM products p JOIN product_images l ON l.product_id = p.id "
        "WHERE l.is_primary_crop = 1 AND (:category = '' OR p.category = :category) AND ";
    static const std::string by_attribute_on_sqlite =
        by_attribute + attribute_on_sqlite + " ORDER BY l.id LIMIT :limit";
    static const std::string by_attribute_on_postgres =
        by_attribute + attribute_on_postgres + " ORDER BY l.id LIMIT :limit";
    long long id = 0;
    std::vector<ProductImageId> links;
    const auto add = [&] { links.push_back({id}); };
    if (products.attribute.empty()) {
        for_each_row(tx, by_category, add, into(id), use(products.category, "category"), use(limit, "limit"));
    } else {
        for_each_row(tx, is_postgres(tx) ? by_attribute_on_postgres : by_attribute_on_sqlite, add, into(id),
                     use(products.category, "category"), use(products.attribute, "attribute"),
                     use(products.value, "value"), use(limit, "limit"));
    }
    return links;
}

std::optional<ProductImage> find(Transaction& tx, ProductImageId id) {
    static const std::string query = std::string(columns) + "WHERE id = :id";
    const long long value = id.value;
    return first(select(tx, query, use(value, "id")));
}

std::optional<ProductImage> primary_of(Transaction& tx, ProductId product) {
    static const std::string query = std::string(columns) + "WHERE product_id = :product AND is_primary_crop = 1";
    const long long value = product.value;
    return first(select(tx, query, use(value, "product")));
}

std::map<ProductId, ImageId> primary_images_of(Transaction& tx, std::span<const ProductId> products) {
    const std::string query =
        "SELECT product_id, image_id FROM product_images WHERE is_primary_crop = 1 AND product_id IN " +
        in_id_list(tx.sql().dialect());
    const std::string wanted = id_list(products);
    long long product = 0;
    long long image = 0;
    std::map<ProductId, ImageId> primaries;
    for_each_row(
        tx, query, [&] { primaries.emplace(ProductId{product}, ImageId{image}); }, use(wanted, "ids"), into(product),
        into(image));
    return primaries;
}

std::vector<ProductImage> links_of(Transaction& tx, ProductId product) {
    static const std::string query = std::string(columns) + "WHERE product_id = :product ORDER BY id";
    const long long value = product.value;
    return select(tx, query, use(value, "product"));
}

std::int64_t count(Transaction& tx) {
    long long rows = 0;
    run_prepared(tx, "SELECT COUNT(*) FROM product_images", into(rows));
    return rows;
}

} // namespace vitrine::product_image_repository
