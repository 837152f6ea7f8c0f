#include "ml/barcode_reader.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <numbers>
#include <set>

#include <opencv2/core.hpp>
#include <opencv2/imgproc.hpp>

#include "ml/code_regions.hpp"
#include "ml/code_scan.hpp"
#include "ml/thread_time.hpp"

namespace vitrine {
namespace {

enum class Enhancement { None, LocalContrast, Sharpen, SmoothAndSharpen, SmoothAndStretch };

/// One way to prepare the pixels of a linear code.
struct BarPreparation {
    double tilt = 0.0; ///< degrees added to the region's angle: the bars of a bent code lean
    double zoom = 1.0;
    Enhancement enhancement = Enhancement::None;
    bool fixed_threshold = false;
};

// In the order in which they add most on codes that were blurred, shrunk, dimmed and made noisy.
constexpr std::array bar_preparations = {
    BarPreparation{0, 2.0, Enhancement::SmoothAndSharpen, false},
    BarPreparation{0, 1.5, Enhancement::SmoothAndStretch, false},
    BarPreparation{0, 1.5, Enhancement::SmoothAndSharpen, false},
    BarPreparation{0, 3.0, Enhancement::SmoothAndSharpen, false},
    BarPreparation{-4, 3.0, Enhancement::Sharpen, false},
    BarPreparation{4, 1.5, Enhancement::SmoothAndSharpen, false},
    BarPreparation{-4, 1.0, Enhancement::LocalContrast, false},
    BarPreparation{0, 1.0, Enhancement::SmoothAndSharpen, false},
    BarPreparation{-4, 1.5, Enhancement::SmoothAndSharpen, false},
    BarPreparation{0, 1.5, Enhancement::Sharpen, false},
    BarPreparation{0, 1.5, Enhancement::SmoothAndStretch, true},
    BarPreparation{4, 1.5, Enhancement::LocalContrast, false},
    BarPreparation{0, 2.0, Enhancement::None, false},
    BarPreparation{-4, 1.5, Enhancement::LocalContrast, false},
};

/// One way to prepare the pixels of a matrix code.
struct MatrixPreparation {
    double zoom = 1.0;
    double blur = 0.0; ///< standard deviation in pixels after the zoom
    double turn = 0.0; ///< degrees; a code whose modules lie along the pixels can be harder than one that is turned
    Enhancement enhancement = Enhancement::None;
    bool fixed_threshold = false;
};

constexpr std::array matrix_preparations = {
    MatrixPreparation{1.5, 1.0, -20, Enhancement::None, false},
    MatrixPreparation{1.0, 2.0, 20, Enhancement::None, false},
    MatrixPreparation{2.0, 1.0, -20, Enhancement::None, false},
    MatrixPreparation{0.7, 1.0, 40, Enhancement::None, false},
    MatrixPreparation{1.5, 0.0, -20, Enhancement::Sharpen, false},
    MatrixPreparation{2.0, 0.0, 20, Enhancement::LocalContrast, true},
    MatrixPreparation{1.0, 1.0, 0, Enhancement::None, false},
    MatrixPreparation{0.5, 0.0, -20, Enhancement::Sharpen, false},
};

GreyView view_of(const cv::Mat& grey) {
    return {grey.data, grey.cols, grey.rows, static_cast<int>(grey.step)};
}

void sharpen(cv::Mat& grey, double radius, double amount) {
    cv::Mat smooth;
    cv::GaussianBlur(grey, smooth, {}, radius);
    cv::addWeighted(grey, 1.0 + amount, smooth, -amount, 0, grey);
}

/// Stretches the brightness between the darkest and the lightest nearby along the row, so that thin bars, which blur
/// makes grey, become as dark as wide ones.
void stretch_along_rows(cv::Mat& grey) {
    const int reach = std::max(3, grey.cols / 14 | 1);
    const cv::Mat row = cv::Mat::ones(1, reach, CV_8U);
    cv::Mat darkest;
    cv::Mat lightest;
    cv::erode(grey, darkest, row);
    cv::dilate(grey, lightest, row);
    cv::blur(darkest, darkest, {reach, 1});
    cv::blur(lightest, lightest, {reach, 1});
    cv::Mat range = cv::max(lightest - darkest, 16);
    cv::divide(grey - darkest, range, grey, 255.0);
}

void enhance(cv::Mat& grey, Enhancement enhancement, double zoom) {
    const auto smooth_along_bars = [&grey] { cv::blur(grey, grey, {1, 9}); };
    switch (enhancement) {
    case Enhancement::None: break;
    case Enhancement::LocalContrast: cv::createCLAHE(3.0, {8, 2})->apply(grey, grey); break;
    case Enhancement::Sharpen: sharpen(grey, zoom, 1.5); break;
    case Enhancement::SmoothAndSharpen:
        smooth_along_bars();
        sharpen(grey, 1.5 * zoom, 3.0);
        break;
    case Enhancement::SmoothAndStretch:
        smooth_along_bars();
        stretch_along_rows(grey);
        break;
    }
}

/// The region laid flat, its bars upright, with room for the quiet zones on both sides.
cv::Mat laid_flat(const cv::Mat& grey, const BarRegion& region, double zoom, double tilt) {
    constexpr double quiet_zone = 0.12; // of the length: an EAN-13's is 11 modules of 95
    constexpr double length_max = 1600.0;
    constexpr double rows_max = 64.0; // more rows of the same bars tell nothing new
    const double across = std::min(zoom, length_max / region.length);
    const double along = std::min(across, rows_max / region.height);
    const cv::Size size(std::max(8, static_cast<int>(region.length * (1 + 2 * quiet_zone) * across)),
                        std::max(8, static_cast<int>(region.height * along)));
    const double c = std::cos((region.angle + tilt) * std::numbers::pi / 180.0);
    const double s = std::sin((region.angle + tilt) * std::numbers::pi / 180.0);
    // From a pixel of the result to one of the picture.
    const cv::Matx23d back(c / across, -s / along,
                           region.x - c * size.width / (2 * across) + s * size.height / (2 * along), s / across,
                           c / along, region.y - s * size.width / (2 * across) - c * size.height / (2 * along));
    cv::Mat flat;
    const int interpolation = across > 1.0 ? cv::INTER_CUBIC : cv::INTER_LINEAR;
    cv::warpAffine(grey, flat, back, size, interpolation | cv::WARP_INVERSE_MAP, cv::BORDER_REPLICATE);
    return flat;
}

float brightness_at(const cv::Mat& grey, double x, double y) {
    x = std::clamp(x, 0.0, grey.cols - 1.0);
    y = std::clamp(y, 0.0, grey.rows - 1.0);
    const int left = static_cast<int>(x);
    const int top = static_cast<int>(y);
    const int right = std::min(left + 1, grey.cols - 1);
    const int bottom = std::min(top + 1, grey.rows - 1);
    const auto fx = static_cast<float>(x - left);
    const auto fy = static_cast<float>(y - top);
    const auto at = [&](int row, int column) { return static_cast<float>(grey.at<std::uint8_t>(row, column)); };
    return (at(top, left) * (1 - fx) + at(top, right) * fx) * (1 - fy) +
           (at(bottom, left) * (1 - fx) + at(bottom, right) * fx) * fy;
}

/// The brightness across an EAN's bars, `share` of the way from the first row that was read to the last.
std::vector<float> profile_of(const cv::Mat& grey, const ScannedCode& code, double share) {
    const auto between = [share](const ScannedCode::Point& a, const ScannedCode::Point& b) {
        return cv::Point2d(a.x + (b.x - a.x) * share, a.y + (b.y - a.y) * share);
    };
    const cv::Point2d begin = between(code.corners[0], code.corners[3]);
    const cv::Point2d end = between(code.corners[1], code.corners[2]);
    std::vector<float> profile(ean_profile_size(*code.layout));
    constexpr double margin = EanSampling::margin_modules * EanSampling::samples_per_module;
    for (std::size_t i = 0; i < profile.size(); ++i) {
        const double along =
            (static_cast<double>(i) + 0.5 - margin) / (static_cast<double>(profile.size()) - 2 * margin);
        const cv::Point2d at = begin + (end - begin) * along;
        profile[i] = brightness_at(grey, at.x, at.y);
    }
    return profile;
}

/// ean_margin at its clearest row: dirt and glare spare some.
double clearest_margin(const cv::Mat& grey, const ScannedCode& code) {
    double best = -1.0;
    for (const double share : {0.0, 0.25, 0.5, 0.75, 1.0}) {
        best = std::max(best, ean_margin(*code.layout, code.drawn, profile_of(grey, code, share)));
        if (best > 0.0) break;
    }
    return best;
}

/// One preparation of a linear code's region.
struct PreparedBars {
    std::size_t index = 0; ///< among the preparations
    cv::Mat seen;          ///< laid flat, and no more: what a reading is held against
    cv::Mat enhanced;      ///< what is read
    bool fixed_threshold = false;
};

PreparedBars prepare(const cv::Mat& grey, const BarRegion& region, std::size_t index) {
    const auto& how = bar_preparations[index];
    PreparedBars bars{index, laid_flat(grey, region, how.zoom, how.tilt), {}, how.fixed_threshold};
    bars.enhanced = bars.seen.clone();
    enhance(bars.enhanced, how.enhancement, how.zoom);
    cv::blur(bars.seen, bars.seen, {1, 3}); // a reading's rows are not exact
    return bars;
}

/// A part of a longer code, or of an EAN, can read as a shorter code of a symbology without checks.
bool spans_region(const ScannedCode& code, const PreparedBars& bars) {
    return std::abs(code.corners[1].x - code.corners[0].x) > 0.6 * bars.seen.cols;
}

/// What the preparations of one region say, until a code is certain enough.
class RegionReading {
public:
    /// Reads one preparation; the code, once it is certain.
    std::optional<Barcode> read(const PreparedBars& bars) {
        if (auto code = read_ean(bars)) return code;
        const ScanOptions options{.lines_min = 3, .fixed_threshold = bars.fixed_threshold};
        const auto code = scan(view_of(bars.enhanced), CodeKind::CheckedLinear, options);
        if (code && spans_region(*code, bars)) return code->barcode;
        return read_unchecked(bars);
    }

    /// An EAN whose bars are too blurred to be certain in any one preparation, but on which several agree and which
    /// none contradicts.
    [[nodiscard]] std::optional<Barcode> agreed() const {
        constexpr std::size_t preparations_min = 2;
        // No wrong reading of pictures made bad on purpose came above -0.07 (docs/models.md).
        constexpr double margin_min = -0.02;
        constexpr double lead_min = 0.06;
        const auto best = std::ranges::max_element(eans_, {}, [](const auto& ean) { return ean.second.margin; });
        if (best == eans_.end() || best->second.margin < margin_min) return {};
        if (best->second.preparations.size() < preparations_min) return {};
        const bool contradicted = std::ranges::any_of(eans_, [&](const auto& ean) {
            return ean.first != best->first && ean.second.margin > best->second.margin - lead_min;
        });
        return contradicted ? std::nullopt : std::optional(best->second.code);
    }

private:
    struct EanVotes {
        Barcode code;
        double margin = -1.0;
        std::set<std::size_t> preparations;
    };

    std::optional<Barcode> read_ean(const PreparedBars& bars) {
        // A misread code may be the first on which rows agree; asking for more rows brings up another.
        for (const int lines : {2, 8, 20}) {
            const ScanOptions options{.lines_min = lines, .fixed_threshold = bars.fixed_threshold};
            const auto code = scan(view_of(bars.enhanced), CodeKind::Ean, options);
            if (!code) return {};
            const double margin = clearest_margin(bars.seen, *code);
            if (margin > 0.0) return code->barcode;
            auto& votes = eans_[code->barcode.text];
            votes.code = code->barcode;
            votes.margin = std::max(votes.margin, margin);
            votes.preparations.insert(bars.index);
        }
        return {};
    }

    std::optional<Barcode> read_unchecked(const PreparedBars& bars) {
        constexpr std::size_t letters_min = 4;
        const ScanOptions options{.lines_min = 6, .fixed_threshold = bars.fixed_threshold};
        const auto code = scan(view_of(bars.enhanced), CodeKind::UncheckedLinear, options);
        if (!code || code->barcode.text.size() < letters_min || !spans_region(*code, bars)) return {};
        auto& preparations = unchecked_[code->barcode.text];
        preparations.insert(bars.index);
        const bool alone = unchecked_.size() == 1;
        return alone && preparations.size() >= 2 ? std::optional(code->barcode) : std::nullopt;
    }

    std::map<std::string, EanVotes> eans_;
    std::map<std::string, std::set<std::size_t>> unchecked_;
};

std::optional<Barcode> read_bars(const cv::Mat& grey, const BarRegion& region, ThreadTime::time_point deadline) {
    RegionReading reading;
    for (std::size_t i = 0; i < bar_preparations.size() && ThreadTime::now() < deadline; ++i) {
        if (auto code = reading.read(prepare(grey, region, i))) return code;
    }
    return reading.agreed();
}

cv::Mat turned(const cv::Mat& grey, double degrees) {
    const auto side = static_cast<int>(std::hypot(grey.cols, grey.rows));
    cv::Mat turn = cv::getRotationMatrix2D({grey.cols / 2.0F, grey.rows / 2.0F}, degrees, 1.0);
    turn.at<double>(0, 2) += (side - grey.cols) / 2.0;
    turn.at<double>(1, 2) += (side - grey.rows) / 2.0;
    cv::Mat result;
    cv::warpAffine(grey, result, turn, {side, side}, cv::INTER_LINEAR, cv::BORDER_REPLICATE);
    return result;
}

cv::Mat prepare(const cv::Mat& patch, const MatrixPreparation& how) {
    constexpr double side_max = 1000.0;
    const double zoom = std::min(how.zoom, side_max / std::max(patch.cols, patch.rows));
    cv::Mat prepared;
    cv::resize(patch, prepared, {}, zoom, zoom, zoom < 1.0 ? cv::INTER_AREA : cv::INTER_CUBIC);
    if (how.blur > 0.0) cv::GaussianBlur(prepared, prepared, {}, how.blur);
    enhance(prepared, how.enhancement, std::max(1.0, zoom));
    return how.turn == 0.0 ? prepared : turned(prepared, how.turn);
}

/// The patch with a tenth more on each side, for the quiet zone.
cv::Mat with_surroundings(const cv::Mat& grey, const Box& box) {
    const int more = std::max(8, std::max(box.w, box.h) / 10);
    const Box wider{box.x - more, box.y - more, box.w + 2 * more, box.h + 2 * more};
    const Box inside = intersection(wider, {0, 0, grey.cols, grey.rows});
    return grey(cv::Rect(inside.x, inside.y, inside.w, inside.h));
}

std::optional<Barcode> read_matrix(const cv::Mat& grey, const Box& box, ThreadTime::time_point deadline) {
    const cv::Mat patch = with_surroundings(grey, box);
    for (const auto& how : matrix_preparations) {
        if (ThreadTime::now() >= deadline) return {};
        const ScanOptions options{.fixed_threshold = how.fixed_threshold};
        if (const auto code = scan(view_of(prepare(patch, how)), CodeKind::Matrix, options)) return code->barcode;
    }
    return {};
}

/// A clear matrix code anywhere in the picture.
std::optional<Barcode> read_clear_matrix(const cv::Mat& grey) {
    constexpr double side_max = 1600.0;
    constexpr int side_min = 16;
    const double fitting = std::min(1.0, side_max / std::max(grey.cols, grey.rows));
    for (const double zoom : {fitting, 0.5 * fitting}) {
        if (std::min(grey.cols, grey.rows) * zoom < side_min) return {};
        cv::Mat sized = grey;
        if (zoom < 1.0) cv::resize(grey, sized, {}, zoom, zoom, cv::INTER_AREA);
        if (const auto code = scan(view_of(sized), CodeKind::Matrix)) return code->barcode;
    }
    return {};
}

/// A picture that is a code drawn with a pixel or two a module.
std::optional<Barcode> read_tiny(const cv::Mat& grey) {
    constexpr int side_max = 128;
    constexpr int rows_min = 12;
    constexpr int columns_min = 10; // of the smallest Data Matrix
    if (std::max(grey.cols, grey.rows) > side_max || grey.cols < columns_min) return {};
    cv::Mat picture = grey;
    if (picture.rows < rows_min) {
        cv::copyMakeBorder(picture, picture, 0, rows_min - picture.rows, 0, 0, cv::BORDER_REPLICATE);
    }
    constexpr int zoom = 6;
    constexpr int quiet_zone = 10 * zoom;
    cv::resize(picture, picture, {}, zoom, zoom, cv::INTER_NEAREST);
    cv::copyMakeBorder(picture, picture, quiet_zone, quiet_zone, quiet_zone, quiet_zone, cv::BORDER_CONSTANT, 255);
    for (const auto kind : {CodeKind::Matrix, CodeKind::Ean, CodeKind::CheckedLinear}) {
        const auto code = scan(view_of(picture), kind, {.lines_min = 8, .rotate = true});
        if (code && (!code->layout || clearest_margin(picture, *code) > 0.0)) return code->barcode;
    }
    return {};
}

} // namespace

BarcodeReader::BarcodeReader(BarcodeReaderOptions options) : options_(options) {}

std::vector<Barcode> BarcodeReader::read(const Picture& picture) const {
    if (picture.width <= 0 || picture.height <= 0) return {};
    const auto deadline = ThreadTime::now() + options_.time_limit;
    const cv::Mat rgb(picture.height, picture.width, CV_8UC3, const_cast<std::uint8_t*>(picture.rgb.data()));
    cv::Mat grey;
    cv::cvtColor(rgb, grey, cv::COLOR_RGB2GRAY);
    std::vector<Barcode> codes;
    const auto add = [&codes](std::optional<Barcode> code) {
        if (code && std::ranges::find(codes, *code) == codes.end()) codes.push_back(std::move(*code));
    };
    const auto regions = find_code_regions(picture);
    for (const auto& bars : regions.bars) add(read_bars(grey, bars, deadline));
    const auto clear = read_clear_matrix(grey);
    add(clear);
    if (!clear || regions.matrices.size() > 1) {
        for (const auto& box : regions.matrices) add(read_matrix(grey, box, deadline));
    }
    if (codes.empty()) add(read_tiny(grey));
    return codes;
}

} // namespace vitrine
