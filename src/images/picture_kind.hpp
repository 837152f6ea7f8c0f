#pragma once

#include <string_view>

namespace vitrine {

/// The kinds of picture that are accepted.
enum class PictureKind { Jpeg, Png, Webp, Gif, Tiff, Heic, Avif };

/// The kind of picture that `bytes` begin like, told from their signature and never from a name.
/// Throws Error(BadInput) when there are no bytes, Error(Unsupported) for any other content; the sentence says what the
/// content looks like, where that is known, and names the accepted kinds.
PictureKind kind_of(std::string_view bytes);

/// "image/jpeg", "image/png", …
std::string_view media_type_of(PictureKind kind) noexcept;

/// "JPEG", "PNG", …, for sentences.
std::string_view name_of(PictureKind kind) noexcept;

} // namespace vitrine
