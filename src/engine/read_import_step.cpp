#include "engine/read_import_step.hpp"

#include <charconv>

#include <boost/interprocess/streams/bufferstream.hpp>
#include <fmt/format.h>

#include <vitrine/error.hpp>

#include "core/product_rules.hpp"
#include "engine/catalogue_reader.hpp"
#include "engine/described_product.hpp"
#include "engine/import_catalogue.hpp"
#include "storage/import_repository.hpp"

namespace vitrine {
namespace {

namespace imports = import_repository;

constexpr auto step_name = "read_import";
constexpr int page = 2'000;

imports::NewRow row_from(const ImportCatalogue& catalogue, const CatalogueRow& row) {
    constexpr std::size_t id_bytes_max = 800; // of a good one; a longer one is a fault, and not kept
    const auto& id = row.product.external_id;
    imports::NewRow made{.line = static_cast<std::int64_t>(row.line),
                         .product_id = id.size() <= id_bytes_max ? id : std::string(),
                         .image = {},
                         .product = {},
                         .error = row.error};
    if (!made.error.empty()) return made;
    try {
        check(row.product);
        made.image = catalogue.picture_of(row);
        made.product = to_json(row.product);
    } catch (const Error& error) {
        made.error = error.what();
    }
    return made;
}

/// A page of rows after `skipped` ones; fewer than `page`: these are the last.
std::vector<imports::NewRow> read_page(const ImportCatalogue& catalogue, std::int64_t skipped,
                                       const std::stop_token& stop) {
    boost::interprocess::ibufferstream stream(catalogue.csv().data(), catalogue.csv().size());
    CatalogueReader reader(stream);
    std::vector<imports::NewRow> rows;
    for (std::int64_t read = 0; rows.size() < page && !stop.stop_requested(); ++read) {
        const auto row = reader.next();
        if (!row) break;
        if (read >= skipped) rows.push_back(row_from(catalogue, *row));
    }
    return rows;
}

} // namespace

NewTask ReadImportStep::task_for(std::int64_t rows_read) {
    return {.kind = step_name, .subject = std::to_string(rows_read), .priority = {}, .run_after = {}};
}

std::string ReadImportStep::kind() const {
    return step_name;
}

StepLimits ReadImportStep::limits() const {
    return {.max_attempts = 5, .time_limit = Milliseconds{10 * 60 * 1000}};
}

Outcome ReadImportStep::compute(const Task& task, const StepContext& context) {
    const JobId job = task.job_id;
    std::int64_t rows_read = 0;
    std::from_chars(task.subject.data(), task.subject.data() + task.subject.size(), rows_read);
    parts_.works(job);
    const auto import = parts_.database.read([job](Transaction& tx) { return imports::find(tx, job); });
    if (!import || !import->upload) return Fail{"What was sent for this import was removed; send it again."};
    if (import->all_read) { // the job was started anew
        return Done{[job, next = after_last_](Transaction& tx) {
            imports::reopen(tx, job);
            return Next{.tasks = {next}, .fan_out = {}};
        }};
    }
    const auto rows = read_page(catalogue_of(parts_.blobs, *import, parts_.limits), rows_read, context.stop);
    if (context.stop.stop_requested()) {
        return Retry{.after = Milliseconds{0}, .why = "It was stopped while it read.", .counts_as_attempt = false};
    }
    return Done{[job, rows, rows_read, after_last = after_last_](Transaction& tx) {
        if (rows_read == 0) imports::reopen(tx, job);
        imports::add_rows(tx, job, rows);
        if (rows.size() == page) return Next{.tasks = {task_for(rows_read + page)}, .fan_out = {}};
        imports::end_reading(tx, job);
        return Next{.tasks = {after_last}, .fan_out = {}};
    }};
}

} // namespace vitrine
