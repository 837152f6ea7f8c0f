#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <istream>
#include <stop_token>
#include <string>
#include <vector>

#include <vitrine/time.hpp>

#include "engine/catalogue_reader.hpp"
#include "engine/shop.hpp"

namespace vitrine {

struct ImportOptions {
    std::filesystem::path images_folder; ///< what the column `image` is relative to
    int rows_in_flight = 0;              ///< between being read and being indexed; 0: four for each worker thread
    std::size_t errors_kept = 10'000;    ///< further ones are only counted

    /// How long a row waits for a server that is away (it restarts, the network is mended) before the import ends. What
    /// fails where all stores are embedded is this machine, and is not waited for.
    Milliseconds patience{300'000};
    std::function<void(const std::string& sentence)> waiting; ///< told once each time the rows begin to wait, and why
};

struct ImportCounts {
    std::int64_t rows = 0; ///< read so far; those in flight included
    std::int64_t indexed = 0;
    std::int64_t unchanged = 0;
    std::int64_t failed = 0;

    [[nodiscard]] std::int64_t finished() const noexcept { return indexed + unchanged + failed; }
};

struct ImportReport : ImportCounts {
    std::vector<RowError> errors; ///< by line
    std::int64_t errors_left_out = 0;
    bool interrupted = false; ///< stopped before the end: rows - finished() rows were accepted and go on later
    double seconds = 0.0;
};

/// Indexes a catalogue (CatalogueReader), a row at a time: a bad one is reported by its line and the rest are imported.
/// It is resumable: run again after a crash or a stop, it
/// re-indexes only what is missing. `progress` is called after each row, one call at a time, from several threads, as
/// is `waiting`.
///
/// Throws Error(BadInput) for a header that lacks a column, and what `shop` throws when a store cannot be reached for
/// as long as the patience: the rows that waited are not failed, the same import run again goes on with them.
ImportReport import_catalogue(Shop& shop, std::istream& csv, const ImportOptions& options,
                              const std::function<void(const ImportCounts&)>& progress, const std::stop_token& stop);

} // namespace vitrine
