#include "storage/postgres_pipeline.hpp"

#include <algorithm>
#include <charconv>
#include <cstring>
#include <utility>

#include <fmt/format.h>
#include <soci/postgresql/soci-postgresql.h>

#include <vitrine/error.hpp>

namespace vitrine {
namespace {

struct Clear {
    void operator()(PGresult* result) const noexcept { PQclear(result); }
};
using Result = std::unique_ptr<PGresult, Clear>;

constexpr auto no_state = "     "; // libpq's own failures have none

bool is_letter(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

bool is_part_of_name(char c) {
    return is_letter(c) || (c >= '0' && c <= '9');
}

/// `query` with $1, $2, … for its :names, which are put into `names`. A text in quotes and a cast by :: are no names.
std::string numbered(std::string_view query, std::vector<std::string>& names) {
    std::string text;
    text.reserve(query.size());
    bool is_quoted = false;
    for (std::size_t at = 0; at < query.size();) {
        const char c = query[at];
        if (c == '\'') is_quoted = !is_quoted;
        if (!is_quoted && query.substr(at).starts_with("::")) {
            text += "::";
            at += 2;
        } else if (!is_quoted && c == ':' && at + 1 < query.size() && is_letter(query[at + 1])) {
            const auto end =
                std::find_if_not(query.begin() + static_cast<std::ptrdiff_t>(at) + 1, query.end(), is_part_of_name);
            const std::string name(query.begin() + static_cast<std::ptrdiff_t>(at) + 1, end);
            const auto known = std::ranges::find(names, name);
            text += fmt::format("${}", known - names.begin() + 1);
            if (known == names.end()) names.push_back(name);
            at += 1 + name.size();
        } else {
            text += c;
            ++at;
        }
    }
    return text;
}

/// The values in the order of the statement's parameters.
std::vector<const char*> in_order(std::span<const PostgresPipeline::Value> values,
                                  const std::vector<std::string>& parameters) {
    std::vector<const char*> texts;
    texts.reserve(parameters.size());
    for (const auto& parameter : parameters) {
        const auto value = std::ranges::find(values, parameter, &PostgresPipeline::Value::name);
        if (value == values.end())
            throw Error(ErrorCode::Internal, fmt::format("Nothing is bound to :{} of a statement.", parameter));
        texts.push_back(value->text);
    }
    return texts;
}

long long number_in(const char* text) {
    long long number = 0;
    std::from_chars(text, text + std::strlen(text), number);
    return number;
}

} // namespace

const char* PostgresPipeline::Row::column(int column) const {
    if (column >= PQnfields(&result_)) throw Error(ErrorCode::Internal, "A statement's answer has too few columns.");
    return PQgetisnull(&result_, row_, column) != 0 ? nullptr : PQgetvalue(&result_, row_, column);
}

void PostgresPipeline::send(std::string_view query, std::span<const Value> values, Take take) {
    const RunningStatement running(&watch_); // what was sent may fill the way to the server
    send_unwatched(query, values, std::move(take));
}

PostgresPipeline::Answer PostgresPipeline::run(std::string_view query, std::span<const Value> values, Take take) {
    const RunningStatement running(&watch_);
    send_unwatched(query, values, std::move(take));
    return await_all();
}

void PostgresPipeline::settle() {
    if (sent_.empty()) {
        PQexitPipelineMode(connection_); // where a statement was refused here, before it was sent
        return;
    }
    const RunningStatement running(&watch_);
    await_all();
}

void PostgresPipeline::send_unwatched(std::string_view query, std::span<const Value> values, Take take) {
    if (sent_.empty() && PQenterPipelineMode(connection_) == 0) fail_lost();
    const Kept statement = prepared(query);
    const auto texts = in_order(values, statement->parameters);
    if (PQsendQueryPrepared(connection_, statement->name.c_str(), static_cast<int>(texts.size()), texts.data(), nullptr,
                            nullptr, 0) == 0) {
        fail_lost();
    }
    sent_.push_back({.statement = statement, .prepares = false, .take = std::move(take)});
}

PostgresPipeline::Kept PostgresPipeline::prepared(std::string_view query) {
    if (const auto found = statements_.find(query); found != statements_.end()) return found->second;
    const auto statement = std::make_shared<Statement>();
    statement->query = query;
    statement->name = fmt::format("vitrine_{}", names_++);
    const std::string text = numbered(query, statement->parameters);
    if (PQsendPrepare(connection_, statement->name.c_str(), text.c_str(), 0, nullptr) == 0) fail_lost();
    sent_.push_back({.statement = statement, .prepares = true, .take = {}});
    return statements_.emplace(query, statement).first->second;
}

PostgresPipeline::Answer PostgresPipeline::await_all() {
    if (PQpipelineSync(connection_) == 0) fail_lost();
    Answer answer;
    std::exception_ptr failure;
    for (; !sent_.empty(); sent_.pop_front()) answer = receive(sent_.front(), failure);
    const Result end(PQgetResult(connection_));
    const bool is_whole = PQresultStatus(end.get()) == PGRES_PIPELINE_SYNC && PQexitPipelineMode(connection_) == 1;
    if (failure) std::rethrow_exception(failure);
    if (!is_whole) fail_lost();
    return answer;
}

PostgresPipeline::Answer PostgresPipeline::receive(const Sent& sent, std::exception_ptr& failure) {
    const Result result(PQgetResult(connection_));
    const auto status = PQresultStatus(result.get());
    if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK) {
        if (!failure) failure = error_of(result.get());
        if (status != PGRES_PIPELINE_ABORTED || sent.prepares) forget(sent);
        if (result) PQclear(PQgetResult(connection_)); // each answer ends with none
        return {};
    }
    const Answer answer{.rows = PQntuples(result.get()),
                        .changed = number_in(PQcmdTuples(result.get())),
                        .is_rolled_back = std::string_view(PQcmdStatus(result.get())) == "ROLLBACK"};
    try {
        for (int row = 0; sent.take && !failure && row < answer.rows; ++row) sent.take(Row(*result, row));
    } catch (...) { // who takes may throw anything; the other answers must be read all the same
        failure = std::current_exception();
    }
    PQclear(PQgetResult(connection_));
    return answer;
}

void PostgresPipeline::forget(const Sent& sent) {
    const auto found = statements_.find(sent.statement->query);
    if (found == statements_.end() || found->second != sent.statement) return;
    if (!sent.prepares) failed_.push_back(sent.statement->name);
    statements_.erase(found);
}

void PostgresPipeline::drop_failed() {
    const RunningStatement running(&watch_);
    for (const auto& name : std::exchange(failed_, {})) {
        // Where this fails the connection did, which its next use finds.
        const Result done(PQexec(connection_, ("DEALLOCATE " + name).c_str()));
    }
}

std::exception_ptr PostgresPipeline::error_of(const pg_result* result) const {
    const char* state = PQresultErrorField(result, PG_DIAG_SQLSTATE);
    const char* message = result != nullptr ? PQresultErrorMessage(result) : PQerrorMessage(connection_);
    return std::make_exception_ptr(soci::postgresql_soci_error(message, state != nullptr ? state : no_state));
}

void PostgresPipeline::fail_lost() {
    sent_.clear();
    throw soci::postgresql_soci_error(PQerrorMessage(connection_), no_state);
}

} // namespace vitrine
