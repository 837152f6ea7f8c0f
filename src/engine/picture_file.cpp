#include "engine/picture_file.hpp"

#include <fstream>
#include <system_error>

#include <fmt/format.h>

namespace vitrine {

namespace fs = std::filesystem;

fs::path inside_folder(const fs::path& folder, const std::string& cell) {
    if (cell.empty()) throw Error(ErrorCode::BadInput, "The row names no image.");
    if (cell.find('\0') != std::string::npos) throw Error(ErrorCode::BadInput, "The image's path holds a zero byte.");
    const auto inner = fs::path(cell).lexically_normal();
    if (inner.is_absolute() || inner.empty() || *inner.begin() == "..") {
        throw Error(ErrorCode::BadInput,
                    fmt::format("The image {} lies outside the images folder; give a path relative to it.", cell));
    }
    return folder / inner;
}

std::string read_picture_file(const fs::path& file, std::int64_t bytes_max) {
    std::error_code error;
    const auto status = fs::status(file, error);
    if (status.type() == fs::file_type::not_found) {
        throw Error(ErrorCode::NotFound, fmt::format("There is no picture {}.", file.string()));
    }
    if (status.type() != fs::file_type::regular) { // a pipe or a device could block for ever
        throw Error(ErrorCode::BadInput, fmt::format("{} is not a file that can be read.", file.string()));
    }
    const auto bytes = fs::file_size(file, error);
    if (!error && bytes > static_cast<std::uintmax_t>(bytes_max)) {
        throw Error(ErrorCode::TooLarge, fmt::format("{} has {} bytes; the limit is {} (server.max_upload_bytes).",
                                                     file.string(), bytes, bytes_max));
    }
    std::ifstream stream(file, std::ios::binary);
    std::string content(error ? 0 : bytes, '\0');
    if (error || !stream || (!content.empty() && !stream.read(content.data(), std::streamsize(content.size())))) {
        throw Error(ErrorCode::BadInput,
                    fmt::format("The picture {} cannot be read; check its permissions.", file.string()));
    }
    return content;
}

void rethrow_naming(const std::string& picture, const Error& error) {
    const auto sentence = fmt::format("{}: {}", picture, error.what());
    if (error.retry_after()) throw Error(error.code(), sentence, *error.retry_after());
    throw Error(error.code(), sentence);
}

} // namespace vitrine
