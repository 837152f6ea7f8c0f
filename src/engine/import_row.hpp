#pragma once

#include <optional>
#include <stop_token>
#include <vector>

#include <vitrine/time.hpp>

#include "engine/intake.hpp"
#include "engine/picture_download.hpp"
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
        DownloadLimits downloads;
    };

    explicit ImportRows(const Parts& parts) : parts_(parts), downloads_(parts.downloads) {}

    struct Tries {
        int at_once = 8;          ///< pictures that are fetched at one time
        bool is_last_try = false; ///< a row whose picture's server is busy or away fails
    };

    /// Begins all of them, or as many as there is time for before `stop`. A row whose picture cannot be had, or is
    /// none, fails; one whose server is busy or away goes on waiting, unless it is the last try. The moment before
    /// which such servers do not want to be asked again, if they said so.
    ///
    /// Throws what is the fault of no row: Error(Unavailable) when a store or the database is away.
    std::optional<Timestamp> begin_all(JobId import, const std::vector<import_repository::WaitingRow>& rows,
                                       const Tries& tries, const std::stop_token& stop);

private:
    using Row = import_repository::WaitingRow;

    std::optional<Timestamp> begin_from_url(JobId import, const Row& row, bool is_last_try,
                                            const std::stop_token& stop);
    void begin(JobId import, const Row& row, std::string_view picture);
    void fail(JobId import, const Row& row, const std::string& why);

    const Parts parts_;
    PictureDownloads downloads_;
};

} // namespace vitrine
