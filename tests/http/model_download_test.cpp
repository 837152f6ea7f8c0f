// Models from a URL, over real HTTP, from a server that breaks off, ignores ranges or sends something else.

#include <charconv>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <vitrine/error.hpp>

#include "core/content_hash.hpp"
#include "engine/model_installation.hpp"
#include "servers/fault_server.hpp"

namespace vitrine::test {
namespace {

namespace fs = std::filesystem;

class ModelDownload : public ::testing::Test {
protected:
    ModelDownload() {
        std::string name = (fs::temp_directory_path() / "vitrine-download-XXXXXX").string();
        folder_ = ::mkdtemp(name.data());
    }
    ~ModelDownload() override {
        std::error_code ignored; // a leftover in the temporary folder harms no test
        fs::remove_all(folder_, ignored);
    }

    [[nodiscard]] std::string description(const std::string& sha256) const {
        return fmt::format(R"([{{"file":"net.onnx","name":"Net"{},"input":{{"shape":[1,3,32,32]}},)"
                           R"("outputs":[{{"name":"embedding"}}]}}])",
                           sha256.empty() ? "" : fmt::format(R"(,"sha256":"{}")", sha256));
    }

    /// What a server with ranges answers for the network.
    [[nodiscard]] ScriptedAnswer part(const SeenRequest& request) const {
        const auto& range = request.headers.at("range");
        std::size_t from = 0;
        std::from_chars(range.data() + 6, range.data() + range.size(), from);
        if (from >= net_.size()) return {.status = 416};
        return {.status = 206,
                .headers = {{"Content-Range", fmt::format("bytes {}-{}/{}", from, net_.size() - 1, net_.size())}},
                .body = net_.substr(from)};
    }

    const std::string net_ = std::string(300'000, 'n') + std::string(200'000, 'm');
    fs::path folder_;
};

TEST_F(ModelDownload, BrokenDownloadIsContinuedWhereItEnded) {
    { // what an earlier call left
        std::ofstream(folder_ / "net.onnx.part", std::ios::binary) << net_.substr(0, 123'456);
    }
    FaultServer server([&](const SeenRequest& request) -> ScriptedAnswer {
        if (request.target == "/m/models.json") return {.body = description(sha256_hex(net_))};
        return part(request);
    });
    const auto done = install_models(server.url("/m/models.json"), folder_, "");
    EXPECT_EQ(done.bytes_resumed, 123'456U);
    EXPECT_EQ(done.bytes_fetched, net_.size() - 123'456U);
    EXPECT_EQ(fs::file_size(folder_ / "net.onnx"), net_.size());
    EXPECT_TRUE(server.requests().back().headers.at("range").starts_with("bytes=123456-"));
}

TEST_F(ModelDownload, ServerThatIgnoresRangesGivesTheWholeFile) {
    std::ofstream(folder_ / "net.onnx.part", std::ios::binary) << "the beginning of another one";
    FaultServer server([&](const SeenRequest& request) -> ScriptedAnswer {
        if (request.target == "/m/models.json") return {.body = description(sha256_hex(net_))};
        return {.body = net_};
    });
    (void)install_models(server.url("/m/models.json"), folder_, "");
    EXPECT_EQ(fs::file_size(folder_ / "net.onnx"), net_.size());
}

TEST_F(ModelDownload, FileThatIsNotTheDeclaredOneIsThrownAway) {
    FaultServer server([&](const SeenRequest& request) -> ScriptedAnswer {
        if (request.target == "/m/models.json") return {.body = description(sha256_hex("something else"))};
        return part(request);
    });
    EXPECT_THROW((void)install_models(server.url("/m/models.json"), folder_, ""), Error);
    EXPECT_TRUE(fs::is_empty(folder_));
}

TEST_F(ModelDownload, ModelWithoutASumIsNotFetched) {
    FaultServer server([&](const SeenRequest&) -> ScriptedAnswer { return {.body = description("")}; });
    EXPECT_THROW((void)install_models(server.url("/m/models.json"), folder_, ""), Error);
    EXPECT_EQ(server.requests().size(), 1U);
}

TEST_F(ModelDownload, ErrorsOfTheServerComeThroughAndLeaveNoPack) {
    for (const int status : {404, 500, 503}) {
        FaultServer server([&](const SeenRequest& request) -> ScriptedAnswer {
            if (request.target == "/m/models.json") return {.body = description(sha256_hex(net_))};
            return {.status = status, .body = "<html>no</html>"};
        });
        EXPECT_THROW((void)install_models(server.url("/m/models.json"), folder_, ""), Error) << status;
        EXPECT_FALSE(fs::exists(folder_ / "models.json"));
    }
}

} // namespace
} // namespace vitrine::test
