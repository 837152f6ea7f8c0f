#include "cli/table_files.hpp"

#include <algorithm>

#include <fmt/format.h>

#include <vitrine/error.hpp>

#include "cli/terminal.hpp"
#include "core/csv_reader.hpp"

namespace vitrine::cli {

namespace fs = std::filesystem;

std::ifstream open_table(const fs::path& file) {
    std::error_code error;
    if (!fs::exists(file, error)) throw Error(ErrorCode::NotFound, fmt::format("There is no file {}.", file.string()));
    std::ifstream stream(file, std::ios::binary);
    if (!stream || fs::is_directory(file, error)) {
        throw Error(ErrorCode::BadInput,
                    fmt::format("{} cannot be read; give a CSV file that you may read.", file.string()));
    }
    return stream;
}

std::int64_t count_rows(const fs::path& file) {
    std::error_code error;
    if (!fs::is_regular_file(file, error)) return 0;
    auto stream = open_table(file);
    CsvReader reader(stream);
    std::int64_t rows = 0;
    while (reader.next()) ++rows;
    return rows;
}

fs::path images_folder(const std::string& option, const fs::path& table) {
    const auto folder = option.empty() ? table.parent_path() : fs::path(option);
    return folder.empty() ? fs::path(".") : folder;
}

void print_row_errors(std::ostream& err, const fs::path& table, const std::vector<RowError>& errors,
                      std::int64_t left_out) {
    constexpr std::ptrdiff_t shown_max = 200;
    const auto shown = std::min(std::ssize(errors), shown_max);
    for (std::ptrdiff_t i = 0; i < shown; ++i) {
        const auto& [line, error] = errors[std::size_t(i)];
        err << fmt::format("vitrine: {} line {}: {}\n", table.filename().string(), line, one_line(error));
    }
    if (const auto more = std::ssize(errors) - shown + left_out; more > 0) {
        err << fmt::format("vitrine: {} further rows failed; --json lists up to 10,000.\n", more);
    }
}

} // namespace vitrine::cli
