#include <vitrine/config.hpp>

#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vitrine/error.hpp>

#include "engine/config_keys.hpp"

namespace vitrine {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

class ConfigTest : public testing::Test {
protected:
    ConfigTest() {
        const auto* const info = testing::UnitTest::GetInstance()->current_test_info();
        file_ = std::filesystem::path(testing::TempDir()) / (std::string("vitrine-config-") + info->name() + ".toml");
    }
    ~ConfigTest() override { std::filesystem::remove(file_); }

    ConfigSources from_file(const std::string& toml) {
        std::ofstream(file_, std::ios::binary) << toml;
        ConfigSources sources;
        sources.file = file_;
        return sources;
    }

    static ConfigSources from_settings(std::vector<std::string> settings) {
        ConfigSources sources;
        sources.settings = std::move(settings);
        return sources;
    }

    static ConfigSources from_environment(std::map<std::string, std::string> environment) {
        ConfigSources sources;
        sources.environment = std::move(environment);
        return sources;
    }

    static std::string why_refused(const ConfigSources& sources) {
        try {
            static_cast<void>(load_config(sources));
            return "accepted";
        } catch (const Error& error) {
            EXPECT_EQ(error.code(), ErrorCode::Configuration);
            return error.what();
        }
    }

    std::string why_file_refused(const std::string& toml) { return why_refused(from_file(toml)); }

    std::filesystem::path file_;
};

TEST_F(ConfigTest, NothingGivenIsTheDefaults) {
    const auto config = load_config({});
    EXPECT_EQ(config.data, "vitrine-data");
    EXPECT_EQ(config.database.url, "sqlite:vitrine.db");
    EXPECT_FALSE(config.ml.crop);
}

TEST_F(ConfigTest, EveryKeyOfTheContractIsReadFromAFile) {
    const auto config = load_config(from_file(R"(
        [server]
        listen = "[::1]:9000"
        api_keys = ["one", "two"]
        max_upload_bytes = 1000
        max_pixels = 2000
        [database]
        url = "postgresql://localhost/shop"
        durability = "normal"
        timeout_ms = 700
        [vectors]
        backend = "chroma"
        url = "http://127.0.0.1:8000"
        tenant = "t"
        database = "d"
        collection = "c"
        token = "k"
        [images]
        store = "s3://bucket/prefix"
        endpoint = "https://s3.example.org"
        region = "r"
        access_key = "a"
        secret_key = "s"
        [ml]
        engine = "onnx"
        url = ""
        api_key = "k"
        models = "models"
        read_text = false
        read_text_limit_ms = 100
        categories = "shop.csv"
        vocabulary = "words.txt"
        builtin_weight = 0.25
        [ml.crop]
        engine = "builtin"
        [ml.limits]
        concurrency = 2
        requests_per_second = 3
        burst = 4
        timeout_ms = 5
        max_attempts = 6
        backoff_initial_ms = 7
        backoff_max_ms = 8
        throttled_max_ms = 9
        [pipeline]
        max_crops = 9
        min_crop_fraction = 0.25
        crop_padding = 0.1
        match_floor = 0.2
        parallel_crops = 10
        [jobs]
        workers = 11
        max_attempts = 12
        lease_seconds = 13
        [retention]
        query_images_months = 14
        [log]
        level = "debug"
        format = "json"
    )"));
    EXPECT_EQ(config.server.listen, "[::1]:9000");
    EXPECT_THAT(config.server.api_keys, ElementsAre("one", "two"));
    EXPECT_EQ(config.server.max_upload_bytes, 1000);
    EXPECT_EQ(config.server.max_pixels, 2000);
    EXPECT_EQ(config.database.url, "postgresql://localhost/shop");
    EXPECT_EQ(config.database.durability, "normal");
    EXPECT_EQ(config.database.timeout, Milliseconds{700});
    EXPECT_EQ(config.vectors.backend, "chroma");
    EXPECT_EQ(config.vectors.url, "http://127.0.0.1:8000");
    EXPECT_EQ(config.vectors.tenant + config.vectors.database + config.vectors.collection + config.vectors.token,
              "tdck");
    EXPECT_EQ(config.images.store, "s3://bucket/prefix");
    EXPECT_EQ(config.images.endpoint, "https://s3.example.org");
    EXPECT_EQ(config.images.region + config.images.access_key + config.images.secret_key, "ras");
    EXPECT_EQ(config.ml.engine + config.ml.url + config.ml.api_key + config.ml.models, "onnxkmodels");
    EXPECT_FALSE(config.ml.read_text);
    EXPECT_EQ(config.ml.read_text_limit, Milliseconds{100});
    EXPECT_EQ(config.ml.categories, "shop.csv");
    EXPECT_EQ(config.ml.vocabulary, "words.txt");
    EXPECT_EQ(config.ml.builtin_weight, 0.25);
    EXPECT_EQ(config.ml.limits.concurrency, 2);
    EXPECT_EQ(config.ml.limits.requests_per_second, 3.0);
    EXPECT_EQ(config.ml.limits.burst, 4);
    EXPECT_EQ(config.ml.limits.timeout, Milliseconds{5});
    EXPECT_EQ(config.ml.limits.max_attempts, 6);
    EXPECT_EQ(config.ml.limits.backoff_initial, Milliseconds{7});
    EXPECT_EQ(config.ml.limits.backoff_max, Milliseconds{8});
    EXPECT_EQ(config.ml.limits.throttled_max, Milliseconds{9});
    EXPECT_EQ(config.pipeline.max_crops, 9);
    EXPECT_EQ(config.pipeline.min_crop_fraction, 0.25);
    EXPECT_EQ(config.pipeline.crop_padding, 0.1);
    EXPECT_EQ(config.pipeline.match_floor, 0.2);
    EXPECT_EQ(config.pipeline.parallel_crops, 10);
    EXPECT_EQ(config.jobs.workers, 11);
    EXPECT_EQ(config.jobs.max_attempts, 12);
    EXPECT_EQ(config.jobs.lease_seconds, 13);
    EXPECT_EQ(config.retention.query_images_months, 14);
    EXPECT_EQ(config.log.level + config.log.format, "debugjson");
}

TEST_F(ConfigTest, TheLimitsOfImportsAreReadAndTheirAddressesAreRefusedUnlessAllowed) {
    EXPECT_FALSE(load_config({}).imports.allow_private_addresses);
    const auto imports = load_config(from_file(R"(
        [imports]
        max_upload_bytes = 1
        max_unpacked_bytes = 2
        max_files = 3
        allow_private_addresses = true
        download_timeout_ms = 4
        downloads_at_once = 5
        max_attempts = 6
    )"))
                             .imports;
    EXPECT_EQ(imports.max_upload_bytes, 1);
    EXPECT_EQ(imports.max_unpacked_bytes, 2);
    EXPECT_EQ(imports.max_files, 3);
    EXPECT_TRUE(imports.allow_private_addresses);
    EXPECT_EQ(imports.download_timeout, Milliseconds{4});
    EXPECT_EQ(imports.downloads_at_once, 5);
    EXPECT_EQ(imports.max_attempts, 6);
}

TEST_F(ConfigTest, AQuestionInheritsFromMlWhatItDoesNotOverride) {
    const auto config =
        load_config(from_file("[ml.label]\nurl = \"http://b\"\n[ml]\nengine = \"http\"\nurl = \"http://a\"\n"));
    ASSERT_TRUE(config.ml.label);
    EXPECT_EQ(config.ml.label->engine, "http");
    EXPECT_EQ(config.ml.label->url, "http://b");
    EXPECT_EQ(config.ml.url, "http://a");
    EXPECT_FALSE(config.ml.crop);
    EXPECT_FALSE(config.ml.match);
}

TEST_F(ConfigTest, TheNextEngineIsNamedBesideThePresentOne) {
    EXPECT_FALSE(load_config(from_file("[ml]\nengine = \"builtin\"\n")).ml.next);
    const auto config =
        load_config(from_file("[ml]\nengine = \"builtin\"\n[ml.next]\nengine = \"onnx\"\nmodels = \"m\"\n"));
    ASSERT_TRUE(config.ml.next);
    EXPECT_EQ(config.ml.next->engine, "onnx");
    EXPECT_EQ(config.ml.engine, "builtin");
}

TEST_F(ConfigTest, EveryQuestionNamesItsOwnModelAndDialect) {
    const auto config = load_config(from_file(R"(
        [ml]
        model = "all"
        [ml.label]
        engine = "openai"
        model = "vision"
        dialect = "llama.cpp"
        [ml.vector]
        engine = "openai"
        dialect = "infinity"
    )"));
    EXPECT_EQ(config.ml.label.value().model + " " + config.ml.label->dialect, "vision llama.cpp");
    EXPECT_EQ(config.ml.vector.value().model + " " + config.ml.vector->dialect, "all infinity");
    EXPECT_THAT(why_refused(from_settings({"ml.dialect=klingon"})), HasSubstr("ml.dialect"));
}

TEST_F(ConfigTest, EnvironmentGoesOverTheFileAndSettingsOverBoth) {
    auto sources = from_file("[jobs]\nworkers = 1\nmax_attempts = 1\nlease_seconds = 1\n");
    sources.environment = {{"VITRINE_JOBS_MAX_ATTEMPTS", "2"}, {"VITRINE_JOBS_LEASE_SECONDS", "2"}};
    sources.settings = {"jobs.lease_seconds=3", "jobs.lease_seconds=4"};
    const auto config = load_config(sources);
    EXPECT_EQ(config.jobs.workers, 1);
    EXPECT_EQ(config.jobs.max_attempts, 2);
    EXPECT_EQ(config.jobs.lease_seconds, 4);
}

TEST_F(ConfigTest, NestedSectionsAreReadFromTheEnvironment) {
    const auto config = load_config(from_environment({{"VITRINE_ML_CROP_ENGINE", "openai"},
                                                      {"VITRINE_ML_LIMITS_CONCURRENCY", "9"},
                                                      {"VITRINE_ML_READ_TEXT", "false"},
                                                      {"VITRINE_SERVER_API_KEYS", "a,b"}}));
    EXPECT_EQ(config.ml.crop.value().engine, "openai");
    EXPECT_EQ(config.ml.limits.concurrency, 9);
    EXPECT_FALSE(config.ml.read_text);
    EXPECT_THAT(config.server.api_keys, ElementsAre("a", "b"));
}

TEST_F(ConfigTest, EveryKeyHasItsOwnEnvironmentVariable) {
    std::map<std::string, std::string_view> seen;
    for (const auto& key : config_keys()) {
        const auto [place, inserted] = seen.emplace(environment_name(key.name), key.name);
        EXPECT_TRUE(inserted) << key.name << " and " << place->second;
    }
}

TEST_F(ConfigTest, VariablesOfNoSectionAreNotOurs) {
    EXPECT_NO_THROW(
        load_config(from_environment({{"VITRINE_DATA", "/x"}, {"VITRINE_SERVER", "x"}, {"VITRINE_HOME", "x"}})));
}

TEST_F(ConfigTest, AMisspelledVariableOfASectionIsRefused) {
    EXPECT_THAT(why_refused(from_environment({{"VITRINE_JOBS_WORKER", "2"}})), HasSubstr("VITRINE_JOBS_WORKER"));
}

TEST_F(ConfigTest, AnUnknownKeyIsNamedWithItsLineAndANearOne) {
    EXPECT_THAT(why_file_refused("[jobs]\n\nworker = 2\n"),
                AllOf(HasSubstr("\"jobs.worker\""), HasSubstr("line 3"), HasSubstr("did you mean 'jobs.workers'")));
    EXPECT_THAT(why_file_refused("[job]\nworkers = 2\n"), HasSubstr("\"job\""));
    EXPECT_THAT(why_file_refused("workers = 2\n"), HasSubstr("\"workers\""));
    EXPECT_THAT(why_file_refused("[ml.limits.deeper]\nx = 2\n"), HasSubstr("\"ml.limits.deeper\""));
    EXPECT_THAT(why_refused(from_settings({"ml.crops.engine=onnx"})), HasSubstr("did you mean 'ml.crop.engine'"));
    EXPECT_THAT(why_refused(from_settings({"qwertyuiop=1"})), Not(HasSubstr("did you mean")));
}

TEST_F(ConfigTest, AWrongTypeIsRefusedFromEverySource) {
    EXPECT_THAT(why_file_refused("[jobs]\nworkers = \"many\"\n"),
                AllOf(HasSubstr("'jobs.workers'"), HasSubstr("line 2"), HasSubstr("whole number"), HasSubstr("many")));
    EXPECT_THAT(why_file_refused("[jobs]\nworkers = 1.5\n"), HasSubstr("whole number"));
    EXPECT_THAT(why_file_refused("[jobs]\nworkers = 2026-01-01\n"), HasSubstr("'jobs.workers'"));
    EXPECT_THAT(why_file_refused("[jobs]\nworkers = {a = 1}\n"), HasSubstr("'jobs.workers'"));
    EXPECT_THAT(why_file_refused("jobs = 3\n"), HasSubstr("[jobs]"));
    EXPECT_THAT(why_file_refused("[server]\napi_keys = \"k\"\n"), HasSubstr("'server.api_keys'"));
    EXPECT_THAT(why_file_refused("[server]\napi_keys = [1]\n"), HasSubstr("'server.api_keys'"));
    EXPECT_THAT(why_file_refused("[server]\napi_keys = [\"\"]\n"), HasSubstr("'server.api_keys'"));
    EXPECT_THAT(why_refused(from_environment({{"VITRINE_ML_READ_TEXT", "yes"}})),
                AllOf(HasSubstr("'ml.read_text'"), HasSubstr("VITRINE_ML_READ_TEXT"), HasSubstr("true or false")));
    for (const auto* const value : {"", " 2", "2 ", "0x2", "2e0", "99999999999999999999", "two"}) {
        EXPECT_THAT(why_refused(from_settings({std::string("jobs.workers=") + value})),
                    AllOf(HasSubstr("'jobs.workers'"), HasSubstr("--set")))
            << value;
    }
}

TEST_F(ConfigTest, AnImpossibleValueIsRefused) {
    for (const auto* const setting : {"jobs.workers=-1",
                                      "jobs.lease_seconds=0",
                                      "pipeline.min_crop_fraction=1.01",
                                      "pipeline.min_crop_fraction=nan",
                                      "ml.limits.requests_per_second=inf",
                                      "ml.limits.requests_per_second=-1",
                                      "ml.engine=magic",
                                      "log.level=loud",
                                      "database.durability=some",
                                      "database.timeout_ms=99",
                                      "database.url=mysql://x",
                                      "database.url=sqlite:",
                                      "images.store=ftp://x",
                                      "images.store=s3:///x",
                                      "vectors.backend=none",
                                      "vectors.url=127.0.0.1:8000",
                                      "server.listen=8080",
                                      "server.listen=:8080",
                                      "server.listen=::1:8080",
                                      "server.listen=localhost:99999",
                                      "server.max_pixels=0",
                                      "imports.max_upload_bytes=500000001",
                                      "imports.downloads_at_once=0",
                                      "imports.allow_private_addresses=yes"}) {
        const std::string text = setting;
        EXPECT_THAT(why_refused(from_settings({text})), HasSubstr('\'' + text.substr(0, text.find('=')) + '\''))
            << text;
    }
    EXPECT_THAT(why_refused(from_settings({"ml.limits.backoff_initial_ms=100", "ml.limits.backoff_max_ms=99"})),
                HasSubstr("backoff_max_ms"));
}

TEST_F(ConfigTest, AMistakeInTheFileDoesNotHideBehindASetting) {
    auto sources = from_file("[jobs]\nworkers = \"many\"\n");
    sources.settings = {"jobs.workers=2"};
    EXPECT_THAT(why_refused(sources), HasSubstr("line 2"));
}

TEST_F(ConfigTest, SecretsAreNeverShown) {
    EXPECT_THAT(why_file_refused("[server]\napi_keys = \"hunter2\"\n"), Not(HasSubstr("hunter2")));
    EXPECT_THAT(why_file_refused("[images]\nsecret_key = hunter2\n"), Not(HasSubstr("hunter")));
    EXPECT_THAT(why_file_refused("[images]\nsecret_key = 0x1Fhunter2\n"), Not(HasSubstr("hunter")));
    EXPECT_THAT(why_file_refused("[images]\nsecret_key = 314159265358979323846264\n"), Not(HasSubstr("314159")));
    EXPECT_THAT(why_file_refused("[images]\nsecret_key = 12345\n"),
                AllOf(HasSubstr("secret_key"), Not(HasSubstr("12345"))));
    EXPECT_THAT(why_refused(from_settings({"ml.api_kye=hunter2"})),
                AllOf(HasSubstr("ml.api_kye"), Not(HasSubstr("hunter2"))));
    EXPECT_THAT(why_refused(from_settings({"ml.api_key:hunter2"})), Not(HasSubstr("hunter2")));
    EXPECT_THAT(why_refused(from_settings({"database.url=postgres//me:hunter2@db"})), Not(HasSubstr("hunter2")));
    EXPECT_THAT(why_refused(from_environment({{"VITRINE_ML_APIKEY", "hunter2"}})), Not(HasSubstr("hunter2")));
}

TEST_F(ConfigTest, AFileThatIsNotTomlIsRefusedByLineAndColumn) {
    EXPECT_THAT(why_file_refused("[jobs]\nworkers = \n"), AllOf(HasSubstr("line 2"), HasSubstr("not valid TOML")));
    EXPECT_THAT(why_file_refused("[jobs]\nworkers = 1\nworkers = 2\n"), HasSubstr("line 3"));
    EXPECT_THAT(why_file_refused("\xFF\xFE"), HasSubstr("not valid TOML"));
    EXPECT_THAT(why_file_refused(std::string(100'000, '[')), HasSubstr("not valid TOML"));
    EXPECT_THAT(why_file_refused("x = " + std::string(100'000, '[')), HasSubstr("not valid TOML"));
}

TEST_F(ConfigTest, AFileThatIsMissingAFolderOrTooLargeIsRefused) {
    ConfigSources sources;
    sources.file = "/nowhere/vitrine.toml";
    EXPECT_THAT(why_refused(sources), HasSubstr("/nowhere/vitrine.toml"));
    sources.file = testing::TempDir();
    EXPECT_THAT(why_refused(sources), HasSubstr("cannot be read"));
    EXPECT_THAT(why_file_refused(std::string((1U << 20) + 1, ' ')), HasSubstr("1 MiB"));
}

TEST_F(ConfigTest, TheDataFolderComesFromTheCommandLineAlone) {
    ConfigSources sources;
    sources.data = "/tmp/shop";
    EXPECT_EQ(load_config(sources).data, "/tmp/shop");
    sources.data = "";
    EXPECT_THAT(why_refused(sources), HasSubstr("--data"));
}

} // namespace
} // namespace vitrine
