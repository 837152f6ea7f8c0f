#include "server_process.hpp"

#include <array>
#include <csignal>
#include <cstdlib>
#include <stdexcept>

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

[[noreturn]] void become(const ServerProcess::Command& command, int input, int output) {
    ::dup2(input, STDIN_FILENO);
    ::dup2(output, STDOUT_FILENO);
    ::close_range(3, ~0U, CLOSE_RANGE_CLOEXEC); // a proxy that a child also held would never be cut
    for (const auto& [name, value] : command.variables) ::setenv(name.c_str(), value.c_str(), 1);
    std::vector<char*> arguments;
    for (const auto& word : command.words) arguments.push_back(const_cast<char*>(word.c_str()));
    arguments.push_back(nullptr);
    ::execvp(arguments.front(), arguments.data());
    ::_exit(127);
}

} // namespace

ServerProcess::ServerProcess(const Command& command) {
    const Pipe in;
    const Pipe out;
    process_ = ::fork();
    if (process_ == 0) become(command, in.ends[0], out.ends[1]);
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
