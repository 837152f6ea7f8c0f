#include "vectors/chroma_client.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

#include <fmt/format.h>

#include <vitrine/error.hpp>

#include "http/http_target.hpp"
#include "http/percent.hpp"
#include "http/server_answer.hpp"

namespace vitrine {
namespace {

const ServerWords words{.server = "The vector store (ChromaDB)", .url_key = "vectors.url", .key_key = "vectors.token"};

std::string without_last_slash(std::string url) {
    while (url.ends_with('/')) url.pop_back();
    return url;
}

/// What `read` makes of a good answer; an answer that it refuses is not what was asked for.
template <class Read>
auto understood(const HttpRequest& request, const HttpResponse& response, std::string_view expected, Read read) {
    try {
        return read(std::string_view(response.body));
    } catch (const Error&) { // says which member; a person is better told that this is no ChromaDB
        throw not_what_was_asked(request, response, words, expected);
    }
}

bool is_missing(const Error& error) {
    return error.code() == ErrorCode::NotFound;
}

} // namespace

ChromaClient::ChromaClient(ChromaAddress address, ChromaLimits limits, std::stop_token stop)
    : address_(std::move(address)), limits_(limits), stop_(std::move(stop)), host_(parse_target(address_.url).host),
      collections_(fmt::format("/tenants/{}/databases/{}/collections", percent_encode(address_.tenant),
                               percent_encode(address_.database))) {}

HttpRequest ChromaClient::request(HttpMethod method, const std::string& path) const {
    HttpRequest request;
    request.method = method;
    request.url = without_last_slash(address_.url) + "/api/v2" + path;
    if (!address_.token.empty()) {
        request.headers = {{"authorization", "Bearer " + address_.token}, {"x-chroma-token", address_.token}};
    }
    request.limits.connect = limits_.connect;
    request.limits.deadline = limits_.read;
    request.limits.stall = limits_.read;
    request.stop = stop_;
    return request;
}

HttpResponse ChromaClient::answer(HttpRequest& request, const std::string* body) {
    if (body != nullptr) {
        request.headers.emplace_back("content-type", "application/json");
        request.body = std::string_view(*body);
    }
    auto response = sent(request);
    if (response.ok()) return response;
    const auto [kind, message] = chroma::complaint_from(response.body);
    // Any web server has a 404, and ChromaDB itself a 410 for its API v1; its own 404 says what is not there.
    if (response.status == 410 || (response.status == 404 && kind.empty())) {
        throw Error(
            ErrorCode::Configuration,
            fmt::format("What answers at {} is no vector store (ChromaDB with the API v2); check vectors.url.", host_));
    }
    const auto now = std::chrono::time_point_cast<Milliseconds>(std::chrono::system_clock::now());
    throw status_error(request, response, words, message.empty() ? kind : message, now);
}

/// The HTTP client speaks of a request; a person is told which part of the program needs it.
HttpResponse ChromaClient::sent(const HttpRequest& request) {
    try {
        return http_.send(request);
    } catch (const Error& error) {
        if (!error.retryable()) throw;
        throw Error(error.code(), fmt::format("The vector store (ChromaDB) is unavailable: {}", error.what()));
    }
}

HttpResponse ChromaClient::get(const std::string& path) {
    auto sent = request(HttpMethod::Get, path);
    return answer(sent, nullptr);
}

HttpResponse ChromaClient::post(const std::string& path, const std::string& body, Milliseconds limit) {
    auto sent = request(HttpMethod::Post, path);
    sent.limits.deadline = limit;
    sent.limits.stall = limit;
    return answer(sent, &body);
}

std::string ChromaClient::version() {
    const auto response = get("/version");
    return understood(request(HttpMethod::Get, "/version"), response, "its version", chroma::version_from);
}

chroma::ServerLimits ChromaClient::limits() {
    const auto response = get("/pre-flight-checks");
    return understood(request(HttpMethod::Get, "/pre-flight-checks"), response, "its limits", chroma::limits_from);
}

std::optional<chroma::Collection> ChromaClient::find(const std::string& name) {
    const auto path = collections_ + '/' + percent_encode(name);
    try {
        return understood(request(HttpMethod::Get, path), get(path), "a collection", chroma::collection_from);
    } catch (const Error& error) {
        if (is_missing(error)) return std::nullopt;
        throw;
    }
}

chroma::Collection ChromaClient::find_or_make(const std::string& name, const std::string& model,
                                              std::size_t dimensions) {
    try {
        const auto response = post(collections_, chroma::create_body(name, model, dimensions), limits_.read);
        return understood(request(HttpMethod::Post, collections_), response, "a collection", chroma::collection_from);
    } catch (const Error& error) {
        // A database that is not there is "not found" or, in version 1.0, a bad request.
        if (!is_missing(error) && error.code() != ErrorCode::BadInput) throw;
        throw Error(ErrorCode::Configuration,
                    fmt::format("The collection {} cannot be made in the database '{}' of the tenant '{}'; check "
                                "vectors.tenant, vectors.database and vectors.collection. {}",
                                name, address_.database, address_.tenant, error.what()));
    }
}

bool ChromaClient::remove_collection(const std::string& name) {
    auto removal = request(HttpMethod::Delete, collections_ + '/' + percent_encode(name));
    removal.limits.deadline = removal.limits.stall = limits_.write;
    try {
        static_cast<void>(answer(removal, nullptr));
        return true;
    } catch (const Error& error) {
        if (!is_missing(error)) throw;
        return false;
    }
}

std::vector<chroma::Collection> ChromaClient::list() {
    constexpr int page = 1'000;
    constexpr int pages_max = 100;
    std::vector<chroma::Collection> all;
    for (int i = 0; i < pages_max; ++i) {
        const auto path = fmt::format("{}?limit={}&offset={}", collections_, page, i * page);
        auto some = understood(request(HttpMethod::Get, path), get(path), "collections", chroma::collections_from);
        const bool last = some.size() < page;
        all.insert(all.end(), std::make_move_iterator(some.begin()), std::make_move_iterator(some.end()));
        if (last) break;
    }
    return all;
}

void ChromaClient::upsert(const std::string& collection, std::span<const chroma::Record> records, bool base64) {
    write(fmt::format("{}/{}/upsert", collections_, collection), chroma::upsert_body(records, base64));
}

void ChromaClient::remove(const std::string& collection, std::span<const ProductImageId> ids) {
    write(fmt::format("{}/{}/delete", collections_, collection), chroma::delete_body(ids));
}

void ChromaClient::write(const std::string& path, const std::string& body) {
    const auto response = post(path, body, limits_.write);
    understood(request(HttpMethod::Post, path), response, "its consent", chroma::expect_done);
}

std::vector<std::vector<VectorHit>> ChromaClient::query(const std::string& collection,
                                                        std::span<const Embedding> queries, int k,
                                                        const SearchScope& scope) {
    const auto path = fmt::format("{}/{}/query", collections_, collection);
    const auto response = post(path, chroma::query_body(queries, k, scope), limits_.read);
    return understood(request(HttpMethod::Post, path), response, "neighbours",
                      [&](std::string_view body) { return chroma::hits_from(body, queries.size(), k); });
}

std::int64_t ChromaClient::count(const std::string& collection) {
    const auto path = fmt::format("{}/{}/count", collections_, collection);
    return understood(request(HttpMethod::Get, path), get(path), "a count", chroma::count_from);
}

std::set<ProductImageId> ChromaClient::held(const std::string& collection, std::span<const ProductImageId> ids) {
    if (ids.empty()) return {};
    const auto path = fmt::format("{}/{}/get", collections_, collection);
    const auto response = post(path, chroma::get_body(ids), limits_.read);
    const auto found = understood(request(HttpMethod::Post, path), response, "records",
                                  [&](std::string_view body) { return chroma::ids_from(body, ids.size()); });
    return {found.begin(), found.end()};
}

std::vector<ProductImageId> ChromaClient::page(const std::string& collection, std::int64_t offset, int limit) {
    const auto path = fmt::format("{}/{}/get", collections_, collection);
    const auto response = post(path, chroma::page_body(offset, limit), limits_.read);
    return understood(request(HttpMethod::Post, path), response, "records",
                      [&](std::string_view body) { return chroma::ids_from(body, static_cast<std::size_t>(limit)); });
}

} // namespace vitrine
