#include <algorithm>
#include <iterator>
#include <span>

#include <fmt/format.h>

#include <vitrine/error.hpp>

#include "jobs/queue.hpp"
#include "storage/job_repository.hpp"
#include "storage/queue_topics.hpp"
#include "storage/task_repository.hpp"

namespace vitrine {

namespace {

class SqlQueue final : public Queue {
public:
    using Queue::accept;
    using Queue::complete;

    explicit SqlQueue(AttemptLimits limits) : limits_(std::move(limits)) {}

    JobId accept(Transaction& tx, const NewJob& job, Timestamp now, DirectClaim& direct) override {
        const bool may_begin = direct.room > 0 || (direct.riders != nullptr && job.first.head_start.has_value());
        const bool starts = may_begin && job.first.run_after.value_or(now) <= now;
        if (!starts) direct.riders = nullptr;
        const auto id = job_repository::insert(tx,
                                               {.kind = job.kind,
                                                .subject = job.subject,
                                                .priority = job.priority,
                                                .first_kind = job.first.kind,
                                                .first_subject = job.first.subject,
                                                .idempotency_key = job.idempotency_key,
                                                .starts = starts},
                                               starts ? job.begun_at.value_or(now) : now);
        if (id) {
            Additions ended;
            const Run run{.job_id = *id, .job_attempt = 1, .priority = job.priority, .fan_out_id = {}, .ended = &ended};
            direct.job_ended_as = add(tx, run, job.first, now, direct);
            write_ended(tx, run, now);
            return *id;
        }
        if (const auto first = job_repository::find_by_idempotency_key(tx, job.kind, job.idempotency_key))
            return *first;
        throw Error(ErrorCode::Unavailable,
                    fmt::format("The {} job of this idempotency key is just being removed; send it again.", job.kind));
    }

    std::vector<Task> claim(Transaction& tx, const std::string& worker, int limit, Timestamp now,
                            Milliseconds lease) override {
        auto claimed =
            task_repository::claim(tx, {.worker = worker, .limit = limit, .now = now, .lease_until = now + lease});
        for (const JobId job : claimed.starting_jobs) job_repository::start(tx, job, now);
        return std::move(claimed.tasks);
    }

    Completion complete(Transaction& tx, const Task& task, const Next& next, Timestamp now,
                        DirectClaim& direct) override {
        const auto ended = task_repository::end(tx, task, TaskState::Succeeded, "", now);
        if (!ended) return Completion::lost();
        if (ended->job_ended_as) {
            cancel_rest(tx, task.job_id, now);
            return Completion::job_over(*ended->job_ended_as);
        }
        const Run run = run_of(task, *ended);
        auto job_over = follow(tx, run, next, now, direct);
        if (!job_over) job_over = go_on_after(tx, run, *ended, now, direct);
        return job_over ? Completion::job_over(*job_over) : Completion::goes_on();
    }

    std::optional<Timestamp> retry_later(Transaction& tx, const Task& task, const std::string& why, Timestamp run_after,
                                         bool counts_as_attempt, Timestamp now) override {
        const auto due = task_repository::give_back(
            tx, task, {.why = why, .run_after = run_after, .counts_as_attempt = counts_as_attempt}, now);
        if (due && *due <= now) tx.announce(queue_topic::ready, "");
        return due;
    }

    bool fail(Transaction& tx, const Task& task, const std::string& why, Timestamp now) override {
        const auto ended = task_repository::end(tx, task, TaskState::Failed, why, now);
        if (!ended) return false;
        if (ended->job_ended_as) {
            cancel_rest(tx, task.job_id, now);
        } else if (ended->fan_out_id) {
            DirectClaim no_room;
            go_on_after(tx, run_of(task, *ended), *ended, now, no_room);
        } else {
            job_repository::add_error(tx, task.job_id, why);
            job_repository::finish(tx, task.job_id, JobState::Failed, now);
            cancel_rest(tx, task.job_id, now);
        }
        return true;
    }

    bool extend(Transaction& tx, const Task& task, Timestamp until) override {
        return task_repository::extend(tx, task, until);
    }

    void hurry(Transaction& tx, JobId job, const std::string& kind, Timestamp now) override {
        if (task_repository::hurry(tx, job, kind, now)) tx.announce(queue_topic::ready, "");
    }

    Recovered recover(Transaction& tx, Timestamp now, bool all) override {
        Recovered recovered;
        std::vector<Task> suspects;
        for (auto& task : task_repository::abandoned(tx, now, all)) {
            if (is_the_cause(task)) {
                task.error = why_abandoned(task);
                if (fail(tx, task, task.error, now)) recovered.failed.push_back(std::move(task));
            } else if (task.attempts > 1) {
                suspects.push_back(std::move(task));
            } else {
                recovered.given_back += retry_later(tx, task, why_abandoned(task), now, deaths_count(), now) ? 1 : 0;
            }
        }
        recovered.given_back += give_back_one_by_one(tx, suspects, now);
        return recovered;
    }

    bool cancel(Transaction& tx, JobId job, const std::string& why, Timestamp now) override {
        if (!job_repository::finish(tx, job, JobState::Cancelled, now)) {
            require(tx, job);
            return false;
        }
        job_repository::add_error(tx, job, why);
        task_repository::cancel_unfinished(tx, job, why, now);
        return true;
    }

    void retry(Transaction& tx, JobId job, Timestamp now) override {
        const auto restart = job_repository::restart(tx, job);
        if (!restart) {
            throw Error(ErrorCode::Conflict,
                        fmt::format("Job {} is {}; only a job that failed, was cancelled or succeeded partially can be "
                                    "retried.",
                                    job.value, to_string(require(tx, job))));
        }
        task_repository::cancel_unfinished(tx, job, "The job was started again.", now);
        DirectClaim no_room;
        add(tx, {.job_id = job, .job_attempt = restart->attempts, .priority = restart->priority, .fan_out_id = {}},
            {.kind = restart->first_kind, .subject = restart->first_subject, .priority = {}, .run_after = {}}, now,
            no_room);
    }

    std::optional<Timestamp> next_due(Transaction& tx) override { return task_repository::next_due(tx); }

    std::vector<HeldTask> held_by(Transaction& tx, const std::string& worker) override {
        std::vector<HeldTask> held;
        for (const auto& task : task_repository::held_by(tx, worker)) held.push_back({task.id, task.attempts});
        return held;
    }

private:
    using Additions = std::vector<task_repository::Addition>;

    /// Which run of which job a task belongs to, and which fan-out it is a child of.
    struct Run {
        JobId job_id;
        int job_attempt = 1;
        int priority = 0;
        std::optional<FanOutId> fan_out_id;

        /// Of a job that is accepted in this transaction, whose tasks are those that the transaction makes: what rode
        /// and is still to be written, all at once.
        Additions* ended = nullptr;
    };

    static Run run_of(const Task& task, const task_repository::Ended& ended) {
        return {.job_id = task.job_id,
                .job_attempt = task.job_attempt,
                .priority = ended.job_priority,
                .fan_out_id = std::nullopt};
    }

    [[nodiscard]] int max_attempts(const std::string& kind) const {
        const auto found = limits_.by_kind.find(kind);
        return found == limits_.by_kind.end() ? limits_.usual : found->second;
    }

    [[nodiscard]] task_repository::Addition addition(const Run& run, const NewTask& task, Timestamp now) const {
        return {.job_id = run.job_id,
                .job_attempt = run.job_attempt,
                .fan_out_id = run.fan_out_id,
                .kind = task.kind,
                .subject = task.subject,
                .priority = task.priority.value_or(run.priority),
                .max_attempts = max_attempts(task.kind),
                .run_after = task.run_after.value_or(now)};
    }

    static void announce(Transaction& tx, const task_repository::Addition& task, Timestamp now) {
        if (task.run_after != task_repository::held_back)
            tx.announce(task.run_after > now ? queue_topic::later : queue_topic::ready, "");
    }

    /// How the job ended, where a task that rode ended it.
    using JobOver = std::optional<JobState>;

    /// Nothing happens when the run already has this task.
    JobOver add(Transaction& tx, const Run& run, const NewTask& task, Timestamp now, DirectClaim& direct) const {
        if (direct.riders != nullptr && task.run_after.value_or(now) <= now) {
            const auto added = addition(run, task, now);
            if (const auto done = direct.riders->ride(tx, at_birth(added, now), task.head_start))
                return end_at_birth(tx, run, added, *done, now, direct);
        }
        add_all(tx, run, std::span(&task, 1), now, direct);
        return std::nullopt;
    }

    static Task at_birth(const task_repository::Addition& added, Timestamp now) {
        Task task;
        task.job_id = added.job_id;
        task.job_attempt = added.job_attempt;
        task.kind = added.kind;
        task.subject = added.subject;
        task.state = TaskState::Running;
        task.priority = added.priority;
        task.attempts = 1;
        task.max_attempts = added.max_attempts;
        task.run_after = added.run_after;
        task.created_at = task.started_at.emplace(now);
        return task;
    }

    JobOver end_at_birth(Transaction& tx, const Run& run, const task_repository::Addition& added, const Done& done,
                         Timestamp now, DirectClaim& direct) const {
        if (!note_ended(tx, run, added, now, direct)) return std::nullopt;
        const Next next = done.effects ? done.effects(tx) : Next{};
        if (done.ends_job && next.tasks.empty() && !next.fan_out) {
            const JobState state = next.ended_as ? *next.ended_as : require(tx, run.job_id);
            if (is_final(state)) {
                if (run.ended == nullptr || direct.made_others) cancel_rest(tx, run.job_id, now);
                direct.room += static_cast<int>(direct.taken.size()); // cancelled with it
                direct.taken.clear();
                return state;
            }
        }
        return follow(tx, run, next, now, direct);
    }

    /// False when the run already has this task.
    static bool note_ended(Transaction& tx, const Run& run, const task_repository::Addition& added, Timestamp now,
                           const DirectClaim& direct) {
        if (run.ended == nullptr || direct.made_others) return task_repository::insert_ended(tx, added, now);
        const auto is_same = [&added](const auto& other) {
            return other.kind == added.kind && other.subject == added.subject;
        };
        if (std::ranges::any_of(*run.ended, is_same)) return false;
        run.ended->push_back(added);
        return true;
    }

    static void write_ended(Transaction& tx, const Run& run, Timestamp now) {
        if (run.ended == nullptr) return;
        task_repository::insert_all_ended(tx, *run.ended, now);
        run.ended->clear();
    }

    JobOver follow(Transaction& tx, const Run& run, const Next& next, Timestamp now, DirectClaim& direct) const {
        for (const auto& following : next.tasks) {
            if (const auto job_over = add(tx, run, following, now, direct)) return job_over;
        }
        return next.fan_out ? fan_out(tx, run, *next.fan_out, now, direct) : std::nullopt;
    }

    /// How many of the tasks the run did not have yet.
    int add_all(Transaction& tx, const Run& run, std::span<const NewTask> tasks, Timestamp now,
                DirectClaim& direct) const {
        direct.made_others = true;
        write_ended(tx, run, now); // a task that rode is not made again
        std::vector<task_repository::Addition> taken, ready;
        for (const NewTask& task : tasks) {
            auto added = addition(run, task, now);
            const bool fits = static_cast<int>(taken.size()) < direct.room && added.run_after <= now;
            if (!fits) announce(tx, added, now);
            (fits ? taken : ready).push_back(std::move(added));
        }
        auto running = task_repository::insert_taken(
            tx, taken, {.worker = direct.worker, .now = now, .lease_until = now + direct.lease});
        const int made = static_cast<int>(running.size());
        direct.room -= made;
        std::ranges::move(running, std::back_inserter(direct.taken));
        return made + task_repository::insert_all(tx, ready, now);
    }

    JobOver fan_out(Transaction& tx, Run run, const FanOut& fan_out, Timestamp now, DirectClaim& direct) const {
        if (fan_out.children.empty()) return add(tx, run, fan_out.then, now, direct);
        const int children = static_cast<int>(fan_out.children.size());
        const auto id =
            task_repository::open_fan_out(tx, run.job_id, children, {fan_out.then.kind, fan_out.then.subject});
        run.fan_out_id = id;
        std::vector<NewTask> tasks = fan_out.children;
        const auto at_once =
            std::min(tasks.size(), fan_out.at_once > 0 ? static_cast<std::size_t>(fan_out.at_once) : tasks.size());
        for (NewTask& later : std::span(tasks).subspan(at_once)) later.run_after = task_repository::held_back;
        const int first = add_all(tx, run, std::span(tasks).first(at_once), now, direct);
        const int held_back = add_all(tx, run, std::span(tasks).subspan(at_once), now, direct);
        if (held_back > 0) task_repository::note_held_back(tx, id, held_back);
        // Where one of the first was there already, another takes its place.
        for (int free = static_cast<int>(at_once) - first, held = held_back; free > 0 && held > 0; --free, --held)
            release_one(tx, run.job_id, id, now);
        const int made = first + held_back;
        // A child named twice, or made by somebody else before, is not waited for twice.
        const int extra = children - made;
        if (extra == 0) return std::nullopt;
        return join_if_last(tx, run, task_repository::count_down(tx, id, extra, now).join, now, direct);
    }

    /// Releases a child that the ended one made room for, or joins after the last of them.
    JobOver go_on_after(Transaction& tx, const Run& run, const task_repository::Ended& ended, Timestamp now,
                        DirectClaim& direct) const {
        if (ended.counted.holds_back) release_one(tx, run.job_id, *ended.fan_out_id, now);
        return join_if_last(tx, run, ended.counted.join, now, direct);
    }

    static void release_one(Transaction& tx, JobId job, FanOutId fan_out, Timestamp now) {
        task_repository::release_one(tx, job, fan_out, now);
        tx.announce(queue_topic::ready, "");
    }

    JobOver join_if_last(Transaction& tx, Run run, const std::optional<task_repository::Join>& join, Timestamp now,
                         DirectClaim& direct) const {
        if (!join) return std::nullopt;
        run.fan_out_id.reset();
        return add(tx, run, {.kind = join->kind, .subject = join->subject, .priority = {}, .run_after = {}}, now,
                   direct);
    }

    [[nodiscard]] bool deaths_count() const { return limits_.deaths_max == 0; }

    [[nodiscard]] bool is_the_cause(const Task& task) const {
        return task.attempts >= (deaths_count() ? task.max_attempts : limits_.deaths_max);
    }

    static std::string why_abandoned(const Task& task) {
        return fmt::format("Its worker '{}' stopped while it ran (attempt {} of {}).", task.lease_owner, task.attempts,
                           task.max_attempts);
    }

    int give_back_one_by_one(Transaction& tx, const std::vector<Task>& suspects, Timestamp now) {
        const auto count = static_cast<int>(suspects.size());
        const auto apart = count > 25 ? limits_.suspects_apart * 25 / count : limits_.suspects_apart;
        int given_back = 0;
        for (int at = 0; at < count; ++at) {
            const auto& task = suspects[static_cast<std::size_t>(at)];
            given_back += retry_later(tx, task, why_abandoned(task), now + apart * at, deaths_count(), now) ? 1 : 0;
        }
        return given_back;
    }

    static void cancel_rest(Transaction& tx, JobId job, Timestamp now) {
        task_repository::cancel_unfinished(tx, job, "Its job has ended.", now);
    }

    static JobState require(Transaction& tx, JobId job) {
        if (const auto state = job_repository::state_of(tx, job)) return *state;
        throw Error(ErrorCode::NotFound, fmt::format("There is no job {}.", job.value));
    }

    const AttemptLimits limits_;
};

} // namespace

AttemptLimits attempt_limits(const std::vector<std::unique_ptr<Step>>& steps) {
    AttemptLimits limits;
    for (const auto& step : steps) limits.by_kind[step->kind()] = step->limits().max_attempts;
    return limits;
}

std::unique_ptr<Queue> make_sql_queue(AttemptLimits limits) {
    return std::make_unique<SqlQueue>(std::move(limits));
}

} // namespace vitrine
