#include "server_process.hpp"

#include <algorithm>
#include <array>
#include <csignal>
#include <cstdlib>
#include <stdexcept>

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "child_words.hpp"

namespace vitrine::test {
namespace {

struct Pipe {
    std::array<int, 2> ends{-1, -1};
    Pipe() {
        if (::pipe2(ends.data(), O_CLOEXEC) != 0) throw std::runtime_error("no pipe");
    }
};

[[noreturn]] void become(const ChildWords& words, const ChildWords& environment, int input, int output) {
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
    const ChildWords words(command.words);
    const ChildWords environment(environment_with(command.variables, [&](const std::string& name) {
        return std::ranges::any_of(command.variables, [&](const auto& variable) { return variable.first == name; });
    }));
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
