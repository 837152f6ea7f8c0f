#include "storage/model_repository.hpp"

#include "storage/moment_column.hpp"
#include "storage/prepared.hpp"

namespace vitrine::model_repository {
namespace {

using soci::into;
using soci::use;

constexpr std::string_view lacking =
    "SELECT l.product_id, l.id, l.image_id FROM product_images l JOIN images i ON i.id = l.image_id "
    "WHERE l.is_primary_crop = 1 AND i.vector_model <> :model "
    "AND NOT EXISTS (SELECT 1 FROM product_images s WHERE s.product_id = l.product_id AND s.standby = 1) ";

template <class... Bound>
std::vector<Lacking> select_lacking(Transaction& tx, std::string_view query, const Bound&... bound) {
    long long product = 0, link = 0, image = 0;
    std::vector<Lacking> found;
    for_each_row(
        tx, query, [&] { found.push_back({.product = {product}, .link = {link}, .image = {image}}); }, into(product),
        into(link), into(image), bound...);
    return found;
}

void set_role(Transaction& tx, const std::string& model, const std::string& role, Timestamp now) {
    const long long at = to_column(now);
    // Later than before, whatever the clock says: two moments of one model are told apart by it.
    run_prepared(tx,
                 "UPDATE catalogue_models SET role = :role, changed_at = CASE WHEN changed_at < :now "
                 "THEN CAST(:now AS BIGINT) ELSE changed_at + 1 END WHERE vector_model = :model",
                 use(role, "role"), use(at, "now"), use(model, "model"));
}

void add(Transaction& tx, const std::string& model, const std::string& role, bool own_crops, Timestamp now) {
    const long long at = to_column(now);
    const int own = own_crops ? 1 : 0;
    run_prepared(tx,
                 "INSERT INTO catalogue_models (vector_model, role, own_crops, changed_at) "
                 "VALUES (:model, :role, :own, :now) ON CONFLICT (vector_model) DO UPDATE SET role = excluded.role, "
                 "changed_at = excluded.changed_at",
                 use(model, "model"), use(role, "role"), use(own, "own"), use(at, "now"));
}

} // namespace

Models models(Transaction& tx) {
    std::string model, role;
    long long changed_at = 0;
    Models found;
    for_each_row(
        tx, "SELECT vector_model, role, changed_at FROM catalogue_models WHERE role IN ('active', 'standby')",
        [&] {
            (role == "active" ? found.active : found.standby) = model;
            if (role == "active") found.switched = changed_at;
        },
        into(model), into(role), into(changed_at));
    return found;
}

Models hold(Transaction& tx, bool to_change) {
    if (is_postgres(tx)) {
        int locked = 0;
        run_prepared(tx,
                     to_change ? "SELECT 1 FROM (SELECT pg_advisory_xact_lock(709140331)) AS held"
                               : "SELECT 1 FROM (SELECT pg_advisory_xact_lock_shared(709140331)) AS held",
                     into(locked));
    }
    return models(tx);
}

bool has_own_crops(Transaction& tx, const std::string& model) {
    int own = 0;
    run_prepared(tx, "SELECT own_crops FROM catalogue_models WHERE vector_model = :model", use(model, "model"),
                 into(own));
    return own != 0;
}

void activate_first(Transaction& tx, const std::string& model, Timestamp now) {
    const Models before = models(tx);
    if (before.active == model) return;
    if (!before.active.empty()) set_role(tx, before.active, "gone", now);
    add(tx, model, "active", false, now);
}

std::string model_of_links(Transaction& tx) {
    std::string model;
    run_prepared(tx,
                 "SELECT i.vector_model FROM product_images l JOIN images i ON i.id = l.image_id "
                 "WHERE l.is_primary_crop = 1 AND i.vector IS NOT NULL GROUP BY i.vector_model "
                 "ORDER BY COUNT(*) DESC, i.vector_model LIMIT 1",
                 into(model));
    return model;
}

void stand_by(Transaction& tx, const std::string& model, Timestamp now) {
    add(tx, model, "standby", true, now);
}

void swap(Transaction& tx, Timestamp now) {
    const Models before = models(tx);
    run_prepared(tx, "UPDATE product_images SET is_primary_crop = 0, standby = 2 WHERE is_primary_crop = 1 "
                     "AND EXISTS (SELECT 1 FROM product_images s WHERE s.product_id = product_images.product_id "
                     "AND s.standby = 1)");
    run_prepared(tx, "UPDATE product_images SET is_primary_crop = 1, standby = 0 WHERE standby = 1");
    run_prepared(tx, "UPDATE product_images SET standby = 1 WHERE standby = 2");
    set_role(tx, before.active, "gone", now);
    set_role(tx, before.standby, "active", now);
    set_role(tx, before.active, "standby", now);
}

void drop_standby(Transaction& tx, Timestamp now) {
    set_role(tx, models(tx).standby, "gone", now);
}

std::vector<Lacking> lacking_standby(Transaction& tx, const std::string& model, ProductImageId after, int limit) {
    static const std::string query = std::string(lacking) + "AND l.id > :after ORDER BY l.id LIMIT :limit";
    const long long from = after.value;
    return select_lacking(tx, query, use(model, "model"), use(from, "after"), use(limit, "limit"));
}

std::int64_t count_lacking_standby(Transaction& tx, const std::string& model) {
    static const std::string query = "SELECT COUNT(*) FROM (" + std::string(lacking) + ") AS lacking";
    long long links = 0;
    run_prepared(tx, query, use(model, "model"), into(links));
    return links;
}

Undelivered undelivered_standby(Transaction& tx) {
    std::string state;
    long long links = 0;
    Undelivered undelivered;
    for_each_row(
        tx,
        "SELECT o.state, COUNT(*) FROM vector_outbox o JOIN product_images s ON s.id = o.product_image_id "
        "WHERE s.standby = 1 AND o.operation = 'put' AND NOT EXISTS (SELECT 1 FROM product_images l "
        "JOIN vector_outbox p ON p.product_image_id = l.id WHERE l.product_id = s.product_id "
        "AND l.is_primary_crop = 1) GROUP BY o.state",
        [&] { (state == "waiting" ? undelivered.waiting : undelivered.refused) = links; }, into(state), into(links));
    return undelivered;
}

std::int64_t count_not_of(Transaction& tx, const std::string& model) {
    long long links = 0;
    run_prepared(tx,
                 "SELECT COUNT(*) FROM product_images l JOIN images i ON i.id = l.image_id "
                 "WHERE l.is_primary_crop = 1 AND i.vector_model <> :model",
                 use(model, "model"), into(links));
    return links;
}

std::vector<ProductImageId> labelled_otherwise(Transaction& tx, const Labelling& now, ProductImageId after, int limit) {
    const long long from = after.value;
    long long id = 0;
    std::vector<ProductImageId> links;
    for_each_row(
        tx,
        "SELECT l.id FROM product_images l JOIN images i ON i.id = l.image_id "
        "WHERE (l.is_primary_crop = 1 OR l.standby = 1) AND i.vector_model = :model AND i.label_model <> :label "
        "AND l.id > :after ORDER BY l.id LIMIT :limit",
        [&] { links.push_back({id}); }, into(id), use(now.vector_model, "model"), use(now.label_model, "label"),
        use(from, "after"), use(limit, "limit"));
    return links;
}

std::vector<LinksOfModels> count_by_models(Transaction& tx) {
    LinksOfModels row;
    long long links = 0;
    int is_primary = 0;
    std::vector<LinksOfModels> counts;
    for_each_row(
        tx,
        "SELECT i.vector_model, i.label_model, l.is_primary_crop, COUNT(*) FROM product_images l "
        "JOIN images i ON i.id = l.image_id WHERE l.is_primary_crop = 1 OR l.standby = 1 "
        "GROUP BY i.vector_model, i.label_model, l.is_primary_crop",
        [&] {
            row.are_primary = is_primary != 0;
            row.links = links;
            counts.push_back(row);
        },
        into(row.models.vector_model), into(row.models.label_model), into(is_primary), into(links));
    return counts;
}

std::optional<Lacking> lacking_of(Transaction& tx, const std::string& model, ProductId product) {
    static const std::string query = std::string(lacking) + "AND l.product_id = :product";
    const long long id = product.value;
    const auto found = select_lacking(tx, query, use(model, "model"), use(id, "product"));
    return found.empty() ? std::nullopt : std::optional(found.front());
}

ProductImageId add_standby(Transaction& tx, ProductId product, ImageId image, JobId job, Timestamp now) {
    const long long product_id = product.value, image_id = image.value, job_id = job.value, at = to_column(now);
    long long id = 0;
    run_prepared(tx,
                 "INSERT INTO product_images (product_id, image_id, is_primary_crop, chosen_by, job_id, created_at, "
                 "standby) SELECT product_id, CAST(:image AS BIGINT), 0, chosen_by, CAST(:job AS BIGINT), "
                 "CAST(:now AS BIGINT), 1 FROM product_images WHERE product_id = :product AND is_primary_crop = 1 "
                 "RETURNING id",
                 into(id), use(image_id, "image"), use(job_id, "job"), use(at, "now"), use(product_id, "product"));
    return {id};
}

std::vector<StandbyLink> standby_links(Transaction& tx, int limit) {
    long long id = 0, image = 0;
    std::vector<StandbyLink> links;
    for_each_row(
        tx, "SELECT id, image_id FROM product_images WHERE standby = 1 ORDER BY id LIMIT :limit",
        [&] { links.push_back({.id = {id}, .image = {image}}); }, into(id), into(image), use(limit, "limit"));
    return links;
}

void remove_link(Transaction& tx, ProductImageId id) {
    const long long link = id.value;
    run_prepared(tx, "DELETE FROM product_images WHERE id = :id", use(link, "id"));
}

std::optional<double> recent_label_ms(Transaction& tx) {
    double milliseconds = 0.0;
    soci::indicator found = soci::i_null;
    run_prepared(tx,
                 "SELECT AVG(worked_ms * 1.0) FROM (SELECT worked_ms FROM tasks WHERE kind = 'label' "
                 "AND state = 'succeeded' ORDER BY id DESC LIMIT 200) AS lately",
                 into(milliseconds, found));
    return found == soci::i_ok ? std::optional(milliseconds) : std::nullopt;
}

} // namespace vitrine::model_repository
