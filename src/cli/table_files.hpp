#pragma once

#include <filesystem>
#include <fstream>
#include <ostream>
#include <string>
#include <vector>

#include "engine/catalogue_import.hpp"

// What import and eval have in common: a CSV file, pictures beside it, bad rows.

namespace vitrine::cli {

/// The CSV file, open. Throws Error(NotFound) or Error(BadInput).
std::ifstream open_table(const std::filesystem::path& file);

/// How many rows the file has, its bad ones included; 0 when it can be read only once (a pipe). Throws as CsvReader.
std::int64_t count_rows(const std::filesystem::path& file);

/// `--images`, or else the folder of the CSV.
std::filesystem::path images_folder(const std::string& option, const std::filesystem::path& table);

/// One line for each bad row, the first few hundred in full.
void print_row_errors(std::ostream& err, const std::filesystem::path& table, const std::vector<RowError>& errors,
                      std::int64_t left_out);

} // namespace vitrine::cli
