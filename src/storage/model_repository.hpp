#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <vitrine/ids.hpp>
#include <vitrine/time.hpp>

#include "storage/database.hpp"

/// Which vector models the catalogue has (`catalogue_models`), and the links that wait for a switch (`standby`).
namespace vitrine::model_repository {

/// The models that links bear now.
struct Models {
    std::string active;        ///< searches use its vectors; empty before the first start
    std::string standby;       ///< the other one, while a change is under way or not yet dropped; empty: none
    std::int64_t switched = 0; ///< another number after every switch, there and back
};
[[nodiscard]] Models models(Transaction& tx);

/// As `models`, and until the end of the transaction nobody changes them; with `to_change`, nobody who calls this goes
/// on beside it.
[[nodiscard]] Models hold(Transaction& tx, bool to_change);

/// Whether crops for this model are kept apart: it came with a change.
[[nodiscard]] bool has_own_crops(Transaction& tx, const std::string& model);

/// The first model, or another one while no product has a link: it is active from now on.
void activate_first(Transaction& tx, const std::string& model, Timestamp now);

/// The model that most of the primary links bear; empty when there are none.
[[nodiscard]] std::string model_of_links(Transaction& tx);

/// `model` stands by from now on: links of it are made beside the primary ones.
void stand_by(Transaction& tx, const std::string& model, Timestamp now);

/// Swaps the two: all links and both models, in the caller's transaction.
void swap(Transaction& tx, Timestamp now);

/// The standby model is no longer the catalogue's. Its links go with remove_standby_links.
void drop_standby(Transaction& tx, Timestamp now);

/// A product whose primary link is not of the standby model and has no standby link beside it.
struct Lacking {
    ProductId product;
    ProductImageId link; ///< the primary one
    ImageId image;       ///< its crop
};

/// Such products, by primary link, after `after`, at most `limit`.
[[nodiscard]] std::vector<Lacking> lacking_standby(Transaction& tx, const std::string& model, ProductImageId after,
                                                   int limit);
[[nodiscard]] std::int64_t count_lacking_standby(Transaction& tx, const std::string& model);

/// Standby links whose vector a vector server has not taken, although it has what searches find of that product now. A
/// switch would lose these products for a while.
struct Undelivered {
    std::int64_t waiting = 0;
    std::int64_t refused = 0; ///< by the server, for what they are
};
[[nodiscard]] Undelivered undelivered_standby(Transaction& tx);

/// Primary links whose Image bears no vector of `model`: what a change to it has to make.
[[nodiscard]] std::int64_t count_not_of(Transaction& tx, const std::string& model);

/// How an engine labels the crops that bear its vectors.
struct Labelling {
    std::string vector_model;
    std::string label_model;
};

/// Links, primary or standing by, whose Image bears a vector of that model and a label of another version: by id, after
/// `after`, at most `limit`.
[[nodiscard]] std::vector<ProductImageId> labelled_otherwise(Transaction& tx, const Labelling& now,
                                                             ProductImageId after, int limit);

/// How many links, primary or standing by, bear a label and a vector of these models.
struct LinksOfModels {
    Labelling models;
    bool are_primary = false;
    std::int64_t links = 0;
};

/// All of them, in one pass over the links, which takes a second for some hundred thousand.
[[nodiscard]] std::vector<LinksOfModels> count_by_models(Transaction& tx);

/// The primary link of the product as above; nothing when it has one of both, or none.
[[nodiscard]] std::optional<Lacking> lacking_of(Transaction& tx, const std::string& model, ProductId product);

/// Links `image` to the product beside its primary one; the new link.
ProductImageId add_standby(Transaction& tx, ProductId product, ImageId image, JobId job, Timestamp now);

/// Up to `limit` standby links, by id.
struct StandbyLink {
    ProductImageId id;
    ImageId image;
};
[[nodiscard]] std::vector<StandbyLink> standby_links(Transaction& tx, int limit);

void remove_link(Transaction& tx, ProductImageId id);

/// How long one label step took on average lately, in milliseconds; nothing when there was none.
[[nodiscard]] std::optional<double> recent_label_ms(Transaction& tx);

} // namespace vitrine::model_repository
