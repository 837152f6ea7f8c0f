// The rows of imports as people page through them; the rest is in import_repository.cpp.

#include <algorithm>

#include <fmt/format.h>

#include <vitrine/error.hpp>

#include "storage/import_repository.hpp"
#include "storage/prepared.hpp"

namespace vitrine::import_repository {
namespace {

using soci::into;
using soci::use;

ImportRowState state_from(const std::string& name, long long job) {
    if (const auto state = import_row_state_from(name)) return *state;
    throw Error(
        ErrorCode::Corrupted,
        fmt::format("A row of import {} is in the unknown state '{}'; restore the database from a backup.", job, name));
}

} // namespace

std::vector<ImportRow> rows(Transaction& tx, JobId job, const ImportRowFilter& filter) {
    const long long id = job.value;
    const long long after = filter.after;
    const int limit = std::max(filter.limit, 0);
    const std::string state{filter.state ? to_string(*filter.state) : ""};
    long long line = 0, indexer = 0;
    soci::indicator has_indexer = soci::i_null;
    std::string its_state, product_id, error;
    std::vector<ImportRow> rows;
    const auto take = [&] {
        rows.push_back({.line = line,
                        .state = state_from(its_state, id),
                        .product_id = product_id,
                        .index_job = has_indexer == soci::i_ok ? std::optional(JobId{indexer}) : std::nullopt,
                        .error = error});
    };
    constexpr std::string_view of_all = "SELECT line, state, product_id, index_job_id, error FROM import_rows "
                                        "WHERE job_id = :job AND line > :after ORDER BY line LIMIT :limit";
    constexpr std::string_view of_state =
        "SELECT line, state, product_id, index_job_id, error FROM import_rows "
        "WHERE job_id = :job AND state = :state AND line > :after ORDER BY line LIMIT :limit";
    if (filter.state) {
        for_each_row(tx, of_state, take, use(id, "job"), use(state, "state"), use(after, "after"), use(limit, "limit"),
                     into(line), into(its_state), into(product_id), into(indexer, has_indexer), into(error));
    } else {
        for_each_row(tx, of_all, take, use(id, "job"), use(after, "after"), use(limit, "limit"), into(line),
                     into(its_state), into(product_id), into(indexer, has_indexer), into(error));
    }
    return rows;
}

} // namespace vitrine::import_repository
