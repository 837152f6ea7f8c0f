#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <vitrine/config.hpp>

namespace vitrine {

/// What a message is about, by name: {"job", "7"}. In text they follow the sentence as name=value, in JSON they are
/// members.
using LogFields = std::vector<std::pair<std::string, std::string>>;

/// What an operator is told while the program runs, on standard error: one line a message, as text or as one JSON
/// object with `time` (RFC 3339, UTC), `level` and `message`. Messages are sentences without secrets; control
/// characters in them are escaped, so that no stored name can forge a line. Safe from any thread.
class Log {
public:
    explicit Log(const Config::Log& config);
    ~Log();
    Log(const Log&) = delete;
    Log& operator=(const Log&) = delete;

    /// Whether `info` is heard: what is costly to say need not be made up.
    [[nodiscard]] bool hears_info() const;

    void info(const std::string& sentence, const LogFields& fields = {});
    void warning(const std::string& sentence);
    void error(const std::string& sentence);

private:
    class Impl;
    std::unique_ptr<Impl> impl_;
};

} // namespace vitrine
