#include "storage/product_search_repository.hpp"

#include <algorithm>
#include <iterator>

#include <fmt/format.h>

#include "core/search_terms.hpp"
#include "storage/prepared.hpp"

namespace vitrine::product_search_repository {
namespace {

using soci::into;
using soci::use;

/// Above every text that begins with `text`: the largest code point follows it.
std::string end_of(const std::string& text) {
    return text + "\xf4\x8f\xbf\xbf";
}

/// What a question asks for, as it is bound.
struct Asked {
    struct Word {
        std::string from, to, stem;
    };
    std::vector<Word> words;
    std::vector<std::string> attributes; ///< terms
    bool is_impossible = false;          ///< no product can have all this

    explicit Asked(const Question& question) {
        for (const AskedWord& word : asked_words(question.text)) {
            words.push_back({.from = word.folded, .to = end_of(word.folded), .stem = word.stem});
        }
        is_impossible = words.empty() && !question.text.empty(); // nothing that a word could be
        for (const auto& [name, value] : question.attributes) {
            auto term = attribute_term(name, value);
            is_impossible = is_impossible || !term;
            if (term) attributes.push_back(std::move(*term));
        }
    }
};

/// How many terms there are in a range, as far as that matters.
long long count_terms(Transaction& tx, const std::string& from, const std::string& to) {
    long long terms = 0;
    run_prepared(tx,
                 "SELECT COUNT(*) FROM (SELECT 1 FROM product_terms WHERE term >= :from AND term < :to LIMIT 10000) AS "
                 "counted",
                 into(terms), use(from, "from"), use(to, "to"));
    return terms;
}

/// Puts the word and the attribute that the fewest products have before the others; whether the attribute is the rarer.
bool rarest_first(Transaction& tx, Asked& asked) {
    if (asked.words.size() + asked.attributes.size() == 1) return asked.words.empty();
    const auto begin_with_rarest = [](auto& parts, const auto& count) {
        std::vector<long long> counts;
        for (const auto& part : parts) counts.push_back(count(part));
        const auto rarest = std::ranges::min_element(counts);
        std::swap(parts.front(), parts[static_cast<std::size_t>(rarest - counts.begin())]);
        return *rarest;
    };
    long long by_word = std::numeric_limits<long long>::max();
    long long by_attribute = by_word;
    if (!asked.words.empty()) {
        by_word = begin_with_rarest(asked.words, [&](const Asked::Word& word) {
            return count_terms(tx, word.from, word.to) + count_terms(tx, word.stem, word.stem + '\x01');
        });
    }
    if (!asked.attributes.empty()) {
        by_attribute = begin_with_rarest(asked.attributes,
                                         [&](const std::string& term) { return count_terms(tx, term, term + '\x01'); });
    }
    return by_attribute < by_word;
}

/// The terms of a word, each with how well it fits; `of_product` narrows them.
std::string fits_of_word(std::size_t word, std::string_view of_product) {
    return fmt::format("(SELECT product_id, weight * CASE WHEN term = :from{0} THEN {1} ELSE {2} END AS fit "
                       "FROM product_terms WHERE {4}term >= :from{0} AND term < :to{0} UNION ALL "
                       "SELECT product_id, weight * {3} AS fit FROM product_terms WHERE {4}term = :stem{0}) AS terms",
                       word, exact_counts, beginning_counts, stem_counts, of_product);
}

std::string has_attributes(std::size_t from, std::size_t attributes) {
    std::string condition;
    for (std::size_t i = from; i < attributes; ++i) {
        condition += fmt::format(" AND EXISTS (SELECT 1 FROM product_terms WHERE product_id = d.product_id AND "
                                 "term = :attribute{})",
                                 i);
    }
    return condition;
}

constexpr auto in_category = " AND (:category = '' OR EXISTS (SELECT 1 FROM products p WHERE p.id = d.product_id AND "
                             "p.category = :category))";

/// Products by words: how well each fits is known only when all have been looked at.
std::string ranked_query(const Asked& asked, bool by_attribute) {
    const auto candidates =
        by_attribute ? std::string("SELECT product_id, 0 AS fit FROM product_terms WHERE term = :attribute0")
                     : "SELECT product_id, MAX(fit) AS fit FROM " + fits_of_word(0, "") + " GROUP BY product_id";
    std::string fit = "d.fit";
    for (std::size_t i = by_attribute ? 0 : 1; i < asked.words.size(); ++i) {
        fit += " + (SELECT MAX(fit) FROM " + fits_of_word(i, "product_id = d.product_id AND ") + ")"; // or NULL
    }
    return fmt::format("WITH found AS MATERIALIZED (SELECT d.product_id, {} AS fit FROM ({}) AS d WHERE 1 = 1{}) "
                       "SELECT d.product_id, d.fit FROM found AS d WHERE d.fit IS NOT NULL AND "
                       "(d.fit < CAST(:fit AS BIGINT) OR (d.fit = CAST(:fit AS BIGINT) AND d.product_id > :after)){} "
                       "ORDER BY d.fit DESC, d.product_id LIMIT :limit",
                       fit, candidates, has_attributes(by_attribute ? 1 : 0, asked.attributes.size()), in_category);
}

/// Products by attributes alone, in the order of the index.
std::string unranked_query(const Asked& asked) {
    return fmt::format("SELECT d.product_id, 0 FROM product_terms AS d WHERE d.term = :attribute0 AND "
                       "d.product_id > :after{}{} ORDER BY d.product_id LIMIT :limit",
                       has_attributes(1, asked.attributes.size()), in_category);
}

void bind_words(const Asked& asked, const auto& exchange) {
    for (std::size_t i = 0; i < asked.words.size(); ++i) {
        exchange(use(asked.words[i].from, fmt::format("from{}", i)));
        exchange(use(asked.words[i].to, fmt::format("to{}", i)));
        exchange(use(asked.words[i].stem, fmt::format("stem{}", i)));
    }
    for (std::size_t i = 0; i < asked.attributes.size(); ++i) {
        exchange(use(asked.attributes[i], fmt::format("attribute{}", i)));
    }
}

/// The first term in a range; empty when there is none.
std::string first_term(Transaction& tx, const std::string& from, const std::string& to) {
    std::string term;
    soci::indicator found = soci::i_null;
    run_prepared(tx, "SELECT MIN(term) FROM product_terms WHERE term >= :from AND term < :to", into(term, found),
                 use(from, "from"), use(to, "to"));
    return found == soci::i_ok ? term : std::string();
}

} // namespace

std::vector<Place> find(Transaction& tx, const Question& question) {
    Asked asked(question);
    if (asked.is_impossible || (asked.words.empty() && asked.attributes.empty())) return {};
    const bool by_attribute = rarest_first(tx, asked);
    const bool is_ranked = !asked.words.empty();
    const long long fit = question.after.relevance;
    const long long after = question.after.id.value;
    const int limit = std::clamp(question.limit, 1, 1000);
    long long product = 0;
    long long found_fit = 0;
    std::vector<Place> places;
    // Some three hundred texts in all, by the number of words and of attributes.
    exchange_rows(
        tx.sql(), is_ranked ? ranked_query(asked, by_attribute) : unranked_query(asked),
        [&] { places.push_back({.relevance = found_fit, .id = {product}}); },
        [&](const auto& exchange) {
            exchange(into(product));
            exchange(into(found_fit));
            bind_words(asked, exchange);
            if (is_ranked) exchange(use(fit, "fit"));
            exchange(use(after, "after"));
            exchange(use(question.category, "category"));
            exchange(use(limit, "limit"));
        });
    return places;
}

std::vector<std::string> attribute_names(Transaction& tx, const std::string& beginning, int limit) {
    const std::string any = attribute_term_prefix("");
    const std::string end = end_of(any + beginning);
    std::vector<std::string> names;
    std::string from = any + beginning;
    while (std::ssize(names) < limit) {
        const auto term = first_term(tx, from, end);
        if (term.empty()) break;
        names.push_back(attribute_of(term).first);
        from = end_of(attribute_term_prefix(names.back()));
    }
    return names;
}

std::vector<std::string> attribute_values(Transaction& tx, const std::string& name, const std::string& beginning,
                                          int limit) {
    // Each value is one step along the index, however many products have it.
    constexpr auto query =
        "WITH RECURSIVE found (term) AS ("
        "SELECT (SELECT MIN(term) FROM product_terms WHERE term >= :from AND term < :to) UNION ALL "
        "SELECT (SELECT MIN(t.term) FROM product_terms AS t WHERE t.term > found.term AND t.term < :to) FROM found "
        "WHERE found.term IS NOT NULL) SELECT term FROM found WHERE term IS NOT NULL LIMIT :limit";
    const std::string from = attribute_term_prefix(name) + beginning;
    const std::string to = end_of(from);
    std::string term;
    std::vector<std::string> values;
    for_each_row(
        tx, query, [&] { values.push_back(attribute_of(term).second); }, into(term), use(from, "from"), use(to, "to"),
        use(limit, "limit"));
    return values;
}

} // namespace vitrine::product_search_repository
