#include "storage/job_repository.hpp"

#include <algorithm>
#include <limits>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <vitrine/error.hpp>

#include "storage/import_repository.hpp"
#include "storage/moment_column.hpp"
#include "storage/prepared.hpp"
#include "storage/queue_topics.hpp"
#include "storage/stored_sentence.hpp"

namespace vitrine::job_repository {
namespace {

using soci::into;
using soci::use;

constexpr std::string_view columns =
    "id, kind, subject, state, stage, priority, attempts, crops_total, crops_done, crops_failed, errors, created_at, "
    "started_at, labelling_at, finishing_at, finished_at";

/// A moment that may be NULL.
struct OptionalMoment {
    long long value = 0;
    soci::indicator indicator = soci::i_null;

    [[nodiscard]] std::optional<Timestamp> get() const {
        return indicator == soci::i_ok ? std::optional(moment_from(value)) : std::nullopt;
    }
};

std::vector<std::string> errors_from(const std::string& json, long long job) {
    const auto list = nlohmann::json::parse(json, nullptr, false);
    std::vector<std::string> errors;
    bool whole = list.is_array();
    for (std::size_t at = 0; whole && at < list.size(); ++at) {
        whole = list[at].is_string();
        if (whole) errors.push_back(list[at].get<std::string>());
    }
    if (!whole) {
        throw Error(
            ErrorCode::Corrupted,
            fmt::format("The errors of job {} are no list of sentences; restore the database from a backup.", job));
    }
    return errors;
}

JobState state_from(const std::string& name, long long job) {
    if (const auto state = job_state_from(name)) return *state;
    throw Error(ErrorCode::Corrupted,
                fmt::format("Job {} is in the unknown state '{}'; restore the database from a backup.", job, name));
}

struct Row {
    long long id = 0, created_at = 0;
    int priority = 0, attempts = 0, crops_total = 0, crops_done = 0, crops_failed = 0;
    std::string kind, subject, state, stage, errors;
    OptionalMoment started_at, labelling_at, finishing_at, finished_at;

    [[nodiscard]] Job to_job() const {
        Job job;
        job.id = {id};
        job.kind = kind;
        job.subject = subject;
        job.state = state_from(state, id);
        job.stage = stage;
        job.priority = priority;
        job.attempts = attempts;
        job.crops_total = crops_total;
        job.crops_done = crops_done;
        job.crops_failed = crops_failed;
        job.errors = errors_from(errors, id);
        job.created_at = moment_from(created_at);
        job.started_at = started_at.get();
        job.labelling_at = labelling_at.get();
        job.finishing_at = finishing_at.get();
        job.finished_at = finished_at.get();
        return job;
    }
};

template <class... Bound>
std::vector<Job> select(Transaction& tx, std::string_view rest, const Bound&... bound) {
    Row row;
    std::vector<Job> jobs;
    for_each_row(
        tx, fmt::format("SELECT {} FROM jobs {}", columns, rest), [&] { jobs.push_back(row.to_job()); }, bound...,
        into(row.id), into(row.kind), into(row.subject), into(row.state), into(row.stage), into(row.priority),
        into(row.attempts), into(row.crops_total), into(row.crops_done), into(row.crops_failed), into(row.errors),
        into(row.created_at), into(row.started_at.value, row.started_at.indicator),
        into(row.labelling_at.value, row.labelling_at.indicator),
        into(row.finishing_at.value, row.finishing_at.indicator),
        into(row.finished_at.value, row.finished_at.indicator));
    return jobs;
}

void count_crop(Transaction& tx, JobId id, std::string_view query) {
    const long long job = id.value;
    if (change_prepared(tx, query, use(job, "job")) == 1) return;
    throw Error(ErrorCode::Conflict, fmt::format("Job {} has no crop left that could end; it was counted twice.", job));
}

void note_end(Transaction& tx, JobId id, JobState state, bool imported, Timestamp now) {
    tx.announce(queue_topic::ended, std::to_string(id.value));
    if (imported) import_repository::end_rows_of(tx, id, state, now);
}

} // namespace

std::optional<JobId> insert(Transaction& tx, const Acceptance& job, Timestamp now) {
    auto has_key = job.idempotency_key.empty() ? soci::i_null : soci::i_ok;
    long long created_at = to_column(now);
    const std::string state{to_string(job.starts ? JobState::Running : JobState::Queued)};
    auto has_started = job.starts ? soci::i_ok : soci::i_null;
    static const InsertOne insert_job(
        "INSERT INTO jobs (kind, subject, priority, first_kind, first_subject, idempotency_key, created_at, state, "
        "started_at) VALUES (:kind, :subject, :priority, :first_kind, :first_subject, :key, :created_at, :state, "
        ":started_at) "
        "ON CONFLICT (kind, idempotency_key) WHERE idempotency_key IS NOT NULL DO NOTHING");
    const auto id =
        insert_job.run(tx, use(job.kind, "kind"), use(job.subject, "subject"), use(job.priority, "priority"),
                       use(job.first_kind, "first_kind"), use(job.first_subject, "first_subject"),
                       use(job.idempotency_key, has_key, "key"), use(created_at, "created_at"), use(state, "state"),
                       use(created_at, has_started, "started_at"));
    return id ? std::optional(JobId{*id}) : std::nullopt;
}

std::optional<JobId> find_by_idempotency_key(Transaction& tx, const std::string& kind, const std::string& key) {
    long long id = 0;
    const bool found = run_prepared(tx, "SELECT id FROM jobs WHERE kind = :kind AND idempotency_key = :key",
                                    use(kind, "kind"), use(key, "key"), into(id));
    return found ? std::optional(JobId{id}) : std::nullopt;
}

std::optional<Job> find(Transaction& tx, JobId id) {
    const long long job = id.value;
    auto jobs = select(tx, "WHERE id = :id", use(job, "id"));
    return jobs.empty() ? std::nullopt : std::optional(std::move(jobs.front()));
}

std::optional<JobState> state_of(Transaction& tx, JobId id) {
    const long long job = id.value;
    std::string state;
    if (!run_prepared(tx, "SELECT state FROM jobs WHERE id = :id", use(job, "id"), into(state))) return std::nullopt;
    return state_from(state, job);
}

std::optional<JobState> hold(Transaction& tx, JobId id) {
    const long long job = id.value;
    std::string state;
    const bool found = run_prepared(tx,
                                    is_postgres(tx) ? "SELECT state FROM jobs WHERE id = :id FOR SHARE"
                                                    : "SELECT state FROM jobs WHERE id = :id",
                                    use(job, "id"), into(state));
    return found ? std::optional(state_from(state, job)) : std::nullopt;
}

std::vector<JobId> cancelled_since(Transaction& tx, JobId oldest) {
    const long long from = oldest.value;
    long long id = 0;
    std::vector<JobId> jobs;
    for_each_row(
        tx, "SELECT id FROM jobs WHERE state = 'cancelled' AND id >= :oldest ORDER BY id",
        [&] { jobs.push_back({id}); }, use(from, "oldest"), into(id));
    return jobs;
}

std::vector<Job> list(Transaction& tx, const Filter& filter) {
    // Each set of conditions is a text of its own: with one text of ORs no index would be used.
    const std::string state{filter.state ? to_string(*filter.state) : ""};
    const long long before = filter.before ? filter.before->value : std::numeric_limits<long long>::max();
    const int limit = std::max(filter.limit, 0);
    if (filter.state && !filter.kind.empty()) {
        return select(tx, "WHERE state = :state AND kind = :kind AND id < :before ORDER BY id DESC LIMIT :limit",
                      use(state, "state"), use(filter.kind, "kind"), use(before, "before"), use(limit, "limit"));
    }
    if (filter.state) {
        return select(tx, "WHERE state = :state AND id < :before ORDER BY id DESC LIMIT :limit", use(state, "state"),
                      use(before, "before"), use(limit, "limit"));
    }
    if (!filter.kind.empty()) {
        return select(tx, "WHERE kind = :kind AND id < :before ORDER BY id DESC LIMIT :limit", use(filter.kind, "kind"),
                      use(before, "before"), use(limit, "limit"));
    }
    return select(tx, "WHERE id < :before ORDER BY id DESC LIMIT :limit", use(before, "before"), use(limit, "limit"));
}

std::map<JobState, std::int64_t> count_by_state(Transaction& tx) {
    std::map<JobState, std::int64_t> counts;
    std::string state;
    long long jobs = 0;
    for_each_row(
        tx, "SELECT state, COUNT(*) FROM jobs GROUP BY state ORDER BY state",
        [&] { counts[state_from(state, 0)] = jobs; }, into(state), into(jobs));
    return counts;
}

void start(Transaction& tx, JobId id, Timestamp now) {
    const long long job = id.value;
    const long long at = to_column(now);
    // Who claims holds tasks already and must not wait for a job. Whoever has the row of a queued job is about to end
    // it.
    run_soon(tx,
             is_postgres(tx) ? "UPDATE jobs SET state = 'running', started_at = :now WHERE id IN (SELECT id FROM jobs "
                               "WHERE id = :job AND state = 'queued' FOR NO KEY UPDATE SKIP LOCKED)"
                             : "UPDATE jobs SET state = 'running', started_at = :now "
                               "WHERE id = :job AND state = 'queued'",
             use(at, "now"), use(job, "job"));
}

void set_stage(Transaction& tx, JobId id, const std::string& stage, Timestamp now) {
    const long long job = id.value;
    const long long at = to_column(now);
    run_soon(tx,
             "UPDATE jobs SET stage = :stage, "
             "labelling_at = CASE WHEN :stage = 'labelling' AND labelling_at IS NULL THEN CAST(:now AS BIGINT) "
             "ELSE labelling_at END, "
             "finishing_at = CASE WHEN :stage = 'finishing' AND finishing_at IS NULL THEN CAST(:now AS BIGINT) "
             "ELSE finishing_at END "
             "WHERE id = :job AND state = 'running'",
             use(stage, "stage"), use(at, "now"), use(job, "job"));
}

void begin_labelling(Transaction& tx, JobId id, const CropCounts& crops, Timestamp now) {
    const long long job = id.value;
    const long long at = to_column(now);
    const int failed = crops.failed.value_or(0);
    run_soon(tx,
             "UPDATE jobs SET crops_total = :total, crops_done = :done, crops_failed = :failed, "
             "stage = CASE WHEN state = 'running' THEN 'labelling' ELSE stage END, "
             "labelling_at = CASE WHEN state = 'running' THEN COALESCE(labelling_at, CAST(:now AS BIGINT)) "
             "ELSE labelling_at END WHERE id = :job",
             use(crops.total, "total"), use(crops.done, "done"), use(failed, "failed"), use(at, "now"),
             use(job, "job"));
}

void set_crops(Transaction& tx, JobId id, const CropCounts& crops) {
    const long long job = id.value;
    const int failed = crops.failed.value_or(-1);
    run_soon(tx,
             "UPDATE jobs SET crops_total = :total, crops_done = :done, "
             "crops_failed = CASE WHEN :failed < 0 THEN crops_failed ELSE :failed END WHERE id = :job",
             use(crops.total, "total"), use(crops.done, "done"), use(failed, "failed"), use(job, "job"));
}

void count_crop_done(Transaction& tx, JobId id) {
    count_crop(tx, id,
               "UPDATE jobs SET crops_done = crops_done + 1 "
               "WHERE id = :job AND crops_done + crops_failed < crops_total");
}

void count_crop_failed(Transaction& tx, JobId id, const std::string& error) {
    count_crop(tx, id,
               "UPDATE jobs SET crops_failed = crops_failed + 1 "
               "WHERE id = :job AND crops_done + crops_failed < crops_total");
    add_error(tx, id, error);
}

void add_error(Transaction& tx, JobId id, const std::string& error) {
    const long long job = id.value;
    std::string json;
    // The update that changes nothing locks the row: two processes that each add an error add both.
    const bool there = is_postgres(tx)
                           ? run_prepared(tx, "UPDATE jobs SET errors = errors WHERE id = :job RETURNING errors",
                                          use(job, "job"), into(json))
                           : run_prepared(tx, "SELECT errors FROM jobs WHERE id = :job", use(job, "job"), into(json));
    if (!there) return;
    auto errors = errors_from(json, job);
    errors.push_back(stored_sentence(error));
    if (errors.size() > errors_max) errors.erase(errors.begin(), errors.end() - errors_max);
    json = nlohmann::json(errors).dump();
    run_soon(tx, "UPDATE jobs SET errors = :errors WHERE id = :job", use(json, "errors"), use(job, "job"));
}

bool finish(Transaction& tx, JobId id, JobState state, Timestamp now) {
    if (!is_final(state)) {
        throw Error(ErrorCode::Internal,
                    fmt::format("Job {} cannot end in the state '{}'.", id.value, to_string(state)));
    }
    tx.expect_flush_first();
    const long long job = id.value;
    const long long at = to_column(now);
    const std::string name{to_string(state)};
    // What was labelled and ended well was finished, too, if only with its end.
    constexpr std::string_view end =
        "UPDATE jobs SET state = :state, stage = '', finished_at = :now, finishing_at = "
        "CASE WHEN labelling_at IS NOT NULL AND :state IN ('succeeded', 'partially_succeeded') "
        "THEN COALESCE(finishing_at, CAST(:now AS BIGINT)) ELSE finishing_at END "
        "WHERE id = :job AND state IN ('queued', 'running')";
    int imported = 1;
    if (is_postgres(tx)) { // one round trip instead of two
        static const std::string end_and_look =
            std::string(end) +
            " RETURNING (SELECT COUNT(*) FROM import_rows WHERE index_job_id = jobs.id AND state = 'indexing')";
        if (!run_prepared(tx, end_and_look, use(name, "state"), use(at, "now"), use(job, "job"), into(imported)))
            return false;
    } else if (change_prepared(tx, end, use(name, "state"), use(at, "now"), use(job, "job")) == 0) {
        return false;
    }
    note_end(tx, id, state, imported > 0, now);
    return true;
}

std::optional<LabelledEnd> finish_labelled(Transaction& tx, JobId id, Timestamp now) {
    tx.expect_flush_first();
    const long long job = id.value;
    const long long at = to_column(now);
    LabelledEnd end;
    std::string name;
    long long created_at = 0;
    OptionalMoment started_at, labelling_at;
    int imported = 0;
    const bool ended = run_prepared(
        tx,
        "UPDATE jobs SET state = CASE WHEN crops_failed > 0 THEN 'partially_succeeded' ELSE 'succeeded' END, "
        "stage = '', finished_at = :now, finishing_at = CASE WHEN labelling_at IS NULL THEN finishing_at "
        "ELSE COALESCE(finishing_at, CAST(:now AS BIGINT)) END WHERE id = :job AND state IN ('queued', 'running') "
        "RETURNING state, crops_total, crops_failed, created_at, started_at, labelling_at, "
        "(SELECT COUNT(*) FROM import_rows WHERE index_job_id = jobs.id AND state = 'indexing')",
        use(at, "now"), use(job, "job"), into(name), into(end.crops_total), into(end.crops_failed), into(created_at),
        into(started_at.value, started_at.indicator), into(labelling_at.value, labelling_at.indicator), into(imported));
    if (!ended) return std::nullopt;
    end.state = state_from(name, job);
    end.created_at = moment_from(created_at);
    end.started_at = started_at.get();
    end.labelling_at = labelling_at.get();
    note_end(tx, id, end.state, imported > 0, now);
    return end;
}

std::optional<Restart> restart(Transaction& tx, JobId id) {
    const long long job = id.value;
    Restart from;
    const bool restarted = run_prepared(
        tx,
        "UPDATE jobs SET state = 'queued', stage = '', attempts = attempts + 1, crops_total = 0, crops_done = 0, "
        "crops_failed = 0, errors = '[]', started_at = NULL, labelling_at = NULL, finishing_at = NULL, "
        "finished_at = NULL WHERE id = :job AND state IN ('partially_succeeded', 'failed', 'cancelled') "
        "RETURNING attempts, priority, first_kind, first_subject",
        use(job, "job"), into(from.attempts), into(from.priority), into(from.first_kind), into(from.first_subject));
    return restarted ? std::optional(from) : std::nullopt;
}

bool remove(Transaction& tx, JobId id) {
    const long long job = id.value;
    return change_prepared(tx, "DELETE FROM jobs WHERE id = :job", use(job, "job")) == 1;
}

} // namespace vitrine::job_repository
