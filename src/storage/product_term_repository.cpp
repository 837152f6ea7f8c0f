#include "storage/product_term_repository.hpp"

#include <algorithm>
#include <iterator>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include <vitrine/error.hpp>

#include "core/search_terms.hpp"
#include "storage/prepared.hpp"
#include "storage/row_list.hpp"

namespace vitrine::product_term_repository {
namespace {

using soci::into;
using soci::use;
using Terms = std::vector<SearchTerm>;

/// A list bound as one text: of any length with one statement.
std::string list_of(const Terms& terms) {
    nlohmann::json list = nlohmann::json::array();
    for (const auto& [term, weight] : terms) list.push_back({term, weight});
    return list.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

/// What is stored of a product that its terms follow from; false when it is gone.
bool read(Transaction& tx, long long id, ProductDescription& product, std::optional<StructuredLabel>& label,
          int& version) {
    std::string label_text;
    soci::indicator has_label = soci::i_null;
    const bool found = run_prepared(
        tx,
        "SELECT p.external_id, p.name, p.description, p.category, p.attributes, COALESCE(i.person_label, i.label), "
        "p.terms_version "
        "FROM products p LEFT JOIN product_images l ON l.product_id = p.id AND l.is_primary_crop = 1 "
        "LEFT JOIN images i ON i.id = l.image_id WHERE p.id = :id",
        into(product.external_id), into(product.name), into(product.description), into(product.category),
        into(product.attributes), into(label_text, has_label), into(version), use(id, "id"));
    if (!found || has_label != soci::i_ok) return found;
    try {
        label = structured_label_from_json(label_text);
    } catch (const Error&) {
        // A damaged label is told of by whoever shows it; the product is still found by its own words.
    }
    return true;
}

Terms stored_terms(Transaction& tx, long long id) {
    SearchTerm term;
    Terms terms;
    for_each_row(
        tx, "SELECT term, weight FROM product_terms WHERE product_id = :id ORDER BY term",
        [&] { terms.push_back(term); }, into(term.term), into(term.weight), use(id, "id"));
    return terms;
}

void remove(Transaction& tx, long long id, const Terms& terms) {
    static const TextPerDialect query([](SqlSession::Dialect dialect) {
        return "DELETE FROM product_terms WHERE product_id = :id AND term IN (SELECT value ->> 0 FROM " +
               row_list(dialect) + ")";
    });
    if (terms.empty()) return;
    const std::string list = list_of(terms);
    run_soon(tx, query.of(tx), use(id, "id"), use(list, "rows"));
}

void insert(Transaction& tx, long long id, const Terms& terms) {
    // WHERE: SQLite cannot tell the conflict clause from a join's condition without it.
    static const TextPerDialect query([](SqlSession::Dialect dialect) {
        return "INSERT INTO product_terms (product_id, term, weight) "
               "SELECT CAST(:id AS BIGINT), value ->> 0, CAST(value ->> 1 AS INTEGER) FROM " +
               row_list(dialect) + " WHERE 1 = 1 ON CONFLICT DO NOTHING";
    });
    if (terms.empty()) return;
    const std::string list = list_of(terms);
    run_soon(tx, query.of(tx), use(id, "id"), use(list, "rows"));
}

void replace(Transaction& tx, long long id, const Terms& stored, const Terms& wanted) {
    Terms gone, fresh;
    std::ranges::set_difference(stored, wanted, std::back_inserter(gone));
    std::ranges::set_difference(wanted, stored, std::back_inserter(fresh));
    remove(tx, id, gone);
    insert(tx, id, fresh);
}

} // namespace

void add(Transaction& tx, ProductId id, const ProductDescription& description) {
    insert(tx, id.value, search_terms(description, std::nullopt));
}

void refresh(Transaction& tx, ProductId product_id) {
    const long long id = product_id.value;
    ProductDescription product;
    std::optional<StructuredLabel> label;
    int version = 0;
    if (!read(tx, id, product, label, version)) return;
    replace(tx, id, stored_terms(tx, id), search_terms(product, label));
    if (version == search_terms_version) return;
    version = search_terms_version;
    run_soon(tx, "UPDATE products SET terms_version = :version WHERE id = :id", use(version, "version"), use(id, "id"));
}

void refresh_added(Transaction& tx, ProductId product_id) {
    const long long id = product_id.value;
    ProductDescription product;
    std::optional<StructuredLabel> label;
    int version = 0;
    if (!read(tx, id, product, label, version)) return;
    replace(tx, id, search_terms(product, std::nullopt), search_terms(product, label));
}

int refresh_outdated(Transaction& tx, int limit) {
    const int version = search_terms_version;
    long long id = 0;
    std::vector<ProductId> outdated;
    for (const char* const range :
         {"SELECT id FROM products WHERE terms_version < :version ORDER BY id LIMIT :limit",
          "SELECT id FROM products WHERE terms_version > :version ORDER BY id LIMIT :limit"}) {
        for_each_row(
            tx, range, [&] { outdated.push_back({id}); }, into(id), use(version, "version"), use(limit, "limit"));
    }
    for (const ProductId product : outdated) refresh(tx, product);
    return static_cast<int>(outdated.size());
}

} // namespace vitrine::product_term_repository
