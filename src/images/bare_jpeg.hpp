#pragma once

#include <string_view>

namespace vitrine {

/// Whether a JPEG holds nothing but its picture: no comment and no metadata (EXIF with its place and time, XMP, colour
/// profiles) and nothing after its end. False for what is no JPEG. `bytes` are not decoded. Safe from any thread.
bool is_bare_jpeg(std::string_view bytes);

} // namespace vitrine
