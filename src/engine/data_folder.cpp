#include "engine/data_folder.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <fstream>
#include <system_error>

#include <fmt/format.h>

#include <vitrine/error.hpp>

namespace vitrine {
namespace {

constexpr auto lock_name = "vitrine.lock";

/// What this process was started as, for the one who finds the folder held: "vitrine import".
std::string command_of_this_process() {
    std::ifstream file("/proc/self/cmdline", std::ios::binary);
    std::string command;
    std::getline(file, command, '\0');
    std::string name = std::filesystem::path(command).filename().string();
    for (std::string argument; std::getline(file, argument, '\0');) {
        if (argument.empty() || argument.front() == '-') continue;
        if (argument.find_first_of("/.=") != std::string::npos) continue; // a path or a setting, not the command
        return name + " " + argument.substr(0, 40);
    }
    return name;
}

std::string read_holder(const std::filesystem::path& lock_file) {
    std::ifstream file(lock_file);
    std::string holder;
    std::getline(file, holder);
    return holder.empty() ? "another process" : holder.substr(0, 200);
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
    const std::string holder = fmt::format("process {}, {}\n", ::getpid(), command_of_this_process());
    // The text only helps a person; the lock is what protects the folder.
    [[maybe_unused]] const bool named =
        ::ftruncate(lock_, 0) == 0 &&
        ::pwrite(lock_, holder.data(), holder.size(), 0) == static_cast<ssize_t>(holder.size());
}

DataFolder::~DataFolder() {
    ::close(lock_);
}

std::optional<std::string> DataFolder::holder(const std::filesystem::path& path) {
    const auto lock_file = path / lock_name;
    const int file = ::open(lock_file.c_str(), O_RDONLY | O_CLOEXEC);
    if (file < 0) return std::nullopt;
    const bool free = ::flock(file, LOCK_SH | LOCK_NB) == 0;
    ::close(file);
    if (free) return std::nullopt;
    return read_holder(lock_file);
}

} // namespace vitrine
