#include "cli/progress_line.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "cli/terminal.hpp"

namespace vitrine::cli {
namespace {

constexpr auto redraw_interval = std::chrono::milliseconds(100);
constexpr std::int64_t step_without_total = 1000;
constexpr std::int64_t bar_columns = 30;

} // namespace

ProgressLine::ProgressLine(std::ostream& out, std::string what, std::int64_t total, bool terminal)
    : out_(out), what_(std::move(what)), total_(total), terminal_(terminal) {}

ProgressLine::~ProgressLine() {
    if (terminal_ && drawn_columns_ > 0) out_ << std::endl;
}

void ProgressLine::show(std::int64_t done, const std::string& note) {
    if (!is_due(done)) return;
    shown_ = done;
    drawn_at_ = std::chrono::steady_clock::now();
    draw(done, note);
}

void ProgressLine::say(const std::string& sentence) {
    if (terminal_ && std::exchange(drawn_columns_, 0) > 0) out_ << '\n';
    out_ << sentence << std::endl;
}

bool ProgressLine::is_due(std::int64_t done) const {
    const bool last = total_ > 0 && done >= total_;
    if (terminal_) return last || std::chrono::steady_clock::now() - drawn_at_ >= redraw_interval;
    if (total_ == 0) return done / step_without_total > shown_ / step_without_total;
    return last || done * 10 / total_ > shown_ * 10 / total_;
}

void ProgressLine::draw(std::int64_t done, const std::string& note) {
    auto line = total_ > 0 ? fmt::format("{} {}/{} ({}%)", what_, done, total_, done * 100 / total_)
                           : fmt::format("{} {}", what_, done);
    if (!note.empty()) line += ", " + note;
    if (!terminal_) {
        out_ << line << std::endl;
        return;
    }
    if (total_ > 0) {
        const auto full = std::min(bar_columns, done * bar_columns / total_);
        line = fmt::format("[{:#<{}}{:.<{}}] {}", "", full, "", bar_columns - full, line);
    }
    line = clipped(line, output_columns().value_or(80) - 1);
    const auto columns = columns_of(line);
    out_ << '\r' << line << std::string(drawn_columns_ > columns ? drawn_columns_ - columns : 0, ' ') << std::flush;
    drawn_columns_ = columns;
}

} // namespace vitrine::cli
