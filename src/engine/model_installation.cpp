#include "engine/model_installation.hpp"

#include <algorithm>
#include <chrono>
#include <fstream>
#include <memory>
#include <set>

#include <fmt/format.h>

#include <vitrine/error.hpp>

#include "core/content_hash.hpp"
#include "http/http_client.hpp"
#include "http/http_target.hpp"
#include "http/server_answer.hpp"
#include "ml/model_pack.hpp"

namespace vitrine {
namespace {

namespace fs = std::filesystem;

constexpr auto description_name = "models.json";
constexpr std::uint64_t text_bytes_max = 1 << 20;
constexpr std::uint64_t model_bytes_max = 2ULL << 30;
constexpr std::uint64_t piece_bytes = 8ULL << 20;

/// A file that a pack needs.
struct Needed {
    std::string name;
    std::string sha256; ///< empty: not known
    std::uint64_t bytes_max = text_bytes_max;
};

std::vector<Needed> files_of(const ModelPack& pack) {
    std::vector<Needed> files;
    std::set<std::string> known;
    const auto add = [&](const std::string& name, const std::string& sha256, std::uint64_t bytes_max) {
        if (!name.empty() && known.insert(name).second) files.push_back({name, sha256, bytes_max});
    };
    for (const auto& model : pack.models) {
        add(model.file, model.sha256, model.bytes > 0 ? static_cast<std::uint64_t>(model.bytes) : model_bytes_max);
        for (const auto& output : model.outputs) {
            if (const auto* classifier = std::get_if<ClassifierOutput>(&output.meaning)) {
                add(classifier->labels, "", text_bytes_max);
                add(classifier->categories, "", text_bytes_max);
            }
            if (const auto* detector = std::get_if<DetectorOutput>(&output.meaning))
                add(detector->labels, "", text_bytes_max);
        }
    }
    return files;
}

[[noreturn]] void refuse_file(const fs::path& file, std::string_view what) {
    throw Error(ErrorCode::Unavailable,
                fmt::format("The file '{}' {}; check the folder and the disk.", file.string(), what));
}

std::string read_file(const fs::path& file) {
    std::ifstream stream(file, std::ios::binary);
    std::error_code error;
    std::string bytes(fs::file_size(file, error), '\0');
    if (error || !stream.read(bytes.data(), static_cast<std::streamsize>(bytes.size())))
        refuse_file(file, "cannot be read");
    return bytes;
}

/// Under another name first: a file is whole or not there.
void write_file(const fs::path& file, std::string_view bytes) {
    const fs::path half = file.string() + ".part";
    std::ofstream stream(half, std::ios::binary | std::ios::trunc);
    stream.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    stream.close();
    std::error_code error;
    if (stream) fs::rename(half, file, error);
    if (!stream || error) refuse_file(file, "cannot be written");
}

std::uint64_t size_of(const fs::path& file) {
    std::error_code absent;
    const auto size = fs::file_size(file, absent);
    return absent ? 0 : size;
}

/// Where files come from.
class Source {
public:
    virtual ~Source() = default;
    /// The whole of a small file.
    [[nodiscard]] virtual std::string text(const std::string& name) = 0;
    /// Adds to `half`, which may hold the file's beginning, what is missing; how many bytes came.
    virtual std::uint64_t complete(const Needed& file, const fs::path& half) = 0;
    [[nodiscard]] virtual bool trusted() const = 0;
};

class FolderSource final : public Source {
public:
    explicit FolderSource(fs::path folder) : folder_(std::move(folder)) {}

    [[nodiscard]] std::string text(const std::string& name) override { return read({name, "", text_bytes_max}); }

    std::uint64_t complete(const Needed& file, const fs::path& half) override {
        const auto bytes = read(file);
        std::ofstream stream(half, std::ios::binary | std::ios::trunc);
        stream.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
        if (!stream.flush()) refuse_file(half, "cannot be written");
        return bytes.size();
    }

    [[nodiscard]] bool trusted() const override { return true; }

private:
    [[nodiscard]] std::string read(const Needed& file) const {
        const auto path = folder_ / file.name;
        std::error_code error;
        if (!fs::is_regular_file(path, error))
            throw Error(ErrorCode::NotFound, fmt::format("There is no file '{}'.", path.string()));
        if (fs::file_size(path, error) > file.bytes_max)
            throw Error(ErrorCode::TooLarge,
                        fmt::format("The file '{}' has more than {} bytes.", path.string(), file.bytes_max));
        return read_file(path);
    }

    const fs::path folder_;
};

class UrlSource final : public Source {
public:
    /// `url` is that of models.json.
    explicit UrlSource(const std::string& url) : base_(url.substr(0, url.rfind('/') + 1)) {}

    [[nodiscard]] std::string text(const std::string& name) override {
        auto request = request_for(name);
        request.limits.response_bytes = text_bytes_max;
        return answer_of(request).body;
    }

    std::uint64_t complete(const Needed& file, const fs::path& half) override {
        const auto before = size_of(half);
        std::ofstream stream(half, std::ios::binary | std::ios::app);
        for (auto at = before; at <= file.bytes_max; at = size_of(half)) {
            auto request = request_for(file.name);
            request.headers.emplace_back("Range", fmt::format("bytes={}-{}", at, at + piece_bytes - 1));
            request.limits.response_bytes = file.bytes_max;
            const auto answer = client_.send(request);
            if (answer.status == 416) break; // nothing is behind what we have
            if (answer.status == 200) {      // ranges are not known there: this is the whole file
                stream.close();
                stream.open(half, std::ios::binary | std::ios::trunc);
            } else if (answer.status != 206 || !continues_at(answer, at)) {
                fail(request, answer);
            }
            stream.write(answer.body.data(), static_cast<std::streamsize>(answer.body.size()));
            if (!stream.flush()) refuse_file(half, "cannot be written");
            if (answer.status == 200 || answer.body.size() < piece_bytes) break;
        }
        return size_of(half) - std::min(before, size_of(half));
    }

    [[nodiscard]] bool trusted() const override { return false; }

private:
    [[nodiscard]] HttpRequest request_for(const std::string& name) const {
        HttpRequest request;
        request.url = base_ + name;
        request.limits.deadline = std::chrono::minutes(10);
        request.redirects_max = 5;
        return request;
    }

    static bool continues_at(const HttpResponse& answer, std::uint64_t at) {
        return answer.header("content-range").starts_with(fmt::format("bytes {}-", at));
    }

    [[noreturn]] static void fail(const HttpRequest& request, const HttpResponse& answer) {
        if (answer.ok()) {
            throw Error(ErrorCode::Unavailable,
                        fmt::format("{} answered another part of the file than was asked for.", name_of(request)));
        }
        const auto now = std::chrono::time_point_cast<Milliseconds>(std::chrono::system_clock::now());
        throw status_error(request, answer,
                           {.server = "The server of models", .url_key = "the URL", .key_key = "the URL"}, answer.body,
                           Timestamp{now.time_since_epoch()});
    }

    HttpResponse answer_of(const HttpRequest& request) {
        auto answer = client_.send(request);
        if (!answer.ok()) fail(request, answer);
        return answer;
    }

    const std::string base_;
    HttpClient client_;
};

std::unique_ptr<Source> open_source(const std::string& source) {
    if (source.starts_with("http://") || source.starts_with("https://")) {
        if (!source.ends_with("/models.json")) {
            throw Error(ErrorCode::BadInput, "The URL of models must end in /models.json; their files lie beside it.");
        }
        return std::make_unique<UrlSource>(source);
    }
    return std::make_unique<FolderSource>(source);
}

void fetch(Source& source, const Needed& file, const fs::path& folder, InstalledModels& done) {
    const fs::path target = folder / file.name;
    const fs::path half = target.string() + ".part";
    if (fs::exists(target) && !file.sha256.empty() && sha256_hex(read_file(target)) == file.sha256) {
        done.present.push_back(file.name);
        return;
    }
    std::error_code error;
    fs::create_directories(target.parent_path(), error);
    if (file.sha256.empty()) fs::remove(half, error); // what was begun could not be checked
    const auto had = size_of(half);
    done.bytes_fetched += source.complete(file, half);
    if (size_of(half) > file.bytes_max || (!file.sha256.empty() && sha256_hex(read_file(half)) != file.sha256)) {
        fs::remove(half, error);
        throw Error(ErrorCode::BadInput,
                    fmt::format("The file '{}' is not the one that models.json describes (its size or "
                                "SHA-256 differs); it was thrown away. Call again to fetch it anew.",
                                file.name));
    }
    done.bytes_resumed += had;
    fs::rename(half, target, error);
    if (error) refuse_file(target, "cannot be written");
    done.fetched.push_back(file.name);
}

void require_sums(const ModelPack& pack) {
    for (std::size_t i = 0; i < pack.models.size(); ++i) {
        if (pack.models[i].sha256.empty())
            throw Error(ErrorCode::Configuration,
                        fmt::format("models.json: [{}] must have a key 'sha256' to be fetched from a URL.", i));
    }
}

} // namespace

InstalledModels install_models(const std::string& source_name, const fs::path& folder, const std::string& sha256) {
    const auto source = open_source(source_name);
    const auto description = source->text(description_name);
    if (!sha256.empty() && sha256_hex(description) != sha256) {
        throw Error(ErrorCode::BadInput,
                    fmt::format("The models.json there has the SHA-256 {}, not the given one; nothing was "
                                "installed.",
                                sha256_hex(description)));
    }
    const auto pack = parse_model_pack(description);
    if (!source->trusted()) require_sums(pack);
    std::error_code error;
    fs::create_directories(folder, error);
    if (error) refuse_file(folder, "cannot be made");
    const auto target = folder / description_name;
    const bool here = fs::exists(target);
    if (here && read_file(target) != description) {
        throw Error(ErrorCode::Conflict,
                    fmt::format("The folder '{}' holds other models; name another folder with --to, or "
                                "remove that one first.",
                                folder.string()));
    }
    InstalledModels done;
    for (const auto& model : pack.models) done.models.push_back(model.name);
    for (const auto& file : files_of(pack)) fetch(*source, file, folder, done);
    if (!here) {
        write_file(target, description);
        done.fetched.emplace_back(description_name);
    }
    return done;
}

} // namespace vitrine
