#pragma once

#include <span>
#include <string_view>

namespace vitrine {

/// One file of the web page, compiled into the program; everything lives as long as the program.
struct PageAsset {
    std::string_view path; ///< of the request: "/" for the page itself, "/assets/HASH/app.js" for the others
    std::string_view content_type;
    std::string_view etag;          ///< strong, with its quotes: of the content, so that it outlives rebuilds
    std::string_view cache_control; ///< "/" is asked for again each time; the others never change under their address
    std::string_view body;
};

/// The file at `path` (without query), or nullptr. Safe from any thread.
const PageAsset* find_page_asset(std::string_view path) noexcept;

/// All of them, in no promised order.
std::span<const PageAsset> page_assets() noexcept;

/// The value of Content-Security-Policy to send with "/": scripts and styles from this server alone, none inline, no
/// markup made from texts, no other host asked, no frame around the page.
std::string_view page_content_security_policy() noexcept;

} // namespace vitrine
