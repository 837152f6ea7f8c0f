#pragma once

#include <string>
#include <string_view>

namespace vitrine {

/// The text of a file that the shop writes and the configuration names under `key`. Throws Error(Configuration), naming
/// key and file, when it cannot be read or has more than a MiB.
std::string read_shop_file(std::string_view key, const std::string& file);

} // namespace vitrine
