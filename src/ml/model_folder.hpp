#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include "ml/model_pack.hpp"

namespace vitrine {

/// A folder with a models.json and the files it names. Reads only files that lie in the folder, whatever links are in
/// it. Every member throws Error(Configuration), naming file and key, for what is missing, too large or not what
/// models.json says.
class ModelFolder {
public:
    /// Reads and parses the folder's models.json.
    explicit ModelFolder(std::filesystem::path folder);

    [[nodiscard]] const std::filesystem::path& path() const noexcept { return folder_; }
    [[nodiscard]] const ModelPack& pack() const noexcept { return pack_; }

    /// The model's file, of the declared size and SHA-256; sets `model.sha256` where none was declared.
    [[nodiscard]] std::string read_model(ModelSpec& model) const;

    /// A file of labels or categories, at most 1 MiB.
    [[nodiscard]] std::string read_text(const std::string& file) const;

private:
    [[nodiscard]] std::string read(const std::string& file, std::uint64_t bytes_max) const;

    std::filesystem::path folder_; ///< canonical
    ModelPack pack_;
};

} // namespace vitrine
