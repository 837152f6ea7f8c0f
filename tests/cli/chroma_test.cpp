// The program with a ChromaDB server as its vector store, set up by configuration alone.

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "servers/chroma_server.hpp"
#include "servers/fault_server.hpp"

#include "program.hpp"

namespace vitrine::test {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class OverChroma : public ::testing::Test {
protected:
    [[nodiscard]] Ended run(const std::string& url, std::vector<std::string> arguments) const {
        std::vector<std::string> all{"--set", "vectors.backend=chroma", "--set", "vectors.url=" + url,
                                     "--set", "vectors.token=s3cret",   "--set", "ml.read_text=false"};
        all.insert(all.end(), arguments.begin(), arguments.end());
        return place_.vitrine(all);
    }

    Workplace place_;
};

TEST_F(OverChroma, AProductIsAddedFoundAndRemoved) {
    ChromaServer server;
    const auto picture = place_.draw("a.jpg", 3).string();
    ASSERT_EQ(run(server.url(), {"add", picture, "--name", "Striped thing", "--id", "P1"}).code, 0);
    const auto found = run(server.url(), {"search", picture, "--json"});
    EXPECT_EQ(found.code, 0) << found.err;
    EXPECT_THAT(found.out, HasSubstr("\"product_id\":\"P1\""));
    ASSERT_EQ(run(server.url(), {"products", "remove", "P1"}).code, 0);
    EXPECT_THAT(run(server.url(), {"search", picture, "--json"}).out, Not(HasSubstr("\"product_id\":\"P1\"")));
    const auto doctor = run(server.url(), {"doctor"});
    EXPECT_EQ(doctor.code, 0) << doctor.out << doctor.err;
    EXPECT_THAT(doctor.out, HasSubstr("ChromaDB 1."));
}

TEST_F(OverChroma, AServerThatIsNotThereIsOneSentenceForASearchAndForTheDoctor) {
    std::string url;
    {
        const FaultServer gone([](const SeenRequest&) { return ScriptedAnswer{}; });
        url = gone.url();
    }
    const auto search = run(url, {"search", place_.draw("a.jpg", 3).string()});
    EXPECT_EQ(search.code, 1);
    EXPECT_THAT(search.err, HasSubstr("vector store"));
    const auto doctor = run(url, {"doctor"});
    EXPECT_EQ(doctor.code, 1);
    EXPECT_THAT(doctor.out, HasSubstr("The vector store (ChromaDB) is unavailable"));
}

TEST_F(OverChroma, ARefusedTokenIsNamedByItsKeyAndNotShown) {
    const FaultServer guarded(
        [](const SeenRequest&) { return ScriptedAnswer{.status = 401, .headers = {}, .body = {}}; });
    const auto doctor = run(guarded.url(), {"doctor"});
    EXPECT_EQ(doctor.code, 1);
    EXPECT_THAT(doctor.out, HasSubstr("vectors.token"));
    EXPECT_THAT(doctor.out + doctor.err, Not(HasSubstr("s3cret")));
}

TEST_F(OverChroma, AConfigurationWithoutAnAddressOrWithAnImpossibleNameIsRefusedAtOnce) {
    const auto bare = place_.vitrine({"--set", "vectors.backend=chroma", "products", "list"});
    EXPECT_EQ(bare.code, 2);
    EXPECT_THAT(bare.err, HasSubstr("vectors.url"));
    const auto odd = place_.vitrine({"--set", "vectors.collection=../x", "products", "list"});
    EXPECT_EQ(odd.code, 2);
    EXPECT_THAT(odd.err, HasSubstr("vectors.collection"));
}

} // namespace
} // namespace vitrine::test
