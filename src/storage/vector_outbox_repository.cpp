#include "storage/vector_outbox_repository.hpp"

#include <algorithm>
#include <string_view>

#include <fmt/format.h>

#include <vitrine/structured_label.hpp>

#include "storage/embedding_column.hpp"
#include "storage/moment_column.hpp"
#include "storage/prepared.hpp"
#include "storage/stored_sentence.hpp"

namespace vitrine::vector_outbox_repository {
namespace {

using soci::into;
using soci::use;

std::string claim_query(std::string_view row_locks) {
    return fmt::format("UPDATE vector_outbox SET lease_owner = :owner, lease_until = :lease_until "
                       "WHERE product_image_id IN (SELECT product_image_id FROM vector_outbox "
                       "    WHERE state = 'waiting' AND lease_until <= :now "
                       "    ORDER BY queued_at, product_image_id LIMIT :limit {}) "
                       "RETURNING product_image_id, operation, sequence, attempts, queued_at",
                       row_locks);
}

const std::string claim_for_sqlite = claim_query("");
// Rows that another deliverer is claiming at this moment are passed over instead of waited for.
const std::string claim_for_postgres = claim_query("FOR UPDATE SKIP LOCKED");

std::string_view name_of(Operation operation) {
    return operation == Operation::Put ? "put" : "remove";
}

Operation operation_from(const std::string& column) {
    return column == "put" ? Operation::Put : Operation::Remove; // the schema allows no third
}

/// Ends the lease of an intent that was not settled; what `state` says holds only if nothing newer replaced it.
void set_back(Transaction& tx, const Intent& intent, const std::string& owner, const std::string& why,
              const std::string& state, Timestamp now) {
    const long long id = intent.id.value;
    const long long sequence = intent.sequence;
    const long long queued_at = to_column(now);
    const std::string error = stored_sentence(why);
    run_prepared(tx,
                 "UPDATE vector_outbox SET attempts = attempts + 1, error = :error, lease_owner = '', lease_until = 0, "
                 "queued_at = :now, state = CASE WHEN sequence = :sequence THEN :state ELSE state END "
                 "WHERE product_image_id = :id AND lease_owner = :owner",
                 use(error, "error"), use(queued_at, "now"), use(sequence, "sequence"), use(state, "state"),
                 use(id, "id"), use(owner, "owner"));
}

} // namespace

void add(Transaction& tx, ProductImageId id, Operation operation, Timestamp now) {
    const long long key = id.value;
    const std::string name{name_of(operation)};
    const long long queued_at = to_column(now);
    run_soon(tx,
             "INSERT INTO vector_outbox (product_image_id, operation, queued_at) VALUES (:id, :operation, :now) "
             "ON CONFLICT (product_image_id) DO UPDATE SET operation = excluded.operation, state = 'waiting', "
             "sequence = vector_outbox.sequence + 1, attempts = 0, error = '', queued_at = excluded.queued_at",
             use(key, "id"), use(name, "operation"), use(queued_at, "now"));
}

std::optional<ProductImageId> add_all(Transaction& tx, const std::string& model, ProductImageId after, int limit,
                                      Timestamp now) {
    const long long from = after.value;
    long long id = 0;
    std::vector<ProductImageId> links;
    for_each_row(
        tx,
        "SELECT l.id FROM product_images l JOIN images i ON i.id = l.image_id "
        "WHERE l.id > :after AND (l.is_primary_crop = 1 OR l.standby = 1) AND i.vector_model = :model ORDER BY l.id "
        "LIMIT :limit",
        [&] { links.push_back({id}); }, into(id), use(from, "after"), use(model, "model"), use(limit, "limit"));
    const long long queued_at = to_column(now);
    for (const ProductImageId link : links) {
        const long long key = link.value;
        run_prepared(tx,
                     "INSERT INTO vector_outbox (product_image_id, operation, queued_at) VALUES (:id, 'put', :now) "
                     "ON CONFLICT (product_image_id) DO NOTHING",
                     use(key, "id"), use(queued_at, "now"));
    }
    return links.empty() ? std::nullopt : std::optional(links.back());
}

std::vector<Intent> claim(Transaction& tx, const Claim& claim) {
    const auto& query = tx.sql().dialect() == SqlSession::Dialect::Sqlite ? claim_for_sqlite : claim_for_postgres;
    const long long now = to_column(claim.now);
    const long long lease_until = to_column(claim.lease_until);
    struct Row {
        Intent intent;
        long long queued_at = 0;
    };
    std::vector<Row> rows;
    long long id = 0, sequence = 0, queued_at = 0;
    int attempts = 0;
    std::string operation;
    for_each_row(
        tx, query,
        [&] {
            rows.push_back({.intent = {.id = {id},
                                       .operation = operation_from(operation),
                                       .sequence = sequence,
                                       .attempts = attempts},
                            .queued_at = queued_at});
        },
        into(id), into(operation), into(sequence), into(attempts), into(queued_at), use(claim.owner, "owner"),
        use(lease_until, "lease_until"), use(now, "now"), use(claim.limit, "limit"));
    // RETURNING gives its rows in no promised order.
    std::ranges::sort(rows, {}, [](const Row& row) { return std::pair(row.queued_at, row.intent.id); });
    std::vector<Intent> claimed;
    for (const Row& row : rows) claimed.push_back(row.intent);
    return claimed;
}

void release_all(Transaction& tx) {
    run_prepared(tx, "UPDATE vector_outbox SET lease_owner = '', lease_until = 0 WHERE lease_owner <> ''");
}

void settle(Transaction& tx, const Intent& intent, const std::string& owner) {
    const long long id = intent.id.value;
    const long long sequence = intent.sequence;
    run_prepared(tx,
                 "DELETE FROM vector_outbox "
                 "WHERE product_image_id = :id AND lease_owner = :owner AND sequence = :sequence",
                 use(id, "id"), use(owner, "owner"), use(sequence, "sequence"));
    run_prepared(tx,
                 "UPDATE vector_outbox SET lease_owner = '', lease_until = 0 "
                 "WHERE product_image_id = :id AND lease_owner = :owner",
                 use(id, "id"), use(owner, "owner"));
}

void give_back(Transaction& tx, const Intent& intent, const std::string& owner, const std::string& why, Timestamp now) {
    set_back(tx, intent, owner, why, "waiting", now);
}

void refuse(Transaction& tx, const Intent& intent, const std::string& owner, const std::string& why, Timestamp now) {
    set_back(tx, intent, owner, why, "refused", now);
}

std::optional<Timestamp> next_due(Transaction& tx, Timestamp now) {
    long long due = 0;
    soci::indicator found = soci::i_null;
    run_prepared(tx, "SELECT MIN(lease_until) FROM vector_outbox WHERE state = 'waiting'", into(due, found));
    if (found != soci::i_ok) return std::nullopt;
    return std::max(now, moment_from(due));
}

std::optional<Standing> standing(Transaction& tx, ProductImageId id) {
    const long long key = id.value;
    Standing standing;
    std::string operation, state;
    if (!run_prepared(tx, "SELECT operation, state, attempts, error FROM vector_outbox WHERE product_image_id = :id",
                      into(operation), into(state), into(standing.attempts), into(standing.error), use(key, "id"))) {
        return std::nullopt;
    }
    standing.operation = operation_from(operation);
    standing.refused = state == "refused";
    return standing;
}

Counts count(Transaction& tx) {
    long long waiting = 0, refused = 0;
    run_prepared(tx, "SELECT COUNT(*) FROM vector_outbox WHERE state = 'waiting'", into(waiting));
    run_prepared(tx, "SELECT COUNT(*) FROM vector_outbox WHERE state = 'refused'", into(refused));
    return {.waiting = waiting, .refused = refused};
}

std::optional<Delivery> load(Transaction& tx, ProductImageId id) {
    const long long key = id.value;
    Delivery delivery{.id = id, .model = {}, .vector = {}, .product_id = {}, .category = {}, .colours = {}};
    std::string hex, label;
    soci::indicator has_label = soci::i_null;
    if (!run_prepared(tx,
                      "SELECT i.vector_model, encode(i.vector, 'hex'), COALESCE(i.person_label, i.label), "
                      "p.external_id, p.category "
                      "FROM product_images l JOIN images i ON i.id = l.image_id JOIN products p ON p.id = l.product_id "
                      "WHERE l.id = :id AND i.vector IS NOT NULL",
                      into(delivery.model), into(hex), into(label, has_label), into(delivery.product_id),
                      into(delivery.category), use(key, "id"))) {
        return std::nullopt;
    }
    delivery.vector = embedding_from_hex(hex);
    if (has_label == soci::i_ok) delivery.colours = structured_label_from_json(label).colors;
    return delivery;
}

std::map<std::string, std::int64_t> delivered(Transaction& tx) {
    std::map<std::string, std::int64_t> counts;
    std::string model;
    long long links = 0;
    for_each_row(
        tx,
        "SELECT i.vector_model, COUNT(*) FROM product_images l JOIN images i ON i.id = l.image_id "
        "WHERE (l.is_primary_crop = 1 OR l.standby = 1) AND i.vector IS NOT NULL "
        "AND NOT EXISTS (SELECT 1 FROM vector_outbox o WHERE o.product_image_id = l.id) GROUP BY i.vector_model",
        [&] { counts[model] = links; }, into(model), into(links));
    return counts;
}

} // namespace vitrine::vector_outbox_repository
