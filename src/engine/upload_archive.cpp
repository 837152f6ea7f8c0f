#include "engine/upload_archive.hpp"

#include <algorithm>
#include <array>
#include <locale.h>
#include <memory>
#include <vector>

#include <archive.h>
#include <archive_entry.h>
#include <fmt/format.h>

#include <vitrine/error.hpp>

namespace vitrine {
namespace {

constexpr std::int64_t piece_bytes = 64 << 10;
constexpr int broken_max = 20;                   ///< damaged files, behind each of which the archive is opened anew
constexpr std::int64_t head_bytes_max = 4 << 10; ///< what a file takes in a tar beside its own bytes, most often

struct ReaderDeleter {
    void operator()(archive* reader) const noexcept { archive_read_free(reader); }
};
using Reader = std::unique_ptr<archive, ReaderDeleter>;

/// libarchive turns names into the locale's character set, which is ASCII unless somebody chose another: this thread's
/// is UTF-8 as long as this lives.
class Utf8Names {
public:
    Utf8Names() : utf8_(::newlocale(LC_CTYPE_MASK, "C.UTF-8", nullptr)) {
        if (utf8_ != nullptr) before_ = ::uselocale(utf8_);
    }
    ~Utf8Names() {
        if (utf8_ == nullptr) return;
        ::uselocale(before_);
        ::freelocale(utf8_);
    }
    Utf8Names(const Utf8Names&) = delete;
    Utf8Names& operator=(const Utf8Names&) = delete;

private:
    locale_t utf8_;
    locale_t before_ = nullptr;
};

[[noreturn]] void refuse_damaged() {
    throw Error(ErrorCode::BadInput,
                "The archive cannot be read; it is damaged, or neither a zip, a tar nor a gzipped tar.");
}

[[noreturn]] void refuse_encrypted() {
    throw Error(ErrorCode::BadInput, "The archive is encrypted; send it without a password.");
}

[[noreturn]] void refuse_unpacked(std::int64_t bytes_max) {
    throw Error(ErrorCode::TooLarge,
                fmt::format("The archive unpacks to more than {} bytes (imports.max_unpacked_bytes); send it in parts.",
                            bytes_max));
}

/// The formats that are read, and no other of the dozens that the library knows.
Reader open(std::string_view bytes) {
    Reader reader(archive_read_new());
    if (!reader) throw std::bad_alloc();
    if (archive_read_support_filter_gzip(reader.get()) != ARCHIVE_OK ||
        archive_read_support_format_tar(reader.get()) != ARCHIVE_OK ||
        archive_read_support_format_zip(reader.get()) != ARCHIVE_OK) {
        throw Error(ErrorCode::Internal, "libarchive lacks zip, tar or gzip; check the installed library.");
    }
    if (archive_read_open_memory(reader.get(), bytes.data(), bytes.size()) != ARCHIVE_OK) refuse_damaged();
    return reader;
}

/// For what is compressed and no more: its content is one file.
Reader open_gzip(std::string_view bytes) {
    Reader reader(archive_read_new());
    if (!reader) throw std::bad_alloc();
    if (archive_read_support_filter_gzip(reader.get()) != ARCHIVE_OK ||
        archive_read_support_format_raw(reader.get()) != ARCHIVE_OK) {
        throw Error(ErrorCode::Internal, "libarchive lacks gzip; check the installed library.");
    }
    if (archive_read_open_memory(reader.get(), bytes.data(), bytes.size()) != ARCHIVE_OK) refuse_damaged();
    return reader;
}

/// As `open`, with the first `files` + 1 heads read: of a zip whose file was damaged the rest can be read.
Reader open_after(std::string_view bytes, std::int64_t files) {
    Reader reader = open(bytes);
    archive_entry* entry = nullptr;
    for (std::int64_t i = 0; i <= files; ++i) {
        const int read = archive_read_next_header(reader.get(), &entry);
        if (read != ARCHIVE_OK && read != ARCHIVE_WARN) refuse_damaged();
    }
    return reader;
}

/// What was unpacked so far, against the limit.
class Unpacked {
public:
    explicit Unpacked(std::int64_t bytes_max) : bytes_max_(bytes_max) {}

    void add(std::int64_t bytes) {
        if (bytes < 0 || bytes > bytes_max_ - bytes_) refuse_unpacked(bytes_max_);
        bytes_ += bytes;
    }

    /// What came out of the outer compression: a bomb need not be in a file.
    void check_outer(std::int64_t bytes, std::int64_t files) const {
        if (bytes - bytes_max_ > (files + 1) * head_bytes_max + (1 << 20)) refuse_unpacked(bytes_max_);
    }

private:
    const std::int64_t bytes_max_;
    std::int64_t bytes_ = 0;
};

class Entry final : public ArchiveFile {
public:
    Entry(archive* reader, archive_entry* entry, std::string path, Unpacked& unpacked)
        : reader_(reader), entry_(entry), path_(std::move(path)), unpacked_(unpacked) {}

    [[nodiscard]] const std::string& path() const override { return path_; }

    [[nodiscard]] std::string read(std::int64_t bytes_max) override {
        if (archive_entry_is_encrypted(entry_) != 0) refuse_encrypted();
        if (has_size() && archive_entry_size(entry_) > bytes_max) refuse_size(bytes_max);
        std::string bytes;
        each_piece([&](std::string_view piece) {
            if (static_cast<std::int64_t>(bytes.size() + piece.size()) > bytes_max) refuse_size(bytes_max);
            bytes += piece;
        });
        return bytes;
    }

    [[nodiscard]] bool has_size() const { return archive_entry_size_is_set(entry_) != 0; }
    [[nodiscard]] bool was_read() const { return was_read_; }

    /// Its bytes were so bad that the reader reads no further.
    [[nodiscard]] bool broke() const { return broke_; }

    /// Reads on to the end of a file whose length only its end tells: going past it would not count its bytes.
    void pass() {
        each_piece([](std::string_view) {});
    }

private:
    template <class Take>
    void each_piece(const Take& take) {
        was_read_ = true;
        std::array<char, piece_bytes> piece{};
        for (;;) {
            const auto got = archive_read_data(reader_, piece.data(), piece.size());
            if (got == 0) return;
            if (got < 0) {
                broke_ = got == ARCHIVE_FATAL;
                refuse_content();
            }
            if (!has_size()) unpacked_.add(got);
            take(std::string_view(piece.data(), static_cast<std::size_t>(got)));
        }
    }

    [[noreturn]] void refuse_size(std::int64_t bytes_max) const {
        throw Error(ErrorCode::TooLarge, fmt::format("{:.200} has more than {} bytes.", path_, bytes_max));
    }

    [[noreturn]] void refuse_content() const {
        throw Error(ErrorCode::BadInput, fmt::format("{:.200} is damaged in the archive; pack it again.", path_));
    }

    archive* const reader_;
    archive_entry* const entry_;
    const std::string path_;
    Unpacked& unpacked_;
    bool was_read_ = false;
    bool broke_ = false;
};

std::string name_of(archive_entry* entry) {
    const char* const name = archive_entry_pathname(entry);
    return name == nullptr ? std::string() : std::string(name);
}

/// Nothing for what is no file, or none of the archive's own.
std::optional<std::string> file_path(archive_entry* entry) {
    if (archive_entry_filetype(entry) != AE_IFREG || archive_entry_hardlink(entry) != nullptr) return std::nullopt;
    return archive_path(name_of(entry));
}

struct Candidate {
    std::string path;
    std::int64_t depth = 0;
};

std::string lower_file_name(std::string_view path) {
    std::string name(path.substr(path.find_last_of('/') + 1));
    for (char& c : name) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    return name;
}

std::string catalogue_path(std::string_view bytes, const ArchiveLimits& limits) {
    std::vector<Candidate> found; // at the least depth so far, two at most
    std::vector<Candidate> named; // of these, those that are called a catalogue
    walk_archive(bytes, limits, [&](ArchiveFile& file) {
        const auto name = lower_file_name(file.path());
        if (name.starts_with('.') || !name.ends_with(".csv")) return true;
        const auto depth = std::ranges::count(file.path(), '/');
        if (!found.empty() && depth > found.front().depth) return true;
        if (!found.empty() && depth < found.front().depth) {
            found.clear();
            named.clear();
        }
        if (found.size() < 2) found.push_back({.path = file.path(), .depth = depth});
        const bool is_named = name == "catalog.csv" || name == "catalogue.csv";
        if (is_named && named.size() < 2) named.push_back({.path = file.path(), .depth = depth});
        return true;
    });
    if (named.size() == 1) return named.front().path;
    if (found.empty()) {
        throw Error(ErrorCode::BadInput, "The archive holds no catalogue: a file whose name ends in .csv.");
    }
    if (found.size() > 1) {
        throw Error(
            ErrorCode::BadInput,
            fmt::format(
                "The archive holds several CSV files, such as {:.200} and {:.200}; call one of them catalog.csv.",
                found[0].path, found[1].path));
    }
    return found.front().path;
}

} // namespace

void walk_archive(std::string_view bytes, const ArchiveLimits& limits, const std::function<bool(ArchiveFile&)>& visit) {
    const Utf8Names names;
    Reader reader = open(bytes);
    Unpacked unpacked(limits.unpacked_bytes_max);
    int broken = 0;
    for (std::int64_t files = 0;; ++files) {
        archive_entry* entry = nullptr;
        const int read = archive_read_next_header(reader.get(), &entry);
        unpacked.check_outer(archive_filter_bytes(reader.get(), 0), files);
        if (read == ARCHIVE_EOF) return;
        if (archive_read_has_encrypted_entries(reader.get()) > 0) refuse_encrypted();
        if (read != ARCHIVE_OK && read != ARCHIVE_WARN) refuse_damaged();
        if (files == limits.files_max) {
            throw Error(ErrorCode::TooLarge,
                        fmt::format("The archive holds more than {} files (imports.max_files); send it in parts.",
                                    limits.files_max));
        }
        auto path = file_path(entry);
        Entry file(reader.get(), entry, path.value_or(""), unpacked);
        if (file.has_size()) unpacked.add(archive_entry_size(entry));
        if (path && !visit(file)) return;
        if (!file.has_size() && !file.was_read()) file.pass();
        if (!file.broke()) continue;
        if (++broken > broken_max) refuse_damaged();
        reader = open_after(bytes, files);
    }
}

bool is_gzipped(std::string_view bytes) noexcept {
    return bytes.starts_with("\x1f\x8b"); // RFC 1952
}

void unpack_gzip(std::string_view bytes, const ArchiveLimits& limits,
                 const std::function<void(std::string_view)>& take) {
    const auto bytes_max = limits.unpacked_bytes_max + (limits.files_max + 1) * head_bytes_max + (1 << 20);
    const Reader reader = open_gzip(bytes);
    archive_entry* entry = nullptr;
    if (archive_read_next_header(reader.get(), &entry) != ARCHIVE_OK) refuse_damaged();
    std::array<char, piece_bytes> piece{};
    for (std::int64_t unpacked = 0;;) {
        const auto read = archive_read_data(reader.get(), piece.data(), piece.size());
        if (read == 0) return;
        if (read < 0) refuse_damaged();
        unpacked += read;
        if (unpacked > bytes_max) refuse_unpacked(limits.unpacked_bytes_max);
        take({piece.data(), static_cast<std::size_t>(read)});
    }
}

std::optional<std::string> archive_path(std::string_view path) {
    if (path.starts_with('/') || path.find('\0') != std::string_view::npos) return std::nullopt;
    std::string written;
    for (std::size_t at = 0; at < path.size();) {
        const auto end = std::min(path.find('/', at), path.size());
        const auto part = path.substr(at, end - at);
        at = end + 1;
        if (part.empty() || part == ".") continue;
        if (part == "..") return std::nullopt;
        if (!written.empty()) written += '/';
        written += part;
    }
    return written.empty() ? std::nullopt : std::optional(written);
}

ArchivedCatalogue find_catalogue(std::string_view bytes, const ArchiveLimits& limits, std::int64_t csv_bytes_max) {
    const auto path = catalogue_path(bytes, limits);
    ArchivedCatalogue catalogue{.csv = {}, .folder = path.substr(0, path.find_last_of('/') + 1)};
    walk_archive(bytes, limits, [&](ArchiveFile& file) {
        if (file.path() != path) return true;
        catalogue.csv = file.read(csv_bytes_max);
        return false;
    });
    return catalogue;
}

} // namespace vitrine
