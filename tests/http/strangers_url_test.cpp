// URLs that strangers wrote, against real sockets: a network of the test's own has one public address, so that what
// leads from there into this machine can be seen to be refused.

#include <string>
#include <thread>

#include <arpa/inet.h>
#include <cstring>
#include <net/if.h>
#include <netinet/in.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vitrine/error.hpp>

#include "http/http_client.hpp"
#include "servers/fault_server.hpp"

namespace vitrine {
namespace {

using test::FaultServer;
using test::ScriptedAnswer;
using test::SeenRequest;
using testing::HasSubstr;
using testing::Not;

constexpr auto public_address = "8.8.8.8";
constexpr int skipped = 77;

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

sockaddr_in address_of(const char* text) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    ::inet_pton(AF_INET, text, &address.sin_addr);
    return address;
}

/// A network of this process's own, whose loopback also has the public address. False where the system forbids it.
bool enter_own_network() {
    if (::unshare(CLONE_NEWUSER | CLONE_NEWNET) != 0) return false;
    const int control = ::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    const auto set = [control](const char* name, unsigned long what, auto fill) {
        ifreq request{};
        std::strncpy(request.ifr_name, name, IFNAMSIZ - 1);
        fill(request);
        return ::ioctl(control, what, &request) == 0;
    };
    const auto up = [](ifreq& request) { request.ifr_flags = IFF_UP | IFF_RUNNING | IFF_LOOPBACK; };
    const bool done = set("lo", SIOCSIFFLAGS, up) && set("lo:1", SIOCSIFADDR, [](ifreq& request) {
                          const auto address = address_of(public_address);
                          std::memcpy(&request.ifr_addr, &address, sizeof(address));
                      });
    ::close(control);
    return done;
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

    [[nodiscard]] std::string url() const { return fmt::format("http://{}:{}/", public_address, port_); }

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

/// Runs `body` in a child with a network of its own; it says what went wrong, or nothing.
template <class Body>
void in_own_network(const Body& body) {
    const pid_t child = ::fork();
    if (child == 0) {
        if (!enter_own_network()) ::_exit(skipped);
        const std::string wrong = body();
        if (!wrong.empty()) fmt::print(stderr, "{}\n", wrong);
        ::_exit(wrong.empty() ? 0 : 1);
    }
    int status = 0;
    ::waitpid(child, &status, 0);
    if (WIFEXITED(status) && WEXITSTATUS(status) == skipped) {
        GTEST_SKIP() << "This system gives no process a network of its own (unprivileged user namespaces).";
    }
    EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0) << "see what the child said above";
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
