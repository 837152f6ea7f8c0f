#include "server/waited_query.hpp"

#include <mutex>
#include <utility>

#include <fmt/format.h>

#include <vitrine/error.hpp>

#include "engine/json_text.hpp"
#include "server/answers.hpp"
#include "server/problem.hpp"

namespace vitrine::server {
namespace {

/// One client that waits for one job. It is kept alive by whoever may still call it.
class Waiting : public std::enable_shared_from_this<Waiting> {
public:
    Waiting(const ApiParts& parts, JobId job, std::chrono::seconds wait, std::shared_ptr<Answering> client)
        : parts_(parts), job_(job), wait_(wait), client_(std::move(client)) {}

    void begin() {
        const auto self = shared_from_this();
        client_->when_ending([self](Ending ending) {
            if (ending == Ending::Stopping) return self->answer_soon();
            self->end();
        });
        client_->after(wait_, [self] { self->answer_soon(); });
        const std::weak_ptr<Waiting> weak = self; // the hub must not keep alive who keeps the hub's handle
        auto handle = parts_.events.follow(job_, [weak](const std::optional<Job>& now) {
            const auto waiting = weak.lock();
            if (waiting && (!now || is_final(now->state))) waiting->answer();
        });
        const std::lock_guard lock(mutex_);
        if (!ended_) following_ = std::move(handle);
    }

private:
    void answer_soon() {
        parts_.events.run([self = shared_from_this()] { self->answer(); });
    }

    void answer() {
        if (!end()) return;
        try {
            auto response = query_response(parts_.engine, job_);
            response.headers.emplace_back("Preference-Applied", fmt::format("wait={}", wait_.count()));
            client_->answer(std::move(response));
        } catch (...) {
            client_->answer(problem_of_current_exception());
        }
    }

    /// False when it had ended.
    bool end() {
        std::shared_ptr<void> following;
        const std::lock_guard lock(mutex_);
        following.swap(following_);
        return !std::exchange(ended_, true);
    }

    const ApiParts parts_;
    const JobId job_;
    const std::chrono::seconds wait_;
    const std::shared_ptr<Answering> client_;
    std::mutex mutex_; ///< guards the next two
    std::shared_ptr<void> following_;
    bool ended_ = false;
};

} // namespace

Response query_response(Engine& engine, JobId id) {
    const auto detail = engine.job(id);
    if (!detail || detail->job.kind != "query") {
        throw Error(ErrorCode::NotFound, fmt::format("There is no query {}.", id.value));
    }
    if (!is_final(detail->job.state)) return accepted_response(detail->job);
    return json_response(search_json(detail->job, engine.query_answer(id).value_or(QueryAnswer{})));
}

Later query_response_within(const ApiParts& parts, JobId job, std::chrono::seconds wait) {
    return [parts, job, wait](const std::shared_ptr<Answering>& client) {
        std::make_shared<Waiting>(parts, job, wait, client)->begin();
    };
}

} // namespace vitrine::server
