// Kills `vitrine serve` with SIGKILL at random instants while it cleans up, checks and repairs, changes models, goes
// back and drops, deletes and erases; starts it again each time, and looks at the end whether the catalogue is whole.
//
// VITRINE_KILLS says how often each (8); VITRINE_SEED where the instants begin.

#include <chrono>
#include <csignal>
#include <filesystem>
#include <random>
#include <set>
#include <thread>

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <vitrine/error.hpp>

#include "core/content_hash.hpp"
#include "http/http_client.hpp"
#include "images/codec.hpp"
#include "lifecycle/housekeeper.hpp"
#include "lifecycle/whole_catalogue.hpp"
#include "models/model_answers.hpp"
#include "servers/fault_server.hpp"
#include "storage/file_blob_store.hpp"
#include "storage/image_repository.hpp"
#include "storage/model_repository.hpp"
#include "storage/postgres_database.hpp"
#include "storage/postgres_test_server.hpp"
#include "storage/query_result_repository.hpp"
#include "storage/sqlite_database.hpp"
#include "storage/vector_repository.hpp"
#include "vectors/embedded_store.hpp"

namespace vitrine {
namespace {

using nlohmann::json;
using test::FaultServer;
using test::ScriptedAnswer;
using test::SeenRequest;

constexpr int dimensions = 8;
constexpr int products_count = 25;

int number_from_environment(const char* name, int otherwise) {
    const char* text = std::getenv(name);
    return text == nullptr ? otherwise : std::atoi(text);
}

/// A thing of two colours on white; no two numbers give the same bytes.
std::string drawing(int number) {
    std::mt19937 random(static_cast<unsigned>(number));
    std::uniform_int_distribution<int> byte(0, 255);
    Picture picture{.width = 96, .height = 96, .rgb = std::vector<std::uint8_t>(96 * 96 * 3, 255)};
    for (int y = 16; y < 80; ++y) {
        for (int x = 20; x < 76; ++x) {
            for (int c = 0; c < 3; ++c) {
                picture.rgb[static_cast<std::size_t>((y * 96 + x) * 3 + c)] =
                    static_cast<std::uint8_t>((y / 8 + x / 8) % 2 == 0 ? byte(random) : number * (c + 1));
            }
        }
    }
    return encode_jpeg(picture, 92);
}

/// A model server of the contract whose vectors follow from the bytes that it is sent and from its version.
ScriptedAnswer model_answer(const SeenRequest& request, const std::string& version) {
    if (request.target != "/v1/label") return test::ml_service_answer(request, dimensions, version);
    const std::string hash = sha256_hex(request.body + version);
    std::vector<double> vector;
    for (int i = 0; i < dimensions; ++i)
        vector.push_back(std::stoi(hash.substr(static_cast<std::size_t>(2 * i), 2), nullptr, 16) + 1.0);
    return test::json(fmt::format(R"({{"model":"{}","label":{},"storage_vector":[{}]}})", version, test::label_json,
                                  fmt::join(vector, ",")));
}

class LifecycleCrash : public ::testing::TestWithParam<const char*> {
protected:
    void SetUp() override {
        std::string name = (std::filesystem::temp_directory_path() / "vitrine-crash-XXXXXX").string();
        folder_ = ::mkdtemp(name.data());
        port_ = FaultServer([](const SeenRequest&) { return ScriptedAnswer{}; }).port(); // free a moment ago
        if (GetParam() == std::string_view("Postgres")) {
            url_ = testing_support::PostgresServer::of_this_program().new_database();
        }
        start();
        for (int i = 0; i < products_count; ++i) wait_for(put_product(i, i));
    }
    void TearDown() override {
        end(SIGKILL);
        std::filesystem::remove_all(folder_);
    }

    /// Starts the server and waits until it answers.
    void start() {
        std::vector<std::string> words{VITRINE_BINARY, "--data", data().string()};
        const auto set = [&words](const std::string& setting) { words.insert(words.end(), {"--set", setting}); };
        set("database.durability=normal");
        set("jobs.lease_seconds=1"); // a dead server's tasks go on soon where the database is shared
        set("ml.engine=http");
        set("ml.url=" + old_model_.url());
        set("ml.match.engine=builtin");
        set("ml.next.engine=http");
        set("ml.next.url=" + new_model_.url());
        if (!url_.empty()) set("database.url=" + url_);
        words.insert(words.end(), {"serve", "--listen", fmt::format("127.0.0.1:{}", port_)});
        std::vector<char*> arguments;
        for (auto& word : words) arguments.push_back(word.data());
        arguments.push_back(nullptr);
        const std::string log = (folder_ / "log").string();
        server_ = ::fork();
        if (server_ == 0) {
            const int file = ::open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
            ::dup2(file, STDOUT_FILENO);
            ::dup2(file, STDERR_FILENO);
            ::execv(VITRINE_BINARY, arguments.data());
            ::_exit(127);
        }
        while (!answers()) {
            ASSERT_EQ(::waitpid(server_, nullptr, WNOHANG), 0) << "the server ended by itself; see " << log;
            std::this_thread::sleep_for(std::chrono::milliseconds(5)); // it says so nowhere else
        }
    }

    void end(int signal) {
        if (server_ <= 0) return;
        ::kill(server_, signal);
        ::waitpid(server_, nullptr, 0);
        server_ = -1;
    }

    bool answers() {
        try {
            return HttpClient().send({.url = url("/healthz")}).ok();
        } catch (const Error&) {
            return false;
        }
    }

    HttpResponse send(HttpMethod method, const std::string& path, std::string_view body = {},
                      std::vector<std::pair<std::string, std::string>> headers = {}) const {
        HttpRequest request{.method = method, .url = url(path), .headers = std::move(headers)};
        request.limits.deadline = std::chrono::minutes(10); // also where other programs take the whole machine
        request.limits.stall = std::chrono::minutes(5);
        if (!body.empty()) request.body = body;
        return HttpClient().send(request);
    }

    /// The job that the answer is about; 0 when there is none.
    static std::int64_t job_in(const HttpResponse& answer) {
        const auto document = json::parse(answer.body, nullptr, false);
        if (!document.is_object() || !document.contains("job") || document["job"].is_null()) return 0;
        return document["job"]["id"].get<std::int64_t>();
    }

    std::int64_t put_product(int product, int picture) {
        const auto part = [](const char* name, const std::string& content) {
            return fmt::format("--b\r\nContent-Disposition: form-data; name=\"{}\"\r\n\r\n{}\r\n", name, content);
        };
        const std::string form =
            part("product", R"({"name":"A red mug"})") + part("image", drawing(picture)) + "--b--\r\n";
        const auto answer = send(HttpMethod::Put, fmt::format("/v1/products/P{}", product), form,
                                 {{"Content-Type", "multipart/form-data; boundary=b"}});
        EXPECT_TRUE(answer.ok()) << answer.body;
        return job_in(answer);
    }

    std::int64_t submit_query(int picture) {
        const auto answer = send(HttpMethod::Post, "/v1/queries", drawing(picture));
        EXPECT_EQ(answer.status, 202) << answer.body;
        return job_in(answer);
    }

    std::int64_t begin(const std::string& what, const std::string& body) {
        return job_in(send(HttpMethod::Post, "/v1/maintenance/" + what, body, {{"Content-Type", "application/json"}}));
    }

    std::vector<std::int64_t> newest_reindexes(int limit, const std::string& state = "") const {
        const auto filter = state.empty() ? "" : "&state=" + state;
        const auto answer =
            json::parse(send(HttpMethod::Get, fmt::format("/v1/jobs?kind=reindex&limit={}{}", limit, filter)).body);
        std::vector<std::int64_t> jobs;
        for (const auto& job : answer.at("jobs")) jobs.push_back(job["id"].get<std::int64_t>());
        return jobs;
    }

    void wait_for(std::int64_t job) {
        if (job == 0) return;
        for (;;) { // a wait ends before the job where other programs take the whole machine
            const auto answer = send(HttpMethod::Get, fmt::format("/v1/jobs/{}", job), {}, {{"Prefer", "wait=100"}});
            EXPECT_TRUE(answer.ok() || answer.status == 404) << answer.body;
            if (!answer.ok()) return;
            const auto state = json::parse(answer.body).at("state").get<std::string>();
            if (state != "queued" && state != "running") return;
        }
    }

    /// Lets `begin` begin something, kills the server within `most` milliseconds, and starts it again.
    template <class Begin>
    void kill_during(Begin begin, int most) {
        const int instant = pick(most * 1000 + 1); // before `begin`, which may draw from the same numbers
        std::jthread beginning([&] {
            try {
                begin();
            } catch (const Error&) { // the server died before it answered: that is what this is about
            }
        });
        std::this_thread::sleep_for(std::chrono::microseconds(instant)); // the instant is what varies here
        end(SIGKILL);
        beginning.join();
    }

    /// Starts the server, waits until all jobs have ended, and stops it as a person does.
    void let_everything_end() {
        start();
        for (const char* state : {"running", "queued", "running"}) {
            for (;;) {
                const auto jobs =
                    json::parse(send(HttpMethod::Get, fmt::format("/v1/jobs?state={}&limit=100", state)).body);
                if (jobs["jobs"].empty()) break;
                for (const auto& job : jobs["jobs"]) wait_for(job["id"].get<std::int64_t>());
            }
        }
        end(SIGTERM);
    }

    std::unique_ptr<Database> open() const {
        return url_.empty() ? open_sqlite({.file = data() / "vitrine.db", .durability = Durability::Normal})
                            : open_postgres({.url = url_, .patience = std::chrono::minutes(5)});
    }

    /// Looks when everything has ended, and once more after a sweep: only a file may be left until then, of a picture
    /// whose server died before it accepted it.
    void expect_catalogue_to_be_whole() {
        {
            const auto database = open();
            testing::expect_one_primary_each(*database);
            testing::expect_vectors_to_be_the_links(*database, *make_embedded_store(*database));
        }
        start();
        wait_for(begin("check", R"({"repair":true})"));
        end(SIGTERM);
        expect_whole_after_some_minutes();
        expect_check_to_find_nothing();
    }

    void expect_whole_after_some_minutes() const {
        class Later final : public Clock {
        public:
            [[nodiscard]] Timestamp now() const override { return SystemClock().now() + std::chrono::minutes(5); }
        };
        const Later clock;
        const auto database = open();
        FileBlobStore blobs(data() / "images", Durability::Normal);
        FileRemover files(*database, blobs, clock);
        Housekeeper({.database = *database, .files = files, .clock = clock}).tidy();
        const auto vectors = make_embedded_store(*database);
        testing::expect_whole(*database, *vectors, blobs);
    }

    /// What the program itself says, with nothing left to repair.
    void expect_check_to_find_nothing() {
        start();
        wait_for(begin("check", R"({"hash_files":true})"));
        const auto runs = json::parse(send(HttpMethod::Get, "/v1/maintenance/runs?kind=check&limit=1").body);
        const auto& report = runs["runs"][0]["report"];
        EXPECT_EQ(report["consistent"], true) << report;
        EXPECT_EQ(report["repaired"], 0) << report;
        end(SIGTERM);
    }

    [[nodiscard]] std::filesystem::path data() const { return folder_ / "data"; }
    [[nodiscard]] std::string url(const std::string& path) const {
        return fmt::format("http://127.0.0.1:{}{}", port_, path);
    }
    [[nodiscard]] int pick(int below) { return std::uniform_int_distribution<int>(0, below - 1)(random_); }

    const int kills_ = number_from_environment("VITRINE_KILLS", 8);
    std::mt19937 random_{static_cast<unsigned>(number_from_environment("VITRINE_SEED", 2026))};
    FaultServer old_model_{[](const SeenRequest& request) { return model_answer(request, "old 1"); }};
    FaultServer new_model_{[](const SeenRequest& request) { return model_answer(request, "new 2"); }};
    std::filesystem::path folder_;
    std::string url_; ///< of PostgreSQL; empty: SQLite in the data folder
    int port_ = 0;
    pid_t server_ = -1;
};

TEST_P(LifecycleCrash, ACleanupKilledAtRandomInstantsRemovesAllThatIsOldAndNothingElse) {
    constexpr int at_once = 300;
    wait_for(submit_query(3)); // the picture of a product
    const std::int64_t old_query = submit_query(1000);
    wait_for(old_query);
    end(SIGTERM);
    FileBlobStore blobs(data() / "images", Durability::Normal);
    int made = 0;
    for (int killed = 0; killed < kills_; ++killed) {
        open()->write([&](Transaction& tx) {
            for (int i = 0; i < at_once; ++i) {
                const std::string bytes = fmt::format("an old picture {}", made++);
                blobs.put(sha256_hex(bytes), bytes);
                image_repository::find_or_add_original(tx,
                                                       {.sha256 = sha256_hex(bytes),
                                                        .media_type = "image/png",
                                                        .bytes = static_cast<std::int64_t>(bytes.size()),
                                                        .width = 1,
                                                        .height = 1},
                                                       SystemClock().now() - std::chrono::days(800));
            }
        });
        start();
        kill_during([this] { begin("cleanup", R"({"older_than_days":0})"); }, 200);
    }
    let_everything_end();
    start();
    wait_for(begin("cleanup", R"({"older_than_days":0})"));
    end(SIGTERM);
    expect_catalogue_to_be_whole();
    const auto database = open();
    database->read([&](Transaction& tx) {
        EXPECT_EQ(consistency_repository::expected_files(tx, {}, 10'000).size(), products_count) << "the products' own";
        EXPECT_TRUE(query_result_repository::metrics_of(tx, JobId{old_query}).has_value());
    });
}

TEST_P(LifecycleCrash, ACheckKilledAtRandomInstantsRepairsEverything) {
    end(SIGTERM);
    FileBlobStore blobs(data() / "images", Durability::Normal);
    for (int killed = 0; killed < kills_; ++killed) {
        {
            const auto database = open();
            database->write([&](Transaction& tx) {
                for (const auto& link : consistency_repository::expected_vectors(tx, {}, 1000)) {
                    if (pick(2) == 0) vector_repository::remove(tx, link.id);
                }
            });
            for (int i = 0; i < 200; ++i) {
                const std::string bytes = fmt::format("nobody's {} {}", killed, i);
                blobs.put(sha256_hex(bytes), bytes);
            }
        }
        start();
        kill_during([this] { begin("check", R"({"repair":true})"); }, 200);
    }
    let_everything_end();
    start();
    wait_for(begin("check", R"({"repair":true})"));
    end(SIGTERM);
    expect_catalogue_to_be_whole();
}

TEST_P(LifecycleCrash, AChangeOfModelsItsWayBackAndItsDropKilledAtRandomInstantsLeaveOneModelsLinksInUse) {
    constexpr const char* actions[] = {"switch", "rollback", "drop"};
    int picture = 2000;
    for (int killed = 0; killed < kills_; ++killed) {
        const std::string action = actions[killed / 2 % 3];
        kill_during(
            [&] {
                begin("reindex", fmt::format(R"({{"action":"{}"}})", action));
                put_product(pick(products_count), ++picture); // indexed anew meanwhile
            },
            action == "switch" ? 250 : 80);
        start();
        if (killed % 2 == 0) continue; // each is killed twice, and then comes to its end
        begin("reindex", fmt::format(R"({{"action":"{}"}})", action));
        for (const std::int64_t job : newest_reindexes(1)) wait_for(job);
    }
    end(SIGKILL);
    let_everything_end();
    expect_catalogue_to_be_whole();
    start();
    const auto succeeded = newest_reindexes(100, "succeeded").size();
    EXPECT_GE(succeeded, static_cast<std::size_t>(std::min(kills_ / 2, 3))) << "there, back, dropped";
}

TEST_P(LifecycleCrash, APersonsChoiceKilledAtRandomInstantsIsMadeWithItsLinkOfTheOtherModelOrNotAtAll) {
    for (const char* action : {"switch", "rollback"}) { // the old model is searched, and the new one stands by
        wait_for(begin("reindex", fmt::format(R"({{"action":"{}"}})", action)));
    }
    int chosen = 0;
    for (int killed = 0; killed < kills_; ++killed) {
        kill_during(
            [&] {
                for (int i = 0; i < 8; ++i) {
                    const auto product = fmt::format("/v1/products/P{}", pick(products_count));
                    const auto images = json::parse(send(HttpMethod::Get, product).body).at("images");
                    const auto& image = images[static_cast<std::size_t>(pick(static_cast<int>(images.size())))];
                    const auto body = fmt::format(R"({{"image_id":{}}})", image.at("image_id").get<std::int64_t>());
                    const auto answer =
                        send(HttpMethod::Put, product + "/primary", body, {{"Content-Type", "application/json"}});
                    EXPECT_TRUE(answer.ok()) << answer.body;
                    ++chosen;
                }
            },
            80);
        start();
    }
    end(SIGKILL);
    let_everything_end();
    open()->read([](Transaction& tx) {
        EXPECT_EQ(model_repository::models(tx).standby, "new 2");
        EXPECT_EQ(model_repository::count_lacking_standby(tx, "new 2"), 0) << "the way back needs no model call";
    });
    EXPECT_FALSE(chosen == 0 && kills_ >= 8) << "no choice was ever answered before the server died";
    expect_catalogue_to_be_whole();
    start();
}

TEST_P(LifecycleCrash, DeletionsAndErasuresKilledAtRandomInstantsLeaveNothingBehind) {
    int number = 3000;
    std::set<int> deleted;
    std::set<std::int64_t> erased;
    for (int killed = 0; killed < kills_; ++killed) {
        std::vector<std::int64_t> queries;
        std::vector<int> doomed;
        for (int i = 0; i < 6; ++i) {
            doomed.push_back(++number);
            put_product(number, number); // some are still being indexed when they are deleted
            queries.push_back(submit_query(pick(2) == 0 ? number : -number));
        }
        if (pick(2) == 0) wait_for(queries.back());
        kill_during(
            [&] {
                for (std::size_t i = 0; i < doomed.size(); ++i) {
                    if (send(HttpMethod::Delete, fmt::format("/v1/products/P{}", doomed[i])).ok()) {
                        deleted.insert(doomed[i]);
                    }
                    if (send(HttpMethod::Delete, fmt::format("/v1/queries/{}", queries[i])).ok()) {
                        erased.insert(queries[i]);
                    }
                }
            },
            100);
        start();
    }
    end(SIGKILL);
    let_everything_end();
    expect_catalogue_to_be_whole();
    start();
    for (const int one : deleted) {
        EXPECT_EQ(send(HttpMethod::Get, fmt::format("/v1/products/P{}", one)).status, 404) << "it was said to be gone";
    }
    for (const std::int64_t one : erased) {
        EXPECT_EQ(send(HttpMethod::Get, fmt::format("/v1/queries/{}", one)).status, 404) << "it was said to be gone";
    }
    EXPECT_FALSE(deleted.empty() && kills_ >= 8) << "no deletion was ever answered before the server died";
}

INSTANTIATE_TEST_SUITE_P(Databases, LifecycleCrash, ::testing::Values("Sqlite", "Postgres"),
                         [](const auto& test) { return std::string(test.param); });

} // namespace
} // namespace vitrine
