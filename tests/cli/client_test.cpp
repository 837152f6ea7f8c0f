// The command line as a client of a running `vitrine serve`: the same commands, answers and exit codes as on the data
// folder itself.

#include <algorithm>
#include <csignal>
#include <functional>
#include <memory>
#include <mutex>
#include <set>
#include <sstream>
#include <tuple>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "program.hpp"
#include "servers/fault_proxy.hpp"
#include "servers/fault_server.hpp"
#include "serving.hpp"

namespace vitrine::test {
namespace {

using Json = nlohmann::ordered_json;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

/// The document without what no two runs have in common: rows' numbers, moments and durations.
Json essence(Json document) {
    static const std::set<std::string> of_one_run{"seconds",   "latency_ms", "timings_ms", "waited_ms", "worked_ms",
                                                  "cutoff_ms", "older_than", "bytes",      "subject"};
    const auto is_of_one_run = [](const std::string& name, const Json& value) {
        const bool is_row = value.is_number_integer() && (name == "id" || name.ends_with("_id"));
        return is_row || name.ends_with("_at") || of_one_run.contains(name);
    };
    if (document.is_array()) {
        for (auto& value : document) value = essence(value);
    } else if (document.is_object()) {
        for (auto& [name, value] : document.items()) value = is_of_one_run(name, value) ? Json("…") : essence(value);
    }
    return document;
}

std::string without(std::string text, const std::string& part) {
    for (auto at = text.find(part); at != std::string::npos; at = text.find(part)) text.erase(at, part.size());
    return text;
}

/// Without the lines that tell how far it is, which come as it goes.
std::string without_progress(const std::string& text) {
    std::string rest;
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line);) {
        if (!line.starts_with("imported ") && !line.starts_with("answered ")) rest += line + '\n';
    }
    return rest;
}

/// A place with a small catalogue beside it.
class Stand {
public:
    static constexpr int products = 4;

    Stand() {
        std::string csv = "product_id,name,description,category,image,colour\n";
        for (int i = 1; i <= products; ++i) {
            place.draw(fmt::format("{}.jpg", i), i);
            csv += fmt::format("P/{},Thing number {},,{},{}.jpg,c{}\n", i, i, i % 2 ? "odd" : "even", i, i);
        }
        place.draw("9.jpg", 9);
        place.write("catalog.csv", csv + "P9,Nine,,,missing.jpg,\n");
        place.write("text.jpg", "hello");
        place.write("queries.csv", "image,product_ids\n1.jpg,P/1\n2.jpg,P/2|P/3\nmissing.jpg,P/4\n");
    }

    [[nodiscard]] std::string file(const std::string& name) const { return (place.folder() / name).string(); }

    [[nodiscard]] Ended run(const std::vector<std::string>& arguments) const { return place.vitrine(arguments, quick); }

    const Workplace place;
};

/// What one command says of itself, comparable between two places.
struct Said {
    int code;
    std::string out, err;

    friend bool operator==(const Said&, const Said&) = default;
    friend std::ostream& operator<<(std::ostream& out, const Said& said) {
        return out << said.code << "\n" << said.out << "\n" << said.err;
    }
};

Said said(const Stand& stand, const std::vector<std::string>& arguments) {
    auto ended = stand.run(arguments);
    auto json = Json::parse(ended.out, nullptr, /*allow_exceptions=*/false);
    // An import takes several rows at a time: which product was first is of one run.
    const bool is_list = json.contains("products") && arguments[0] == "products" && arguments[1] != "similar";
    if (is_list) {
        std::ranges::sort(json["products"].get_ref<Json::array_t&>(), {},
                          [](const Json& product) { return product.at("id").get<std::string>(); });
    }
    if (!json.is_discarded()) ended.out = essence(json).dump(1);
    const auto folder = stand.place.folder().string();
    return {ended.code, without(ended.out, folder), without_progress(without(ended.err, folder))};
}

TEST(Client, EveryCommandThatChangesSomethingSaysTheSameAsOnTheFolderItself) {
    const Stand own, served;
    const Serving serving(served.place);
    const auto sequence = [](const Stand& stand) {
        return std::vector<std::vector<std::string>>{
            {"import", stand.file("catalog.csv"), "--json"},
            {"import", stand.file("catalog.csv"), "--json"},
            {"import", stand.file("nothing.csv"), "--json"},
            {"add", stand.file("9.jpg"), "--name", "Nine \"of\" nine", "--id", "P 9/ü", "--category", "odd", "--json"},
            {"add", stand.file("9.jpg"), "--name", "Nine \"of\" nine", "--id", "P 9/ü", "--category", "odd", "--json"},
            {"add", stand.file("9.jpg"), "--name", "Nameless"},
            {"add", stand.file("text.jpg"), "--name", "No picture", "--id", "T"},
            {"add", stand.file("text.jpg"), "--name", "No picture", "--id", "T", "--json"},
            {"products", "show", "T"},
            {"search", stand.file("2.jpg"), "--json"},
            {"search", stand.file("text.jpg"), "--json"},
            {"search", stand.file("1.jpg"), "--box", "0,0,5000,5000"},
            {"jobs", "show", "7", "--json"},
            {"jobs", "cancel", "7", "--json"},
            {"jobs", "retry", "7"},
            {"jobs", "retry", "999"},
            {"jobs", "cancel", "999"},
            {"jobs", "show", "999"},
            {"jobs", "erase", "7", "--json"},
            {"jobs", "erase", "7"},
            {"products", "remove", "P/1", "--json"},
            {"products", "remove", "P/1", "--json"},
            {"products", "remove", "P/2"},
            {"products", "list", "--json"},
            {"check", "--json"},
            {"check", "--repair", "--json"},
            {"cleanup", "--dry-run", "--json"},
            {"cleanup", "--older-than-days", "0", "--json"},
            {"reindex", "--json"},
            {"reindex", "--estimate"},
            {"reindex", "--rollback"},
            {"reindex", "--drop", "--json"},
        };
    };
    const auto here = sequence(own);
    const auto there = sequence(served);
    for (std::size_t i = 0; i < here.size(); ++i) {
        EXPECT_EQ(said(own, here[i]), said(served, there[i])) << here[i][0] << ", command " << i;
    }
}

TEST(Client, EveryCommandThatReadsGivesTheSameDocumentOfTheSameCatalogue) {
    const Stand stand;
    ASSERT_EQ(stand.run({"import", stand.file("catalog.csv")}).code, 1) << "one row has no picture";
    const std::vector<std::vector<std::string>> commands{
        {"products", "list", "--json"},
        {"products"},
        {"products", "--text", "thing 2", "--json"},
        {"products", "list", "--text", "thing"},
        {"products", "--category", "even", "--limit", "1", "--json"},
        {"products", "--attribute", "colour=c4", "--json"},
        {"products", "list", "--text", "thing", "--attribute", "colour=none", "--json"},
        {"products", "similar", "P/3", "--json"},
        {"products", "similar", "P/3", "--top", "1"},
        {"products", "similar", "P/3", "--category", "even", "--json"},
        {"products", "similar", "nothing"},
        {"products", "show", "P/3", "--json"},
        {"products", "show", "P/3"},
        {"products", "show", "nothing", "--json"},
        {"jobs", "list", "--kind", "index", "--json"},
        {"jobs", "--state", "succeeded", "--kind", "index", "--limit", "2", "--json"},
        {"jobs", "--kind", "index"},
        {"jobs", "show", "2", "--json"},
        {"jobs", "show", "2"},
        {"eval", stand.file("queries.csv"), "--json"},
        {"eval", stand.file("queries.csv"), "--top", "1", "--json"},
        {"search", stand.file("3.jpg"), "--json"},
        {"search", stand.file("3.jpg"), "--top", "2", "--category", "even", "--attribute", "colour=c4", "--json"},
        {"search", stand.file("3.jpg"), "--min-score", "0.9", "--json"},
    };
    std::vector<Said> before;
    for (const auto& command : commands) before.push_back(said(stand, command));
    const Serving serving(stand.place);
    const Workplace elsewhere;
    for (std::size_t i = 0; i < commands.size(); ++i) {
        const auto& name = commands[i].front();
        EXPECT_EQ(said(stand, commands[i]), before[i]) << name << ", command " << i;
        auto named = commands[i];
        named.insert(named.end(), {"--server", serving.url()});
        EXPECT_EQ(elsewhere.vitrine(named).code, before[i].code) << name << ", command " << i;
    }
}

TEST(Client, TheEvidenceOfAnEvaluationHasTheSameFiguresFromAServer) {
    const Stand stand;
    ASSERT_EQ(stand.run({"import", stand.file("catalog.csv")}).code, 1) << "one row has no picture";
    const auto table = [&](const std::string& name) {
        const auto file = stand.file(name);
        EXPECT_EQ(stand.run({"eval", stand.file("queries.csv"), "--evidence", file}).code, 1) << "one photo is missing";
        std::istringstream text(test::bytes_of(file));
        std::multiset<std::string> rows; // photos that are asked at one time are told of as they end
        for (std::string row; std::getline(text, row);) rows.insert(row);
        return rows;
    };
    const auto own = table("own.csv");
    EXPECT_GT(own.size(), 2U);
    const Serving serving(stand.place);
    EXPECT_EQ(table("served.csv"), own);
}

TEST(Client, AServersUrlMayHaveAPath) {
    std::vector<std::string> asked;
    std::mutex mutex;
    const FaultServer proxy([&](const SeenRequest& request) {
        const std::lock_guard lock(mutex);
        asked.push_back(request.target);
        return ScriptedAnswer{.headers = {{"Content-Type", "application/json"}},
                              .body = R"({"products":[],"next_cursor":null})"};
    });
    const Workplace place;
    for (const auto* const path : {"/shops/one", "/shops/one/"}) {
        EXPECT_EQ(place.vitrine({"products", "--server", proxy.url(path), "--json"}).code, 0) << path;
    }
    EXPECT_EQ(place.vitrine({"products"}, {{"VITRINE_SERVER_URL", proxy.url("/shops/one")}}).code, 0);
    const std::lock_guard lock(mutex);
    EXPECT_EQ(asked, std::vector<std::string>(3, "/shops/one/v1/products?limit=1000"));
}

TEST(Client, ACommandThatFindsTheFolderServedNeedsTheServersKeyAndSaysSo) {
    const Stand stand;
    Serving serving(stand.place, {"--set", "server.api_keys=admin:geheim,read:lesen"});
    const auto without_key = stand.run({"products", "--json"});
    EXPECT_EQ(without_key.code, 2);
    EXPECT_THAT(without_key.err, AllOf(StartsWith("vitrine: The server at http://127.0.0.1:"),
                                       HasSubstr("needs an API key"), HasSubstr("VITRINE_SERVER_API_KEY")));
    const auto wrong = stand.place.vitrine({"products"}, {{"VITRINE_SERVER_API_KEY", "falsch"}});
    EXPECT_EQ(wrong.code, 2);
    EXPECT_THAT(wrong.err, AllOf(HasSubstr("does not know this API key"), Not(HasSubstr("falsch"))));
    EXPECT_EQ(stand.place.vitrine({"products"}, {{"VITRINE_SERVER_API_KEY", "geheim"}}).code, 0);
    const auto file = stand.place.write("key", "geheim\n").string();
    EXPECT_EQ(stand.run({"products", "--api-key-file", file}).code, 0);
    EXPECT_EQ(stand.run({"--api-key", "geheim", "products"}).code, 0);
    const auto narrow = stand.run({"--api-key", "lesen", "products", "remove", "P/1"});
    EXPECT_EQ(narrow.code, 2);
    EXPECT_THAT(narrow.err, HasSubstr("This API key has the scope read; write is needed here."));
    EXPECT_EQ(stand.run({"products", "--api-key-file", "/nowhere"}).code, 2);
    serving.program().send(SIGTERM);
    EXPECT_THAT(serving.program().end().err, Not(HasSubstr("geheim")));
}

TEST(Client, AFolderIsAskedDirectlyAgainOnceItsServerHasEndedHoweverItEnded) {
    const Stand stand;
    for (const int signal : {SIGTERM, SIGKILL}) {
        {
            Serving serving(stand.place);
            EXPECT_EQ(stand.run({"products"}).code, 0);
            EXPECT_THAT(stand.run({"doctor"}).out, HasSubstr("vitrine serve, which serves it at " + serving.url()));
            serving.program().send(signal);
            serving.program().end();
        }
        const auto ended = stand.run({"products"});
        EXPECT_EQ(ended.code, 0) << ended.err;
        EXPECT_THAT(stand.run({"doctor"}).out, HasSubstr("Nobody is using the data folder."));
    }
}

TEST(Client, AnotherServerAtTheAddressOfTheFoldersOwnIsNotAsked) {
    const Stand stand;
    const Serving serving(stand.place);
    FaultServer other([](const SeenRequest&) {
        return ScriptedAnswer{.headers = {{"Content-Type", "application/json"}},
                              .body = R"({"status":"ok","instance":"another"})"};
    });
    // As where the folder lies on a network and its server on another machine.
    const auto lock = stand.place.data() / "vitrine.lock";
    auto text = bytes_of(lock);
    const auto at = text.find(serving.url());
    ASSERT_NE(at, std::string::npos) << text;
    stand.place.write("data/vitrine.lock", text.replace(at, serving.url().size(), other.url()));
    const auto ended = stand.run({"products", "remove", "P/1"});
    EXPECT_EQ(ended.code, 1);
    EXPECT_THAT(ended.err, AllOf(HasSubstr("another server than its own answers"), HasSubstr("--server")));
    EXPECT_EQ(other.requests().size(), 1U);
}

TEST(Client, DoctorLooksAtTheServerFromHere) {
    const Stand stand;
    Serving serving(stand.place);
    const Workplace elsewhere;
    const auto well = elsewhere.vitrine({"doctor", "--server", serving.url(), "--json"});
    EXPECT_EQ(well.code, 0) << well.out;
    const auto checks = Json::parse(well.out);
    EXPECT_EQ(checks["ok"], true);
    EXPECT_EQ(checks["checks"].size(), 7U) << checks;
    serving.program().send(SIGTERM);
    serving.program().end();
    const auto away = elsewhere.vitrine({"doctor", "--server", serving.url()});
    EXPECT_EQ(away.code, 1);
    EXPECT_THAT(away.out, HasSubstr("FAILED server"));
    EXPECT_FALSE(std::filesystem::exists(elsewhere.data())) << "a command that asks a server makes no data folder";
}

TEST(Client, CommandsOfThisMachineRefuseAServer) {
    const Workplace place;
    for (const std::vector<std::string>& command :
         {std::vector<std::string>{"serve"}, {"worker"}, {"models", "list"}}) {
        auto arguments = command;
        arguments.insert(arguments.end(), {"--server", "http://127.0.0.1:1"});
        const auto ended = place.vitrine(arguments);
        EXPECT_EQ(ended.code, 2) << command.front();
        EXPECT_THAT(ended.err, HasSubstr("leave --server out")) << command.front();
    }
}

/// What one command says of a server that answers by this script.
Ended asked_of(const FaultServer::Script& script, const std::vector<std::string>& arguments) {
    const Workplace place;
    const FaultServer server(script);
    auto all = arguments;
    all.insert(all.end(), {"--server", server.url(), "--set", "server.timeout_ms=300"});
    return place.vitrine(all);
}

TEST(Client, AServerThatCannotAnswerIsToldInOneSentence) {
    using Answer = ScriptedAnswer;
    const std::pair<FaultServer::Script, const char*> servers[] = {
        {[](const SeenRequest&) {
             return Answer{.headers = {{"Content-Type", "text/html"}}, .body = "<!doctype html><p>Please log in"};
         },
         "a web page instead of JSON"},
        {[](const SeenRequest&) {
             return Answer{.status = 404, .headers = {{"Content-Type", "text/html"}}, .body = "<html>nginx</html>"};
         },
         "a web page instead of what Vitrine answers"},
        {[](const SeenRequest&) { return Answer{.status = 500, .headers = {}, .body = "oops"}; }, "with 500"},
        {[](const SeenRequest&) { return Answer{.status = 502, .headers = {}, .body = "<html>bad gateway"}; },
         "with 502 (a web page)"},
        {[](const SeenRequest&) {
             return Answer{.headers = {{"Content-Type", "application/json"}}, .body = R"({"products":17})"};
         },
         "is not understood (it has no list 'products')"},
        {[](const SeenRequest&) {
             return Answer{.headers = {{"Content-Type", "application/json"}}, .body = std::string(100'000, '[')};
         },
         "is not understood (it is nested too deep)"},
        {[](const SeenRequest&) { return Answer{.hang = true}; }, "not a byte came from the server in 300 ms"},
        {[](const SeenRequest&) {
             return Answer{.headers = {{"Content-Type", "application/json"}}, .body = "{}", .cut_after = 1};
         },
         "the connection was cut"},
        {[](const SeenRequest&) {
             return Answer{.status = 500,
                           .headers = {{"Content-Type", "application/problem+json"}},
                           .body = R"({"code":"internal","detail":"The server met a fault of its own."})"};
         },
         "The server met a fault of its own."},
    };
    for (const auto& [script, sentence] : servers) {
        const auto ended = asked_of(script, {"products", "--json"});
        EXPECT_EQ(ended.code, 1) << ended.err;
        EXPECT_THAT(ended.err, AllOf(StartsWith("vitrine: "), HasSubstr(sentence)));
        EXPECT_EQ(std::ranges::count(ended.err, '\n'), 1) << ended.err;
        EXPECT_TRUE(Json::parse(ended.out).contains("error")) << ended.out;
    }
}

TEST(Client, AWrongAddressIsToldInOneSentence) {
    const Workplace place;
    const std::tuple<const char*, int, const char*> addresses[] = {
        {"http://127.0.0.1:1", 1, "no connection could be made"},
        {"http://no-such-host.invalid", 1, "the host's name is not known"},
        {"ftp://127.0.0.1", 2, "starts with http:// or https://"},
        {"127.0.0.1:8080", 2, "starts with http:// or https://"},
        {"http://", 2, "URL"},
    };
    for (const auto& [url, code, sentence] : addresses) {
        const auto ended = place.vitrine({"products", "--server", url});
        EXPECT_EQ(ended.code, code) << url << ": " << ended.err;
        EXPECT_THAT(ended.err, AllOf(StartsWith("vitrine: "), HasSubstr(sentence))) << url;
        EXPECT_EQ(std::ranges::count(ended.err, '\n'), 1) << ended.err;
    }
}

TEST(Client, AnswersThatAreLostLoseNoRowAndDoubleNone) {
    const Stand stand;
    Serving serving(stand.place);
    FaultProxy proxy(serving.port());
    proxy.cut_answers_after(3000); // every connection is reset after a few answers, in the middle of one
    const Workplace elsewhere;
    const auto ended = elsewhere.vitrine({"import", stand.file("catalog.csv"), "--json", "--server", proxy.url()});
    const auto report = Json::parse(ended.out);
    EXPECT_EQ(report["rows"], Stand::products + 1) << ended.out << ended.err;
    EXPECT_EQ(report["indexed"], Stand::products) << ended.out << ended.err;
    EXPECT_EQ(report["failed"], 1) << "the one without a picture";
    EXPECT_GT(proxy.connections(), 2);
    EXPECT_EQ(Json::parse(stand.run({"jobs", "--kind", "index", "--json"}).out)["jobs"].size(),
              std::size_t{Stand::products});
    EXPECT_EQ(Json::parse(stand.run({"products", "--json"}).out)["products"].size(), std::size_t{Stand::products});
}

TEST(Client, AnImportOutlivesTheDeathOfItsServer) {
    constexpr int rows = 30;
    const Stand stand;
    std::string csv = "product_id,name,image\n";
    for (int i = 1; i <= rows; ++i) {
        stand.place.draw(fmt::format("row{}.jpg", i), 100 + i);
        csv += fmt::format("R{},Row {},row{}.jpg\n", i, i, i);
    }
    stand.place.write("rows.csv", csv);
    auto serving = std::make_unique<Serving>(stand.place);
    FaultProxy proxy(serving->port());
    const Workplace elsewhere;
    RunningProgram import(elsewhere.folder(),
                          elsewhere.with_data({"import", stand.file("rows.csv"), "--json", "--server", proxy.url()}),
                          quick);
    ASSERT_TRUE(import.wait_for_errors("imported 3/30"));
    serving->program().send(SIGKILL);
    serving->program().end();
    serving.reset();
    EXPECT_TRUE(import.wait_for_errors("The import waits and goes on by itself."));
    serving = std::make_unique<Serving>(stand.place);
    proxy.lead_to(serving->port());
    const auto ended = import.end();
    const auto report = Json::parse(ended.out);
    EXPECT_EQ(report["failed"], 0) << ended.out << ended.err;
    EXPECT_EQ(report["indexed"].get<int>() + report["unchanged"].get<int>(), rows) << ended.out;
    EXPECT_EQ(Json::parse(stand.run({"products", "--json"}).out)["products"].size(), std::size_t{rows});
    EXPECT_EQ(Json::parse(stand.run({"jobs", "--kind", "index", "--json"}).out)["jobs"].size(), std::size_t{rows});
}

} // namespace
} // namespace vitrine::test
