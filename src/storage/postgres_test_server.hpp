#pragma once

// For tests and benchmarks alone: a PostgreSQL server of the test program's own.

#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include <arpa/inet.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <grp.h>
#include <libpq-fe.h>
#include <netinet/in.h>
#include <pwd.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

namespace vitrine::testing_support {

/// Starts a server in a temporary folder on a free port of 127.0.0.1, and ends it with the program, however that ends.
/// It does not flush to disk unless asked: what it holds is thrown away. Throws std::runtime_error where PostgreSQL is
/// not installed. The superuser is `vitrine`, its password `secret`.
class PostgresServer {
public:
    enum class Flush { No, Yes };

    explicit PostgresServer(Flush flush = Flush::No) : flush_(flush) {
        std::string pattern = (std::filesystem::temp_directory_path() / "vitrine-postgres-XXXXXX").string();
        if (::mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("no temporary folder for PostgreSQL");
        folder_ = pattern;
        if (const passwd* user = other_user()) {
            if (::chown(folder_.c_str(), user->pw_uid, user->pw_gid) != 0) throw std::runtime_error("chown failed");
        }
        make_cluster();
        port_ = free_port();
        start();
    }
    PostgresServer(const PostgresServer&) = delete;
    PostgresServer& operator=(const PostgresServer&) = delete;
    ~PostgresServer() {
        stop();
        std::filesystem::remove_all(folder_);
    }

    /// The server of this program, started with the first use.
    static PostgresServer& of_this_program() {
        static PostgresServer server;
        return server;
    }

    /// An empty database of its own: a URL for it.
    std::string new_database() {
        const std::string name = fmt::format("test_{}_{}", ::getpid(), ++databases_);
        run(url("postgres"), "CREATE DATABASE " + name + " STRATEGY = file_copy");
        return url(name);
    }

    [[nodiscard]] std::string url(const std::string& database, const std::string& password = "secret") const {
        return fmt::format("postgresql://vitrine:{}@127.0.0.1:{}/{}", password, port_, database);
    }
    [[nodiscard]] int port() const { return port_; }

    /// Runs SQL in a connection of its own; the first value of the answer.
    static std::string run(const std::string& url, const std::string& sql) {
        PGconn* connection = PQconnectdb(url.c_str());
        PGresult* result = PQexec(connection, sql.c_str());
        const auto status = PQresultStatus(result);
        const bool good = status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK;
        const std::string value = PQntuples(result) > 0 ? PQgetvalue(result, 0, 0) : "";
        const std::string reason = PQerrorMessage(connection);
        PQclear(result);
        PQfinish(connection);
        if (!good) throw std::runtime_error(sql + ": " + reason);
        return value;
    }

    /// What one of PostgreSQL's programs prints.
    std::string output_of(const std::string& name, const std::vector<std::string>& arguments) const {
        const auto log = folder_ / "log";
        const auto before = std::filesystem::exists(log) ? std::filesystem::file_size(log) : 0;
        ::waitpid(spawn(name, arguments), nullptr, 0);
        std::ifstream stream(log, std::ios::binary);
        stream.seekg(static_cast<std::streamoff>(before));
        return {std::istreambuf_iterator<char>(stream), {}};
    }

    void start() {
        std::vector<std::string> arguments{"-D", data(),
                                           "-p", std::to_string(port_),
                                           "-k", folder_.string(),
                                           "-c", "listen_addresses=127.0.0.1",
                                           "-c", "max_connections=200",
                                           "-c", "log_min_messages=fatal",
                                           "-c", "shared_buffers=128MB"};
        if (flush_ == Flush::No) {
            for (const auto* setting : {"fsync=off", "full_page_writes=off"}) {
                arguments.insert(arguments.end(), {"-c", setting});
            }
        }
        pid_ = spawn("postgres", arguments);
        for (int i = 0; i < 3000; ++i) { // the server tells nobody when it is ready
            if (PQping(url("postgres").c_str()) == PQPING_OK) return;
            std::this_thread::sleep_for(std::chrono::milliseconds(10));
        }
        throw std::runtime_error("PostgreSQL did not start in 30 seconds");
    }

    /// SIGINT: a fast shutdown; SIGKILL or SIGQUIT: a crash.
    void stop(int signal = SIGINT) {
        if (pid_ <= 0) return;
        thaw();
        ::kill(pid_, signal);
        ::waitpid(pid_, nullptr, 0);
        pid_ = 0;
    }

    /// It and all its processes are stopped where they are, and close nothing; `thaw` lets them go on.
    void freeze() { signal_all(SIGSTOP); }
    void thaw() { signal_all(SIGCONT); }

private:
    void signal_all(int signal) const {
        std::ifstream stream(fmt::format("/proc/{0}/task/{0}/children", pid_));
        ::kill(pid_, signal); // first, so that it starts no more of them
        for (pid_t child = 0; stream >> child;) ::kill(child, signal);
    }

    [[nodiscard]] std::string data() const { return (folder_ / "data").string(); }

    /// PostgreSQL refuses to run as root.
    static const passwd* other_user() { return ::geteuid() == 0 ? ::getpwnam("postgres") : nullptr; }

    static std::filesystem::path program(const std::string& name) {
        const std::filesystem::path root = "/usr/lib/postgresql";
        std::optional<std::filesystem::path> newest;
        std::error_code none;
        for (const auto& version : std::filesystem::directory_iterator(root, none)) {
            const auto file = version.path() / "bin" / name;
            if (std::filesystem::exists(file) && (!newest || file > *newest)) newest = file;
        }
        if (!newest) throw std::runtime_error("PostgreSQL is not installed; run scripts/install-dependencies.");
        return *newest;
    }

    pid_t spawn(const std::string& name, const std::vector<std::string>& arguments) const {
        const std::string file = program(name).string();
        const passwd* user = other_user();
        const pid_t parent = ::getpid();
        const pid_t child = ::fork();
        if (child != 0) return child;
        ::close_range(3, ~0U, CLOSE_RANGE_CLOEXEC); // a proxy that a child also held would never be cut
        if (user != nullptr && (::initgroups(user->pw_name, user->pw_gid) != 0 || ::setgid(user->pw_gid) != 0 ||
                                ::setuid(user->pw_uid) != 0)) {
            ::_exit(126);
        }
        ::prctl(PR_SET_PDEATHSIG, SIGQUIT);
        if (::getppid() != parent || ::chdir("/") != 0) ::_exit(125);
        std::vector<char*> words{const_cast<char*>(file.c_str())};
        for (const auto& argument : arguments) words.push_back(const_cast<char*>(argument.c_str()));
        words.push_back(nullptr);
        const int log = ::open((folder_ / "log").c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
        ::dup2(log, STDOUT_FILENO);
        ::dup2(log, STDERR_FILENO);
        ::execv(file.c_str(), words.data());
        ::_exit(127);
    }

    void make_cluster() const {
        const auto password = folder_ / "password";
        std::ofstream(password) << "secret\n";
        const pid_t child = spawn("initdb", {"-D", data(), "-U", "vitrine", "-A", "scram-sha-256", "--pwfile",
                                             password.string(), "-N", "-E", "UTF8", "--locale=C.UTF-8"});
        int status = 0;
        ::waitpid(child, &status, 0);
        if (status != 0) throw std::runtime_error("initdb failed");
    }

    static int free_port() {
        const int file = ::socket(AF_INET, SOCK_STREAM, 0);
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = ::inet_addr("127.0.0.1");
        socklen_t size = sizeof address;
        if (::bind(file, reinterpret_cast<sockaddr*>(&address), size) != 0 ||
            ::getsockname(file, reinterpret_cast<sockaddr*>(&address), &size) != 0) {
            throw std::runtime_error("no free port");
        }
        ::close(file);
        return ntohs(address.sin_port);
    }

    const Flush flush_;
    std::filesystem::path folder_;
    int port_ = 0;
    pid_t pid_ = 0;
    int databases_ = 0;
};

} // namespace vitrine::testing_support
