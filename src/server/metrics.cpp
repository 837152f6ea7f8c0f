#include "server/metrics.hpp"

#include <chrono>
#include <map>
#include <mutex>
#include <set>
#include <string_view>
#include <utility>

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

namespace vitrine::server {
namespace {

using prometheus::Histogram;
using prometheus::Registry;

const Histogram::BucketBoundaries http_seconds{0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25,
                                               0.5,   1,      2.5,   5,    10,    30,   60};
const Histogram::BucketBoundaries job_seconds{0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1800};

template <class Builder>
auto& family(Registry& registry, Builder builder, const std::string& name, const std::string& help) {
    return builder.Name(name).Help(help).Register(registry);
}

double seconds_between(Timestamp from, Timestamp to) {
    return std::max(0.0, std::chrono::duration<double>(to - from).count());
}

} // namespace

class Metrics::Impl {
public:
    explicit Impl(Engine& engine)
        : engine_(engine), requests_(family(registry_, prometheus::BuildCounter(), "vitrine_http_requests_total",
                                            "Requests answered, by route and status")),
          durations_(family(registry_, prometheus::BuildHistogram(), "vitrine_http_request_seconds",
                            "From a request's head to its answer's last byte")),
          bytes_in_(family(registry_, prometheus::BuildCounter(), "vitrine_http_received_bytes_total",
                           "Bytes of requests' bodies")
                        .Add({})),
          bytes_out_(
              family(registry_, prometheus::BuildCounter(), "vitrine_http_sent_bytes_total", "Bytes of answers' bodies")
                  .Add({})),
          http_now_(family(registry_, prometheus::BuildGauge(), "vitrine_http_open",
                           "Connections, requests that wait for a thread, followers of jobs")),
          stored_(family(registry_, prometheus::BuildGauge(), "vitrine_stored", "What the database holds, by kind")),
          jobs_(family(registry_, prometheus::BuildGauge(), "vitrine_jobs", "Jobs that there are, by state")),
          tasks_(family(registry_, prometheus::BuildGauge(), "vitrine_queue_tasks",
                        "Tasks that have not ended, by state")),
          oldest_(family(registry_, prometheus::BuildGauge(), "vitrine_queue_oldest_ready_seconds",
                         "For how long the oldest task that is due has waited")
                      .Add({})),
          ended_(family(registry_, prometheus::BuildCounter(), "vitrine_jobs_ended_total",
                        "Jobs that ended, by kind and state")),
          job_times_(family(registry_, prometheus::BuildHistogram(), "vitrine_job_seconds",
                            "From a job's acceptance to its end, by kind")),
          stages_(family(registry_, prometheus::BuildHistogram(), "vitrine_stage_seconds",
                         "How long a stage of a job took, by kind and stage")),
          queries_(family(registry_, prometheus::BuildGauge(), "vitrine_queries",
                          "Queries ever answered, and those of them without a convincing product")),
          search_(family(registry_, prometheus::BuildGauge(), "vitrine_search_seconds",
                         "Search of the vectors and verification of candidates, over the last day, by quantile")),
          model_calls_(family(registry_, prometheus::BuildCounter(), "vitrine_model_calls_total",
                              "Calls of models by this process, by question, engine and what came of them")),
          model_times_(family(registry_, prometheus::BuildHistogram(), "vitrine_model_call_seconds",
                              "How long the calls of models took that succeeded, by question and engine")),
          model_now_(family(registry_, prometheus::BuildGauge(), "vitrine_model_calls_now",
                            "Calls of models under way, and how many may be (0: any number), by question")),
          last_end_(engine.now()) {}

    void count(const Exchange& exchange) {
        auto& route = of_route(exchange);
        auto& counter = route.by_status[exchange.status];
        if (counter == nullptr) {
            counter = &requests_.Add(
                {{"route", route.pattern}, {"method", route.method}, {"status", std::to_string(exchange.status)}});
        }
        counter->Increment();
        route.seconds->Observe(std::chrono::duration<double>(exchange.took).count());
        bytes_in_.Increment(double(exchange.bytes_in));
        bytes_out_.Increment(double(exchange.bytes_out));
    }

    std::string text(const Now& now) {
        const std::lock_guard lock(mutex_);
        http_now_.Add({{"what", "connections"}}).Set(double(now.connections));
        http_now_.Add({{"what", "requests_waiting"}}).Set(double(now.requests_waiting));
        http_now_.Add({{"what", "event_followers"}}).Set(double(now.event_followers));
        tell_counts();
        tell_statistics();
        tell_ended();
        for (const auto& calls : engine_.model_calls()) tell_model_calls(calls);
        return prometheus::TextSerializer().Serialize(registry_.Collect());
    }

private:
    /// One route's own metrics: to find them by their labels costs microseconds.
    struct OfRoute {
        std::string pattern, method;
        Histogram* seconds = nullptr;
        std::map<int, prometheus::Counter*> by_status;
    };

    OfRoute& of_route(const Exchange& exchange) {
        const bool is_known = !exchange.pattern.empty();
        const std::pair<std::string_view, std::string_view> key{is_known ? std::string_view(exchange.pattern) : "other",
                                                                is_known ? std::string_view(exchange.method) : "any"};
        if (const auto found = routes_.find(key); found != routes_.end()) return found->second;
        OfRoute route{
            .pattern = std::string(key.first), .method = std::string(key.second), .seconds = nullptr, .by_status = {}};
        route.seconds = &durations_.Add({{"route", route.pattern}, {"method", route.method}}, http_seconds);
        return routes_.emplace(std::pair(route.pattern, route.method), std::move(route)).first->second;
    }

    void tell_counts() {
        const auto counts = engine_.counts();
        stored_.Add({{"what", "products"}}).Set(double(counts.products));
        stored_.Add({{"what", "images"}}).Set(double(counts.images));
        stored_.Add({{"what", "product_images"}}).Set(double(counts.product_images));
        stored_.Add({{"what", "vectors"}}).Set(double(counts.vectors));
    }

    void tell_statistics() {
        const auto statistics = engine_.statistics();
        for (const auto state : {JobState::Queued, JobState::Running, JobState::Succeeded, JobState::PartiallySucceeded,
                                 JobState::Failed, JobState::Cancelled}) {
            const auto found = statistics.jobs.find(state);
            jobs_.Add({{"state", std::string(to_string(state))}})
                .Set(found == statistics.jobs.end() ? 0.0 : double(found->second));
        }
        tasks_.Add({{"state", "ready"}}).Set(double(statistics.queue.ready));
        tasks_.Add({{"state", "running"}}).Set(double(statistics.queue.running));
        tasks_.Add({{"state", "delayed"}}).Set(double(statistics.queue.delayed));
        oldest_.Set(std::chrono::duration<double>(statistics.queue.oldest_ready).count());
        queries_.Add({{"what", "answered"}}).Set(double(statistics.queries));
        queries_.Add({{"what", "without_answer"}}).Set(double(statistics.queries_without_answer));
        if (const auto search = statistics.latency.find("search"); search != statistics.latency.end()) {
            search_.Add({{"quantile", "0.5"}}).Set(search->second.p50 / 1000);
            search_.Add({{"quantile", "0.95"}}).Set(search->second.p95 / 1000);
            search_.Add({{"quantile", "0.99"}}).Set(search->second.p99 / 1000);
        }
    }

    /// What ended since the last time; several jobs may have ended in its very millisecond.
    void tell_ended() {
        for (const auto& job : engine_.ended_jobs(last_end_)) {
            const auto end = job.finished_at.value_or(last_end_);
            if (end > last_end_) {
                last_end_ = end;
                ended_then_.clear();
            }
            if (!ended_then_.insert(job.id).second) continue;
            ended_.Add({{"kind", job.kind}, {"state", std::string(to_string(job.state))}}).Increment();
            job_times_.Add({{"kind", job.kind}}, job_seconds).Observe(seconds_between(job.created_at, end));
            tell_stage(job, "crop", job.started_at, job.labelling_at);
            tell_stage(job, "label", job.labelling_at, job.finishing_at);
            tell_stage(job, "finish", job.finishing_at, job.finished_at);
        }
    }

    void tell_stage(const Job& job, const std::string& stage, std::optional<Timestamp> from,
                    std::optional<Timestamp> to) {
        if (!from || !to) return;
        stages_.Add({{"kind", job.kind}, {"stage", stage}}, job_seconds).Observe(seconds_between(*from, *to));
    }

    void tell_model_calls(const ModelCalls& calls) {
        const auto& now = calls.counts;
        auto& told = told_calls_[calls.question];
        const auto count = [&](const char* outcome, std::int64_t CallCounts::*member) {
            model_calls_.Add({{"question", calls.question}, {"engine", calls.engine}, {"outcome", outcome}})
                .Increment(double(now.*member - told.*member));
        };
        count("succeeded", &CallCounts::succeeded);
        count("failed_for_now", &CallCounts::failed_for_now);
        count("failed_for_good", &CallCounts::failed_for_good);
        count("throttled", &CallCounts::throttled);
        count("held_back", &CallCounts::held_back);
        std::vector<double> more;
        for (std::size_t i = 0; i < now.took.size(); ++i) more.push_back(double(now.took[i] - told.took[i]));
        const Histogram::BucketBoundaries bounds(CallCounts::seconds_at_most.begin(),
                                                 CallCounts::seconds_at_most.end());
        model_times_.Add({{"question", calls.question}, {"engine", calls.engine}}, bounds)
            .ObserveMultiple(more, now.seconds_total - told.seconds_total);
        model_now_.Add({{"question", calls.question}, {"what", "under_way"}}).Set(double(now.under_way));
        model_now_.Add({{"question", calls.question}, {"what", "allowed"}}).Set(double(calls.at_once));
        told = now;
    }

    template <class Metric>
    using Family = prometheus::Family<Metric>;

    struct Less {
        using is_transparent = void;
        bool operator()(const auto& a, const auto& b) const {
            const auto views = [](const auto& key) {
                return std::pair(std::string_view(key.first), std::string_view(key.second));
            };
            return views(a) < views(b);
        }
    };

    Engine& engine_;
    Registry registry_;
    std::map<std::pair<std::string, std::string>, OfRoute, Less> routes_; ///< used by `count` alone
    Family<prometheus::Counter>& requests_;
    Family<Histogram>& durations_;
    prometheus::Counter& bytes_in_;
    prometheus::Counter& bytes_out_;
    Family<prometheus::Gauge>& http_now_;
    Family<prometheus::Gauge>& stored_;
    Family<prometheus::Gauge>& jobs_;
    Family<prometheus::Gauge>& tasks_;
    prometheus::Gauge& oldest_;
    Family<prometheus::Counter>& ended_;
    Family<Histogram>& job_times_;
    Family<Histogram>& stages_;
    Family<prometheus::Gauge>& queries_;
    Family<prometheus::Gauge>& search_;
    Family<prometheus::Counter>& model_calls_;
    Family<Histogram>& model_times_;
    Family<prometheus::Gauge>& model_now_;
    std::mutex mutex_;                             ///< guards all below
    std::map<std::string, CallCounts> told_calls_; ///< by question, as they stand in the metrics
    Timestamp last_end_;
    std::set<JobId> ended_then_; ///< those of `last_end_` that were told
};

Metrics::Metrics(Engine& engine) : impl_(std::make_unique<Impl>(engine)) {}
Metrics::~Metrics() = default;

void Metrics::count(const Exchange& exchange) {
    impl_->count(exchange);
}

std::string Metrics::text(const Now& now) {
    return impl_->text(now);
}

} // namespace vitrine::server
