#pragma once

// For the sources of this floor alone, like storage/sql.hpp.

#include <deque>
#include <exception>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "storage/statement_watch.hpp"

struct pg_conn;
struct pg_result;

namespace vitrine {

/// The prepared statements of one PostgreSQL connection, in libpq's pipeline mode (PostgreSQL documentation, "Pipeline
/// Mode"): a statement whose answer nobody needs goes out with the next one whose answer somebody does, in order and in
/// one round trip. What fails ends all that was sent after it.
///
/// Each text is prepared once, with its first run, and kept for the connection's life. In a text, :name stands for a
/// value, any number of times. All members throw soci::postgresql_soci_error for what the server or the connection
/// refused. For one thread at a time.
class PostgresPipeline {
public:
    struct Value {
        std::string name;
        const char* text = nullptr; ///< as PostgreSQL reads it; nullptr for NULL
    };

    class Row {
    public:
        Row(const pg_result& result, int row) : result_(result), row_(row) {}

        /// As PostgreSQL writes it; nullptr for NULL. Throws Error(Internal) where the answer has no such column.
        [[nodiscard]] const char* column(int column) const;

    private:
        const pg_result& result_;
        const int row_;
    };
    using Take = std::function<void(const Row&)>;

    struct Answer {
        int rows = 0;
        long long changed = 0;       ///< rows, by a statement that changes some
        bool is_rolled_back = false; ///< the statement ended its transaction, and not by a commit
    };

    /// Of `connection` while nothing else uses it; both outlive it. `watch` is told while an answer is awaited.
    PostgresPipeline(pg_conn* connection, StatementWatch& watch) : connection_(connection), watch_(watch) {}

    /// Sends a statement; `take`, where given, gets the rows of its answer when that comes. The values' texts need live
    /// for the call alone.
    void send(std::string_view query, std::span<const Value> values, Take take = {});

    /// Sends a statement and returns with its answer and those of all that were sent before.
    Answer run(std::string_view query, std::span<const Value> values, Take take);

    /// Returns when all that was sent is answered. The connection may then be used in other ways.
    void settle();

    /// Whether nothing is on its way.
    [[nodiscard]] bool is_settled() const noexcept { return sent_.empty(); }

    /// What failed is prepared anew: after its tables' change it may pass. PostgreSQL takes nothing but a rollback in a
    /// transaction that failed: to be called after it.
    void drop_failed();

private:
    struct Statement {
        std::string query;
        std::string name;
        std::vector<std::string> parameters; ///< the first is $1
    };
    using Kept = std::shared_ptr<const Statement>;
    struct Sent {
        Kept statement;
        bool prepares = false;
        Take take;
    };
    struct TextHash {
        using is_transparent = void;
        std::size_t operator()(std::string_view text) const noexcept { return std::hash<std::string_view>{}(text); }
    };

    void send_unwatched(std::string_view query, std::span<const Value> values, Take take);
    [[nodiscard]] Kept prepared(std::string_view query);
    Answer await_all();
    Answer receive(const Sent& sent, std::exception_ptr& failure);
    void forget(const Sent& sent);
    [[nodiscard]] std::exception_ptr error_of(const pg_result* result) const;
    [[noreturn]] void fail_lost();

    pg_conn* const connection_;
    StatementWatch& watch_;
    std::unordered_map<std::string, Kept, TextHash, std::equal_to<>> statements_; ///< by their texts
    std::deque<Sent> sent_;
    std::vector<std::string> failed_; ///< names that the server still knows
    unsigned long names_ = 0;
};

} // namespace vitrine
