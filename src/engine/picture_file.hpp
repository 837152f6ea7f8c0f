#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include <vitrine/error.hpp>

namespace vitrine {

/// Where a table's cell `cell` points inside `folder`. Throws Error(BadInput) when the cell is empty, absolute or
/// climbs out of the folder by "..": a table may come from a stranger. Links inside the folder are followed.
std::filesystem::path inside_folder(const std::filesystem::path& folder, const std::string& cell);

/// The whole content of a picture file. Throws Error(NotFound) when there is none, Error(BadInput) when it is not a
/// regular file or cannot be read, Error(TooLarge) when it has more than `bytes_max`, before anything is allocated.
std::string read_picture_file(const std::filesystem::path& file, std::int64_t bytes_max);

/// Throws `error` again with the picture's name before its sentence: the engine does not know where bytes come from.
[[noreturn]] void rethrow_naming(const std::string& picture, const Error& error);

} // namespace vitrine
