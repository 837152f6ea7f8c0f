#pragma once

#include <cstdint>
#include <limits>
#include <map>
#include <string>
#include <vector>

#include <vitrine/ids.hpp>

#include "storage/database.hpp"

/// Products that are found by words and by attributes, from their terms (storage/product_term_repository.hpp).
namespace vitrine::product_search_repository {

/// A product's place among the answers of a question: the better it fits the nearer to the first, and of those that fit
/// alike the older one first. It depends on nothing but the product and the question, so that pages which begin after a
/// place leave out and repeat none that stayed as they were, whatever comes and goes.
struct Place {
    std::int64_t relevance = std::numeric_limits<std::int64_t>::max(); ///< 0 where no words were asked for
    ProductId id;

    friend bool operator==(const Place&, const Place&) = default;
};

struct Question {
    std::string text;                              ///< words, all of which a product has; empty: any product
    std::string category;                          ///< exact; empty: any
    std::map<std::string, std::string> attributes; ///< each of these has this value, exactly
    Place after;                                   ///< the first place is after the one that is here by itself
    int limit = 100;                               ///< in [1, 1000]
};

/// The products that `question`, which has words or attributes, means, best first.
///
/// A word is found in a term that begins with it or is its stem; how well it fits is the term's weight times 4 where
/// that is the very word, 3 where its stem is, 2 where it only begins so, of several such terms the best. A product's
/// relevance is the sum over the words. What is looked at is the terms of the rarest word or attribute asked for.
std::vector<Place> find(Transaction& tx, const Question& question);

/// The names of attributes that begin with `beginning`, at most `limit`, by their bytes. As fast with any number of
/// products.
std::vector<std::string> attribute_names(Transaction& tx, const std::string& beginning, int limit);

/// The values of an attribute, likewise.
std::vector<std::string> attribute_values(Transaction& tx, const std::string& name, const std::string& beginning,
                                          int limit);

} // namespace vitrine::product_search_repository
