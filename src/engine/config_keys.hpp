#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include <vitrine/config.hpp>

namespace vitrine {

/// A value as the file, the environment or `--set` gives it, before it is checked.
using ConfigValue = std::variant<bool, std::int64_t, double, std::string, std::vector<std::string>>;

/// Where in a Config a key's value goes; which alternative it is says the key's type.
using ConfigTarget =
    std::variant<bool*, int*, std::int64_t*, double*, Milliseconds*, std::string*, std::vector<std::string>*>;

/// One key that can be configured. The table of them is the only place that knows a key's name, type and range.
struct ConfigKey {
    std::string_view name; ///< "ml.limits.timeout_ms"
    ConfigTarget (*target)(Config&);
    double least = 0.0; ///< of numbers
    double most = 0.0;
    std::string_view must = {};               ///< of texts: what one must be, after "must be "
    bool (*fits)(std::string_view) = nullptr; ///< of texts; any text fits when absent
    bool secret = false;                      ///< its value is never shown
};

/// Every key. Those of [ml] stand before those of [ml.crop], [ml.label], [ml.vector] and [ml.match], which start as
/// copies of it: assigning in this order makes a question inherit what it does not override.
const std::vector<ConfigKey>& config_keys();

/// The key of that full name; nullptr when there is none.
const ConfigKey* find_config_key(std::string_view name);

/// Whether some key lies in the section `name` ("ml", "ml.limits").
bool is_config_section(std::string_view name);

/// The known name nearest to `name` when it is near enough to be a slip of the pen.
std::optional<std::string_view> near_config_key(std::string_view name);

/// VITRINE_ML_LIMITS_TIMEOUT_MS for "ml.limits.timeout_ms".
std::string environment_name(std::string_view key);

/// `text` as a value of the key's type; lists are separated by commas. A text that is not one stays a text, so that
/// `assign` refuses it by name.
ConfigValue config_value_from_text(const ConfigKey& key, const std::string& text);

/// Puts the value into `config`. Empty when it did; else nothing changed and this is what the value must be
/// ("a whole number from 1 to 256").
std::string assign(const ConfigKey& key, Config& config, const ConfigValue& value);

} // namespace vitrine
