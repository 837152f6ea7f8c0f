#include <vitrine/config.hpp>

#include <fstream>
#include <string_view>
#include <utility>

#include <fmt/format.h>
#include <toml++/toml.h>

#include <vitrine/error.hpp>

#include "engine/config_keys.hpp"

namespace vitrine {
namespace {

constexpr std::size_t file_bytes_max = 1U << 20;
constexpr std::size_t shown_characters_max = 60;

struct Given {
    ConfigValue value;
    std::string origin; ///< "vitrine.toml, line 3", "--set", "VITRINE_JOBS_WORKERS in the environment"
};

/// Each key's last word, by the key's name.
using GivenValues = std::map<std::string_view, Given>;

[[noreturn]] void refuse(const std::string& sentence) {
    throw Error(ErrorCode::Configuration, sentence);
}

std::string shown(const std::string& text) {
    if (text.size() <= shown_characters_max) return '"' + text + '"';
    return '"' + text.substr(0, shown_characters_max) + "…\"";
}

std::string shown(const ConfigValue& value) {
    struct Show {
        std::string operator()(bool flag) const { return flag ? "true" : "false"; }
        std::string operator()(std::int64_t number) const { return std::to_string(number); }
        std::string operator()(double number) const { return fmt::format("{}", number); }
        std::string operator()(const std::string& text) const { return shown(text); }
        std::string operator()(const std::vector<std::string>&) const { return "a list"; }
    };
    return std::visit(Show{}, value);
}

[[noreturn]] void refuse_unknown(std::string_view name, const std::string& origin) {
    const auto near = near_config_key(name);
    const auto hint = near ? fmt::format("; did you mean '{}'?", *near) : ".";
    refuse(fmt::format("Configuration key {} ({}) is unknown{}", shown(std::string(name)), origin, hint));
}

const ConfigKey& known_key(std::string_view name, const std::string& origin) {
    const auto* const key = find_config_key(name);
    if (!key) refuse_unknown(name, origin);
    return *key;
}

// Checks the value even if a later source replaces it: a mistake in a file should not hide behind the environment.
void take(GivenValues& values, const ConfigKey& key, ConfigValue value, const std::string& origin) {
    Config scratch;
    if (const auto must = assign(key, scratch, value); !must.empty()) {
        const auto instead = key.secret ? std::string() : ", not " + shown(value);
        refuse(fmt::format("Configuration key '{}' ({}) must be {}{}.", key.name, origin, must, instead));
    }
    values.insert_or_assign(key.name, Given{std::move(value), origin});
}

// The TOML file.

std::string read_limited(const std::filesystem::path& file) {
    std::error_code not_there; // then opening it fails
    std::ifstream stream(file, std::ios::binary);
    std::string text(file_bytes_max + 1, '\0');
    if (stream) stream.read(text.data(), std::streamsize(text.size()));
    if (stream.bad() || !(stream || stream.eof()) || std::filesystem::is_directory(file, not_there)) {
        refuse(fmt::format("The configuration file {} cannot be read; check its path and permissions.", file.string()));
    }
    text.resize(std::size_t(stream.gcount()));
    if (text.size() > file_bytes_max) {
        refuse(fmt::format("The configuration file {} is larger than 1 MiB; it cannot be a configuration.",
                           file.string()));
    }
    return text;
}

std::string line_of(const std::string& file, const toml::source_region& source) {
    return fmt::format("{}, line {}", file, source.begin.line);
}

// What the parser expected, without what it saw: that may be a part of a secret.
std::string expectation(const toml::parse_error& error) {
    const auto description = error.description();
    if (description.find("saw") == std::string_view::npos) return {};
    const auto expected = description.substr(0, description.find(", saw"));
    const auto at = expected.rfind("expected");
    return at == std::string_view::npos ? std::string() : fmt::format(" ({})", expected.substr(at));
}

toml::table parsed(const std::string& text, const std::string& file) {
    try {
        return toml::parse(text, file);
    } catch (const toml::parse_error& error) {
        refuse(fmt::format("The configuration file {} is not valid TOML at line {}, column {}{}.", file,
                           error.source().begin.line, error.source().begin.column, expectation(error)));
    }
}

std::optional<ConfigValue> plain_value(const toml::node& node) {
    if (const auto* const flag = node.as_boolean()) return flag->get();
    if (const auto* const whole = node.as_integer()) return std::int64_t{whole->get()};
    if (const auto* const real = node.as_floating_point()) return real->get();
    if (const auto* const text = node.as_string()) return text->get();
    const auto* const array = node.as_array();
    if (!array) return std::nullopt;
    std::vector<std::string> list;
    for (const auto& entry : *array) {
        const auto* const text = entry.as_string();
        list.push_back(text ? text->get() : std::string()); // an empty entry is refused in any list
    }
    return list;
}

// Descends only into sections that exist, so no nesting in the file goes deeper than the table of keys.
void take_section(GivenValues& values, const toml::table& table, const std::string& section, const std::string& file) {
    for (const auto& [name, node] : table) {
        const auto full = section.empty() ? std::string(name.str()) : fmt::format("{}.{}", section, name.str());
        const auto origin = line_of(file, node.source());
        if (is_config_section(full)) {
            const auto* const inner = node.as_table();
            if (!inner)
                refuse(fmt::format("Configuration key '{}' ({}) is a section: write [{}].", full, origin, full));
            take_section(values, *inner, full, file);
            continue;
        }
        const auto& key = known_key(full, origin);
        auto value = plain_value(node);
        if (!value) refuse(fmt::format("Configuration key '{}' ({}) must not be a section or a date.", full, origin));
        take(values, key, std::move(*value), origin);
    }
}

void take_file(GivenValues& values, const std::filesystem::path& file) {
    take_section(values, parsed(read_limited(file), file.string()), "", file.string());
}

// The environment and --set.

// VITRINE_SERVER_… is ours; VITRINE_DATA or a variable of some other program is not.
bool names_a_section(std::string_view variable) {
    for (const auto& key : config_keys()) {
        const auto section = environment_name(key.name.substr(0, key.name.find('.'))) + '_';
        if (variable.starts_with(section)) return true;
    }
    return false;
}

void take_environment(GivenValues& values, const std::map<std::string, std::string>& environment) {
    std::map<std::string, const ConfigKey*> by_variable;
    for (const auto& key : config_keys()) by_variable.emplace(environment_name(key.name), &key);
    for (const auto& [variable, text] : environment) {
        const auto found = by_variable.find(variable);
        if (found != by_variable.end()) {
            take(values, *found->second, config_value_from_text(*found->second, text),
                 variable + " in the environment");
        } else if (names_a_section(variable)) {
            refuse(fmt::format("The environment variable {} names no configuration key; remove it or correct its name.",
                               variable));
        }
    }
}

void take_settings(GivenValues& values, const std::vector<std::string>& settings) {
    for (std::size_t i = 0; i < settings.size(); ++i) {
        const auto equals = settings[i].find('=');
        if (equals == std::string::npos) { // not shown: it may hold a secret
            refuse(fmt::format("Number {} of the --set options has no '='; write --set section.key=value.", i + 1));
        }
        const auto& key = known_key(std::string_view(settings[i]).substr(0, equals), "--set");
        take(values, key, config_value_from_text(key, settings[i].substr(equals + 1)), "--set");
    }
}

void check_together(const Config& config) {
    const auto& limits = config.ml.limits;
    if (limits.backoff_initial > limits.backoff_max) {
        refuse(fmt::format("Configuration key 'ml.limits.backoff_initial_ms' ({}) must not be over "
                           "'ml.limits.backoff_max_ms' ({}).",
                           limits.backoff_initial.count(), limits.backoff_max.count()));
    }
}

} // namespace

Config load_config(const ConfigSources& sources) {
    GivenValues values;
    if (sources.file) take_file(values, *sources.file);
    take_environment(values, sources.environment);
    take_settings(values, sources.settings);

    Config config;
    for (const auto& key : config_keys()) {
        if (const auto given = values.find(key.name); given != values.end()) assign(key, config, given->second.value);
    }
    if (sources.data) config.data = *sources.data;
    if (config.data.empty()) refuse("The data folder (--data) must not be empty.");
    check_together(config);
    return config;
}

} // namespace vitrine
