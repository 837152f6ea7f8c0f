#pragma once

#include <string>
#include <string_view>

namespace vitrine {

/// A PostgreSQL URL taken apart, so that what is shown of it never holds the password.
class PostgresUrl {
public:
    /// A "postgresql://…" URL (PostgreSQL documentation, section 34.1.1.2 "Connection URIs"). What it leaves open comes
    /// from the usual PG… variables of the environment. Connection timeout and TCP keepalives are set where the URL
    /// does not. Throws Error(Configuration), without repeating the URL, when it cannot be read.
    explicit PostgresUrl(const std::string& url);

    /// For libpq and SOCI; holds the password and no white space.
    [[nodiscard]] const std::string& secret() const noexcept { return secret_; }

    /// "shop at db.example:5432 as vitrine", for messages.
    [[nodiscard]] const std::string& shown() const noexcept { return shown_; }

    /// `text` with every occurrence of the password taken out.
    [[nodiscard]] std::string without_password(std::string_view text) const;

private:
    std::string secret_;
    std::string shown_;
    std::string password_;
};

} // namespace vitrine
