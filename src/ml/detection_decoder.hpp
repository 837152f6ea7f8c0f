#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace vitrine {

/// Numbers of a network's output with their shape, row-major; borrowed.
struct TensorView {
    std::span<const float> values;
    std::vector<std::int64_t> shape;
};

/// A box as a network gives it: corners as parts of the network's input, not yet cut off at its border.
struct RawDetection {
    double left = 0.0;
    double top = 0.0;
    double right = 0.0;
    double bottom = 0.0;
    double score = 0.0; ///< in [0, 1]
    int label = 0;      ///< index into the model's labels
};

/// How a detector's output is to be read.
///
///   fastestdet  [1, 5+C, H, W]: objectness, box (tanh offsets, sigmoid sizes), class probabilities per cell
///   yolov5      [1, N, 5+C]: centre and size in input pixels, objectness, class probabilities
///   yolov8      [1, 4+C, N]: centre and size in input pixels, class probabilities; no objectness
///   yolox       [1, N, 5+C]: as yolov5, but offsets in cells and logarithms of sizes, for each of `strides`
///   ssd         [1, 1, N, 7]: image, label, score, corners as parts of the picture
struct DetectionDecoder {
    enum class Kind { FastestDet, YoloV5, YoloV8, YoloX, Ssd };

    Kind kind = Kind::YoloV8;
    double score_min = 0.5;              ///< weaker boxes are left out
    double same_label_overlap = 0.45;    ///< boxes of one label with a greater intersection over union are one
    double any_label_overlap = 0.7;      ///< the same for boxes whatever their labels
    std::vector<int> strides{8, 16, 32}; ///< yolox: pixels of input per cell, in the order of its rows
    int input_width = 0;                 ///< of the network's input, in pixels
    int input_height = 0;
    int boxes_max = 100; ///< the best so many
};

/// The decoder's kind of that name ("yolov8"), in any case; nothing for another name.
std::optional<DetectionDecoder::Kind> detection_kind(std::string_view name);
std::string_view to_string(DetectionDecoder::Kind kind);

/// The boxes in `output`, best first, without those that say the same as a better one. Values that are not finite count
/// as no box. Throws Error(BadInput) when the shape does not fit the kind, `labels` (the number of classes; 0: any) or
/// the strides. Pure; looks at no more than 200,000 candidate boxes.
std::vector<RawDetection> decode_detections(const TensorView& output, const DetectionDecoder& decoder, int labels);

/// Greedy suppression of boxes that overlap a better one, best first (Neubeck and Van Gool, 2006): first among boxes of
/// one label, then among all. At most `boxes_max` remain. Pure.
std::vector<RawDetection> without_repetitions(std::vector<RawDetection> boxes, const DetectionDecoder& decoder);

} // namespace vitrine
