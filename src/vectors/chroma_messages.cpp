#include "vectors/chroma_messages.hpp"

#include <algorithm>
#include <bit>
#include <charconv>
#include <cmath>
#include <unordered_set>

#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <openssl/evp.h>

#include <vitrine/error.hpp>

namespace vitrine::chroma {
namespace {

using nlohmann::json;

static_assert(std::endian::native == std::endian::little, "embeddings are sent little-endian");

constexpr auto model_key = "vitrine:model";
constexpr auto dimensions_key = "vitrine:dimensions";

[[noreturn]] void refuse(const std::string& what) {
    throw Error(ErrorCode::BadInput, what);
}

json parsed(std::string_view text) {
    auto document = json::parse(text, nullptr, false);
    if (document.is_discarded()) refuse("is not JSON");
    return document;
}

/// The member `name` of an object, null where there is none.
const json& member(const json& object, const char* name) {
    static const json nothing;
    if (!object.is_object()) refuse("is not an object");
    const auto found = object.find(name);
    return found == object.end() ? nothing : *found;
}

std::string text_of(const json& object, const char* name) {
    const auto& value = member(object, name);
    if (!value.is_string()) refuse(fmt::format("has no text '{}'", name));
    return value.get<std::string>();
}

const json& list_of(const json& object, const char* name, std::size_t size) {
    const auto& value = member(object, name);
    if (!value.is_array()) refuse(fmt::format("has no list '{}'", name));
    if (value.size() != size) refuse(fmt::format("has {} entries in '{}' in place of {}", value.size(), name, size));
    return value;
}

std::string dumped(const json& document) {
    return document.dump(-1, ' ', false, json::error_handler_t::replace);
}

/// RFC 4648 section 4.
std::string base64_of(const Embedding& vector) {
    const auto bytes = vector.size() * sizeof(float);
    std::string text((bytes + 2) / 3 * 4 + 1, '\0'); // EVP_EncodeBlock ends with a zero
    EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()),
                    reinterpret_cast<const unsigned char*>(vector.data()), static_cast<int>(bytes));
    text.pop_back();
    return text;
}

/// Digits enough to give each float32 back, and no more: shorter than those of its double.
void append_list(std::string& body, std::span<const float> vector) {
    body += '[';
    for (const float value : vector) fmt::format_to(std::back_inserter(body), "{},", value);
    if (body.back() == ',') body.pop_back();
    body += ']';
}

json metadata_of(const Record& record) {
    json metadata{{"product_id", record.product_id}};
    if (!record.category.empty()) metadata["category"] = record.category;
    for (const auto& colour : record.colours) metadata["colour:" + colour] = true; // version 1.0 takes no lists
    return metadata;
}

std::string id_list(const auto& entries, auto id_of) {
    std::string list = "[";
    for (const auto& entry : entries) fmt::format_to(std::back_inserter(list), "\"{}\",", id_of(entry));
    if (list.back() == ',') list.pop_back();
    return list + ']';
}

bool is_uuid(std::string_view text) {
    const auto fits = [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || c == '-'; };
    return text.size() == 36 && std::ranges::all_of(text, fits);
}

/// Our ids are decimal and positive; of anything else there is nothing.
std::optional<ProductImageId> id_from(const json& value) {
    if (!value.is_string()) refuse("has an id that is no text");
    const auto& text = value.get_ref<const std::string&>();
    std::int64_t id = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), id);
    if (error != std::errc{} || end != text.data() + text.size() || id <= 0 || text.front() == '0') return std::nullopt;
    return ProductImageId{id};
}

double distance_from(const json& value) {
    constexpr double rounding = 1e-3; // float32 sums leave [0, 2] by a little
    const double distance = value.is_number() ? value.get<double>() : std::nan("");
    if (!(distance >= -rounding && distance <= 2.0 + rounding)) refuse("has a distance outside [0, 2]");
    return std::clamp(distance, 0.0, 2.0);
}

std::vector<VectorHit> hits_of_one(const json& ids, const json& distances, std::size_t k) {
    if (!ids.is_array() || !distances.is_array()) refuse("has a query without its lists of ids and distances");
    if (ids.size() != distances.size()) refuse("has not one distance for each id");
    if (ids.size() > k) refuse(fmt::format("has {} neighbours in place of at most {}", ids.size(), k));
    std::vector<VectorHit> hits;
    std::unordered_set<std::int64_t> seen;
    for (std::size_t i = 0; i < ids.size(); ++i) {
        const auto id = id_from(ids[i]);
        const double distance = distance_from(distances[i]);
        if (id && seen.insert(id->value).second) hits.push_back({.id = *id, .distance = distance});
    }
    std::ranges::sort(hits, {}, [](const VectorHit& hit) { return std::pair(hit.distance, hit.id); });
    return hits;
}

Collection collection_of(const json& object) {
    Collection collection;
    collection.id = text_of(object, "id");
    if (!is_uuid(collection.id)) refuse("has a collection whose id is no UUID");
    collection.name = text_of(object, "name");
    const auto& configuration = member(object, "configuration_json");
    for (const char* index : {"hnsw", "spann"}) {
        if (!configuration.is_object()) break;
        const auto& settings = member(configuration, index);
        if (settings.is_object() && member(settings, "space").is_string()) {
            collection.space = text_of(settings, "space");
        }
    }
    const auto& dimensions = member(object, "dimension");
    if (dimensions.is_number_unsigned()) collection.dimensions = dimensions.get<std::size_t>();
    const auto& metadata = member(object, "metadata");
    if (metadata.is_object() && member(metadata, model_key).is_string()) {
        collection.model = text_of(metadata, model_key);
    }
    return collection;
}

} // namespace

std::string create_body(const std::string& name, const std::string& model, std::size_t dimensions) {
    return dumped({{"name", name},
                   {"metadata", {{model_key, model}, {dimensions_key, dimensions}}},
                   {"configuration", {{"hnsw", {{"space", "cosine"}}}}},
                   {"get_or_create", true}});
}

std::string upsert_body(std::span<const Record> records, bool base64) {
    std::string body = "{\"ids\":" + id_list(records, [](const Record& record) { return record.id.value; });
    body += ",\"embeddings\":[";
    for (const Record& record : records) {
        if (base64) {
            body += '"' + base64_of(record.vector) + '"';
        } else {
            append_list(body, record.vector);
        }
        body += ',';
    }
    if (body.back() == ',') body.pop_back();
    body += "],\"metadatas\":[";
    for (const Record& record : records) body += dumped(metadata_of(record)) + ',';
    if (body.back() == ',') body.pop_back();
    return body + "]}";
}

std::string delete_body(std::span<const ProductImageId> ids) {
    return "{\"ids\":" + id_list(ids, [](ProductImageId id) { return id.value; }) + '}';
}

std::string query_body(std::span<const Embedding> queries, int k, const SearchScope& scope) {
    std::string body = "{\"query_embeddings\":[";
    for (const Embedding& query : queries) {
        append_list(body, query);
        body += ',';
    }
    if (body.back() == ',') body.pop_back();
    body += ']';
    if (scope.links) body += ",\"ids\":" + id_list(*scope.links, [](ProductImageId id) { return id.value; });
    if (!scope.category.empty()) body += ",\"where\":" + dumped({{"category", scope.category}});
    return body + fmt::format(R"(,"n_results":{},"include":["distances"]}})", k);
}

std::string get_body(std::span<const ProductImageId> ids) {
    return "{\"ids\":" + id_list(ids, [](ProductImageId id) { return id.value; }) +
           fmt::format(R"(,"limit":{},"include":[]}})", ids.size());
}

std::string page_body(std::int64_t offset, int limit) {
    return fmt::format(R"({{"limit":{},"offset":{},"include":[]}})", limit, offset);
}

ServerLimits limits_from(std::string_view text) {
    const auto document = parsed(text);
    const auto& batch = member(document, "max_batch_size");
    if (!batch.is_number_unsigned() || batch.get<std::uint64_t>() == 0) refuse("has no number 'max_batch_size'");
    const auto& base64 = member(document, "supports_base64_encoding");
    return {.batch_max = static_cast<std::size_t>(batch.get<std::uint64_t>()),
            .takes_base64 = base64.is_boolean() && base64.get<bool>()};
}

std::string version_from(std::string_view text) {
    const auto document = parsed(text);
    if (!document.is_string()) refuse("is no version");
    const auto version = document.get<std::string>();
    const auto fits = [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || c == '.' || c == '-'; };
    if (version.empty() || version.size() > 40 || !std::ranges::all_of(version, fits)) refuse("is no version");
    return version;
}

std::int64_t count_from(std::string_view text) {
    const auto document = parsed(text);
    if (!document.is_number_unsigned() || document.get<std::uint64_t>() > (1ULL << 62)) refuse("is no count");
    return document.get<std::int64_t>();
}

void expect_done(std::string_view text) {
    if (!parsed(text).is_object()) refuse("is not an object");
}

Collection collection_from(std::string_view text) {
    return collection_of(parsed(text));
}

std::vector<Collection> collections_from(std::string_view text) {
    const auto document = parsed(text);
    if (!document.is_array()) refuse("is no list");
    std::vector<Collection> collections;
    for (const auto& entry : document) collections.push_back(collection_of(entry));
    return collections;
}

std::vector<std::vector<VectorHit>> hits_from(std::string_view text, std::size_t queries, int k) {
    const auto document = parsed(text);
    const auto& ids = list_of(document, "ids", queries);
    const auto& distances = list_of(document, "distances", queries);
    std::vector<std::vector<VectorHit>> hits;
    for (std::size_t i = 0; i < queries; ++i) {
        hits.push_back(hits_of_one(ids[i], distances[i], static_cast<std::size_t>(std::max(k, 0))));
    }
    return hits;
}

std::vector<ProductImageId> ids_from(std::string_view text, std::size_t limit) {
    const auto document = parsed(text);
    const auto& list = member(document, "ids");
    if (!list.is_array()) refuse("has no list 'ids'");
    if (list.size() > limit) refuse(fmt::format("has {} records in place of at most {}", list.size(), limit));
    std::vector<ProductImageId> ids;
    for (const auto& entry : list) ids.push_back(id_from(entry).value_or(ProductImageId{}));
    return ids;
}

std::pair<std::string, std::string> complaint_from(std::string_view body) {
    const auto document = json::parse(body, nullptr, false);
    if (!document.is_object()) return {};
    const auto text = [&document](const char* name) {
        const auto found = document.find(name);
        return found != document.end() && found->is_string() ? found->get<std::string>() : std::string();
    };
    return {text("error"), text("message")};
}

} // namespace vitrine::chroma
