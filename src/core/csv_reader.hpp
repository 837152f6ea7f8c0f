#pragma once

#include <cstdint>
#include <istream>
#include <optional>
#include <string>
#include <vector>

#include "core/line_source.hpp"

namespace vitrine {

/// What one record may hold; whatever the file, no more than this is kept in memory.
struct CsvLimits {
    std::size_t field_bytes_max = 1U << 20;
    std::size_t record_bytes_max = 4U << 20;
    std::size_t columns_max = 1000;
};

struct CsvRow {
    std::size_t line = 0;            ///< where the record begins; the header is on line 1
    std::vector<std::string> fields; ///< as many as the header's when `error` is empty, valid UTF-8
    std::string error;               ///< not empty: a bad row, and one sentence on what is wrong with it
};

/// Reads CSV with a header as RFC 4180 has it, a record at a time: UTF-8 (a BOM is accepted), lines ending in LF, CRLF
/// or CR, quoted fields with line breaks and doubled quotes. Lines without any text are passed over.
///
/// A bad row (a wrong number of fields, not UTF-8, a NUL byte, over a limit, quotes that do not close) is returned with
/// its error, and reading goes on with the next. Where the quotes are at fault, the next row is the line after the bad
/// row's first, so that a forgotten quote costs one row and not all to the next quote; that needs a stream that can
/// seek, and stops after 256 MiB read again. One thread at a time.
class CsvReader {
public:
    /// Reads the header; column names lose the spaces around them. `in` must outlive the reader. Throws Error(BadInput)
    /// that names the line when there is no header, it is a bad row or names a column twice.
    explicit CsvReader(std::istream& in, const CsvLimits& limits = {});

    [[nodiscard]] const std::vector<std::string>& header() const noexcept { return header_; }

    /// The next record, nothing at the end. Throws Error(Unavailable) when the stream cannot be read.
    std::optional<CsvRow> next();

private:
    void read_header();
    std::optional<CsvRow> read_record();
    void resume_at(const LineSource::Place& place);

    const CsvLimits limits_;
    LineSource text_;
    std::vector<std::string> header_;
    std::uint64_t reread_bytes_left_ = 256ULL << 20;
};

} // namespace vitrine
