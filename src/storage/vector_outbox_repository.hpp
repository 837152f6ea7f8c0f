#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include <vitrine/ids.hpp>
#include <vitrine/image.hpp>
#include <vitrine/time.hpp>

#include "storage/database.hpp"

/// The table `vector_outbox`: what a vector store on another server must still be told, one row per link with the last
/// word on it. The migration tells how rows live and what happens when a deliverer dies.
namespace vitrine::vector_outbox_repository {

enum class Operation { Put, Remove };

/// Records that the link's vector must be put or removed; replaces an earlier intent, refused ones too.
void add(Transaction& tx, ProductImageId id, Operation operation, Timestamp now);

/// Records a put for up to `limit` primary links after `after` whose image bears a vector of `model` and that wait for
/// nothing, for a server that lost what it had. The last link looked at; nothing when there was none.
std::optional<ProductImageId> add_all(Transaction& tx, const std::string& model, ProductImageId after, int limit,
                                      Timestamp now);

/// One intent as a deliverer holds it.
struct Intent {
    ProductImageId id;
    Operation operation = Operation::Put;
    std::int64_t sequence = 0;
    int attempts = 0; ///< failed before
};

struct Claim {
    std::string owner; ///< never used twice
    Timestamp now;
    Timestamp lease_until;
    int limit = 1;
};

/// Leases up to `limit` intents that wait and that nobody holds, oldest first. No intent is given to two deliverers.
[[nodiscard]] std::vector<Intent> claim(Transaction& tx, const Claim& claim);

/// Ends every lease: for a database with one owner, when that starts.
void release_all(Transaction& tx);

/// The intent was carried out. When a newer one replaced it meanwhile, that one is due now.
void settle(Transaction& tx, const Intent& intent, const std::string& owner);

/// The intent was not carried out, because of `why`, and is due again, after those that wait already.
void give_back(Transaction& tx, const Intent& intent, const std::string& owner, const std::string& why, Timestamp now);

/// The server refuses this very intent, because of `why`: it stays for a person to see and is not tried again before
/// a newer one replaces it.
void refuse(Transaction& tx, const Intent& intent, const std::string& owner, const std::string& why, Timestamp now);

/// When the next intent can be claimed, by `now` at the earliest; nothing when none waits.
[[nodiscard]] std::optional<Timestamp> next_due(Transaction& tx, Timestamp now);

/// What is known of a link's intent.
struct Standing {
    Operation operation = Operation::Put;
    bool refused = false;
    int attempts = 0;
    std::string error; ///< of the last failed attempt; empty before the first
};

/// Nothing when all that was wanted for this link is done.
[[nodiscard]] std::optional<Standing> standing(Transaction& tx, ProductImageId id);

struct Counts {
    std::int64_t waiting = 0;
    std::int64_t refused = 0;
};
[[nodiscard]] Counts count(Transaction& tx);

/// What a put delivers: the link's vector, and the words that a search may be narrowed by.
struct Delivery {
    ProductImageId id;
    std::string model;
    Embedding vector;
    std::string product_id; ///< the shop's
    std::string category;
    std::vector<std::string> colours;
};

/// What a put of this link delivers; nothing when the link is gone or its image bears no vector. Throws
/// Error(Corrupted) or Error(BadInput) when what is stored cannot be read.
[[nodiscard]] std::optional<Delivery> load(Transaction& tx, ProductImageId id);

/// By model, how many primary links bear its vector and wait for nothing here: what the server should hold at least.
/// Reads every link.
[[nodiscard]] std::map<std::string, std::int64_t> delivered(Transaction& tx);

} // namespace vitrine::vector_outbox_repository
