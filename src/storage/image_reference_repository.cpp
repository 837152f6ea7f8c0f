#include "storage/image_reference_repository.hpp"

#include <limits>

#include "storage/moment_column.hpp"
#include "storage/prepared.hpp"

namespace vitrine::image_reference_repository {
namespace {

using soci::into;
using soci::use;

bool is_worked_on(Transaction& tx, long long image) {
    int found = 0;
    return run_prepared(tx,
                        "SELECT 1 FROM job_images u JOIN jobs j ON j.id = u.job_id "
                        "WHERE u.image_id = :image AND j.state IN ('queued', 'running') LIMIT 1",
                        use(image, "image"), into(found));
}

bool is_a_products(Transaction& tx, long long image) {
    int found = 0;
    return run_prepared(tx,
                        "SELECT 1 FROM (SELECT 1 AS one FROM products WHERE image_id = :image "
                        "UNION ALL SELECT 1 FROM product_images WHERE image_id = :image "
                        "UNION ALL SELECT 1 FROM images c JOIN product_images l ON l.image_id = c.id "
                        "WHERE c.original_id = :image) AS found LIMIT 1",
                        use(image, "image"), into(found));
}

bool is_a_querys(Transaction& tx, long long image, Timestamp since) {
    const long long from = to_column(since);
    int found = 0;
    return run_prepared(tx,
                        "SELECT 1 FROM job_images u JOIN jobs j ON j.id = u.job_id "
                        "WHERE u.image_id = :image AND u.kept = 1 AND j.created_at >= :since LIMIT 1",
                        use(image, "image"), use(from, "since"), into(found));
}

} // namespace

void note_job(Transaction& tx, JobId job, ImageId image, bool kept) {
    const long long job_id = job.value;
    const long long image_id = image.value;
    const int keep = kept ? 1 : 0;
    run_soon(tx,
             "INSERT INTO job_images (job_id, image_id, kept) VALUES (:job, :image, :kept) "
             "ON CONFLICT (job_id) DO NOTHING",
             use(job_id, "job"), use(image_id, "image"), use(keep, "kept"));
}

std::vector<JobId> unfinished_jobs_of(Transaction& tx, ProductImageId link) {
    const long long id = link.value;
    long long job = 0;
    std::vector<JobId> jobs;
    for_each_row(
        tx,
        "SELECT u.job_id FROM product_images l JOIN images c ON c.id = l.image_id "
        "JOIN job_images u ON u.image_id = c.original_id JOIN jobs j ON j.id = u.job_id "
        "WHERE l.id = :link AND j.state IN ('queued', 'running') ORDER BY u.job_id",
        [&] { jobs.push_back({job}); }, into(job), use(id, "link"));
    return jobs;
}

std::optional<ImageId> image_of(Transaction& tx, JobId job) {
    const long long job_id = job.value;
    long long image = 0;
    const bool found =
        run_prepared(tx, "SELECT image_id FROM job_images WHERE job_id = :job", use(job_id, "job"), into(image));
    return found ? std::optional(ImageId{image}) : std::nullopt;
}

Use use_of(Transaction& tx, ImageId image, Timestamp queries_since) {
    const long long id = image.value;
    if (is_worked_on(tx, id)) return Use::Busy;
    return is_a_products(tx, id) || is_a_querys(tx, id, queries_since) ? Use::Kept : Use::None;
}

bool is_queried(Transaction& tx, ImageId image) {
    return is_a_querys(tx, image.value, Timestamp::min());
}

std::vector<ImageId> originals_of(Transaction& tx, ProductId product) {
    const long long id = product.value;
    long long image = 0;
    std::vector<ImageId> originals;
    for_each_row(
        tx,
        "SELECT image_id FROM products WHERE id = :product AND image_id IS NOT NULL "
        "UNION SELECT COALESCE(i.original_id, i.id) FROM product_images l JOIN images i ON i.id = l.image_id "
        "WHERE l.product_id = :product",
        [&] { originals.push_back({image}); }, use(id, "product"), into(image));
    return originals;
}

std::vector<AgedImage> made_before(Transaction& tx, Timestamp before, const std::optional<AgedImage>& after,
                                   int limit) {
    const long long until = to_column(before);
    const long long from = after ? to_column(after->created_at) : std::numeric_limits<long long>::min();
    const long long from_id = after ? after->id.value : 0;
    long long id = 0, created_at = 0, bytes = 0;
    std::vector<AgedImage> images;
    for_each_row(
        tx,
        "SELECT id, created_at, bytes FROM images WHERE original_id IS NULL AND created_at < :until "
        "AND (created_at > :from OR (created_at = :from AND id > :from_id)) ORDER BY created_at, id LIMIT :limit",
        [&] { images.push_back({.id = {id}, .created_at = moment_from(created_at), .bytes = bytes}); },
        use(until, "until"), use(from, "from"), use(from_id, "from_id"), use(limit, "limit"), into(id),
        into(created_at), into(bytes));
    return images;
}

std::int64_t crops_of(Transaction& tx, ImageId original) {
    const long long id = original.value;
    long long crops = 0;
    run_prepared(tx, "SELECT COUNT(*) FROM images WHERE original_id = :id", use(id, "id"), into(crops));
    return crops;
}

void release(Transaction& tx, ImageId image, Timestamp due) {
    const long long id = image.value;
    const long long due_at = to_column(due);
    run_prepared(tx,
                 "INSERT INTO image_releases (image_id, due_at) VALUES (:image, :due) "
                 "ON CONFLICT (image_id) DO UPDATE SET due_at = excluded.due_at",
                 use(id, "image"), use(due_at, "due"));
}

std::vector<ImageId> due_releases(Transaction& tx, Timestamp now, int limit) {
    const long long due_at = to_column(now);
    long long id = 0;
    std::vector<ImageId> images;
    for_each_row(
        tx, "SELECT image_id FROM image_releases WHERE due_at <= :now ORDER BY due_at, image_id LIMIT :limit",
        [&] { images.push_back({id}); }, use(due_at, "now"), use(limit, "limit"), into(id));
    return images;
}

void settle_release(Transaction& tx, ImageId image) {
    const long long id = image.value;
    run_prepared(tx, "DELETE FROM image_releases WHERE image_id = :image", use(id, "image"));
}

std::optional<Timestamp> next_release(Transaction& tx) {
    long long due = 0;
    soci::indicator found = soci::i_null;
    run_prepared(tx, "SELECT MIN(due_at) FROM image_releases", into(due, found));
    return found == soci::i_ok ? std::optional(moment_from(due)) : std::nullopt;
}

} // namespace vitrine::image_reference_repository
