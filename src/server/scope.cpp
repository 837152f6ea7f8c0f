#include "server/scope.hpp"

namespace vitrine::server {

std::string_view to_string(Scope scope) noexcept {
    switch (scope) {
    case Scope::Open: return "open";
    case Scope::Read: return "read";
    case Scope::Write: return "write";
    case Scope::Admin: return "admin";
    }
    return "admin";
}

std::optional<Scope> scope_from(std::string_view name) noexcept {
    for (const auto scope : {Scope::Read, Scope::Write, Scope::Admin}) {
        if (to_string(scope) == name) return scope;
    }
    return std::nullopt;
}

} // namespace vitrine::server
