#pragma once

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include <sys/types.h>

namespace vitrine::test {

/// How a run of the built program ended.
struct Ended {
    int code = -1;       ///< exit code; -1 when a signal ended it
    int signal = 0;      ///< that signal
    std::string out;     ///< standard output
    std::string err;     ///< standard error
    long memory_mib = 0; ///< the most it had resident
};

using Variables = std::vector<std::pair<std::string, std::string>>;

/// The built program, running. Standard output and error go to files, so that nothing blocks.
class RunningProgram {
public:
    RunningProgram(std::filesystem::path folder, const std::vector<std::string>& arguments, const Variables& variables);
    ~RunningProgram();
    RunningProgram(const RunningProgram&) = delete;
    RunningProgram& operator=(const RunningProgram&) = delete;

    /// Blocks until standard error has a first line or is closed; what was read of it.
    std::string wait_for_first_line_of_errors();

    /// Blocks until standard error holds `text`; false when it was closed before.
    bool wait_for_errors(const std::string& text);

    void send(int signal) const;
    [[nodiscard]] pid_t id() const noexcept { return process_; }

    /// Waits for its end.
    Ended end();

private:
    std::filesystem::path folder_; ///< where the output goes
    pid_t process_ = -1;
    int errors_ = -1; ///< the reading end of standard error's pipe
    std::string err_;
};

/// A temporary folder with a data folder in it, and the program run on them. Pictures are drawn, not copied.
class Workplace {
public:
    Workplace();
    ~Workplace();
    Workplace(const Workplace&) = delete;
    Workplace& operator=(const Workplace&) = delete;

    [[nodiscard]] const std::filesystem::path& folder() const noexcept { return folder_; }
    [[nodiscard]] std::filesystem::path data() const { return folder_ / "data"; }

    /// Writes a file and returns its path.
    std::filesystem::path write(const std::string& name, const std::string& bytes) const;

    /// Writes the drawing of that number (two colours in a pattern, on white) as a JPEG and returns its path.
    std::filesystem::path draw(const std::string& name, int number) const;

    /// Runs `vitrine --data DATA arguments...` to its end.
    Ended vitrine(const std::vector<std::string>& arguments, const Variables& variables = {}) const;

    /// Starts it.
    [[nodiscard]] std::vector<std::string> with_data(const std::vector<std::string>& arguments) const;

private:
    std::filesystem::path folder_;
};

} // namespace vitrine::test
