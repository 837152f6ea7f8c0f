// URLs that strangers wrote, against real sockets: a network of the test's own has one public address, so that what
// leads from there into this machine can be seen to be refused.

#include <string>
#include <thread>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vitrine/error.hpp>

#include "http/http_client.hpp"
#include "servers/fault_server.hpp"

#include "name_server.hpp"
#include "own_network.hpp"

namespace vitrine {
namespace {

using test::address_of;
using test::FaultServer;
using test::in_own_network;
using test::NameServer;
using test::public_address;
using test::ScriptedAnswer;
using test::SeenRequest;
using testing::HasSubstr;
using testing::Not;

FaultServer answering(ScriptedAnswer answer) {
    return FaultServer([answer](const SeenRequest&) { return answer; });
}

HttpRequest strangers(const std::string& url, bool private_too = false) {
    HttpRequest request;
    request.url = url;
    request.redirects_max = 5;
    request.strangers_url = StrangersUrl{.private_addresses_too = private_too};
    return request;
}

/// What became of the request, in words.
std::string outcome(const HttpRequest& request) {
    HttpClient client;
    try {
        return client.send(request).body;
    } catch (const Error& error) {
        return fmt::format("{}: {}", to_string(error.code()), error.what());
    }
}

/// Answers each connection to the public address with the same text.
class PublicServer {
public:
    explicit PublicServer(std::string answer) : answer_(std::move(answer)) {
        listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        auto address = address_of(public_address);
        socklen_t size = sizeof(address);
        if (::bind(listener_, reinterpret_cast<sockaddr*>(&address), size) != 0 || ::listen(listener_, 8) != 0) return;
        ::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size);
        port_ = ntohs(address.sin_port);
        thread_ = std::thread([this] { serve(); });
    }
    ~PublicServer() {
        ::shutdown(listener_, SHUT_RDWR);
        if (thread_.joinable()) thread_.join();
        ::close(listener_);
    }
    PublicServer(const PublicServer&) = delete;
    PublicServer& operator=(const PublicServer&) = delete;

    [[nodiscard]] std::string url() const { return url_of(public_address); }
    [[nodiscard]] std::string url_of(const std::string& host) const {
        return fmt::format("http://{}:{}/", host, port_);
    }

private:
    void serve() const {
        for (int client = 0; (client = ::accept(listener_, nullptr, nullptr)) >= 0; ::close(client)) {
            std::string head(1, '\0');
            std::string seen;
            while (!seen.ends_with("\r\n\r\n") && ::read(client, head.data(), 1) == 1) seen += head;
            static_cast<void>(!::write(client, answer_.data(), answer_.size()));
        }
    }

    const std::string answer_;
    int listener_ = -1;
    int port_ = 0;
    std::thread thread_;
};

std::string redirection(const std::string& to) {
    return fmt::format("HTTP/1.1 302 Found\r\nLocation: {}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n", to);
}

TEST(StrangersUrls, LeadToPublicAddresses) {
    in_own_network([] {
        const PublicServer there("HTTP/1.1 200 OK\r\nContent-Length: 5\r\nConnection: close\r\n\r\nhello");
        const auto came = outcome(strangers(there.url()));
        return came == "hello" ? std::string() : "the public server was not reached: " + came;
    });
}

TEST(StrangersUrls, AreNotRedirectedIntoThisMachine) {
    in_own_network([] {
        const auto inside = answering({.body = "secret"});
        for (const std::string& host : {std::string("127.0.0.1"), std::string("0x7f.1"), std::string("localhost"),
                                        std::string("[::ffff:127.0.0.1]")}) {
            const PublicServer there(redirection(fmt::format("http://{}:{}/", host, inside.port())));
            const auto came = outcome(strangers(there.url()));
            if (came.find("not a public address") == std::string::npos) return host + ": " + came;
        }
        return inside.connections() == 0 ? std::string() : "the server inside was asked";
    });
}

TEST(StrangersUrls, OfANameThatIsPublicFirstAndPrivateThenDoNotReachThisMachine) {
    in_own_network([]() -> std::string {
        const auto inside = answering({.body = "secret"});
        const PublicServer there("HTTP/1.1 200 OK\r\nContent-Length: 5\r\nConnection: close\r\n\r\nhello");
        const NameServer names(
            [](int asked) { return std::vector<std::string>{asked == 1 ? public_address : "127.0.0.1"}; });
        if (!names.listens()) return "no name server can listen here";
        const auto first = outcome(strangers(there.url_of("pictures.shop")));
        if (first != "hello") return "while the name is public: " + first;
        const auto then = outcome(strangers(fmt::format("http://pictures.shop:{}/", inside.port())));
        if (names.asked() < 2) return "the name was not asked for again";
        if (then.find("not a public address") == std::string::npos) return "once the name is private: " + then;
        return inside.connections() == 0 ? std::string() : "the server inside was asked";
    });
}

TEST(StrangersUrls, OfANameWithAPublicAndAPrivateAddressDoNotFallBackToThePrivateOne) {
    in_own_network([]() -> std::string {
        const auto inside = answering({.body = "secret"});
        const NameServer names([](int) { return std::vector<std::string>{public_address, "127.0.0.1"}; });
        if (!names.listens()) return "no name server can listen here";
        // At the public address nothing listens on this port: a client tries the other address next.
        const auto came = outcome(strangers(fmt::format("http://pictures.shop:{}/", inside.port())));
        if (came.find("secret") != std::string::npos) return "the server inside was asked: " + came;
        return inside.connections() == 0 ? std::string() : "the server inside was connected to";
    });
}

TEST(StrangersUrls, AreJudgedByTheAddressThatANameHasWhenItIsConnectedTo) {
    const auto inside = answering({.body = "secret"});
    for (const auto* host : {"localhost", "127.0.0.1", "127.1", "2130706433", "0", "[::1]"}) {
        EXPECT_THAT(outcome(strangers(fmt::format("http://{}:{}/", host, inside.port()))),
                    testing::AllOf(HasSubstr("bad_input"), HasSubstr("not a public address")))
            << host;
    }
    EXPECT_EQ(inside.connections(), 0);
    EXPECT_EQ(outcome(strangers(inside.url("/"), true)), "secret") << "where it is allowed";
}

TEST(StrangersUrls, UseNoProxyWhichWouldResolveNamesItself) {
    const auto proxy = answering({.body = "by proxy"});
    ::setenv("http_proxy", proxy.url().c_str(), 1);
    EXPECT_THAT(outcome(strangers("http://127.0.0.1:1/")), HasSubstr("not a public address"));
    EXPECT_EQ(outcome(strangers("http://shop.invalid/", true)), "by proxy") << "where any address is allowed";
    ::unsetenv("http_proxy");
    EXPECT_EQ(proxy.requests().size(), 1U);
}

TEST(StrangersUrls, HoldNoPasswordNorDoRedirections) {
    const auto server = answering({.status = 302, .headers = {{"Location", "http://u:hidden@127.0.0.1:1/"}}});
    const auto with_password = "http://u:hidden@" + server.url("/").substr(7);
    for (const auto& url : {with_password, server.url("/")}) {
        EXPECT_THAT(outcome(strangers(url, true)),
                    testing::AllOf(HasSubstr("bad_input"), HasSubstr("password"), Not(HasSubstr("hidden"))));
    }
    EXPECT_EQ(server.requests().size(), 1U);
}

} // namespace
} // namespace vitrine
