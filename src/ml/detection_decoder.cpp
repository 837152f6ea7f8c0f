#include "ml/detection_decoder.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <cmath>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <vitrine/error.hpp>

namespace vitrine {
namespace {

using Kind = DetectionDecoder::Kind;

constexpr std::array kinds{
    std::pair{Kind::FastestDet, std::string_view{"fastestdet"}}, std::pair{Kind::YoloV5, std::string_view{"yolov5"}},
    std::pair{Kind::YoloV8, std::string_view{"yolov8"}}, std::pair{Kind::YoloX, std::string_view{"yolox"}},
    std::pair{Kind::Ssd, std::string_view{"ssd"}}};

constexpr std::int64_t candidates_max = 200'000;
constexpr std::size_t suppressed_max = 3'000; ///< comparing pairs is quadratic: only the best so many are looked at
constexpr std::size_t dimensions_max = 8;
constexpr std::int64_t labels_max = 100'000;

[[noreturn]] void refuse(const TensorView& output, const DetectionDecoder& decoder, std::string_view must) {
    throw Error(ErrorCode::BadInput,
                fmt::format("The detector's output of shape [{}] cannot be decoded as {}: it must be {}.",
                            fmt::join(output.shape, ","), to_string(decoder.kind), must));
}

/// The sizes behind the leading ones; as many as `count`, each at least 1, and together the number of values.
std::vector<std::int64_t> sizes_of(const TensorView& output, const DetectionDecoder& decoder, std::size_t count,
                                   std::string_view must) {
    std::vector<std::int64_t> sizes = output.shape;
    if (sizes.size() > dimensions_max) refuse(output, decoder, must);
    while (sizes.size() > count && sizes.front() == 1) sizes.erase(sizes.begin());
    if (sizes.size() != count) refuse(output, decoder, must);
    const auto limit = static_cast<std::int64_t>(output.values.size());
    std::int64_t values = 1;
    for (const auto size : sizes) {
        if (size < 1 || size > limit || values > limit / size) refuse(output, decoder, must);
        values *= size;
    }
    if (values != limit) refuse(output, decoder, must);
    return sizes;
}

void require_labels(const TensorView& output, const DetectionDecoder& decoder, std::int64_t found, int labels,
                    std::string_view must) {
    if (found < 1 || found > labels_max) refuse(output, decoder, must);
    if (labels > 0 && found != labels) {
        refuse(output, decoder, fmt::format("of {} classes, as many as there are labels, not {}", labels, found));
    }
}

double sigmoid(double x) {
    return 1.0 / (1.0 + std::exp(-x));
}

RawDetection centred(double cx, double cy, double w, double h, double score, int label) {
    return {cx - w / 2, cy - h / 2, cx + w / 2, cy + h / 2, score, label};
}

bool is_sound(const RawDetection& box) {
    const bool finite =
        std::isfinite(box.left) && std::isfinite(box.top) && std::isfinite(box.right) && std::isfinite(box.bottom);
    return finite && box.right > box.left && box.bottom > box.top && box.score >= 0.0; // false for a NaN score
}

/// The boxes that are worth keeping, as they are found.
class Harvest {
public:
    explicit Harvest(double score_min) : score_min_(score_min) {}

    [[nodiscard]] bool wants(double score) const { return score >= score_min_; }

    void add(RawDetection box) {
        box.score = std::min(box.score, 1.0);
        if (wants(box.score) && is_sound(box)) boxes_.push_back(box);
    }

    [[nodiscard]] std::vector<RawDetection> take() { return std::move(boxes_); }

private:
    const double score_min_;
    std::vector<RawDetection> boxes_;
};

/// The greatest of `count` values that lie `step` apart, and which it is.
std::pair<float, int> greatest(const float* values, std::int64_t count, std::int64_t step) {
    std::pair<float, int> best{values[0], 0};
    for (std::int64_t i = 1; i < count; ++i) {
        const float value = values[i * step];
        if (value > best.first || std::isnan(best.first)) best = {value, static_cast<int>(i)};
    }
    return best;
}

/// github.com/dog-qiuqiu/FastestDet: score = objectness^0.6 * class^0.4.
void decode_fastestdet(const TensorView& output, const DetectionDecoder& decoder, int labels, Harvest& harvest) {
    constexpr std::string_view must = "[1,5+classes,rows,columns]";
    const auto sizes = sizes_of(output, decoder, 3, must);
    const auto rows = sizes[1];
    const auto columns = sizes[2];
    require_labels(output, decoder, sizes[0] - 5, labels, must);
    const auto cells = rows * columns;
    if (cells > candidates_max) refuse(output, decoder, "of at most 200,000 cells");
    for (std::int64_t cell = 0; cell < cells; ++cell) {
        const float* const at = output.values.data() + cell;
        const auto [probability, label] = greatest(at + 5 * cells, sizes[0] - 5, cells);
        const double score =
            std::pow(std::max(0.0F, at[0]), 0.6) * std::pow(std::max(0.0F, probability), 0.4); // NaN counts as 0
        if (!harvest.wants(score)) continue;
        const double cx = (std::tanh(at[cells]) + static_cast<double>(cell % columns)) / static_cast<double>(columns);
        const double cy = (std::tanh(at[2 * cells]) + static_cast<double>(cell / columns)) / static_cast<double>(rows);
        harvest.add(centred(cx, cy, sigmoid(at[3 * cells]), sigmoid(at[4 * cells]), score, label));
    }
}

/// Ultralytics' YOLOv5 as exported: boxes in input pixels.
void decode_yolov5(const TensorView& output, const DetectionDecoder& decoder, int labels, Harvest& harvest) {
    constexpr std::string_view must = "[1,boxes,5+classes]";
    const auto sizes = sizes_of(output, decoder, 2, must);
    require_labels(output, decoder, sizes[1] - 5, labels, must);
    if (sizes[0] > candidates_max) refuse(output, decoder, "of at most 200,000 boxes");
    for (std::int64_t i = 0; i < sizes[0]; ++i) {
        const float* const row = output.values.data() + i * sizes[1];
        if (!harvest.wants(row[4])) continue;
        const auto [probability, label] = greatest(row + 5, sizes[1] - 5, 1);
        harvest.add(centred(row[0] / double(decoder.input_width), row[1] / double(decoder.input_height),
                            row[2] / double(decoder.input_width), row[3] / double(decoder.input_height),
                            double{row[4]} * probability, label));
    }
}

/// Ultralytics' YOLOv8 as exported: transposed, and without objectness.
void decode_yolov8(const TensorView& output, const DetectionDecoder& decoder, int labels, Harvest& harvest) {
    constexpr std::string_view must = "[1,4+classes,boxes]";
    const auto sizes = sizes_of(output, decoder, 2, must);
    require_labels(output, decoder, sizes[0] - 4, labels, must);
    const auto boxes = sizes[1];
    if (boxes > candidates_max) refuse(output, decoder, "of at most 200,000 boxes");
    for (std::int64_t i = 0; i < boxes; ++i) {
        const float* const at = output.values.data() + i;
        const auto [score, label] = greatest(at + 4 * boxes, sizes[0] - 4, boxes);
        if (!harvest.wants(score)) continue;
        harvest.add(centred(at[0] / double(decoder.input_width), at[boxes] / double(decoder.input_height),
                            at[2 * boxes] / double(decoder.input_width), at[3 * boxes] / double(decoder.input_height),
                            score, label));
    }
}

/// Ge et al., "YOLOX: Exceeding YOLO Series in 2021": offsets within a cell, logarithms of sizes, in units of strides.
void decode_yolox(const TensorView& output, const DetectionDecoder& decoder, int labels, Harvest& harvest) {
    constexpr std::string_view must = "[1,cells of all strides,5+classes]";
    const auto sizes = sizes_of(output, decoder, 2, must);
    require_labels(output, decoder, sizes[1] - 5, labels, must);
    std::int64_t cells = 0;
    for (const int stride : decoder.strides) {
        if (stride < 1) refuse(output, decoder, "read with strides of at least 1");
        cells += std::int64_t{decoder.input_width / stride} * (decoder.input_height / stride);
    }
    if (cells != sizes[0]) {
        refuse(output, decoder, fmt::format("of {} rows, one for each cell of the declared strides", cells));
    }
    if (cells > candidates_max) refuse(output, decoder, "of at most 200,000 cells");
    const float* row = output.values.data();
    for (const int stride : decoder.strides) {
        const int columns = decoder.input_width / stride;
        const int count = columns * (decoder.input_height / stride);
        const double across = static_cast<double>(stride) / decoder.input_width;
        const double down = static_cast<double>(stride) / decoder.input_height;
        for (int cell = 0; cell < count; ++cell, row += sizes[1]) {
            if (!harvest.wants(row[4])) continue;
            const auto [probability, label] = greatest(row + 5, sizes[1] - 5, 1);
            harvest.add(centred((row[0] + cell % columns) * across, (row[1] + cell / columns) * down,
                                std::exp(row[2]) * across, std::exp(row[3]) * down, double{row[4]} * probability,
                                label));
        }
    }
}

/// Liu et al., "SSD: Single Shot MultiBox Detector" (2016), as its DetectionOutput layer gives it.
void decode_ssd(const TensorView& output, const DetectionDecoder& decoder, int labels, Harvest& harvest) {
    constexpr std::string_view must = "[1,1,boxes,7]";
    const auto sizes = sizes_of(output, decoder, 2, must);
    if (sizes[1] != 7) refuse(output, decoder, must);
    if (sizes[0] > candidates_max) refuse(output, decoder, "of at most 200,000 boxes");
    for (std::int64_t i = 0; i < sizes[0]; ++i) {
        const float* const row = output.values.data() + i * 7;
        const bool of_this_picture = row[0] == 0.0F;
        const bool known = row[1] >= 0.0F && row[1] < static_cast<float>(labels > 0 ? labels : labels_max);
        if (of_this_picture && known) harvest.add({row[3], row[4], row[5], row[6], row[2], static_cast<int>(row[1])});
    }
}

double overlap(const RawDetection& a, const RawDetection& b) {
    const double w = std::min(a.right, b.right) - std::max(a.left, b.left);
    const double h = std::min(a.bottom, b.bottom) - std::max(a.top, b.top);
    if (!(w > 0.0 && h > 0.0)) return 0.0;
    const auto area = [](const RawDetection& box) { return (box.right - box.left) * (box.bottom - box.top); };
    return w * h / (area(a) + area(b) - w * h);
}

/// Keeps of `boxes`, best first, those that no better one says already.
template <class Same>
std::vector<RawDetection> greedily(const std::vector<RawDetection>& boxes, const Same& same) {
    std::vector<RawDetection> kept;
    for (const RawDetection& box : boxes) {
        if (std::ranges::none_of(kept, [&](const RawDetection& better) { return same(better, box); }))
            kept.push_back(box);
    }
    return kept;
}

} // namespace

std::optional<Kind> detection_kind(std::string_view name) {
    std::string lower(name);
    std::ranges::transform(lower, lower.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    const auto found = std::ranges::find(kinds, lower, [](const auto& kind) { return kind.second; });
    return found == kinds.end() ? std::nullopt : std::optional(found->first);
}

std::string_view to_string(Kind kind) {
    return std::ranges::find(kinds, kind, [](const auto& known) { return known.first; })->second;
}

std::vector<RawDetection> without_repetitions(std::vector<RawDetection> boxes, const DetectionDecoder& decoder) {
    std::ranges::stable_sort(boxes, std::ranges::greater{}, &RawDetection::score);
    boxes.resize(std::min(boxes.size(), suppressed_max));
    const auto of_one_label = greedily(boxes, [&](const RawDetection& a, const RawDetection& b) {
        return a.label == b.label && overlap(a, b) > decoder.same_label_overlap;
    });
    auto kept = greedily(of_one_label, [&](const RawDetection& a, const RawDetection& b) {
        return overlap(a, b) > decoder.any_label_overlap;
    });
    kept.resize(std::min(kept.size(), static_cast<std::size_t>(std::max(decoder.boxes_max, 0))));
    return kept;
}

std::vector<RawDetection> decode_detections(const TensorView& output, const DetectionDecoder& decoder, int labels) {
    Harvest harvest(decoder.score_min);
    switch (decoder.kind) {
    case Kind::FastestDet: decode_fastestdet(output, decoder, labels, harvest); break;
    case Kind::YoloV5: decode_yolov5(output, decoder, labels, harvest); break;
    case Kind::YoloV8: decode_yolov8(output, decoder, labels, harvest); break;
    case Kind::YoloX: decode_yolox(output, decoder, labels, harvest); break;
    case Kind::Ssd: decode_ssd(output, decoder, labels, harvest); break;
    }
    return without_repetitions(harvest.take(), decoder);
}

} // namespace vitrine
