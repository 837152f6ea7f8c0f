// A commit whose answer is lost: the connection breaks after the server was told to commit. The change must be there
// once, whichever side of the commit the break was on.

#include <atomic>
#include <csignal>
#include <functional>
#include <future>
#include <list>
#include <mutex>
#include <thread>

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <vitrine/error.hpp>

#include "storage/postgres_database.hpp"
#include "storage/postgres_test_server.hpp"
#include "storage/prepared.hpp"
#include "storage/sql.hpp"

namespace vitrine {
namespace {

using testing_support::PostgresServer;

/// Stands between client and server and cuts the connection at a chosen message.
class CuttingProxy {
public:
    enum class Cut {
        Question, ///< the server never gets it
        Answer,   ///< the server has done it, the client never hears of it
    };

    explicit CuttingProxy(int server_port) : server_port_(server_port), door_(::socket(AF_INET, SOCK_STREAM, 0)) {
        sockaddr_in address = local(0);
        socklen_t size = sizeof address;
        if (::bind(door_, reinterpret_cast<sockaddr*>(&address), size) != 0 || ::listen(door_, 16) != 0 ||
            ::getsockname(door_, reinterpret_cast<sockaddr*>(&address), &size) != 0) {
            throw std::runtime_error("no free port");
        }
        port_ = ntohs(address.sin_port);
        accepting_ = std::jthread([this](const std::stop_token& stop) { accept(stop); });
    }
    CuttingProxy(const CuttingProxy&) = delete;
    CuttingProxy& operator=(const CuttingProxy&) = delete;
    ~CuttingProxy() {
        accepting_ = {}; // no more connections; their threads end with it
        ::close(door_);
    }

    [[nodiscard]] int port() const { return port_; }

    /// Cuts at the `message`-th question from now, or at its answer.
    void arm(Cut cut, int message) {
        cut_ = cut;
        left_ = message;
    }
    [[nodiscard]] bool has_cut() const { return cuts_ > 0; }

    /// Runs when the message is there, before anybody hears of the cut. Set it before `arm`.
    void before_cut(std::function<void()> action) { before_cut_ = std::move(action); }

private:
    static sockaddr_in local(int port) {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_port = htons(static_cast<std::uint16_t>(port));
        address.sin_addr.s_addr = ::inet_addr("127.0.0.1");
        return address;
    }

    void accept(const std::stop_token& stop) {
        std::list<std::jthread> connections;
        while (!stop.stop_requested()) {
            pollfd ready{door_, POLLIN, 0};
            if (::poll(&ready, 1, 20) <= 0) continue;
            const int client = ::accept(door_, nullptr, nullptr);
            const int server = ::socket(AF_INET, SOCK_STREAM, 0);
            const sockaddr_in address = local(server_port_);
            if (::connect(server, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
                ::close(client); // the server is down; who wants it tries again
                ::close(server);
                continue;
            }
            connections.emplace_back(
                [this, client, server](const std::stop_token& end) { carry(client, server, end); });
        }
    }

    void carry(int client, int server, const std::stop_token& stop) {
        std::array<pollfd, 2> ends{{{client, POLLIN, 0}, {server, POLLIN, 0}}};
        bool open = true;
        while (open && !stop.stop_requested()) {
            if (::poll(ends.data(), ends.size(), 20) <= 0) continue;
            if (ends[0].revents != 0) open = pass(client, server, Cut::Question);
            if (open && ends[1].revents != 0) open = pass(server, client, Cut::Answer);
        }
        ::close(client);
        ::close(server);
    }

    bool pass(int from, int to, Cut direction) {
        std::array<char, 65536> bytes{};
        const auto count = ::recv(from, bytes.data(), bytes.size(), 0);
        if (count <= 0) return false;
        if (direction == cut_ && left_ > 0 && --left_ == 0) {
            if (before_cut_) before_cut_();
            ++cuts_;
            return false;
        }
        return ::send(to, bytes.data(), static_cast<std::size_t>(count), MSG_NOSIGNAL) == count;
    }

    const int server_port_;
    const int door_;
    int port_ = 0;
    std::atomic<Cut> cut_ = Cut::Question;
    std::atomic<int> left_ = 0;
    std::atomic<int> cuts_ = 0;
    std::function<void()> before_cut_;
    std::jthread accepting_;
};

class PostgresCommitTest : public testing::TestWithParam<CuttingProxy::Cut> {
protected:
    static void add(Transaction& tx) {
        // Twice would be seen: there is nothing that keeps it from happening.
        sql(tx)
            << "INSERT INTO jobs (kind, subject, first_kind, first_subject, created_at) VALUES ('a', '', '', '', 1)";
    }
    long long count() {
        return database_->read([](Transaction& tx) {
            long long rows = 0;
            sql(tx) << "SELECT COUNT(*) FROM jobs", soci::into(rows);
            return rows;
        });
    }

    PostgresServer& server_ = PostgresServer::of_this_program();
    CuttingProxy proxy_{server_.port()};
    std::unique_ptr<Database> database_ = [this] {
        std::string url = server_.new_database();
        const auto port = std::to_string(server_.port());
        url.replace(url.rfind(port + "/"), port.size(), std::to_string(proxy_.port()));
        return open_postgres({.url = url});
    }();
};

INSTANTIATE_TEST_SUITE_P(Cuts, PostgresCommitTest,
                         testing::Values(CuttingProxy::Cut::Question, CuttingProxy::Cut::Answer), [](const auto& cut) {
                             return cut.param == CuttingProxy::Cut::Question ? "BeforeTheServerHeard"
                                                                             : "AfterTheServerDid";
                         });

TEST_P(PostgresCommitTest, AChangeWhoseCommitWasCutIsThereOnce) {
    database_->write(add); // from here on every statement is prepared: one question each
    int runs = 0;
    database_->write([&](Transaction& tx) {
        ++runs;
        add(tx);
        constexpr int commit = 1; // the next question
        if (runs == 1) proxy_.arm(GetParam(), commit);
    });
    EXPECT_TRUE(proxy_.has_cut());
    EXPECT_EQ(runs, GetParam() == CuttingProxy::Cut::Question ? 2 : 1);
    EXPECT_EQ(count(), 2);
}

TEST_P(PostgresCommitTest, OtherWritesOfTheGroupAreThereOnceToo) {
    database_->write(add);
    std::vector<std::future<void>> stored;
    const auto submit = [&](Database::Work work) {
        const auto done = std::make_shared<std::promise<void>>();
        stored.push_back(done->get_future());
        database_->submit(std::move(work), [done](const std::exception_ptr& error) {
            error ? done->set_exception(error) : done->set_value();
        });
    };
    std::atomic<bool> armed = false;
    submit([](Transaction&) { std::this_thread::sleep_for(std::chrono::milliseconds(20)); }); // the rest gather
    for (int i = 0; i < 20; ++i) {
        submit([&, last = i == 19](Transaction& tx) {
            add(tx);
            if (last && !armed.exchange(true)) proxy_.arm(GetParam(), 1);
        });
    }
    for (auto& one : stored) EXPECT_NO_THROW(one.get());
    EXPECT_TRUE(proxy_.has_cut());
    EXPECT_EQ(count(), 21);
}

TEST(PostgresLostCommitTest, ACommitThatACrashTookIsNotTakenForAnothersThatGotItsNumber) {
    PostgresServer server;
    const auto url = server.new_database();
    // Nothing of a transaction is on the disk before its commit, so that a crash takes it whole, with its number.
    PostgresServer::run(url, "ALTER SYSTEM SET wal_writer_delay = '10s'");
    server.stop();
    server.start();
    CuttingProxy proxy(server.port());
    std::string over_proxy = url;
    const auto port = std::to_string(server.port());
    over_proxy.replace(over_proxy.rfind(port + "/"), port.size(), std::to_string(proxy.port()));
    const auto database = open_postgres({.url = over_proxy});
    const auto add = [](Transaction& tx, const std::string& kind) {
        run_prepared(tx,
                     "INSERT INTO jobs (kind, subject, first_kind, first_subject, created_at) "
                     "VALUES (:kind, '', '', '', 1)",
                     soci::use(kind, "kind"));
    };
    const auto own_number = [](Transaction& tx) {
        std::string number;
        run_prepared(tx, "SELECT CAST(pg_current_xact_id() AS TEXT)", soci::into(number));
        return number;
    };
    database->write([&](Transaction& tx) { // from here on every statement is prepared: one question each
        add(tx, "first");
        own_number(tx);
    });
    std::string number;
    const auto status = [&]() -> std::string {
        try {
            return PostgresServer::run(url, "SELECT pg_xact_status('" + number + "')");
        } catch (const std::runtime_error&) {
            return "in the future"; // the server has forgotten that it ever gave that number
        }
    };
    std::promise<void> reached, crashed, over;
    proxy.before_cut([&] {
        reached.set_value();
        crashed.get_future().wait();
    });
    // A thread that lives as long as the server that it starts: the server ends with it.
    std::jthread crash([&] {
        reached.get_future().wait();
        server.stop(SIGQUIT);
        server.start();
        for (int i = 0; i < 100 && status() != "committed"; ++i) {
            PostgresServer::run(url, "INSERT INTO jobs (kind, subject, first_kind, first_subject, created_at) "
                                     "VALUES ('another''s', '', '', '', 1)");
        }
        crashed.set_value();
        over.get_future().wait();
    });
    int runs = 0;
    std::string said;
    try {
        database->write([&](Transaction& tx) {
            ++runs;
            add(tx, "lost");
            number = own_number(tx);
            constexpr int commit = 1; // the next question
            if (runs == 1) proxy.arm(CuttingProxy::Cut::Question, commit);
        });
    } catch (const Error& error) {
        said = error.what();
    }
    EXPECT_TRUE(proxy.has_cut());
    EXPECT_EQ(status(), "committed") << "the number did not come to another transaction: the test tests nothing";
    EXPECT_NE(said.find("cannot be asked whether it was"), std::string::npos) << "said: " << said;
    EXPECT_EQ(PostgresServer::run(url, "SELECT COUNT(*) FROM jobs WHERE kind = 'lost'"), "0");
    EXPECT_EQ(runs, 1);
    over.set_value();
}

} // namespace
} // namespace vitrine
