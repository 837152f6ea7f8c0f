#include "server/waited_job.hpp"

#include <memory>
#include <mutex>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "server/problem.hpp"

namespace vitrine::server {
namespace {

/// One client that waits for one job. It is kept alive by whoever may still call it.
class Waiting : public std::enable_shared_from_this<Waiting> {
public:
    Waiting(JobEvents& events, JobId job, std::chrono::seconds wait, std::function<Response()> answer,
            std::shared_ptr<Answering> client)
        : events_(events), job_(job), wait_(wait), answer_(std::move(answer)), client_(std::move(client)) {}

    void begin() {
        const auto self = shared_from_this();
        client_->when_ending([self](Ending ending) {
            if (ending == Ending::Stopping) return self->answer_soon();
            self->end();
        });
        client_->after(wait_, [self] { self->answer_soon(); });
        const std::weak_ptr<Waiting> weak = self; // the hub must not keep alive who keeps the hub's handle
        auto handle = events_.follow(job_, [weak](const std::optional<Job>& now) {
            const auto waiting = weak.lock();
            if (waiting && (!now || is_final(now->state))) waiting->answer();
        });
        const std::lock_guard lock(mutex_);
        if (!ended_) following_ = std::move(handle);
    }

private:
    void answer_soon() {
        events_.run([self = shared_from_this()] { self->answer(); });
    }

    void answer() {
        if (!end()) return;
        try {
            auto response = answer_();
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

    JobEvents& events_;
    const JobId job_;
    const std::chrono::seconds wait_;
    const std::function<Response()> answer_;
    const std::shared_ptr<Answering> client_;
    std::mutex mutex_; ///< guards the next two
    std::shared_ptr<void> following_;
    bool ended_ = false;
};

} // namespace

Later when_ended_or_after(JobEvents& events, JobId job, std::chrono::seconds wait, std::function<Response()> answer) {
    return [&events, job, wait, answer = std::move(answer)](const std::shared_ptr<Answering>& client) {
        std::make_shared<Waiting>(events, job, wait, answer, client)->begin();
    };
}

} // namespace vitrine::server
