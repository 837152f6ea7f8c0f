#include <array>
#include <utility>

#include <vitrine/import.hpp>

namespace vitrine {
namespace {

constexpr std::array<std::pair<ImportRowState, std::string_view>, 6> states{{
    {ImportRowState::Waiting, "waiting"},
    {ImportRowState::Indexing, "indexing"},
    {ImportRowState::Indexed, "indexed"},
    {ImportRowState::Unchanged, "unchanged"},
    {ImportRowState::Failed, "failed"},
    {ImportRowState::Cancelled, "cancelled"},
}};

} // namespace

std::string_view to_string(ImportRowState state) noexcept {
    for (const auto& [known, name] : states) {
        if (known == state) return name;
    }
    return "unknown";
}

std::optional<ImportRowState> import_row_state_from(std::string_view name) noexcept {
    for (const auto& [state, known] : states) {
        if (known == name) return state;
    }
    return std::nullopt;
}

} // namespace vitrine
