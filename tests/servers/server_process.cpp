#include "server_process.hpp"

#include <algorithm>
#include <array>
#include <csignal>
#include <cstdlib>
#include <stdexcept>
#include <utility>

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

namespace vitrine::test {
namespace {

struct Pipe {
    std::array<int, 2> ends{-1, -1};
    Pipe() {
        if (::pipe2(ends.data(), O_CLOEXEC) != 0) throw std::runtime_error("no pipe");
    }
};

/// Texts as exec takes them; they live as long as this.
class Texts {
public:
    explicit Texts(std::vector<std::string> texts) : texts_(std::move(texts)) {
        for (auto& text : texts_) pointers_.push_back(text.data());
        pointers_.push_back(nullptr);
    }
    [[nodiscard]] char* const* pointers() const { return pointers_.data(); }

private:
    std::vector<std::string> texts_;
    std::vector<char*> pointers_;
};

std::vector<std::string> environment_with(const std::vector<std::pair<std::string, std::string>>& variables) {
    std::vector<std::string> environment;
    for (const auto& [name, value] : variables) environment.push_back(name + '=' + value);
    const auto is_replaced = [&](const std::string& entry) {
        return std::ranges::any_of(variables, [&](const auto& one) { return entry.starts_with(one.first + '='); });
    };
    for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry) {
        if (!is_replaced(*entry)) environment.emplace_back(*entry);
    }
    return environment;
}

/// In the child of a process with many threads: nothing here may allocate.
[[noreturn]] void become(const Texts& words, const Texts& environment, int input, int output) {
    ::dup2(input, STDIN_FILENO);
    ::dup2(output, STDOUT_FILENO);
    ::close_range(3, ~0U, CLOSE_RANGE_CLOEXEC); // a proxy that a child also held would never be cut
    ::execvpe(words.pointers()[0], words.pointers(), environment.pointers());
    ::_exit(127);
}

} // namespace

ServerProcess::ServerProcess(const Command& command) {
    const Pipe in;
    const Pipe out;
    const Texts words(command.words);
    const Texts environment(environment_with(command.variables));
    process_ = ::fork();
    if (process_ == 0) become(words, environment, in.ends[0], out.ends[1]);
    ::close(in.ends[0]);
    ::close(out.ends[1]);
    input_ = in.ends[1];
    output_ = out.ends[0];
    std::string line;
    std::string said;
    for (char byte = 0; ::read(output_, &byte, 1) == 1;) {
        said += byte;
        if (byte != '\n') {
            line += byte;
            continue;
        }
        if (line.starts_with(command.ready)) {
            ready_line_ = line.substr(command.ready.size());
            return;
        }
        line.clear();
    }
    throw std::runtime_error(command.words.front() +
                             " did not start a server (is scripts/install-dependencies done?): " + said);
}

ServerProcess::~ServerProcess() {
    ::kill(process_, SIGKILL);
    ::waitpid(process_, nullptr, 0);
    ::close(input_);
    ::close(output_);
}

} // namespace vitrine::test
