#include "s3_server.hpp"

#include <cstdlib>
#include <stdexcept>

namespace vitrine::test {

namespace fs = std::filesystem;

S3Server::S3Server() {
    auto name = (fs::temp_directory_path() / "vitrine-s3-XXXXXX").string();
    if (!::mkdtemp(name.data())) throw std::runtime_error("no temporary folder");
    folder_ = name;
    start();
}

S3Server::~S3Server() {
    stop();
    std::error_code kept; // a temporary folder
    fs::remove_all(folder_, kept);
}

std::string S3Server::endpoint() const {
    return "http://127.0.0.1:" + std::to_string(port_);
}

void S3Server::stop() {
    process_.reset();
}

void S3Server::start() {
    const fs::path here = VITRINE_TEST_SERVERS_SOURCE "/s3";
    process_ = std::make_unique<ServerProcess>(
        ServerProcess::Command{// s3rver writes its continuation tokens in DES.
                               .words = {"node", "--openssl-legacy-provider", (here / "s3_server.cjs").string(),
                                         folder_.string(), bucket, region, access_key, secret_key},
                               .variables = {{"NODE_PATH", VITRINE_TEST_SERVERS "/s3/node_modules"}},
                               .ready = "listening on "});
    port_ = static_cast<std::uint16_t>(std::stoi(process_->ready_line()));
}

} // namespace vitrine::test
