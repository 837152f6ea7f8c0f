#include "server/job_events.hpp"

#include <utility>
#include <vector>

#include <fmt/format.h>

#include <vitrine/error.hpp>

#include "engine/json_text.hpp"

namespace vitrine::server {
namespace {

constexpr std::chrono::milliseconds all_told_every{250};

} // namespace

struct JobEvents::State {
    std::mutex mutex; ///< guards all but `woken`
    std::condition_variable woken;
    std::map<JobId, std::map<std::int64_t, std::shared_ptr<const Follow>>> followed;
    std::map<std::int64_t, std::shared_ptr<const FollowAll>> followed_all;
    std::set<JobId> to_look_at;
    std::deque<std::function<void()>> to_run;
    std::int64_t next = 0;
    bool stopping = false;

    void changed(JobId job) {
        {
            const std::lock_guard lock(mutex);
            if (job.value == 0) {
                for (const auto& [each, followers] : followed) to_look_at.insert(each);
            } else if (followed.contains(job) || !followed_all.empty()) {
                to_look_at.insert(job);
            }
        }
        woken.notify_one();
    }

    void forget(JobId job, std::int64_t number) {
        const std::lock_guard lock(mutex);
        const auto entry = followed.find(job);
        if (entry == followed.end()) return;
        entry->second.erase(number);
        if (entry->second.empty()) followed.erase(entry);
    }

    std::vector<std::shared_ptr<const Follow>> followers_of(JobId job) {
        const std::lock_guard lock(mutex);
        std::vector<std::shared_ptr<const Follow>> followers;
        if (const auto entry = followed.find(job); entry != followed.end()) {
            for (const auto& [number, follow] : entry->second) followers.push_back(follow);
        }
        return followers;
    }
};

JobEvents::JobEvents(Engine& engine)
    : engine_(engine), state_(std::make_shared<State>()), looker_([this] { run_looks(); }),
      watching_(engine.watch_jobs([state = state_](JobId job) { state->changed(job); })) {}

JobEvents::~JobEvents() {
    stop();
}

void JobEvents::stop() {
    watching_.reset();
    {
        const std::lock_guard lock(state_->mutex);
        state_->stopping = true;
    }
    state_->woken.notify_one();
    if (looker_.joinable()) looker_.join();
    // Outside the lock: what they hold may want to forget itself.
    std::deque<std::function<void()>> dropped;
    decltype(State::followed_all) left;
    const std::lock_guard lock(state_->mutex);
    dropped.swap(state_->to_run);
    left.swap(state_->followed_all);
}

std::shared_ptr<void> JobEvents::follow(JobId job, Follow follow) {
    const auto kept = std::make_shared<const Follow>(std::move(follow));
    std::int64_t number = 0;
    {
        const std::lock_guard lock(state_->mutex);
        number = state_->next++;
        state_->followed[job].emplace(number, kept);
        // The new one alone: a thousand who come to one job are not told a thousand times each.
        state_->to_run.emplace_back([this, job, kept] {
            try {
                const auto detail = engine_.job(job);
                (*kept)(detail ? std::optional(detail->job) : std::nullopt);
            } catch (const Error&) {
                // The database is away: the follower is told with the next event, or the next look that somebody
                // asks for.
            }
        });
    }
    state_->woken.notify_one();
    return {nullptr, [state = state_, job, number](void*) { state->forget(job, number); }};
}

std::shared_ptr<void> JobEvents::follow_all(FollowAll follow) {
    const std::lock_guard lock(state_->mutex);
    const auto number = state_->next++;
    state_->followed_all.emplace(number, std::make_shared<const FollowAll>(std::move(follow)));
    return {nullptr, [state = state_, number](void*) {
                const std::lock_guard gone(state->mutex);
                state->followed_all.erase(number);
            }};
}

void JobEvents::look(JobId job) {
    state_->changed(job);
}

void JobEvents::run(std::function<void()> work) {
    {
        const std::lock_guard lock(state_->mutex);
        if (state_->stopping) return;
        state_->to_run.push_back(std::move(work));
    }
    state_->woken.notify_one();
}

std::size_t JobEvents::followers() {
    const std::lock_guard lock(state_->mutex);
    std::size_t count = state_->followed_all.size();
    for (const auto& [job, followers] : state_->followed) count += followers.size();
    return count;
}

void JobEvents::run_looks() {
    while (true) {
        std::deque<std::function<void()>> to_run;
        std::set<JobId> to_look_at;
        {
            std::unique_lock lock(state_->mutex);
            const auto wanted = [this] {
                return state_->stopping || !state_->to_run.empty() || !state_->to_look_at.empty();
            };
            if (changed_.empty()) {
                state_->woken.wait(lock, wanted);
            } else {
                state_->woken.wait_until(lock, tell_all_at_, wanted);
            }
            if (state_->stopping) return;
            to_run.swap(state_->to_run);
            to_look_at.swap(state_->to_look_at);
        }
        for (const auto& work : to_run) work();
        for (const JobId job : to_look_at) look_at(job);
        if (!changed_.empty() && std::chrono::steady_clock::now() >= tell_all_at_) tell_all();
    }
}

void JobEvents::look_at(JobId job) {
    const auto followers = state_->followers_of(job);
    try {
        const auto detail = engine_.job(job);
        const auto now = detail ? std::optional(detail->job) : std::nullopt;
        for (const auto& follow : followers) (*follow)(now);
        if (!now) return;
        if (changed_.empty()) tell_all_at_ = std::chrono::steady_clock::now() + all_told_every;
        changed_.insert_or_assign(job, *now);
    } catch (const Error&) {
        // The database is away: the followers keep what they have, and are told with the next event or heartbeat.
    }
}

void JobEvents::tell_all() {
    std::vector<std::shared_ptr<const FollowAll>> followers;
    {
        const std::lock_guard lock(state_->mutex);
        for (const auto& [number, follow] : state_->followed_all) followers.push_back(follow);
    }
    std::string events;
    if (!followers.empty()) {
        for (const auto& [id, job] : changed_) events += fmt::format("event: job\ndata: {}\n\n", job_summary_json(job));
    }
    changed_.clear();
    for (const auto& follow : followers) (*follow)(events);
}

} // namespace vitrine::server
