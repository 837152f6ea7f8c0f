#include "ml/network.hpp"

#include <algorithm>
#include <cmath>
#include <mutex>
#include <string>
#include <thread>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <opencv2/core.hpp>
#include <opencv2/core/utils/logger.hpp>
#include <opencv2/dnn.hpp>

#include <vitrine/error.hpp>

#include "ml/call_joiner.hpp"

namespace vitrine {
namespace {

/// More pictures in one pass bring nothing but memory and delay (docs/performance.md).
constexpr int batch_wanted = 4;

/// A pass on one thread costs a fifth less processor time than one that is spread over two, so that calls that come at
/// one time fare best with a copy of the weights each (docs/performance.md). Copies cost memory.
std::size_t copies_wanted() {
    constexpr unsigned copies_max = 8;
    return std::clamp(std::thread::hardware_concurrency(), 1U, copies_max);
}

[[noreturn]] void refuse(const ModelSpec& model, const std::string& what) {
    throw Error(ErrorCode::Configuration, fmt::format("The model file '{}' {}.", model.file, what));
}

/// The last line of what OpenCV says, without its place in OpenCV's source.
std::string reason_of(const cv::Exception& failure) {
    return fmt::format("{:.200}", failure.err);
}

cv::dnn::Net load(const ModelSpec& model, std::string_view onnx) {
    try {
        // Failures come as exceptions; the log on stderr would say them a second time.
        cv::utils::logging::setLogLevel(cv::utils::logging::LOG_LEVEL_SILENT);
        auto net = cv::dnn::readNetFromONNX(onnx.data(), onnx.size());
        if (net.empty()) refuse(model, "holds no network");
        return net;
    } catch (const cv::Exception& failure) {
        refuse(model, fmt::format("cannot be loaded by OpenCV {}: {}", CV_VERSION, reason_of(failure)));
    }
}

struct PendingRun {
    std::span<const float> inputs;
    int count = 0;
    std::vector<std::vector<Tensor>> outputs;
};

} // namespace

class Network::Impl {
public:
    Impl(const ModelSpec& model, std::string_view onnx)
        : model_(model), nets_(1, load(model, onnx)),
          values_(3 * static_cast<std::size_t>(model.input.width) * static_cast<std::size_t>(model.input.height)),
          batch_max_(checked_batch()),
          joiner_(
              static_cast<std::size_t>(batch_max_), [this](auto calls) { pass(calls); }, copies_wanted()) {
        for (const auto& output : model.outputs) names_.push_back(output.name);
        while (nets_.size() < copies_wanted()) {
            nets_.push_back(load(model, onnx));
            (void)try_forward(nets_.back(), 1);
        }
        for (auto& net : nets_) free_.push_back(&net);
    }

    [[nodiscard]] std::size_t input_values() const { return values_; }
    [[nodiscard]] int batch_max() const { return batch_max_; }

    std::vector<std::vector<Tensor>> run(std::span<const float> inputs) {
        if (inputs.empty() || inputs.size() % values_ != 0)
            throw Error(ErrorCode::Internal, "A network was given an input of another size than its model's.");
        PendingRun call{.inputs = inputs, .count = static_cast<int>(inputs.size() / values_), .outputs = {}};
        joiner_.run(call, static_cast<std::size_t>(call.count));
        for (const auto& of_picture : call.outputs) check_finite(of_picture);
        return std::move(call.outputs);
    }

private:
    /// A copy of the network for one thread, while this lives. There is always one: the joiner has as many places.
    class Copy {
    public:
        explicit Copy(Impl& network) : network_(network) {
            const std::scoped_lock lock(network_.mutex_);
            net_ = network_.free_.back();
            network_.free_.pop_back();
        }
        ~Copy() {
            const std::scoped_lock lock(network_.mutex_);
            network_.free_.push_back(net_);
        }
        Copy(const Copy&) = delete;
        Copy& operator=(const Copy&) = delete;
        [[nodiscard]] cv::dnn::Net& net() const { return *net_; }

    private:
        Impl& network_;
        cv::dnn::Net* net_ = nullptr;
    };

    /// One forward pass, or as many as the pictures of the calls need.
    void pass(std::span<PendingRun* const> calls) {
        const Copy copy(*this);
        std::vector<std::span<const float>> pictures;
        for (const PendingRun* call : calls) {
            for (int i = 0; i < call->count; ++i)
                pictures.push_back(call->inputs.subspan(static_cast<std::size_t>(i) * values_, values_));
        }
        std::vector<std::vector<Tensor>> answers;
        for (std::size_t from = 0; from < pictures.size(); from += static_cast<std::size_t>(batch_max_)) {
            const auto count = std::min(pictures.size() - from, static_cast<std::size_t>(batch_max_));
            forward(copy.net(), std::span(pictures).subspan(from, count), answers);
        }
        auto next = answers.begin();
        for (PendingRun* call : calls) {
            call->outputs.assign(std::make_move_iterator(next), std::make_move_iterator(next + call->count));
            next += call->count;
        }
    }

    void forward(cv::dnn::Net& net, std::span<const std::span<const float>> pictures,
                 std::vector<std::vector<Tensor>>& answers) {
        const int sizes[] = {static_cast<int>(pictures.size()), 3, model_.input.height, model_.input.width};
        cv::Mat input(4, sizes, CV_32F);
        for (std::size_t i = 0; i < pictures.size(); ++i)
            std::ranges::copy(pictures[i], input.ptr<float>() + i * values_);
        std::vector<cv::Mat> outputs;
        try {
            net.setInput(input, model_.input.name);
            net.forward(outputs, names_);
        } catch (const cv::Exception& failure) {
            throw Error(ErrorCode::Internal,
                        fmt::format("The model file '{}' failed: {}", model_.file, reason_of(failure)));
        }
        for (std::size_t i = 0; i < pictures.size(); ++i) {
            std::vector<Tensor> of_picture;
            for (const cv::Mat& output : outputs) of_picture.push_back(part_of(output, i, pictures.size()));
            answers.push_back(std::move(of_picture));
        }
    }

    Tensor part_of(const cv::Mat& output, std::size_t index, std::size_t count) const {
        Tensor part;
        const auto each = output.total() / count;
        part.shape.push_back(1);
        // A network that only takes one picture may leave the first size out.
        for (int d = output.dims > 1 || count > 1 ? 1 : 0; d < output.dims; ++d) part.shape.push_back(output.size[d]);
        if (count == 1 && output.dims > 1 && output.size[0] != 1)
            part.shape.insert(part.shape.begin() + 1, output.size[0]);
        const auto* const begin = output.ptr<float>() + index * each;
        part.values.assign(begin, begin + each);
        return part;
    }

    void check_finite(const std::vector<Tensor>& outputs) const {
        for (std::size_t i = 0; i < outputs.size(); ++i) {
            if (std::ranges::all_of(outputs[i].values, [](float v) { return std::isfinite(v); })) continue;
            throw Error(ErrorCode::BadInput, fmt::format("The output '{}' of the model '{}' holds numbers that are not "
                                                         "finite; nothing of it was used.",
                                                         model_.outputs[i].name, model_.name));
        }
    }

    /// Warms up and checks the declared outputs; then tries several pictures at once, which not every network bears.
    int checked_batch();
    std::vector<cv::Mat> try_forward(cv::dnn::Net& net, int count) const;
    void check_shape(const ModelOutput& declared, const cv::Mat& output) const;

    const ModelSpec model_;
    std::vector<cv::dnn::Net> nets_; ///< copies; each is used by one thread at a time
    const std::size_t values_;
    std::vector<cv::String> names_;
    const int batch_max_;
    std::mutex mutex_;
    std::vector<cv::dnn::Net*> free_; ///< guarded by mutex_: the copies that no thread uses
    CallJoiner<PendingRun> joiner_;
};

std::vector<cv::Mat> Network::Impl::try_forward(cv::dnn::Net& net, int count) const {
    const int sizes[] = {count, 3, model_.input.height, model_.input.width};
    cv::Mat input(4, sizes, CV_32F);
    // The same picture again and again, with something in it: a batch must answer what single pictures do.
    for (std::size_t i = 0; i < input.total(); ++i)
        input.ptr<float>()[i] = static_cast<float>((i % values_) % 97) / 97.0F - 0.5F;
    std::vector<cv::String> names;
    for (const auto& output : model_.outputs) names.push_back(output.name);
    std::vector<cv::Mat> outputs;
    net.setInput(input, model_.input.name);
    net.forward(outputs, names);
    for (cv::Mat& output : outputs) output = output.clone();
    return outputs;
}

void Network::Impl::check_shape(const ModelOutput& declared, const cv::Mat& output) const {
    if (output.depth() != CV_32F) refuse(model_, fmt::format("has an output '{}' that is not float32", declared.name));
    if (declared.shape.empty()) return;
    const std::vector<std::int64_t> found(output.size.p, output.size.p + output.dims);
    const bool fits =
        std::ranges::equal(declared.shape, found, [](auto wanted, auto is) { return wanted < 0 || wanted == is; });
    if (!fits) {
        refuse(model_, fmt::format("has an output '{}' of shape [{}], but models.json declares [{}]", declared.name,
                                   fmt::join(found, ","), fmt::join(declared.shape, ",")));
    }
}

int Network::Impl::checked_batch() {
    cv::dnn::Net& net = nets_.front();
    const auto layers = net.getLayerNames();
    for (const auto& output : model_.outputs) {
        if (std::ranges::find(layers, output.name) == layers.end() && net.getLayerId(output.name) < 0)
            refuse(model_, fmt::format("has no output '{}', which models.json declares", output.name));
    }
    std::vector<cv::Mat> single;
    try {
        single = try_forward(net, 1);
    } catch (const cv::Exception& failure) {
        refuse(model_, fmt::format("cannot be run with the input that models.json declares: {}", reason_of(failure)));
    }
    for (std::size_t i = 0; i < single.size(); ++i) check_shape(model_.outputs[i], single[i]);
    try {
        const auto several = try_forward(net, 2);
        bool same = true;
        for (std::size_t i = 0; i < single.size() && same; ++i) {
            const auto each = single[i].total();
            same = several[i].total() == 2 * each;
            for (std::size_t k = 0; same && k < 2 * each; ++k) {
                const float wanted = single[i].ptr<float>()[k % each];
                same = std::abs(several[i].ptr<float>()[k] - wanted) <= 1e-3F * (1.0F + std::abs(wanted));
            }
        }
        if (same) return batch_wanted;
    } catch (const cv::Exception&) { // a network with the number 1 built in: pictures go one by one
    }
    (void)try_forward(net, 1); // so that its buffers are those of a single picture again
    return 1;
}

Network::Network(const ModelSpec& model, std::string_view onnx) : impl_(std::make_unique<Impl>(model, onnx)) {}
Network::~Network() = default;

std::size_t Network::input_values() const {
    return impl_->input_values();
}
int Network::batch_max() const {
    return impl_->batch_max();
}
std::vector<std::vector<Tensor>> Network::run(std::span<const float> inputs) {
    return impl_->run(inputs);
}

} // namespace vitrine
