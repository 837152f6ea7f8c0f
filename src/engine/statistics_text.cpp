#include "engine/statistics_text.hpp"

#include <cmath>

#include <nlohmann/json.hpp>

namespace vitrine {
namespace {

using Json = nlohmann::ordered_json;

double rounded(double value) {
    return std::round(value * 1e4) / 1e4;
}

Json counts_json(const EngineCounts& counts) {
    return {{"products", counts.products},
            {"images", counts.images},
            {"product_images", counts.product_images},
            {"vectors", counts.vectors},
            {"jobs_unfinished", counts.jobs_unfinished}};
}

Json states_json(const std::map<JobState, std::int64_t>& jobs) {
    Json states = Json::object();
    for (const auto& [state, count] : jobs) states[std::string(to_string(state))] = count;
    return states;
}

Json throughput_json(const std::vector<Statistics::Hour>& hours) {
    Json list = Json::array();
    for (const auto& hour : hours) {
        list.push_back({{"at", to_rfc3339(hour.at)},
                        {"indexed", hour.indexed},
                        {"queried", hour.queried},
                        {"failed", hour.failed}});
    }
    return list;
}

Json latency_json(const std::map<std::string, Statistics::Latency>& latencies) {
    Json all = Json::object();
    for (const auto& [name, latency] : latencies) {
        all[name] = {{"count", latency.count},
                     {"p50", rounded(latency.p50)},
                     {"p95", rounded(latency.p95)},
                     {"p99", rounded(latency.p99)}};
    }
    return all;
}

Json slow_json(const std::vector<Statistics::Slow>& slow) {
    Json list = Json::array();
    for (const auto& one : slow) {
        list.push_back({{"kind", one.kind}, {"job_id", one.job_id.value}, {"what", one.what}, {"ms", rounded(one.ms)}});
    }
    return list;
}

Json asked_json(const Statistics& statistics) {
    Json poor = Json::array();
    for (const auto& answer : statistics.recent_poor_answers) {
        poor.push_back({{"job_id", answer.job_id.value},
                        {"best_score", rounded(answer.best_score)},
                        {"labels", answer.labels},
                        {"created_at", to_rfc3339(answer.created_at)}});
    }
    Json categories = Json::array();
    for (const auto& [category, count] : statistics.top_categories) {
        categories.push_back({{"category", category}, {"count", count}});
    }
    return {{"total", statistics.queries},
            {"without_answer", statistics.queries_without_answer},
            {"recent_without_answer", std::move(poor)},
            {"top_categories", std::move(categories)}};
}

} // namespace

std::string statistics_json(const Statistics& statistics, const EngineCounts& counts, const Config& config) {
    const Json json{{"counts", counts_json(counts)},
                    {"jobs", states_json(statistics.jobs)},
                    {"queue",
                     {{"ready", statistics.queue.ready},
                      {"running", statistics.queue.running},
                      {"delayed", statistics.queue.delayed},
                      {"oldest_ready_ms", statistics.queue.oldest_ready.count()}}},
                    {"throughput", throughput_json(statistics.throughput)},
                    {"latency_ms", latency_json(statistics.latency)},
                    {"slow", slow_json(statistics.slow)},
                    {"queries", asked_json(statistics)},
                    {"retention", {{"query_images_months", config.retention.query_images_months}}}};
    return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::string query_months_json(const std::vector<QueryMonth>& months) {
    Json list = Json::array();
    for (const auto& month : months) {
        Json categories = Json::array();
        for (const auto& [category, count] : month.categories) {
            categories.push_back({{"category", category}, {"count", count}});
        }
        list.push_back({{"month", to_rfc3339(month.begin).substr(0, 7)},
                        {"queries", month.queries},
                        {"without_answer", month.without_answer},
                        {"latency_ms",
                         {{"p50", rounded(month.latency.p50)},
                          {"p95", rounded(month.latency.p95)},
                          {"p99", rounded(month.latency.p99)}}},
                        {"categories", std::move(categories)}});
    }
    return Json({{"months", std::move(list)}}).dump();
}

} // namespace vitrine
