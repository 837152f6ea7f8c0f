#include "cli/asked_shop.hpp"

#include "engine/local_shop.hpp"

namespace vitrine::cli {

std::unique_ptr<Shop> ask_shop(const Session& session) {
    return std::make_unique<LocalShop>(session.config);
}

} // namespace vitrine::cli
