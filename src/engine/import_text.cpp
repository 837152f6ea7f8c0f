#include "engine/import_text.hpp"

#include <chrono>

#include <nlohmann/json.hpp>

#include "engine/json_text.hpp"

namespace vitrine {
namespace {

using Json = nlohmann::ordered_json;

std::string text_of(const Json& json) {
    return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

Json errors_json(const std::vector<ImportRow>& failed) {
    Json list = Json::array();
    for (const auto& row : failed) list.push_back({{"line", row.line}, {"error", row.error}});
    return list;
}

Json row_json(const ImportRow& row) {
    return {{"line", row.line},
            {"state", to_string(row.state)},
            {"product_id", row.product_id},
            {"job_id", row.index_job ? Json(row.index_job->value) : Json()},
            {"error", row.error}};
}

/// From its beginning to its end; null while it goes on.
Json seconds_of(const Job& job) {
    if (!job.started_at || !job.finished_at) return {};
    return std::chrono::duration<double>(*job.finished_at - *job.started_at).count();
}

} // namespace

std::string import_overview_json(const ImportOverview& import) {
    const auto& counts = import.counts;
    Json json{{"job", Json::parse(job_summary_json(import.job))},
              {"all_read", import.all_read},
              {"rows", counts.rows()},
              {"waiting", counts.waiting},
              {"indexing", counts.indexing},
              {"indexed", counts.indexed},
              {"unchanged", counts.unchanged},
              {"failed", counts.failed},
              {"cancelled", counts.cancelled},
              {"errors", errors_json(import.errors)},
              {"seconds", seconds_of(import.job)}};
    const auto left_out = counts.failed - static_cast<std::int64_t>(import.errors.size());
    if (left_out > 0) json["errors_left_out"] = left_out;
    return text_of(json);
}

std::string import_rows_json(const std::vector<ImportRow>& rows, int limit) {
    Json list = Json::array();
    for (const auto& row : rows) list.push_back(row_json(row));
    const bool more = !rows.empty() && static_cast<int>(rows.size()) >= limit;
    return text_of(
        {{"rows", std::move(list)}, {"next_cursor", more ? Json(std::to_string(rows.back().line)) : Json()}});
}

} // namespace vitrine
