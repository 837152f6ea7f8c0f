#include "engine/query_months.hpp"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include <vitrine/error.hpp>

#include "lifecycle/lifecycle.hpp"
#include "storage/statistics_repository.hpp"

namespace vitrine {
namespace {

constexpr int months_max = 1'200;
constexpr int categories_max = 20;

Timestamp month_of(Timestamp moment) {
    using namespace std::chrono;
    const year_month_day date(floor<days>(moment));
    return sys_days(date.year() / date.month() / 1);
}

/// The nearest rank, as of the latencies in Statistics. Sorts `times`.
Statistics::Latency latency_of(std::vector<double>& times) {
    if (times.empty()) return {};
    std::ranges::sort(times);
    const auto at = [&times](double fraction) {
        const auto rank = static_cast<std::size_t>(std::ceil(fraction * double(times.size())));
        return times[std::max<std::size_t>(rank, 1) - 1];
    };
    return {.count = std::ssize(times), .p50 = at(0.5), .p95 = at(0.95), .p99 = at(0.99)};
}

QueryMonth read_month(Transaction& tx, Timestamp begin, Timestamp end) {
    QueryMonth month;
    month.begin = begin;
    auto times = statistics_repository::query_times(tx, begin, end);
    month.latency = latency_of(times);
    month.queries = month.latency.count;
    month.without_answer = statistics_repository::count_poor_answers(tx, Statistics::poor_score, begin, end);
    month.categories = statistics_repository::asked_categories(tx, begin, end, categories_max);
    return month;
}

} // namespace

std::vector<QueryMonth> query_months_of(Database& database, Timestamp now, int months) {
    if (months < 1 || months > months_max) {
        throw Error(ErrorCode::BadInput,
                    fmt::format("Statistics of {} months cannot be told; ask for 1 to {}.", months, months_max));
    }
    std::vector<QueryMonth> all;
    const Timestamp this_month = month_of(now);
    for (int back = months - 1; back >= 0; --back) {
        const Timestamp begin = months_from(this_month, -back);
        QueryMonth month = database.read([&](Transaction& tx) { return read_month(tx, begin, months_from(begin, 1)); });
        if (!all.empty() || month.queries > 0) all.push_back(std::move(month)); // from the first that had queries
    }
    return all;
}

} // namespace vitrine
