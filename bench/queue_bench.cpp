// What the durable queue costs: steps that do nothing, accepted, claimed, completed and joined for real.
//
//     queue_bench [--database sqlite|postgres] [--jobs N] [--threads 1,2,4,8] [--folder DIR]
//
// A job here is one step that fans out into eight children and a join: ten tasks. Steps per second count those tasks
// from the first accept to the last job's end. The chain is one job of five sequential steps, alone in the queue.
//
// With postgres it starts a server of its own, that flushes, and says beside each figure how many commits a second
// pgbench gets from it with as many clients, in the same minute; there are rows for two and four processes, too.

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <filesystem>
#include <future>
#include <iostream>
#include <memory>
#include <mutex>
#include <sstream>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <sys/resource.h>
#include <unistd.h>

#include "jobs/worker_pool.hpp"
#include "storage/job_repository.hpp"
#include "storage/postgres_database.hpp"
#include "storage/postgres_test_server.hpp"
#include "storage/sqlite_database.hpp"

namespace {

using namespace vitrine;
using SteadyClock = std::chrono::steady_clock;

constexpr int children = 8;
constexpr int tasks_per_job = children + 2;
constexpr int chain_steps = 5;

struct Arguments {
    int jobs = 2'000;
    std::vector<int> threads{1, 2, 4, 8};
    std::filesystem::path folder = std::filesystem::temp_directory_path();
    bool postgres = false;
};

/// Processor time that this process has used, in seconds: on a busy machine it says more than the wall clock.
double cpu_seconds() {
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    const auto seconds = [](const timeval& time) {
        return static_cast<double>(time.tv_sec) + 1e-6 * static_cast<double>(time.tv_usec);
    };
    return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

struct Throughput {
    double steps_per_second = 0.0;
    double cpu_us_per_step = 0.0;
};

/// Counts jobs down to none.
class Countdown {
public:
    explicit Countdown(int count) : left_(count) {}
    void one_less() {
        if (--left_ == 0) reached_.set_value();
    }
    void wait() { reached_.get_future().wait(); }

private:
    std::atomic<int> left_;
    std::promise<void> reached_;
};

class NamedStep : public Step {
public:
    explicit NamedStep(std::string name) : name_(std::move(name)) {}
    std::string kind() const override { return name_; }

private:
    std::string name_;
};

class FanOutStep final : public NamedStep {
public:
    using NamedStep::NamedStep;
    Outcome compute(const Task&, const StepContext&) override {
        return Done{[](Transaction&) {
            FanOut fan_out{.children = {}, .then = {"finish", ""}};
            for (int i = 0; i < children; ++i) fan_out.children.push_back({"label", std::to_string(i)});
            return Next{.tasks = {}, .fan_out = std::move(fan_out)};
        }};
    }
};

class NothingStep final : public NamedStep {
public:
    using NamedStep::NamedStep;
    Outcome compute(const Task&, const StepContext&) override { return Done{}; }
};

class ChainStep final : public NamedStep {
public:
    ChainStep(std::string name, std::string next) : NamedStep(std::move(name)), next_(std::move(next)) {}
    Outcome compute(const Task&, const StepContext&) override {
        return Done{[this](Transaction&) { return Next{.tasks = {{next_, ""}}, .fan_out = {}}; }};
    }

private:
    std::string next_;
};

class LastStep final : public NamedStep {
public:
    LastStep(std::string name, Countdown* countdown) : NamedStep(std::move(name)), countdown_(countdown) {}
    Outcome compute(const Task& task, const StepContext&) override {
        return Done{[this, job = task.job_id](Transaction& tx) {
                        job_repository::finish(tx, job, JobState::Succeeded, SystemClock{}.now());
                        if (countdown_ != nullptr) tx.after_commit([this] { countdown_->one_less(); });
                        return Next{};
                    },
                    true};
    }

private:
    Countdown* countdown_;
};

/// A fresh database, removed afterwards.
class Bench {
public:
    Bench(const std::filesystem::path& folder, Durability durability)
        : folder_(folder / fmt::format("vitrine-queue-bench-{}", getpid())) {
        std::filesystem::create_directories(folder_);
        database_ = open_sqlite({.file = folder_ / "queue.db", .durability = durability});
    }

    /// With the workers of `processes` processes: each has connections of its own.
    Bench(const std::string& url, Durability durability, int processes)
        : database_(open_postgres({.url = url, .durability = durability})) {
        for (int i = 1; i < processes; ++i) others_.push_back(open_postgres({.url = url, .durability = durability}));
    }
    Bench(const Bench&) = delete;
    Bench& operator=(const Bench&) = delete;
    ~Bench() {
        others_.clear();
        database_.reset();
        if (!folder_.empty()) std::filesystem::remove_all(folder_);
    }

    Throughput throughput(int jobs, int threads) {
        Countdown countdown(jobs);
        const auto steps = [&countdown] {
            std::vector<std::unique_ptr<Step>> all;
            all.push_back(std::make_unique<FanOutStep>("crop"));
            all.push_back(std::make_unique<NothingStep>("label"));
            all.push_back(std::make_unique<LastStep>("finish", &countdown));
            return all;
        };
        WorkerOptions options{.threads = threads, .sole_owner = !database_->is_shared()};
        std::vector<std::unique_ptr<WorkerPool>> pools;
        for (const auto& other : others_) {
            options.name = fmt::format("other {}", pools.size());
            pools.push_back(std::make_unique<WorkerPool>(*other, *queue_, other->clock(), steps(), options));
        }
        options.name = "first";
        WorkerPool pool(*database_, *queue_, database_->clock(), steps(), options);
        const auto began = SteadyClock::now();
        const double cpu_began = cpu_seconds();
        for (int i = 0; i < jobs; ++i) {
            database_->submit(
                [this, &pool](Transaction& tx) {
                    queue_->accept(tx, {.kind = "bench", .subject = "{}", .priority = 0, .first = {"crop", ""}},
                                   clock_.now());
                    tx.after_commit([&pool] { pool.wake(); });
                },
                [](const std::exception_ptr& error) {
                    if (error) std::rethrow_exception(error);
                });
        }
        countdown.wait();
        const double done = jobs * tasks_per_job;
        return {.steps_per_second = done / std::chrono::duration<double>(SteadyClock::now() - began).count(),
                .cpu_us_per_step = 1e6 * (cpu_seconds() - cpu_began) / done};
    }

    /// Milliseconds from before the accept until a waiter knows the end: median and 95th percentile.
    std::pair<double, double> chain_ms(int chains, int threads) {
        std::vector<std::unique_ptr<Step>> steps;
        for (int i = 1; i < chain_steps; ++i) {
            steps.push_back(std::make_unique<ChainStep>(fmt::format("step{}", i), fmt::format("step{}", i + 1)));
        }
        steps.push_back(std::make_unique<LastStep>(fmt::format("step{}", chain_steps), nullptr));
        WorkerPool pool(*database_, *queue_, clock_, std::move(steps), {.threads = threads});
        std::vector<double> times;
        for (int i = 0; i < chains; ++i) {
            const auto began = SteadyClock::now();
            const JobId job = database_->write([&](Transaction& tx) {
                return pool.accept(tx, {.kind = "bench", .subject = "{}", .priority = 0, .first = {"step1", ""}});
            });
            pool.wait(job, began + std::chrono::minutes(1));
            times.push_back(std::chrono::duration<double, std::milli>(SteadyClock::now() - began).count());
        }
        std::sort(times.begin(), times.end());
        return {times[times.size() / 2], times[times.size() * 95 / 100]};
    }

    /// Milliseconds of one commit of one small write, alone.
    double commit_ms() {
        std::vector<double> times;
        for (int i = 0; i < 200; ++i) {
            const auto began = SteadyClock::now();
            database_->write([&](Transaction& tx) {
                queue_->accept(tx, {.kind = "idle", .subject = "{}", .priority = 0, .first = {"never", ""}},
                               clock_.now());
            });
            times.push_back(std::chrono::duration<double, std::milli>(SteadyClock::now() - began).count());
        }
        std::nth_element(times.begin(), times.begin() + 100, times.end());
        return times[100];
    }

private:
    std::filesystem::path folder_;
    SystemClock clock_;
    std::unique_ptr<Database> database_;
    std::vector<std::unique_ptr<Database>> others_;
    std::unique_ptr<Queue> queue_ = make_sql_queue();
};

std::vector<int> numbers(const std::string& list) {
    std::vector<int> values;
    std::istringstream stream(list);
    for (std::string item; std::getline(stream, item, ',');) values.push_back(std::stoi(item));
    return values;
}

Arguments parse(int argc, char** argv) {
    Arguments arguments;
    for (int i = 1; i + 1 < argc; i += 2) {
        const std::string name = argv[i];
        const std::string value = argv[i + 1];
        if (name == "--jobs") arguments.jobs = std::stoi(value);
        if (name == "--threads") arguments.threads = numbers(value);
        if (name == "--folder") arguments.folder = value;
        if (name == "--database") arguments.postgres = value == "postgres";
    }
    return arguments;
}

/// Commits per second of pgbench's "simple update" with so many clients.
double pgbench_commits(testing_support::PostgresServer& server, const std::string& url, int clients) {
    const std::string report =
        server.output_of("pgbench", {"-n", "-N", "-T", "5", "-M", "prepared", "-c", std::to_string(clients), "-j",
                                     std::to_string(std::min(clients, 2)), url});
    const auto at = report.find("tps = ");
    return at == std::string::npos ? 0.0 : std::stod(report.substr(at + 6));
}

long long commits_so_far(const std::string& url) {
    std::this_thread::sleep_for(std::chrono::milliseconds(1'200)); // the server's counters lag behind by a second
    return std::stoll(testing_support::PostgresServer::run(
        url, "SELECT xact_commit FROM pg_stat_database WHERE datname = current_database()"));
}

void run_on_postgres(const Arguments& arguments) {
    testing_support::PostgresServer server(testing_support::PostgresServer::Flush::Yes);
    const auto yardstick = server.new_database();
    server.output_of("pgbench", {"-i", "-q", "-s", "10", yardstick});
    std::cout
        << "durability  processes  threads   steps/s   commits/step   chain of 5: median ms   95% ms   one commit "
           "ms   pgbench commits/s\n";
    const auto row = [&](Durability durability, int processes, int threads) {
        const auto url = server.new_database();
        double commits = 0.0;
        Throughput rate;
        {
            Bench bench(url, durability, processes);
            const auto before = commits_so_far(url);
            rate = bench.throughput(arguments.jobs, threads);
            commits = static_cast<double>(commits_so_far(url) - before);
        }
        const auto [median, high] = Bench(server.new_database(), durability, 1).chain_ms(300, threads);
        const double commit = Bench(server.new_database(), durability, 1).commit_ms();
        const double tps = pgbench_commits(server, yardstick, processes * threads);
        std::cout << fmt::format("{:10}  {:9}  {:7}  {:8.0f}  {:13.3f}  {:22.2f}  {:7.2f}  {:14.2f}  {:18.0f}\n",
                                 durability == Durability::Full ? "full" : "normal", processes, threads,
                                 rate.steps_per_second, commits / (arguments.jobs * tasks_per_job), median, high,
                                 commit, tps)
                  << std::flush;
    };
    for (const int threads : arguments.threads) row(Durability::Full, 1, threads);
    for (const int processes : {2, 4}) row(Durability::Full, processes, 2);
    row(Durability::Normal, 1, arguments.threads.back());
}

} // namespace

int main(int argc, char** argv) {
    const auto arguments = parse(argc, argv);
    if (arguments.postgres) {
        run_on_postgres(arguments);
        return 0;
    }
    std::cout << "durability  threads   steps/s   cpu us/step   chain of 5: median ms   95% ms   one commit ms\n";
    for (const auto durability : {Durability::Full, Durability::Normal}) {
        for (const int threads : arguments.threads) {
            const auto [steps, cpu] = Bench(arguments.folder, durability).throughput(arguments.jobs, threads);
            const auto [median, high] = Bench(arguments.folder, durability).chain_ms(300, threads);
            const double commit = Bench(arguments.folder, durability).commit_ms();
            std::cout << fmt::format("{:10}  {:7}  {:8.0f}  {:12.1f}  {:22.2f}  {:7.2f}  {:14.2f}\n",
                                     durability == Durability::Full ? "full" : "normal", threads, steps, cpu, median,
                                     high, commit)
                      << std::flush;
        }
    }
}
