#include "storage/postgres_url.hpp"

#include <array>
#include <map>
#include <memory>

#include <fmt/format.h>
#include <libpq-fe.h>

#include <vitrine/error.hpp>

namespace vitrine {
namespace {

using Words = std::map<std::string, std::string>;

struct FreeOptions {
    void operator()(PQconninfoOption* options) const noexcept { PQconninfoFree(options); }
};

Words words_of(const std::string& url) {
    // The reason that libpq gives would repeat the URL, and with it the password.
    const std::unique_ptr<PQconninfoOption, FreeOptions> options(PQconninfoParse(url.c_str(), nullptr));
    if (!options || url.find('\0') != std::string::npos) {
        throw Error(
            ErrorCode::Configuration,
            "database.url is no PostgreSQL URL; write postgresql://USER:PASSWORD@HOST:PORT/DATABASE, and letters "
            "other than A-Z, a-z and digits as %XX.");
    }
    Words words;
    for (const auto* option = options.get(); option->keyword != nullptr; ++option) {
        if (option->val != nullptr && *option->val != '\0') words[option->keyword] = option->val;
    }
    return words;
}

/// A server that is gone is noticed within seconds, also where the network swallows packets silently.
void add_timeouts(Words& words) {
    constexpr std::array<std::pair<const char*, const char*>, 7> defaults{{{"connect_timeout", "5"}, // seconds
                                                                           {"keepalives_idle", "10"},
                                                                           {"keepalives_interval", "5"},
                                                                           {"keepalives_count", "3"},
                                                                           {"tcp_user_timeout", "20000"}, // ms
                                                                           {"application_name", "vitrine"},
                                                                           {"client_encoding", "UTF8"}}};
    for (const auto& [word, value] : defaults) words.emplace(word, value);
}

std::string percent_encoded(std::string_view text) {
    std::string encoded;
    for (const char c : text) {
        const bool plain = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
        encoded += plain || c == '_' || c == '-' || c == '.' ? std::string(1, c)
                                                             : fmt::format("%{:02X}", static_cast<unsigned char>(c));
    }
    return encoded;
}

std::string value_of(const Words& words, const std::string& word, std::string_view otherwise) {
    const auto found = words.find(word);
    return found == words.end() ? std::string(otherwise) : found->second;
}

} // namespace

PostgresUrl::PostgresUrl(const std::string& url) {
    auto words = words_of(url);
    add_timeouts(words);
    password_ = value_of(words, "password", "");
    const auto host = value_of(words, "host", value_of(words, "hostaddr", "the local socket"));
    const auto user = value_of(words, "user", "");
    shown_ = fmt::format("{} at {}:{}{}", value_of(words, "dbname", user.empty() ? "the default database" : user), host,
                         value_of(words, "port", "5432"), user.empty() ? "" : " as " + user);
    // As parameters, each percent-encoded: SOCI takes a connection text apart at white space.
    secret_ = "postgresql://";
    char before = '?';
    for (const auto& [word, value] : words) {
        secret_ += fmt::format("{}{}={}", before, word, percent_encoded(value));
        before = '&';
    }
}

std::string PostgresUrl::without_password(std::string_view text) const {
    std::string clean(text);
    if (password_.empty()) return clean;
    for (auto at = clean.find(password_); at != std::string::npos; at = clean.find(password_, at)) {
        clean.replace(at, password_.size(), "…");
    }
    return clean;
}

} // namespace vitrine
