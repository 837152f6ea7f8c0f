#include "ml/builtin_engine.hpp"

#include <opencv2/core/utility.hpp>
#include <opencv2/imgproc.hpp>

#include "core/lexical_match.hpp"
#include "ml/composed_engine.hpp"
#include "ml/crop_finder.hpp"
#include "ml/storage_vector.hpp"

namespace vitrine {
namespace {

constexpr auto crop_version = "builtin-crop 1";
constexpr auto vector_version = "builtin-vector 1";

class BuiltinDetector final : public Detector {
public:
    [[nodiscard]] std::string version() const override { return crop_version; }
    [[nodiscard]] Detections detect(const Picture& picture) override {
        return {.found = find_crops(picture), .version = crop_version};
    }
};

class BuiltinDescriber final : public Describer {
public:
    explicit BuiltinDescriber(const BuiltinOptions& options)
        : label_version_(options.label.text.enabled ? "builtin-label 1" : "builtin-label 1 without text"),
          label_reader_(options.label) {}

    [[nodiscard]] DescriberVersions versions() const override {
        return {.label = label_version_, .vector = vector_version, .dimensions = storage_vector_dimensions};
    }

    [[nodiscard]] Description describe(CropView& crop, Wanted wanted) override {
        Description result;
        if (wanted.label) {
            result.label = label_reader_.read(crop.picture(), crop.foreground());
            result.label_version = label_version_;
        }
        if (wanted.vector) {
            result.vector = vector_maker_.make(crop.picture(), crop.features(), crop.foreground());
            result.vector_version = vector_version;
        }
        return result;
    }

private:
    const std::string label_version_; ///< a label made without reading is not the one made with it
    LabelReader label_reader_;
    StorageVectorMaker vector_maker_;
};

class LexicalMatcher final : public Matcher {
public:
    explicit LexicalMatcher(std::shared_ptr<const Vocabulary> vocabulary) : own_vocabulary_(std::move(vocabulary)) {}

    [[nodiscard]] std::vector<double> match(const std::string& target,
                                            const std::vector<std::string>& candidates) override {
        return lexical_match(target, candidates, own_vocabulary_ ? *own_vocabulary_ : Vocabulary::builtin());
    }

private:
    const std::shared_ptr<const Vocabulary> own_vocabulary_; ///< may be null
};

/// OpenCV makes its tables for the Lab colours when they are needed first, and guards that with nothing: of two threads
/// that come first together each makes them, one set is lost, and one thread may read them half made. So they are made
/// here, before there are worker threads.
void prepare_opencv() {
    cv::setNumThreads(1);
    [[maybe_unused]] static const cv::Mat tables_are_made = [] {
        cv::Mat lab;
        cv::cvtColor(cv::Mat(1, 1, CV_8UC3, cv::Scalar::all(0)), lab, cv::COLOR_RGB2Lab);
        return lab;
    }();
}

} // namespace

std::shared_ptr<Detector> make_builtin_detector() {
    prepare_opencv();
    return std::make_shared<BuiltinDetector>();
}

std::shared_ptr<Describer> make_builtin_describer(const BuiltinOptions& options) {
    prepare_opencv();
    return std::make_shared<BuiltinDescriber>(options);
}

std::shared_ptr<Matcher> make_lexical_matcher(std::shared_ptr<const Vocabulary> vocabulary) {
    return std::make_shared<LexicalMatcher>(std::move(vocabulary));
}

std::unique_ptr<VisionEngine> make_builtin_engine(const BuiltinOptions& options) {
    const auto describer = make_builtin_describer(options);
    return make_composed_engine({.detector = make_builtin_detector(),
                                 .labeller = describer,
                                 .vectorizer = describer,
                                 .matcher = make_lexical_matcher()});
}

} // namespace vitrine
