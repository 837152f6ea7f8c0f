#pragma once

// For tests of what a program may reach: a network of the test's own, which has one public address.

#include <cstring>
#include <string>
#include <thread>

#include <arpa/inet.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

namespace vitrine::test {

inline constexpr auto public_address = "8.8.8.8";

inline sockaddr_in address_of(const char* text) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    ::inet_pton(AF_INET, text, &address.sin_addr);
    return address;
}

/// A network and mounts of this process's own; the network's loopback also has the public address, and names are asked
/// for at 127.0.0.1. False where the system forbids it.
inline bool enter_own_network() {
    if (::unshare(CLONE_NEWUSER | CLONE_NEWNET | CLONE_NEWNS) != 0) return false;
    char resolver[] = "/tmp/vitrine-resolver-XXXXXX";
    const int file = ::mkstemp(resolver);
    constexpr std::string_view said = "nameserver 127.0.0.1\noptions timeout:1 attempts:1\n";
    const bool written = ::write(file, said.data(), said.size()) == static_cast<ssize_t>(said.size());
    ::close(file);
    const bool mounted = written && ::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0 &&
                         ::mount(resolver, "/etc/resolv.conf", nullptr, MS_BIND, nullptr) == 0;
    ::unlink(resolver);
    if (!mounted) return false;
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

/// Runs `body` in a child with a network of its own; it says what went wrong, or nothing.
template <class Body>
void in_own_network(const Body& body) {
    const pid_t child = ::fork();
    if (child == 0) {
        if (!enter_own_network()) ::_exit(77);
        const std::string wrong = body();
        if (!wrong.empty()) fmt::print(stderr, "{}\n", wrong);
        ::_exit(wrong.empty() ? 0 : 1);
    }
    int status = 0;
    ::waitpid(child, &status, 0);
    if (WIFEXITED(status) && WEXITSTATUS(status) == 77) {
        GTEST_SKIP() << "This system gives no process a network of its own (unprivileged user namespaces).";
    }
    EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0) << "see what the child said above";
}

} // namespace vitrine::test
