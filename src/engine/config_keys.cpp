#include "engine/config_keys.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <type_traits>
#include <utility>

#include <fmt/format.h>

#include "engine/config_texts.hpp"

namespace vitrine {
namespace {

// The keys of one engine, for [ml] and for each question that overrides it.

constexpr std::string_view engines = "\"builtin\", \"onnx\", \"http\", \"openinference\" or \"openai\"";
constexpr std::string_view dialects = "\"openai\", \"vllm\", \"llama.cpp\", \"ollama\" or \"infinity\"";
constexpr std::string_view http_url = "a URL that starts with http:// or https://";
constexpr double milliseconds_per_day = 86'400'000;

template <std::optional<Config::Engine> Config::Ml::*question>
Config::Engine& own_engine(Config& config) {
    auto& engine = config.ml.*question;
    if (!engine) engine = static_cast<const Config::Engine&>(config.ml);
    return *engine;
}

template <std::optional<Config::Engine> Config::Ml::*question, auto member>
ConfigTarget own_target(Config& config) {
    return &(own_engine<question>(config).*member);
}

/// The names of one question's keys.
struct QuestionNames {
    std::string_view engine, url, api_key, models, model, dialect, timeout, at_once;
};

template <std::optional<Config::Engine> Config::Ml::*question>
void add_question(std::vector<ConfigKey>& keys, const QuestionNames& names) {
    using Engine = Config::Engine;
    keys.push_back(
        {.name = names.engine, .target = own_target<question, &Engine::engine>, .must = engines, .fits = is_engine});
    keys.push_back(
        {.name = names.url, .target = own_target<question, &Engine::url>, .must = http_url, .fits = is_http_url});
    keys.push_back({.name = names.api_key, .target = own_target<question, &Engine::api_key>, .secret = true});
    keys.push_back({.name = names.models, .target = own_target<question, &Engine::models>});
    keys.push_back({.name = names.model, .target = own_target<question, &Engine::model>});
    keys.push_back({.name = names.dialect,
                    .target = own_target<question, &Engine::dialect>,
                    .must = dialects,
                    .fits = is_dialect});
    keys.push_back(
        {.name = names.timeout, .target = own_target<question, &Engine::timeout>, .least = 0, .most = 3'600'000});
    keys.push_back({.name = names.at_once, .target = own_target<question, &Engine::at_once>, .least = 0, .most = 256});
}

#define VITRINE_QUESTION(section)                                                                                      \
    {                                                                                                                  \
        .engine = section ".engine", .url = section ".url", .api_key = section ".api_key",                             \
        .models = section ".models", .model = section ".model", .dialect = section ".dialect",                         \
        .timeout = section ".timeout_ms", .at_once = section ".at_once"                                                \
    }

#define VITRINE_TARGET(member) [](Config& c) -> ConfigTarget { return &c.member; }

std::vector<ConfigKey> make_keys() {
    std::vector<ConfigKey> keys{
        {.name = "server.listen",
         .target = VITRINE_TARGET(server.listen),
         .must = "an address and a port, as in 127.0.0.1:8080 or [::1]:8080",
         .fits = is_listen_address},
        {.name = "server.api_keys", .target = VITRINE_TARGET(server.api_keys), .secret = true},
        {.name = "server.max_upload_bytes",
         .target = VITRINE_TARGET(server.max_upload_bytes),
         .least = 1,
         .most = 1LL << 32},
        {.name = "server.max_pixels", .target = VITRINE_TARGET(server.max_pixels), .least = 1, .most = 1e10},

        {.name = "server.cors_origins", .target = VITRINE_TARGET(server.cors_origins)},
        {.name = "server.requests_per_second",
         .target = VITRINE_TARGET(server.requests_per_second),
         .least = 0,
         .most = 1e6},
        {.name = "server.url", .target = VITRINE_TARGET(server.url), .must = http_url, .fits = is_http_url},
        {.name = "server.api_key", .target = VITRINE_TARGET(server.api_key), .secret = true},
        {.name = "server.api_key_file", .target = VITRINE_TARGET(server.api_key_file)},
        {.name = "server.timeout_ms", .target = VITRINE_TARGET(server.timeout), .least = 1, .most = 3'600'000},
        {.name = "server.burst", .target = VITRINE_TARGET(server.burst), .least = 1, .most = 1e6},

        {.name = "database.url", // may hold a password
         .target = VITRINE_TARGET(database.url),
         .must = "sqlite:FILE or postgresql://…",
         .fits = is_database_url,
         .secret = true},
        {.name = "database.durability",
         .target = VITRINE_TARGET(database.durability),
         .must = "\"full\" or \"normal\"",
         .fits = is_durability},
        {.name = "database.timeout_ms", .target = VITRINE_TARGET(database.timeout), .least = 100, .most = 3'600'000},

        {.name = "vectors.backend",
         .target = VITRINE_TARGET(vectors.backend),
         .must = "\"embedded\" or \"chroma\"",
         .fits = is_vector_backend},
        {.name = "vectors.url", .target = VITRINE_TARGET(vectors.url), .must = http_url, .fits = is_http_url},
        {.name = "vectors.tenant", .target = VITRINE_TARGET(vectors.tenant)},
        {.name = "vectors.database", .target = VITRINE_TARGET(vectors.database)},
        {.name = "vectors.collection",
         .target = VITRINE_TARGET(vectors.collection),
         .must = "letters, digits, '.', '_' and '-', beginning with a letter or digit, at most 200",
         .fits = is_collection},
        {.name = "vectors.token", .target = VITRINE_TARGET(vectors.token), .secret = true},

        {.name = "images.store",
         .target = VITRINE_TARGET(images.store),
         .must = "file:FOLDER or s3://bucket/prefix",
         .fits = is_image_store},
        {.name = "images.endpoint", .target = VITRINE_TARGET(images.endpoint), .must = http_url, .fits = is_http_url},
        {.name = "images.region", .target = VITRINE_TARGET(images.region)},
        {.name = "images.access_key", .target = VITRINE_TARGET(images.access_key), .secret = true},
        {.name = "images.secret_key", .target = VITRINE_TARGET(images.secret_key), .secret = true},

        {.name = "ml.engine", .target = VITRINE_TARGET(ml.engine), .must = engines, .fits = is_engine},
        {.name = "ml.url", .target = VITRINE_TARGET(ml.url), .must = http_url, .fits = is_http_url},
        {.name = "ml.api_key", .target = VITRINE_TARGET(ml.api_key), .secret = true},
        {.name = "ml.models", .target = VITRINE_TARGET(ml.models)},
        {.name = "ml.model", .target = VITRINE_TARGET(ml.model)},
        {.name = "ml.dialect", .target = VITRINE_TARGET(ml.dialect), .must = dialects, .fits = is_dialect},
        {.name = "ml.timeout_ms", .target = VITRINE_TARGET(ml.timeout), .least = 0, .most = 3'600'000},
        {.name = "ml.at_once", .target = VITRINE_TARGET(ml.at_once), .least = 0, .most = 256},
        {.name = "ml.local_features", .target = VITRINE_TARGET(ml.local_features)},
        {.name = "ml.read_text", .target = VITRINE_TARGET(ml.read_text)},
        {.name = "ml.read_text_limit_ms", .target = VITRINE_TARGET(ml.read_text_limit), .least = 1, .most = 3'600'000},
        {.name = "ml.categories", .target = VITRINE_TARGET(ml.categories)},
        {.name = "ml.vocabulary", .target = VITRINE_TARGET(ml.vocabulary)},
        {.name = "ml.builtin_weight", .target = VITRINE_TARGET(ml.builtin_weight), .least = 0, .most = 100},
    };
    add_question<&Config::Ml::crop>(keys, VITRINE_QUESTION("ml.crop"));
    add_question<&Config::Ml::label>(keys, VITRINE_QUESTION("ml.label"));
    add_question<&Config::Ml::vector>(keys, VITRINE_QUESTION("ml.vector"));
    add_question<&Config::Ml::match>(keys, VITRINE_QUESTION("ml.match"));
    add_question<&Config::Ml::next>(keys, VITRINE_QUESTION("ml.next"));
    const ConfigKey rest[] = {
        {.name = "ml.limits.concurrency", .target = VITRINE_TARGET(ml.limits.concurrency), .least = 0, .most = 1'024},
        {.name = "ml.limits.requests_per_second",
         .target = VITRINE_TARGET(ml.limits.requests_per_second),
         .least = 0,
         .most = 1e6},
        {.name = "ml.limits.burst", .target = VITRINE_TARGET(ml.limits.burst), .least = 1, .most = 1e6},
        {.name = "ml.limits.timeout_ms", .target = VITRINE_TARGET(ml.limits.timeout), .least = 1, .most = 3'600'000},
        {.name = "ml.limits.max_attempts", .target = VITRINE_TARGET(ml.limits.max_attempts), .least = 1, .most = 100},
        {.name = "ml.limits.backoff_initial_ms",
         .target = VITRINE_TARGET(ml.limits.backoff_initial),
         .least = 1,
         .most = milliseconds_per_day},
        {.name = "ml.limits.backoff_max_ms",
         .target = VITRINE_TARGET(ml.limits.backoff_max),
         .least = 1,
         .most = milliseconds_per_day},
        {.name = "ml.limits.throttled_max_ms",
         .target = VITRINE_TARGET(ml.limits.throttled_max),
         .least = 0,
         .most = 30 * milliseconds_per_day},

        {.name = "pipeline.max_crops", .target = VITRINE_TARGET(pipeline.max_crops), .least = 1, .most = 100},
        {.name = "pipeline.min_crop_fraction",
         .target = VITRINE_TARGET(pipeline.min_crop_fraction),
         .least = 0,
         .most = 1},
        {.name = "pipeline.crop_padding", .target = VITRINE_TARGET(pipeline.crop_padding), .least = 0, .most = 1},
        {.name = "pipeline.match_floor", .target = VITRINE_TARGET(pipeline.match_floor), .least = 0, .most = 1},
        {.name = "pipeline.parallel_crops", .target = VITRINE_TARGET(pipeline.parallel_crops), .least = 1, .most = 100},

        {.name = "jobs.workers", .target = VITRINE_TARGET(jobs.workers), .least = 0, .most = 256},
        {.name = "jobs.work", .target = VITRINE_TARGET(jobs.work)},
        {.name = "jobs.max_attempts", .target = VITRINE_TARGET(jobs.max_attempts), .least = 1, .most = 100},
        {.name = "jobs.lease_seconds", .target = VITRINE_TARGET(jobs.lease_seconds), .least = 1, .most = 86'400},

        {.name = "imports.max_upload_bytes",
         .target = VITRINE_TARGET(imports.max_upload_bytes),
         .least = 1,
         .most = 500'000'000}, // all bodies under way together have 512 MiB
        {.name = "imports.max_unpacked_bytes",
         .target = VITRINE_TARGET(imports.max_unpacked_bytes),
         .least = 1,
         .most = 1LL << 40},
        {.name = "imports.max_files", .target = VITRINE_TARGET(imports.max_files), .least = 1, .most = 10'000'000},
        {.name = "imports.allow_private_addresses", .target = VITRINE_TARGET(imports.allow_private_addresses)},
        {.name = "imports.download_timeout_ms",
         .target = VITRINE_TARGET(imports.download_timeout),
         .least = 1,
         .most = 600'000},
        {.name = "imports.downloads_at_once",
         .target = VITRINE_TARGET(imports.downloads_at_once),
         .least = 1,
         .most = 64},
        {.name = "imports.max_attempts", .target = VITRINE_TARGET(imports.max_attempts), .least = 1, .most = 100},

        {.name = "retention.query_images_months",
         .target = VITRINE_TARGET(retention.query_images_months),
         .least = 1,
         .most = 1'200},

        {.name = "log.level",
         .target = VITRINE_TARGET(log.level),
         .must = "\"debug\", \"info\", \"warning\" or \"error\"",
         .fits = is_log_level},
        {.name = "log.format",
         .target = VITRINE_TARGET(log.format),
         .must = "\"text\" or \"json\"",
         .fits = is_log_format},
    };
    keys.insert(keys.end(), std::begin(rest), std::end(rest));
    return keys;
}

#undef VITRINE_QUESTION
#undef VITRINE_TARGET

// Levenshtein's distance: the insertions, deletions and replacements between two names.
std::size_t edit_distance(std::string_view a, std::string_view b) {
    std::vector<std::size_t> row(b.size() + 1);
    for (std::size_t j = 0; j < row.size(); ++j) row[j] = j;
    for (std::size_t i = 0; i < a.size(); ++i) {
        std::size_t diagonal = std::exchange(row[0], i + 1);
        for (std::size_t j = 0; j < b.size(); ++j) {
            const std::size_t replaced = diagonal + (a[i] == b[j] ? 0 : 1);
            diagonal = row[j + 1];
            row[j + 1] = std::min({replaced, row[j] + 1, diagonal + 1});
        }
    }
    return row.back();
}

template <class Number>
std::optional<Number> number_from(const std::string& text) {
    Number number{};
    const auto* const end = text.data() + text.size();
    const auto [stopped, error] = std::from_chars(text.data(), end, number);
    if (error != std::errc{} || stopped != end) return std::nullopt;
    return number;
}

std::vector<std::string> list_from(const std::string& text) {
    std::vector<std::string> list;
    for (std::size_t from = 0; from < text.size();) {
        const auto comma = std::min(text.find(',', from), text.size());
        list.push_back(text.substr(from, comma - from));
        from = comma + 1;
    }
    return list;
}

// One overload per type of target: whether the value was put there.

bool put(const ConfigKey&, bool& target, const ConfigValue& value) {
    const auto* const flag = std::get_if<bool>(&value);
    if (flag) target = *flag;
    return flag;
}

template <class Whole>
bool put_whole(const ConfigKey& key, Whole& target, const ConfigValue& value) {
    const auto* const number = std::get_if<std::int64_t>(&value);
    if (!number || static_cast<double>(*number) < key.least || static_cast<double>(*number) > key.most) return false;
    target = Whole(*number);
    return true;
}

bool put(const ConfigKey& key, int& target, const ConfigValue& value) {
    return put_whole(key, target, value);
}
bool put(const ConfigKey& key, std::int64_t& target, const ConfigValue& value) {
    return put_whole(key, target, value);
}
bool put(const ConfigKey& key, Milliseconds& target, const ConfigValue& value) {
    return put_whole(key, target, value);
}

bool put(const ConfigKey& key, double& target, const ConfigValue& value) {
    double number = 0.0;
    if (const auto* const whole = std::get_if<std::int64_t>(&value)) {
        number = static_cast<double>(*whole);
    } else if (const auto* const real = std::get_if<double>(&value)) {
        number = *real;
    } else {
        return false;
    }
    if (!(number >= key.least && number <= key.most)) return false; // NaN is refused too
    target = number;
    return true;
}

bool put(const ConfigKey& key, std::string& target, const ConfigValue& value) {
    const auto* const text = std::get_if<std::string>(&value);
    if (!text || (key.fits && !key.fits(*text))) return false;
    target = *text;
    return true;
}

bool put(const ConfigKey&, std::vector<std::string>& target, const ConfigValue& value) {
    const auto* const list = std::get_if<std::vector<std::string>>(&value);
    if (!list || std::any_of(list->begin(), list->end(), [](const auto& entry) { return entry.empty(); })) return false;
    target = *list;
    return true;
}

std::string requirement(const ConfigKey& key, const ConfigTarget& target) {
    if (!key.must.empty()) return std::string(key.must);
    if (std::holds_alternative<bool*>(target)) return "true or false";
    if (std::holds_alternative<double*>(target)) return fmt::format("a number from {} to {}", key.least, key.most);
    if (std::holds_alternative<std::string*>(target)) return "a text";
    if (std::holds_alternative<std::vector<std::string>*>(target)) return "a list of texts that are not empty";
    return fmt::format("a whole number from {:.0f} to {:.0f}", key.least, key.most);
}

} // namespace

const std::vector<ConfigKey>& config_keys() {
    static const std::vector<ConfigKey> keys = make_keys();
    return keys;
}

const ConfigKey* find_config_key(std::string_view name) {
    const auto& keys = config_keys();
    const auto found = std::find_if(keys.begin(), keys.end(), [&](const auto& key) { return key.name == name; });
    return found == keys.end() ? nullptr : &*found;
}

bool is_config_section(std::string_view name) {
    const auto& keys = config_keys();
    return std::any_of(keys.begin(), keys.end(), [&](const auto& key) {
        return key.name.starts_with(name) && key.name.substr(name.size()).starts_with('.');
    });
}

std::optional<std::string_view> near_config_key(std::string_view name) {
    constexpr std::size_t slips_max = 3;
    if (name.size() > 100) return std::nullopt;
    std::optional<std::string_view> nearest;
    auto best = std::min(slips_max + 1, name.size() / 2);
    for (const auto& key : config_keys()) {
        const auto distance = edit_distance(name, key.name);
        if (distance >= best) continue;
        best = distance;
        nearest = key.name;
    }
    return nearest;
}

std::string environment_name(std::string_view key) {
    std::string name = "VITRINE_";
    for (const char c : key) {
        name += c == '.' ? '_' : static_cast<char>(c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c);
    }
    return name;
}

ConfigValue config_value_from_text(const ConfigKey& key, const std::string& text) {
    Config scratch;
    const auto target = key.target(scratch);
    if (std::holds_alternative<std::string*>(target)) return text;
    if (std::holds_alternative<std::vector<std::string>*>(target)) return list_from(text);
    if (std::holds_alternative<bool*>(target)) {
        if (text == "true" || text == "false") return text == "true";
        return text;
    }
    if (const auto whole = number_from<std::int64_t>(text)) return *whole;
    if (const auto real = number_from<double>(text)) return *real;
    return text;
}

std::string assign(const ConfigKey& key, Config& config, const ConfigValue& value) {
    const auto target = key.target(config);
    const bool done = std::visit([&](auto* place) { return put(key, *place, value); }, target);
    return done ? std::string() : requirement(key, target);
}

} // namespace vitrine
