// `vitrine worker` as a process of its own, several at a time, on a real PostgreSQL server.

#include <csignal>
#include <fstream>
#include <iterator>
#include <optional>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vitrine/engine.hpp>

#include "core/content_hash.hpp"
#include "jobs/queue.hpp"
#include "pipeline/subjects.hpp"
#include "program.hpp"
#include "serving.hpp"
#include "storage/blob_key.hpp"
#include "storage/image_repository.hpp"
#include "storage/postgres_database.hpp"
#include "storage/postgres_test_server.hpp"

namespace vitrine {
namespace {

using test::RunningProgram;
using test::Workplace;
using testing::HasSubstr;
using testing::Not;
using testing_support::PostgresServer;

class PostgresWorkerTest : public testing::Test {
protected:
    [[nodiscard]] test::Variables variables() const {
        return {{"VITRINE_DATABASE_URL", url_},
                {"VITRINE_ML_READ_TEXT", "false"},
                {"VITRINE_JOBS_LEASE_SECONDS", "2"},
                {"VITRINE_JOBS_WORKERS", "2"}};
    }
    /// A running `vitrine COMMAND`, whose output is in a folder of that name.
    [[nodiscard]] std::unique_ptr<RunningProgram> start(const std::string& name,
                                                        const std::vector<std::string>& arguments) const {
        const auto folder = place_.folder() / name;
        std::filesystem::create_directories(folder);
        return std::make_unique<RunningProgram>(folder, place_.with_data(arguments), variables());
    }
    [[nodiscard]] std::unique_ptr<RunningProgram> start_worker(const std::string& name) const {
        auto worker = start(name, {"worker"});
        worker->wait_for_first_line_of_errors(); // it says so when it works
        return worker;
    }
    [[nodiscard]] std::string catalogue(int products) const {
        std::string csv = "product_id,name,description,category,image\n";
        for (int i = 0; i < products; ++i) {
            csv += fmt::format("P{},Thing {},,Things,{}.jpg\n", i, i, i);
            place_.draw(fmt::format("{}.jpg", i), i);
        }
        return place_.write("catalog.csv", csv).string();
    }
    [[nodiscard]] int number(const std::string& query) const { return std::stoi(PostgresServer::run(url_, query)); }
    void wait_until_succeeded(int jobs) const {
        while (number("SELECT COUNT(*) FROM jobs WHERE state = 'succeeded'") < jobs) {
            std::this_thread::sleep_for(std::chrono::milliseconds(5)); // until it is seen, however long
        }
    }

    PostgresServer& server_ = PostgresServer::of_this_program();
    const std::string url_ = server_.new_database();
    const Workplace place_;
};

TEST_F(PostgresWorkerTest, WorkersThatAreKilledAndStoppedLeaveNothingUndoneAndNothingDoneTwice) {
    constexpr int products = 60;
    const auto csv = catalogue(products);
    auto killed = start_worker("killed");
    auto stopped = start_worker("stopped");
    auto import = start("import", {"import", csv});
    wait_until_succeeded(products / 6);
    killed->send(SIGKILL);
    EXPECT_EQ(killed->end().signal, SIGKILL);
    wait_until_succeeded(products / 4);
    stopped->send(SIGTERM);
    EXPECT_EQ(stopped->end().code, 0);
    wait_until_succeeded(products / 3);
    import->send(SIGKILL); // what it has accepted is the others' now
    import->end();
    auto last = start_worker("last");
    const auto again = place_.vitrine({"import", csv, "--json"}, variables());
    EXPECT_EQ(again.code, 0) << again.err;
    last->send(SIGTERM);
    EXPECT_EQ(last->end().code, 0);

    EXPECT_EQ(number("SELECT COUNT(*) FROM products"), products);
    EXPECT_EQ(number("SELECT COUNT(*) FROM jobs"), products) << "every product was accepted once";
    EXPECT_EQ(number("SELECT COUNT(*) FROM jobs WHERE state = 'succeeded' AND crops_done = crops_total"), products);
    EXPECT_EQ(number("SELECT COUNT(*) FROM product_images WHERE is_primary_crop = 1"), products);
    EXPECT_EQ(number("SELECT COUNT(*) FROM product_images"), products);
    EXPECT_EQ(number("SELECT COUNT(*) FROM vectors v JOIN product_images p ON p.id = v.product_image_id"), products);
    EXPECT_EQ(number("SELECT COUNT(*) FROM tasks WHERE state <> 'succeeded'"), 0);
}

TEST_F(PostgresWorkerTest, WorkersOfWhichOneIsKilledImportEveryRowOfAnUploadOnce) {
    constexpr int products = 60;
    static_cast<void>(catalogue(products));
    const auto archive = place_.folder() / "shop.tar";
    ASSERT_EQ(
        std::system(
            fmt::format("cd {} && tar -cf {} catalog.csv *.jpg", place_.folder().string(), archive.string()).c_str()),
        0);
    auto serve = start("serve", {"serve", "--listen", "127.0.0.1:0", "--workers", "0"});
    const auto line = serve->wait_for_first_line_of_errors();
    const auto at = line.find("http://");
    ASSERT_NE(at, std::string::npos) << line;
    const auto server = line.substr(at, line.find(';', at) - at);
    auto killed = start_worker("killed");
    auto other = start_worker("other");
    const auto upload = test::bytes_of(archive);
    HttpClient client;
    const auto answer =
        client.send({.method = HttpMethod::Post, .url = server + "/v1/imports", .body = std::string_view(upload)});
    ASSERT_EQ(answer.status, 202) << answer.body;
    wait_until_succeeded(products / 4);
    killed->send(SIGKILL);
    killed->end();
    auto last = start_worker("last");
    wait_until_succeeded(products + 1); // and the import's own job

    EXPECT_EQ(number("SELECT COUNT(*) FROM import_rows WHERE state = 'indexed'"), products);
    EXPECT_EQ(number("SELECT COUNT(*) FROM import_rows"), products);
    EXPECT_EQ(number("SELECT COUNT(*) FROM jobs WHERE kind = 'index'"), products) << "every row was begun once";
    EXPECT_EQ(number("SELECT COUNT(DISTINCT index_job_id) FROM import_rows"), products);
    EXPECT_EQ(number("SELECT COUNT(*) FROM products"), products);
    EXPECT_EQ(number("SELECT COUNT(*) FROM product_images"), products);
}

TEST_F(PostgresWorkerTest, WorkersTogetherKeepToTheRateOfModelCallsAndNoJobSuffers) {
    constexpr int products = 10;
    auto limited = variables();
    limited.emplace_back("VITRINE_ML_LIMITS_REQUESTS_PER_SECOND", "20");
    limited.emplace_back("VITRINE_ML_LIMITS_CONCURRENCY", "1");
    const auto csv = catalogue(products);
    std::filesystem::create_directories(place_.folder() / "worker");
    RunningProgram worker(place_.folder() / "worker", place_.with_data({"worker"}), limited);
    worker.wait_for_first_line_of_errors();
    const auto import = place_.vitrine({"import", csv}, limited);
    EXPECT_EQ(import.code, 0) << import.err;
    worker.send(SIGTERM);
    EXPECT_EQ(worker.end().code, 0);
    EXPECT_EQ(number("SELECT COUNT(*) FROM jobs WHERE state = 'succeeded'"), products);
    // One call for each crop step and one for each label step; two may begin at once.
    const int calls = number("SELECT COUNT(*) FROM tasks WHERE kind IN ('crop', 'label') AND worked_ms > 0");
    const int took_ms = number("SELECT MAX(finished_at) - MIN(started_at) FROM tasks");
    EXPECT_LE(calls, 2 + 20 * took_ms / 1000.0 + 1);
    EXPECT_EQ(number("SELECT COUNT(*) FROM permits"), 0) << "a worker that stops gives back what it held";
}

TEST_F(PostgresWorkerTest, AStoppedWorkerHandsBackAtOnceWhatItHasNotBegun) {
    auto worker = start_worker("worker");
    const auto csv = catalogue(20);
    const auto import = place_.vitrine({"import", csv}, variables());
    EXPECT_EQ(import.code, 0);
    worker->send(SIGTERM);
    EXPECT_EQ(worker->end().code, 0);
    EXPECT_EQ(number("SELECT COUNT(*) FROM tasks WHERE state = 'running'"), 0);
}

/// A photo in the image folder that cannot be read to its end: whoever reads it waits.
class EndlessPhoto {
public:
    EndlessPhoto(const std::filesystem::path& images, std::string bytes)
        : bytes_(std::move(bytes)), key_(sha256_hex(bytes_)), file_(images / blob_path(key_)) {
        std::filesystem::create_directories(file_.parent_path());
        if (::mkfifo(file_.c_str(), 0600) != 0) throw std::runtime_error("no pipe");
    }
    EndlessPhoto(const EndlessPhoto&) = delete;
    EndlessPhoto& operator=(const EndlessPhoto&) = delete;
    ~EndlessPhoto() {
        if (end_ >= 0) ::close(end_);
    }
    [[nodiscard]] const std::string& key() const { return key_; }
    [[nodiscard]] std::size_t bytes() const { return bytes_.size(); }
    void wait_for_a_reader() { end_ = ::open(file_.c_str(), O_WRONLY | O_CLOEXEC); }
    void become_readable() {
        std::filesystem::remove(file_);
        std::ofstream(file_, std::ios::binary) << bytes_;
    }

private:
    const std::string bytes_;
    const std::string key_;
    const std::filesystem::path file_;
    int end_ = -1;
};

TEST_F(PostgresWorkerTest, ASecondSigtermEndsAWorkerAtOnceAndItsTaskRunsElsewhere) {
    std::ifstream drawing(place_.draw("cup.jpg", 7), std::ios::binary);
    EndlessPhoto photo(place_.data() / "images", {std::istreambuf_iterator<char>(drawing), {}});
    const auto database = open_postgres({.url = url_});
    const auto queue = make_sql_queue({});
    const auto now = database->clock().now();
    const JobId job = database->write([&](Transaction& tx) {
        const auto image = image_repository::find_or_add_original(tx,
                                                                  {.sha256 = photo.key(),
                                                                   .media_type = "image/jpeg",
                                                                   .bytes = static_cast<std::int64_t>(photo.bytes()),
                                                                   .width = 96,
                                                                   .height = 96},
                                                                  now);
        const CropSubject first{.image_id = image, .then = step_kind::query_all_crops};
        return queue->accept(tx,
                             {.kind = job_kind::query,
                              .subject = to_json(QuerySubject{.image_id = image}),
                              .priority = 0,
                              .first = {.kind = step_kind::crop, .subject = to_json(first)}},
                             now);
    });
    auto worker = start_worker("stuck");
    photo.wait_for_a_reader();
    worker->send(SIGTERM);
    ASSERT_TRUE(worker->wait_for_errors("stopping.")) << "the first one lets the step end";
    worker->send(SIGTERM);
    EXPECT_EQ(worker->end().code, 130) << "the second one does not wait for it";
    EXPECT_EQ(number("SELECT COUNT(*) FROM tasks WHERE state = 'running'"), 1);
    photo.become_readable();
    auto other = start_worker("other");
    wait_until_succeeded(1);
    EXPECT_EQ(number(fmt::format("SELECT COUNT(*) FROM jobs WHERE id = {} AND state = 'succeeded'", job.value)), 1);
}

TEST_F(PostgresWorkerTest, AServerThatIsStartedBeforeTheDatabaseSaysSoWaitsAndServes) {
    PostgresServer server;
    const auto url = server.new_database();
    server.stop();
    RunningProgram serve(place_.folder(), place_.with_data({"serve", "--listen", "127.0.0.1:0"}),
                         {{"VITRINE_DATABASE_URL", url}});
    ASSERT_TRUE(serve.wait_for_errors("It is tried again until it works."));
    server.start();
    ASSERT_TRUE(serve.wait_for_errors("vitrine: serving on"));
    serve.send(SIGTERM);
    EXPECT_EQ(serve.end().code, 0);
}

TEST_F(PostgresWorkerTest, AWorkerThatIsStartedBeforeTheDatabaseSaysSoWaitsAndWorks) {
    PostgresServer server;
    const auto url = server.new_database();
    server.stop();
    RunningProgram worker(place_.folder(), place_.with_data({"worker"}), {{"VITRINE_DATABASE_URL", url}});
    ASSERT_TRUE(worker.wait_for_errors("cannot be reached now"));
    ASSERT_TRUE(worker.wait_for_errors("It is tried again until it works."));
    server.start();
    ASSERT_TRUE(worker.wait_for_errors("vitrine: working"));
    worker.send(SIGTERM);
    EXPECT_EQ(worker.end().code, 0);
}

TEST_F(PostgresWorkerTest, AWorkerThatWaitsForTheDatabaseStopsWhenAsked) {
    RunningProgram worker(place_.folder(), place_.with_data({"worker"}),
                          {{"VITRINE_DATABASE_URL", "postgresql://vitrine:secret@127.0.0.1:1/shop"}});
    ASSERT_TRUE(worker.wait_for_errors("It is tried again until it works."));
    worker.send(SIGTERM);
    const auto ended = worker.end();
    EXPECT_EQ(ended.code, 0);
    EXPECT_THAT(ended.err, Not(HasSubstr("secret")));
}

TEST_F(PostgresWorkerTest, WhatOneProcessIndexesAnotherFindsAtOnce) {
    Config config;
    config.data = place_.data();
    config.database.url = url_;
    config.ml.read_text = false;
    Engine engine(config);
    const auto photo = place_.draw("cup.jpg", 7).string();
    ASSERT_EQ(place_.vitrine({"add", photo, "--name", "Cup", "--id", "C1"}, variables()).code, 0);
    EXPECT_EQ(engine.counts().vectors, 1);
    ASSERT_TRUE(engine.remove_product("C1"));
    const auto found = place_.vitrine({"search", photo, "--json"}, variables());
    EXPECT_EQ(found.code, 0);
    EXPECT_THAT(found.out, Not(HasSubstr("C1")));
}

TEST_F(PostgresWorkerTest, AWrongPasswordIsOneSentenceAndTheDoctorSaysItToo) {
    const test::Variables wrong{{"VITRINE_DATABASE_URL", server_.url("postgres", "hunter2")}};
    const auto worker = place_.vitrine({"worker"}, wrong);
    EXPECT_EQ(worker.code, 2);
    EXPECT_THAT(worker.err, HasSubstr("refuses the password"));
    const auto doctor = place_.vitrine({"doctor"}, wrong);
    EXPECT_EQ(doctor.code, 1);
    EXPECT_THAT(doctor.out, HasSubstr("refuses the password"));
    EXPECT_THAT(worker.err + doctor.out + doctor.err, Not(HasSubstr("hunter2")));
}

TEST_F(PostgresWorkerTest, TheDoctorLooksWithoutMakingAnything) {
    const auto before = place_.vitrine({"doctor"}, variables());
    EXPECT_EQ(before.code, 0) << before.out;
    EXPECT_THAT(before.out, HasSubstr("its tables will be made"));
    EXPECT_EQ(number("SELECT COUNT(*) FROM pg_tables WHERE schemaname = 'public'"), 0);
    ASSERT_EQ(place_.vitrine({"products"}, variables()).code, 0);
    EXPECT_THAT(place_.vitrine({"doctor"}, variables()).out, HasSubstr("its schema is"));
    PostgresServer::run(url_, "INSERT INTO schema_migrations (version, name, applied_at) VALUES (9999, 'later', 1)");
    const auto newer = place_.vitrine({"doctor"}, variables());
    EXPECT_EQ(newer.code, 1);
    EXPECT_THAT(newer.out, HasSubstr("start a newer one"));
}

TEST_F(PostgresWorkerTest, TheDoctorSeesARoleThatMayMakeNoTablesAndADatabaseThatIsReadOnly) {
    const std::string role = "guest_" + std::to_string(getpid());
    PostgresServer::run(url_, "CREATE ROLE " + role + " LOGIN PASSWORD 'secret'");
    const std::string guest = "postgresql://" + role + ":secret" + url_.substr(url_.rfind('@'));
    EXPECT_THAT(place_.vitrine({"doctor"}, {{"VITRINE_DATABASE_URL", guest}}).out, HasSubstr("make no tables"));
    PostgresServer::run(url_, "DO $$ BEGIN EXECUTE 'ALTER DATABASE ' || current_database() || ' SET "
                              "default_transaction_read_only = on'; END $$");
    EXPECT_THAT(place_.vitrine({"doctor"}, variables()).out, HasSubstr("cannot be written"));
}

TEST_F(PostgresWorkerTest, AnEmbeddedDatabaseHasNoWorkersOfItsOwn) {
    const auto worker = place_.vitrine({"worker"});
    EXPECT_EQ(worker.code, 2);
    EXPECT_THAT(worker.err, HasSubstr("database.url"));
}

} // namespace
} // namespace vitrine
