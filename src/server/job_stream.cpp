#include "server/job_stream.hpp"

#include <chrono>
#include <mutex>
#include <utility>

#include <fmt/format.h>

#include "engine/json_text.hpp"

namespace vitrine::server {
namespace {

constexpr std::chrono::seconds heartbeat{15};
/// Of jobs that other processes work on only the end is announced.
constexpr std::chrono::seconds look_again{2};

Fields stream_headers() {
    return {{"Content-Type", "text/event-stream"}, {"Cache-Control", "no-store"}, {"X-Accel-Buffering", "no"}};
}

/// One client that follows one job.
class Stream : public std::enable_shared_from_this<Stream> {
public:
    Stream(const ApiParts& parts, JobId job, std::optional<std::int64_t> last_seen, std::shared_ptr<Answering> client)
        : parts_(parts), job_(job), last_sent_(last_seen.value_or(-1)), client_(std::move(client)) {}

    void begin() {
        const auto self = shared_from_this();
        client_->when_ending([self](Ending) { self->end(); });
        client_->open_stream({.headers = stream_headers()});
        client_->send("retry: 2000\n\n");
        beat();
        const std::weak_ptr<Stream> weak = self;
        auto handle = parts_.events.follow(job_, [weak](const std::optional<Job>& now) {
            if (const auto stream = weak.lock()) stream->tell(now);
        });
        const std::lock_guard lock(mutex_);
        if (!ended_) following_ = std::move(handle);
    }

private:
    /// Called on the hub's one thread alone.
    void tell(const std::optional<Job>& now) {
        if (now && progress_of(*now) > last_sent_) {
            last_sent_ = progress_of(*now);
            client_->send(fmt::format("id: {}\nevent: job\ndata: {}\n\n", last_sent_, job_summary_json(*now)));
        }
        if (now && !is_final(now->state)) return;
        if (!now) client_->send("event: removed\ndata: {}\n\n");
        if (end()) client_->end_stream();
    }

    void beat() {
        const bool others_work = parts_.engine.config().database.url.starts_with("postgresql:");
        client_->after(others_work ? look_again : heartbeat, [self = shared_from_this()] {
            // Also where every event is heard: a look may have failed because the database was away.
            self->parts_.events.look(self->job_);
            self->client_->send(": still here\n\n");
            self->beat();
        });
    }

    bool end() {
        std::shared_ptr<void> following;
        const std::lock_guard lock(mutex_);
        following.swap(following_);
        return !std::exchange(ended_, true);
    }

    const ApiParts parts_;
    const JobId job_;
    std::int64_t last_sent_; ///< used on the hub's one thread alone
    const std::shared_ptr<Answering> client_;
    std::mutex mutex_; ///< guards the next two
    std::shared_ptr<void> following_;
    bool ended_ = false;
};

/// One client that follows all jobs.
class AllJobs : public std::enable_shared_from_this<AllJobs> {
public:
    AllJobs(const ApiParts& parts, std::shared_ptr<Answering> client) : parts_(parts), client_(std::move(client)) {}

    void begin() {
        client_->when_ending([self = shared_from_this()](Ending ending) {
            self->following_.reset();
            if (ending == Ending::Stopping) self->client_->end_stream();
        });
        client_->open_stream({.headers = stream_headers()});
        client_->send("retry: 2000\n\n");
        beat();
        following_ = parts_.events.follow_all([client = client_](const std::string& events) { client->send(events); });
    }

private:
    void beat() {
        client_->after(heartbeat, [self = shared_from_this()] {
            self->client_->send(": still here\n\n");
            self->beat();
        });
    }

    const ApiParts parts_;
    const std::shared_ptr<Answering> client_;
    std::shared_ptr<void> following_; ///< used on the I/O thread alone
};

int stage_rank(const Job& job) {
    constexpr int final_rank = 5;
    if (is_final(job.state)) return final_rank;
    if (job.state == JobState::Queued) return 0;
    if (job.stage == "cropping") return 2;
    if (job.stage == "labelling") return 3;
    return job.stage == "finishing" ? 4 : 1;
}

} // namespace

std::int64_t progress_of(const Job& job) {
    constexpr int attempts_place = 40;
    constexpr int stage_place = 32;
    return (std::int64_t{job.attempts} << attempts_place) | (std::int64_t{stage_rank(job)} << stage_place) |
           (job.crops_total + job.crops_done + job.crops_failed);
}

Later job_stream(const ApiParts& parts, JobId job, std::optional<std::int64_t> last_seen) {
    return [parts, job, last_seen](const std::shared_ptr<Answering>& client) {
        std::make_shared<Stream>(parts, job, last_seen, client)->begin();
    };
}

Later all_jobs_stream(const ApiParts& parts) {
    return [parts](const std::shared_ptr<Answering>& client) { std::make_shared<AllJobs>(parts, client)->begin(); };
}

} // namespace vitrine::server
