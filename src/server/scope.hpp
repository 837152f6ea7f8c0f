#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace vitrine::server {

/// What a caller may do; each includes those before it.
enum class Scope {
    Open,  ///< what needs no key: health, the API's description, the page
    Read,  ///< look and search
    Write, ///< change the catalogue, end and repeat jobs
    Admin, ///< maintenance
};

/// "read", "write", "admin"; "open" for what needs none.
std::string_view to_string(Scope scope) noexcept;

/// The scope of that name; nothing for any other text, "open" among them.
std::optional<Scope> scope_from(std::string_view name) noexcept;

/// Who asks.
struct Caller {
    std::string name; ///< of its key, without the secret, or of its address: what limits and stored answers are kept by
    Scope scope = Scope::Open;
};

} // namespace vitrine::server
