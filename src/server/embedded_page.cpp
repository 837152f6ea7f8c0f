#include "server/embedded_page.hpp"

#include <algorithm>

namespace vitrine {

const PageAsset* find_page_asset(std::string_view path) noexcept {
    const auto assets = page_assets();
    const auto found = std::ranges::find(assets, path, &PageAsset::path);
    return found == assets.end() ? nullptr : &*found;
}

std::string_view page_content_security_policy() noexcept {
    // blob: is a photo that was chosen but not sent yet, or a picture that was fetched with an API key.
    return "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; connect-src 'self'; "
           "base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; "
           "trusted-types 'none'";
}

} // namespace vitrine
