#include "ml/ean_profile.hpp"

#include <algorithm>
#include <array>
#include <cmath>

namespace vitrine {
namespace {

using Modules = std::vector<int>;
using Pattern = std::array<int, 7>;

constexpr int digit_modules = 7;

// ISO/IEC 15420, table 1: number set A; set C is its negative, set B is C read backwards.
constexpr std::array<Pattern, 10> set_a{{{0, 0, 0, 1, 1, 0, 1},
                                         {0, 0, 1, 1, 0, 0, 1},
                                         {0, 0, 1, 0, 0, 1, 1},
                                         {0, 1, 1, 1, 1, 0, 1},
                                         {0, 1, 0, 0, 0, 1, 1},
                                         {0, 1, 1, 0, 0, 0, 1},
                                         {0, 1, 0, 1, 1, 1, 1},
                                         {0, 1, 1, 1, 0, 1, 1},
                                         {0, 1, 1, 0, 1, 1, 1},
                                         {0, 0, 0, 1, 0, 1, 1}}};

// Which of a code's six left digits are of set B, by the digit that this spells: EAN-13's first (table 3), UPC-E's
// check digit (table 4, number system 0; system 1 is its negative). The highest bit is the leftmost digit.
constexpr std::array<int, 10> ean13_parity{0b000000, 0b001011, 0b001101, 0b001110, 0b010011,
                                           0b011001, 0b011100, 0b010101, 0b010110, 0b011010};
constexpr std::array<int, 10> upce_parity{0b111000, 0b110100, 0b110010, 0b110001, 0b101100,
                                          0b100110, 0b100011, 0b101010, 0b101001, 0b100101};

Pattern set_c(int digit) {
    Pattern pattern = set_a[static_cast<std::size_t>(digit)];
    for (auto& module : pattern) module = 1 - module;
    return pattern;
}

Pattern set_b(int digit) {
    Pattern pattern = set_c(digit);
    std::ranges::reverse(pattern);
    return pattern;
}

void append(Modules& modules, std::span<const int> pattern) {
    modules.insert(modules.end(), pattern.begin(), pattern.end());
}

constexpr std::array guard{1, 0, 1};
constexpr std::array middle{0, 1, 0, 1, 0};
constexpr std::array upce_end{0, 1, 0, 1, 0, 1};

struct Layout {
    int modules = 0;
    int left_digits = 0;
    int right_digits = 0;

    /// Where the bars of the i-th drawn digit begin.
    [[nodiscard]] int begin_of(int digit) const {
        const int after_middle = digit >= left_digits ? static_cast<int>(middle.size()) : 0;
        return static_cast<int>(guard.size()) + digit * digit_modules + after_middle;
    }
};

Layout layout_of(EanLayout layout) {
    switch (layout) {
    case EanLayout::Ean13: return {95, 6, 6};
    case EanLayout::Ean8: return {67, 4, 4};
    case EanLayout::UpcE: return {51, 6, 0};
    }
    return {};
}

int digit_at(std::string_view digits, std::size_t i) {
    return digits[i] - '0';
}

/// The set-B bits of the left digits, and where the drawn digits begin in the text.
struct Parity {
    int bits = 0;
    std::size_t first_drawn = 0;
};

std::optional<Parity> parity_of(EanLayout layout, std::string_view digits) {
    if (digits.size() != (layout == EanLayout::Ean13 ? 13 : 8)) return std::nullopt;
    if (!std::ranges::all_of(digits, [](char c) { return c >= '0' && c <= '9'; })) return std::nullopt;
    if (layout == EanLayout::Ean8) return Parity{0, 0};
    const auto spelt = static_cast<std::size_t>(digit_at(digits, layout == EanLayout::Ean13 ? 0 : 7));
    if (layout == EanLayout::Ean13) return Parity{ean13_parity[spelt], 1};
    const int system = digit_at(digits, 0);
    if (system > 1) return std::nullopt;
    return Parity{system == 0 ? upce_parity[spelt] : upce_parity[spelt] ^ 0b111111, 1};
}

/// A range of a profile's samples.
struct Window {
    int begin = 0;
    int size = 0;
};

/// `modules` as brightness (1 light, 0 dark, light margins), blurred and sampled, for the samples of `window` alone.
class Renderer {
public:
    explicit Renderer(double blur_modules) {
        const double sigma = blur_modules * EanSampling::samples_per_module;
        reach_ = static_cast<int>(std::ceil(2.5 * sigma));
        float sum = 0.0F;
        for (int i = -reach_; i <= reach_; ++i) {
            kernel_.push_back(static_cast<float>(std::exp(-0.5 * i * i / (sigma * sigma))));
            sum += kernel_.back();
        }
        for (auto& weight : kernel_) weight /= sum;
    }

    [[nodiscard]] std::vector<float> render(const Modules& modules, const Window& window) const {
        std::vector<float> profile(static_cast<std::size_t>(window.size), 1.0F);
        for (int x = 0; x < window.size; ++x) {
            for (int i = -reach_; i <= reach_; ++i) {
                if (!is_dark(modules, window.begin + x + i)) continue;
                profile[static_cast<std::size_t>(x)] -= kernel_[static_cast<std::size_t>(i + reach_)];
            }
        }
        return profile;
    }

private:
    static bool is_dark(const Modules& modules, int sample) {
        const int module = sample / EanSampling::samples_per_module - EanSampling::margin_modules;
        return sample >= 0 && module >= 0 && module < static_cast<int>(modules.size()) &&
               modules[static_cast<std::size_t>(module)] == 1;
    }

    int reach_ = 0;
    std::vector<float> kernel_;
};

double correlation(std::span<const float> a, std::span<const float> b) {
    double sum_a = 0;
    double sum_b = 0;
    double aa = 0;
    double bb = 0;
    double ab = 0;
    for (std::size_t i = 0; i < a.size(); ++i) {
        sum_a += a[i];
        sum_b += b[i];
        aa += double{a[i]} * a[i];
        bb += double{b[i]} * b[i];
        ab += double{a[i]} * b[i];
    }
    const auto n = static_cast<double>(a.size());
    const double variance = (aa - sum_a * sum_a / n) * (bb - sum_b * sum_b / n);
    return variance > 1e-9 ? (ab - sum_a * sum_b / n) / std::sqrt(variance) : 0.0;
}

/// The samples of one digit and of a module on either side.
Window window_of(const Layout& layout, int digit) {
    constexpr int per_module = EanSampling::samples_per_module;
    return {(layout.begin_of(digit) - 1 + EanSampling::margin_modules) * per_module, (digit_modules + 2) * per_module};
}

/// The best correlation of the bars with the window of the profile, over shifts of up to a module.
double fit(std::span<const float> bars, std::span<const float> profile, const Window& window) {
    double best = -1.0;
    for (int shift = -EanSampling::samples_per_module; shift <= EanSampling::samples_per_module; ++shift) {
        const auto seen = profile.subspan(static_cast<std::size_t>(window.begin + shift), bars.size());
        best = std::max(best, correlation(bars, seen));
    }
    return best;
}

/// The profile with its bars moved along by a curve that leaves both ends in place: `bend` is that of a code seen from
/// the side, `bulge` that of one around a bottle; each in shares of the code's length.
std::vector<float> straightened(std::span<const float> profile, double bend, double bulge) {
    std::vector<float> straight(profile.size());
    const double last = static_cast<double>(profile.size() - 1);
    for (std::size_t i = 0; i < profile.size(); ++i) {
        const double u = static_cast<double>(i) / last;
        const double moved = u + bend * u * (1 - u) + bulge * u * (1 - u) * (1 - 2 * u);
        const double x = std::clamp(moved * last, 0.0, last);
        const auto left = std::min(static_cast<std::size_t>(x), profile.size() - 2);
        const auto share = static_cast<float>(x - static_cast<double>(left));
        straight[i] = profile[left] * (1 - share) + profile[left + 1] * share;
    }
    return straight;
}

/// The profile straightened by whichever curve makes it most like the code's bars.
std::vector<float> best_straightened(const Modules& modules, std::span<const float> profile) {
    const auto bars = Renderer(0.75).render(modules, {0, static_cast<int>(profile.size())});
    double best = -2.0;
    std::vector<float> straight;
    for (int bend = -8; bend <= 8; ++bend) {
        for (int bulge = -4; bulge <= 4; ++bulge) {
            auto candidate = straightened(profile, 0.02 * bend, 0.03 * bulge);
            const double alike = correlation(bars, candidate);
            if (alike <= best) continue;
            best = alike;
            straight = std::move(candidate);
        }
    }
    return straight;
}

double best_blur(const Layout& layout, const Modules& modules, std::span<const float> profile) {
    double best_sum = -1e9;
    double best = 0.5;
    for (const double blur : {0.3, 0.5, 0.75, 1.0, 1.3}) {
        const Renderer renderer(blur);
        double sum = 0.0;
        for (int digit = 0; digit < layout.left_digits + layout.right_digits; ++digit) {
            const auto window = window_of(layout, digit);
            sum += fit(renderer.render(modules, window), profile, window);
        }
        if (sum > best_sum) {
            best_sum = sum;
            best = blur;
        }
    }
    return best;
}

/// The patterns that another digit could have in this place.
std::vector<Pattern> alternatives(const Layout& layout, EanLayout kind, int place) {
    std::vector<Pattern> patterns;
    for (int digit = 0; digit < 10; ++digit) {
        if (place >= layout.left_digits) {
            patterns.push_back(set_c(digit));
        } else {
            patterns.push_back(set_a[static_cast<std::size_t>(digit)]);
            if (kind != EanLayout::Ean8) patterns.push_back(set_b(digit));
        }
    }
    return patterns;
}

} // namespace

std::optional<std::vector<int>> ean_modules(EanLayout layout, std::string_view digits) {
    const auto parity = parity_of(layout, digits);
    if (!parity) return std::nullopt;
    const auto shape = layout_of(layout);
    Modules modules;
    append(modules, guard);
    for (int i = 0; i < shape.left_digits; ++i) {
        const int digit = digit_at(digits, parity->first_drawn + static_cast<std::size_t>(i));
        const bool of_set_b = ((parity->bits >> (shape.left_digits - 1 - i)) & 1) != 0;
        append(modules, of_set_b ? set_b(digit) : set_a[static_cast<std::size_t>(digit)]);
    }
    if (layout == EanLayout::UpcE) {
        append(modules, upce_end);
        return modules;
    }
    append(modules, middle);
    for (int i = 0; i < shape.right_digits; ++i) {
        append(modules, set_c(digit_at(digits, parity->first_drawn + static_cast<std::size_t>(shape.left_digits + i))));
    }
    append(modules, guard);
    return modules;
}

std::size_t ean_profile_size(EanLayout layout) {
    return static_cast<std::size_t>((layout_of(layout).modules + 2 * EanSampling::margin_modules) *
                                    EanSampling::samples_per_module);
}

double ean_margin(EanLayout layout, std::string_view digits, std::span<const float> profile) {
    const auto modules = ean_modules(layout, digits);
    if (!modules || profile.size() != ean_profile_size(layout)) return -1.0;
    const auto shape = layout_of(layout);
    const auto straight = best_straightened(*modules, profile);
    const Renderer renderer(best_blur(shape, *modules, straight));
    double least = 1.0;
    for (int place = 0; place < shape.left_digits + shape.right_digits; ++place) {
        const auto window = window_of(shape, place);
        const auto begin = shape.begin_of(place);
        const double own = fit(renderer.render(*modules, window), straight, window);
        Modules other = *modules;
        for (const auto& pattern : alternatives(shape, layout, place)) {
            if (std::equal(pattern.begin(), pattern.end(), modules->begin() + begin)) continue;
            std::ranges::copy(pattern, other.begin() + begin);
            least = std::min(least, own - fit(renderer.render(other, window), straight, window));
        }
    }
    return least;
}

} // namespace vitrine
