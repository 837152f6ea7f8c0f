#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace vitrine {

/// What an archive may hold; a refusal names the configuration's key.
struct ArchiveLimits {
    std::int64_t files_max = 100'000;            ///< imports.max_files
    std::int64_t unpacked_bytes_max = 2LL << 30; ///< of all files together: imports.max_unpacked_bytes
};

/// A file in an archive that is being walked through.
class ArchiveFile {
public:
    virtual ~ArchiveFile() = default;

    /// Its path as archive_path makes it: without "." and doubled slashes.
    [[nodiscard]] virtual const std::string& path() const = 0;

    /// Its bytes; call it once. Throws Error(TooLarge) when there are more than `bytes_max`, Error(BadInput) when they
    /// are damaged or encrypted.
    [[nodiscard]] virtual std::string read(std::int64_t bytes_max) = 0;
};

/// Calls `visit` with each regular file of a zip, tar or gzipped tar, in the archive's order, until it returns false.
/// Links, devices and files whose path leads out of the archive are passed over. Nothing is written anywhere, and the
/// bytes of no file that is not read are kept. Any number of threads may walk through the same bytes.
///
/// Throws Error(BadInput) for bytes that are no such archive, a damaged or an encrypted one, Error(TooLarge) over a
/// limit, and what `visit` throws.
void walk_archive(std::string_view bytes, const ArchiveLimits& limits, const std::function<bool(ArchiveFile&)>& visit);

/// Whether an archive is compressed as a whole, as a gzipped tar is: each walk through it unpacks all of it anew.
[[nodiscard]] bool is_gzipped(std::string_view bytes) noexcept;

/// Hands what is in a gzipped archive, the tar itself, to `take`, piece by piece. Throws Error(BadInput) where it is
/// damaged, Error(TooLarge) over a limit, and what `take` throws.
void unpack_gzip(std::string_view bytes, const ArchiveLimits& limits,
                 const std::function<void(std::string_view)>& take);

/// A path in an archive in the one way that it is written here: "a/./b//c" is "a/b/c". Nothing for an absolute one, one
/// that climbs by "..", or an empty one.
[[nodiscard]] std::optional<std::string> archive_path(std::string_view path);

/// The catalogue of an archive.
struct ArchivedCatalogue {
    std::string csv;    ///< its bytes
    std::string folder; ///< where in the archive it is: "" or "shop/"
};

/// The one *.csv at the least depth, or of several the one called catalog.csv or catalogue.csv; hidden files, whose
/// names begin with a dot, do not count. Throws Error(BadInput) when there is none or it cannot be told which, and as
/// walk_archive.
[[nodiscard]] ArchivedCatalogue find_catalogue(std::string_view bytes, const ArchiveLimits& limits,
                                               std::int64_t csv_bytes_max);

} // namespace vitrine
