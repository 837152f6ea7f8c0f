#include "program.hpp"

#include <array>
#include <csignal>
#include <fstream>
#include <iterator>
#include <random>
#include <stdexcept>

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "images/codec.hpp"
#include "servers/child_words.hpp"

namespace vitrine::test {

namespace fs = std::filesystem;

namespace {

std::string read_file(const fs::path& file) {
    std::ifstream stream(file, std::ios::binary);
    return {std::istreambuf_iterator<char>(stream), {}};
}

} // namespace

RunningProgram::RunningProgram(fs::path folder, const std::vector<std::string>& arguments, const Variables& variables)
    : folder_(std::move(folder)) {
    std::vector<std::string> command{VITRINE_BINARY};
    command.insert(command.end(), arguments.begin(), arguments.end());
    const ChildWords words(std::move(command));
    // Without variables of Vitrine, so that a developer's settings change nothing.
    const ChildWords environment(
        environment_with(variables, [](const std::string& name) { return name.starts_with("VITRINE_"); }));
    const auto out = (folder_ / "stdout").string();
    std::array<int, 2> pipe{};
    if (::pipe2(pipe.data(), O_CLOEXEC) != 0) throw std::runtime_error("no pipe");
    process_ = ::fork();
    if (process_ == 0) {
        ::close_range(3, ~0U, CLOSE_RANGE_CLOEXEC); // a proxy that a child also held would never be cut
        const int output = ::open(out.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0644);
        ::dup2(output, STDOUT_FILENO);
        ::dup2(pipe[1], STDERR_FILENO);
        ::execve(VITRINE_BINARY, words.pointers(), environment.pointers());
        ::_exit(127);
    }
    ::close(pipe[1]);
    errors_ = pipe[0];
    if (process_ < 0) throw std::runtime_error("no process");
}

RunningProgram::~RunningProgram() {
    ::close(errors_);
    if (process_ <= 0) return;
    ::kill(process_, SIGKILL);
    ::waitpid(process_, nullptr, 0);
}

std::string RunningProgram::wait_for_first_line_of_errors() {
    wait_for_errors("\n");
    return err_;
}

bool RunningProgram::wait_for_errors(const std::string& text) {
    char byte = 0;
    while (err_.find(text) == std::string::npos) {
        if (::read(errors_, &byte, 1) != 1) return false;
        err_ += byte;
    }
    return true;
}

void RunningProgram::send(int signal) const {
    ::kill(process_, signal);
}

Ended RunningProgram::end() {
    std::array<char, 4096> buffer{};
    for (ssize_t got = 0; (got = ::read(errors_, buffer.data(), buffer.size())) > 0;) {
        err_.append(buffer.data(), std::size_t(got));
    }
    int status = 0;
    rusage used{};
    ::wait4(process_, &status, 0, &used);
    process_ = -1;
    Ended ended;
    if (WIFEXITED(status)) ended.code = WEXITSTATUS(status);
    if (WIFSIGNALED(status)) ended.signal = WTERMSIG(status);
    ended.out = read_file(folder_ / "stdout");
    ended.err = err_;
    ended.memory_mib = used.ru_maxrss / 1024;
    return ended;
}

Workplace::Workplace() {
    auto name = (fs::temp_directory_path() / "vitrine-cli-XXXXXX").string();
    if (!::mkdtemp(name.data())) throw std::runtime_error("no temporary folder");
    folder_ = name;
}

Workplace::~Workplace() {
    fs::remove_all(folder_);
}

fs::path Workplace::write(const std::string& name, const std::string& bytes) const {
    const auto file = folder_ / name;
    fs::create_directories(file.parent_path());
    std::ofstream(file, std::ios::binary) << bytes;
    return file;
}

fs::path Workplace::draw(const std::string& name, int number) const {
    std::mt19937 random(static_cast<unsigned>(number) * 7919U + 1U);
    std::uniform_int_distribution<int> byte(0, 255);
    const int colours[2][3] = {{byte(random), byte(random), byte(random)}, {byte(random), byte(random), byte(random)}};
    Picture picture{.width = 96, .height = 96, .rgb = std::vector<std::uint8_t>(std::size_t{96} * 96 * 3, 255)};
    for (int y = 16; y < 80; ++y) {
        for (int x = 20; x < 76; ++x) {
            const int* const colour = colours[(y / (5 + number % 7) + x / (4 + number % 9)) % 2];
            for (int c = 0; c < 3; ++c) {
                picture.rgb[std::size_t((y * 96 + x) * 3 + c)] = static_cast<std::uint8_t>(colour[c]);
            }
        }
    }
    return write(name, encode_jpeg(picture, 92));
}

Ended Workplace::vitrine(const std::vector<std::string>& arguments, const Variables& variables) const {
    return RunningProgram(folder_, with_data(arguments), variables).end();
}

std::vector<std::string> Workplace::with_data(const std::vector<std::string>& arguments) const {
    std::vector<std::string> all{"--data", data().string()};
    all.insert(all.end(), arguments.begin(), arguments.end());
    return all;
}

} // namespace vitrine::test
