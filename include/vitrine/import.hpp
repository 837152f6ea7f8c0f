#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <vitrine/ids.hpp>
#include <vitrine/job.hpp>

namespace vitrine {

/// waiting → indexing → indexed | failed, or waiting → unchanged | failed | cancelled.
enum class ImportRowState { Waiting, Indexing, Indexed, Unchanged, Failed, Cancelled };

std::string_view to_string(ImportRowState state) noexcept;

/// The state of that name; nothing for any other text.
std::optional<ImportRowState> import_row_state_from(std::string_view name) noexcept;

/// One line of an imported catalogue.
struct ImportRow {
    std::int64_t line = 0; ///< where it begins, the header being line 1
    ImportRowState state = ImportRowState::Waiting;
    std::string product_id;
    std::optional<JobId> index_job; ///< the job that indexes or indexed it
    std::string error; ///< of a failed row: one sentence; of one that waits to be tried again: what went wrong last
};

/// How many rows are in each state.
struct ImportRowCounts {
    std::int64_t waiting = 0, indexing = 0, indexed = 0, unchanged = 0, failed = 0, cancelled = 0;

    [[nodiscard]] std::int64_t rows() const noexcept {
        return waiting + indexing + indexed + unchanged + failed + cancelled;
    }
    friend bool operator==(const ImportRowCounts&, const ImportRowCounts&) = default;
};

/// An import as it is now.
struct ImportOverview {
    Job job;
    ImportRowCounts counts;
    bool all_read = false;         ///< false: more rows may come
    std::vector<ImportRow> errors; ///< the failed rows, by line; the first 1,000
};

struct ImportRowFilter {
    std::optional<ImportRowState> state;
    std::int64_t after = 0; ///< paging: lines greater than this
    int limit = 100;        ///< in [1, 1000]
};

/// A catalogue that is sent in.
struct ImportRequest {
    std::string_view upload; ///< a CSV, or an archive (zip, tar, gzipped tar) of a CSV and its pictures
    bool is_archive = false;
    std::string request_key = {}; ///< a second import of the same key is the first one; empty: each is its own
};

} // namespace vitrine
