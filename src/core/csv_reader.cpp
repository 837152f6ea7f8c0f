#include "core/csv_reader.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>
#include <unicode/utf8.h>

#include <vitrine/error.hpp>

namespace vitrine {
namespace {

bool is_line_end(int byte) {
    return byte == '\n' || byte == '\r' || byte == LineSource::end;
}
bool is_field_end(int byte) {
    return byte == ',' || is_line_end(byte);
}

bool is_utf8(const std::string& text) {
    const auto length = static_cast<std::int64_t>(text.size());
    for (std::int64_t at = 0; at < length;) {
        UChar32 character = 0;
        U8_NEXT(text.data(), at, length, character);
        if (character < 0) return false;
    }
    return true;
}

// One record while it is read. After the first thing that is wrong nothing more is kept of it, only its end is sought.
class Record {
public:
    Record(LineSource& text, const CsvLimits& limits)
        : text_(text), limits_(limits), row_{.line = text.place().line, .fields = {}, .error = {}} {}

    void read() {
        bool more = true;
        while (more) {
            field_.clear();
            if (text_.peek() == '"') {
                read_quoted();
            } else {
                read_plain();
            }
            end_field();
            more = text_.peek() == ',';
            if (more) text_.get();
        }
        end_line();
    }

    /// Where to go on when the quotes are at fault and the record ran over several lines.
    [[nodiscard]] const std::optional<LineSource::Place>& misquoted_second_line() const {
        return misquoted_second_line_;
    }

    [[nodiscard]] CsvRow take() { return std::move(row_); }

private:
    void read_plain() {
        while (!is_field_end(text_.peek())) {
            add(text_.get());
        }
    }

    void read_quoted() {
        text_.get();
        while (true) {
            const int byte = text_.get();
            if (byte == LineSource::end) return misquoted("A quoted field is never closed; add the missing quote.");
            if (byte == '"' && text_.peek() != '"') break;
            if (byte == '"') text_.get();
            add(byte);
            if (!second_line_ && text_.place().line > row_.line) second_line_ = text_.place();
        }
        if (is_field_end(text_.peek())) return;
        misquoted("Text follows a field's closing quote; double the quotes inside a quoted field.");
        read_plain();
    }

    void end_field() {
        if (!row_.error.empty()) return;
        if (row_.fields.size() == limits_.columns_max) {
            return refuse(fmt::format("The row has more than {} fields.", limits_.columns_max));
        }
        if (field_.find('\0') != std::string::npos)
            return refuse(in_field("holds a NUL byte; save the file as UTF-8 text"));
        if (!is_utf8(field_)) return refuse(in_field("is not valid UTF-8; save the file as UTF-8"));
        row_.fields.push_back(std::move(field_));
    }

    void end_line() {
        if (text_.get() == '\r' && text_.peek() == '\n') text_.get();
    }

    void add(int byte) {
        if (!row_.error.empty()) return;
        if (field_.size() == limits_.field_bytes_max) {
            return refuse(in_field(fmt::format("is longer than {} bytes", limits_.field_bytes_max)));
        }
        if (++bytes_ > limits_.record_bytes_max) {
            return refuse(fmt::format("The row is longer than {} bytes.", limits_.record_bytes_max));
        }
        field_ += static_cast<char>(byte);
    }

    [[nodiscard]] std::string in_field(std::string_view what) const {
        return fmt::format("Field {} {}.", row_.fields.size() + 1, what);
    }

    void refuse(std::string why) {
        row_.error = std::move(why);
        row_.fields.clear();
        field_.clear();
    }

    // Says more than a limit that the swallowed lines went over.
    void misquoted(std::string why) {
        refuse(std::move(why));
        misquoted_second_line_ = second_line_;
    }

    LineSource& text_;
    const CsvLimits& limits_;
    CsvRow row_;
    std::string field_;
    std::size_t bytes_ = 0;
    std::optional<LineSource::Place> second_line_;
    std::optional<LineSource::Place> misquoted_second_line_;
};

std::string trimmed(const std::string& text) {
    const auto begin = text.find_first_not_of(" \t\r\n");
    if (begin == std::string::npos) return {};
    return text.substr(begin, text.find_last_not_of(" \t\r\n") - begin + 1);
}

} // namespace

CsvReader::CsvReader(std::istream& in, const CsvLimits& limits) : limits_(limits), text_(in) {
    read_header();
}

std::optional<CsvRow> CsvReader::next() {
    auto row = read_record();
    if (row && row->error.empty() && row->fields.size() != header_.size()) {
        row->error = fmt::format("The row has {} fields and the header {}.", row->fields.size(), header_.size());
        const auto next_line = text_.place().line;
        if (next_line > row->line + 1) {
            row->error += fmt::format(" It runs to line {}; is a quote missing?", next_line - 1);
        }
    }
    return row;
}

void CsvReader::read_header() {
    const auto start = text_.place();
    const bool has_bom = text_.get() == 0xEF && text_.get() == 0xBB && text_.get() == 0xBF;
    if (!has_bom) text_.go_back(start);
    auto row = read_record();
    if (!row) throw Error(ErrorCode::BadInput, "The CSV is empty; its first line must name the columns.");
    if (!row->error.empty()) {
        throw Error(ErrorCode::BadInput,
                    fmt::format("Line {}, the CSV's header, cannot be read: {}", row->line, row->error));
    }
    for (const auto& field : row->fields) {
        auto name = trimmed(field);
        if (!name.empty() && std::ranges::find(header_, name) != header_.end()) {
            throw Error(ErrorCode::BadInput,
                        fmt::format("Line {}, the CSV's header, names the column '{:.100}' twice.", row->line, name));
        }
        header_.push_back(std::move(name));
    }
}

std::optional<CsvRow> CsvReader::read_record() {
    while (text_.peek() == '\n' || text_.peek() == '\r') {
        text_.get();
    }
    if (text_.peek() == LineSource::end) return std::nullopt;
    Record record(text_, limits_);
    record.read();
    if (const auto& second_line = record.misquoted_second_line()) resume_at(*second_line);
    return record.take();
}

// Within a budget, or a file made for it would be read once per line.
void CsvReader::resume_at(const LineSource::Place& place) {
    const auto distance = text_.place().offset - place.offset;
    if (distance <= reread_bytes_left_ && text_.go_back(place)) reread_bytes_left_ -= distance;
}

} // namespace vitrine
