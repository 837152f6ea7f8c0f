#include "engine/data_folder.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <fstream>
#include <system_error>
#include <utility>

#include <fmt/format.h>

#include <vitrine/error.hpp>

namespace vitrine {
namespace {

constexpr auto lock_name = "vitrine.lock";
constexpr auto serving = "serving ";

/// What this process was started as, for the one who finds the folder held: "vitrine import".
std::string command_of_this_process() {
    std::ifstream file("/proc/self/cmdline", std::ios::binary);
    std::string command;
    std::getline(file, command, '\0');
    std::string name = std::filesystem::path(command).filename().string();
    bool is_value = false; // of the option before it, such as a folder or a key
    for (std::string argument; std::getline(file, argument, '\0');) {
        if (std::exchange(is_value, false) || argument.empty()) continue;
        if (argument.front() != '-') return name + " " + argument.substr(0, 40);
        is_value = argument.find('=') == std::string::npos;
    }
    return name;
}

std::string read_holder(const std::filesystem::path& lock_file) {
    std::ifstream file(lock_file);
    std::string holder;
    std::getline(file, holder);
    return holder.empty() ? "another process" : holder.substr(0, 200);
}

/// Whether a process holds the lock now.
bool is_held(const std::filesystem::path& lock_file) {
    const int file = ::open(lock_file.c_str(), O_RDONLY | O_CLOEXEC);
    if (file < 0) return false;
    const bool free = ::flock(file, LOCK_SH | LOCK_NB) == 0;
    ::close(file);
    return !free;
}

/// Writes the lock file's text anew. It only helps who reads it; the lock is what protects the folder.
void write_text(int lock, const std::string& text) {
    [[maybe_unused]] const bool written =
        ::ftruncate(lock, 0) == 0 && ::pwrite(lock, text.data(), text.size(), 0) == static_cast<ssize_t>(text.size());
}

} // namespace

DataFolder::DataFolder(std::filesystem::path path) : path_(std::move(path)) {
    std::error_code error;
    std::filesystem::create_directories(path_, error);
    if (error) {
        throw Error(ErrorCode::Unavailable,
                    fmt::format("The data folder {} cannot be created: {}.", path_.string(), error.message()));
    }
    const auto lock_file = path_ / lock_name;
    lock_ = ::open(lock_file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
    if (lock_ < 0) {
        const auto reason = std::generic_category().message(errno);
        throw Error(ErrorCode::Unavailable,
                    fmt::format("The data folder {} cannot be written: {}.", path_.string(), reason));
    }
    if (::flock(lock_, LOCK_EX | LOCK_NB) != 0) {
        ::close(lock_);
        throw Error(ErrorCode::Conflict,
                    fmt::format("The data folder {} is in use by {}; wait until it ends, or stop it.", path_.string(),
                                read_holder(lock_file)));
    }
    holder_ = fmt::format("process {}, {}\n", ::getpid(), command_of_this_process());
    write_text(lock_, holder_);
}

DataFolder::~DataFolder() {
    ::close(lock_);
}

std::optional<std::string> DataFolder::holder(const std::filesystem::path& path) {
    const auto lock_file = path / lock_name;
    if (!is_held(lock_file)) return std::nullopt;
    return read_holder(lock_file);
}

void DataFolder::announce(const Server& server) const {
    write_text(lock_, fmt::format("{}{}{}\n{}\n", holder_, serving, server.url, server.instance));
}

void DataFolder::withdraw() const {
    write_text(lock_, holder_);
}

std::optional<DataFolder::Server> DataFolder::server(const std::filesystem::path& path) {
    constexpr std::size_t line_bytes_max = 300;
    const auto lock_file = path / lock_name;
    if (!is_held(lock_file)) return std::nullopt;
    std::ifstream file(lock_file);
    std::string holder, url, instance;
    // The end of the last line is a part of it: what is just being written is not read.
    if (!std::getline(file, holder) || !std::getline(file, url) || !std::getline(file, instance) || file.eof())
        return std::nullopt;
    if (!url.starts_with(serving) || url.size() > line_bytes_max || instance.empty()) return std::nullopt;
    return Server{.url = url.substr(std::string_view(serving).size()), .instance = instance};
}

} // namespace vitrine
