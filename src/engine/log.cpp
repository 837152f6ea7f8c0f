#include "engine/log.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <spdlog/logger.h>
#include <spdlog/sinks/stdout_sinks.h>

#include <vitrine/time.hpp>

namespace vitrine {
namespace {

spdlog::level::level_enum level_of(const std::string& name) {
    if (name == "debug") return spdlog::level::debug;
    if (name == "info") return spdlog::level::info;
    if (name == "error") return spdlog::level::err;
    return spdlog::level::warn;
}

/// JSON's escapes, without the quotes: what is safe on one line of any terminal.
std::string escaped(const std::string& sentence) {
    const std::string quoted = nlohmann::json(sentence).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
    return quoted.substr(1, quoted.size() - 2);
}

} // namespace

class Log::Impl {
public:
    explicit Impl(const Config::Log& config)
        : json_(config.format == "json"), logger_("vitrine", std::make_shared<spdlog::sinks::stderr_sink_mt>()) {
        logger_.set_level(level_of(config.level));
        logger_.set_pattern("%v");
    }

    void write(spdlog::level::level_enum level, const std::string& sentence, const LogFields& fields = {}) {
        if (!logger_.should_log(level)) return;
        const auto name = spdlog::level::to_string_view(level);
        const std::string time = to_rfc3339(SystemClock().now());
        std::string more;
        for (const auto& [field, value] : fields) {
            more += json_ ? fmt::format(R"(,"{}":"{}")", escaped(field), escaped(value))
                          : fmt::format(" {}={}", field, escaped(value));
        }
        if (json_) {
            logger_.log(level, R"({{"time":"{}","level":"{}","message":"{}"{}}})", time, name, escaped(sentence), more);
        } else {
            logger_.log(level, "{} {} {}{}", time, name, escaped(sentence), more);
        }
    }

    [[nodiscard]] bool hears(spdlog::level::level_enum level) const { return logger_.should_log(level); }

private:
    const bool json_;
    spdlog::logger logger_;
};

Log::Log(const Config::Log& config) : impl_(std::make_unique<Impl>(config)) {}
Log::~Log() = default;

bool Log::hears_info() const {
    return impl_->hears(spdlog::level::info);
}

void Log::info(const std::string& sentence, const LogFields& fields) {
    impl_->write(spdlog::level::info, sentence, fields);
}

void Log::warning(const std::string& sentence) {
    impl_->write(spdlog::level::warn, sentence);
}

void Log::error(const std::string& sentence) {
    impl_->write(spdlog::level::err, sentence);
}

} // namespace vitrine
