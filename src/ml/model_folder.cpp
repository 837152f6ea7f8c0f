#include "ml/model_folder.hpp"

#include <algorithm>
#include <fstream>

#include <fmt/format.h>

#include <vitrine/error.hpp>

#include "core/content_hash.hpp"

namespace vitrine {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t text_bytes_max = 1 << 20;
constexpr std::uint64_t model_bytes_max = 2ULL << 30;
constexpr auto description = "models.json";

fs::path existing_folder(const fs::path& folder) {
    std::error_code error;
    auto canonical = fs::canonical(folder, error);
    if (folder.empty() || error || !fs::is_directory(canonical, error)) {
        throw Error(ErrorCode::Configuration,
                    fmt::format("ml.models names '{}', which is no folder that can be read.", folder.string()));
    }
    return canonical;
}

bool lies_in(const fs::path& file, const fs::path& folder) {
    const auto [folder_end, rest] = std::mismatch(folder.begin(), folder.end(), file.begin(), file.end());
    return folder_end == folder.end() && rest != file.end();
}

} // namespace

ModelFolder::ModelFolder(fs::path folder) : folder_(existing_folder(folder)) {
    try {
        pack_ = parse_model_pack(read(description, text_bytes_max));
    } catch (const Error& error) {
        throw Error(ErrorCode::Configuration, fmt::format("{} (in {})", error.what(), folder_.string()));
    }
}

std::string ModelFolder::read(const std::string& file, std::uint64_t bytes_max) const {
    const auto refuse = [&](std::string_view what) {
        throw Error(ErrorCode::Configuration,
                    fmt::format("The file '{}' in the folder of models {} {}.", file, folder_.string(), what));
    };
    std::error_code error;
    const auto path = fs::canonical(folder_ / file, error);
    if (error) refuse("cannot be found");
    if (!lies_in(path, folder_)) refuse("is a link out of that folder, which is not followed");
    if (!fs::is_regular_file(path, error)) refuse("is no regular file");
    const auto size = fs::file_size(path, error);
    if (error) refuse("cannot be read");
    if (size > bytes_max) refuse(fmt::format("has {} bytes, over the limit of {}", size, bytes_max));
    std::ifstream stream(path, std::ios::binary);
    std::string bytes(size, '\0');
    if (!stream.read(bytes.data(), static_cast<std::streamsize>(size))) refuse("cannot be read to its end");
    return bytes;
}

std::string ModelFolder::read_text(const std::string& file) const {
    return read(file, text_bytes_max);
}

std::string ModelFolder::read_model(ModelSpec& model) const {
    auto bytes = read(model.file, model_bytes_max);
    const auto refuse = [&](const std::string& what) {
        throw Error(
            ErrorCode::Configuration,
            fmt::format("The model file '{}' in {} {}; it is damaged or another one: fetch it again, or correct "
                        "models.json.",
                        model.file, folder_.string(), what));
    };
    if (model.bytes > 0 && bytes.size() != static_cast<std::uint64_t>(model.bytes))
        refuse(fmt::format("has {} bytes where models.json says {}", bytes.size(), model.bytes));
    const auto sum = sha256_hex(bytes);
    if (!model.sha256.empty() && sum != model.sha256)
        refuse(fmt::format("has the SHA-256 {} where models.json says {}", sum, model.sha256));
    model.sha256 = sum;
    return bytes;
}

} // namespace vitrine
