#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <vector>

#include <vitrine/time.hpp>

#include "engine/intake.hpp"
#include "engine/picture_download.hpp"
#include "engine/spooled_file.hpp"
#include "engine/upload_archive.hpp"
#include "storage/import_repository.hpp"

namespace vitrine {

/// Begins rows of an import: gets each one's picture and hands it to the intake. What becomes of a row is committed
/// with what the intake accepts of it. Safe from any thread.
class ImportRows {
public:
    struct Parts {
        Database& database;
        Intake& intake;
        const Clock& clock;
        BlobStore& blobs;
        DownloadLimits downloads;
        ArchiveLimits archives;
    };

    explicit ImportRows(const Parts& parts) : parts_(parts), downloads_(parts.downloads) {}

    struct Tries {
        int at_once = 8;          ///< pictures that are fetched at one time
        bool is_last_try = false; ///< a row whose picture's server is busy or away fails
    };

    /// Begins all of them, or as many as there is time for before `stop`; those whose pictures are in the archive
    /// first, one after the other, in one walk through it. A row whose picture cannot be had, or is none, fails; one
    /// whose server is busy or away goes on waiting, unless it is the last try. The moment before which such servers do
    /// not want to be asked again, if they said so.
    ///
    /// Throws what is the fault of no row: Error(Unavailable) when a store or the database is away, Error(Cancelled) at
    /// `stop`, and what walk_archive and SpooledFile throw of the upload.
    std::optional<Timestamp> begin_all(const import_repository::Import& import,
                                       const std::vector<import_repository::WaitingRow>& rows, const Tries& tries,
                                       const std::stop_token& stop);

    /// The import has no waiting rows any more.
    void forget(JobId import);

private:
    using Row = import_repository::WaitingRow;

    std::optional<Timestamp> begin_from_urls(JobId import, const std::vector<Row>& rows, const Tries& tries,
                                             const std::stop_token& stop);
    void begin_from_archive(const import_repository::Import& import, const std::vector<Row>& rows,
                            const std::stop_token& stop);
    void begin_from(ArchiveFile& file, JobId import, const std::vector<Row>& rows);
    [[nodiscard]] std::shared_ptr<const SpooledFile> archive_of(const import_repository::Import& import);
    std::optional<Timestamp> begin_from_url(JobId import, const Row& row, bool is_last_try,
                                            const std::stop_token& stop);
    void begin(JobId import, const Row& row, std::string_view picture);
    void fail(JobId import, const Row& row, const std::string& why);

    const Parts parts_;
    PictureDownloads downloads_;
    std::mutex mutex_; ///< guards the next two
    JobId spooled_of_;
    std::shared_ptr<const SpooledFile>
        spooled_; ///< the last archive, a gzipped one as its tar: the next batch is from it, most often
};

} // namespace vitrine
