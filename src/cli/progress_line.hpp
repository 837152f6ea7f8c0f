#pragma once

#include <chrono>
#include <cstdint>
#include <ostream>
#include <string>

namespace vitrine::cli {

/// How far a long command is: on a terminal one line that is drawn again, at most ten times a second; elsewhere a plain
/// line at every tenth of the way. Not safe from several threads at once.
class ProgressLine {
public:
    /// `total` 0: not known, then a plain line comes every thousand. With `terminal`, `out` is one.
    ProgressLine(std::ostream& out, std::string what, std::int64_t total, bool terminal);

    /// Ends the line, so that what follows starts on one of its own.
    ~ProgressLine();
    ProgressLine(const ProgressLine&) = delete;
    ProgressLine& operator=(const ProgressLine&) = delete;

    /// `done` of the total are done; `note` is shown behind them when it is not empty.
    void show(std::int64_t done, const std::string& note);

    /// A line of its own; the progress goes on below it.
    void say(const std::string& sentence);

private:
    void draw(std::int64_t done, const std::string& note);
    [[nodiscard]] bool is_due(std::int64_t done) const;

    std::ostream& out_;
    const std::string what_;
    const std::int64_t total_;
    const bool terminal_;
    std::int64_t shown_ = 0;
    std::size_t drawn_columns_ = 0;
    std::chrono::steady_clock::time_point drawn_at_;
};

} // namespace vitrine::cli
