#include "ml/text_reader.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <cstdlib>
#include <filesystem>
#include <mutex>
#include <vector>

#include <opencv2/core.hpp>
#include <opencv2/imgproc.hpp>
#include <tesseract/baseapi.h>
#include <tesseract/ocrclass.h>
#include <tesseract/resultiterator.h>

#include <vitrine/error.hpp>

// Of the OpenMP that Tesseract is built with (OpenMP 5.0, section 3.2.15); <omp.h> itself would tie us to GCC.
extern "C" {
int omp_get_max_active_levels(void);
void omp_set_max_active_levels(int levels);
}

namespace vitrine {
namespace {

using Recogniser = std::unique_ptr<tesseract::TessBaseAPI>;

constexpr float word_confidence_min = 60.0F; // percent
constexpr double recognised_pixels_max = 1.6e6;

/// Keeps Tesseract's parallel regions on the calling thread while it lives: with no active level allowed, every region
/// runs with one thread. The setting belongs to the calling thread (an ICV of its implicit task), so no other user of
/// OpenMP in the process is touched, as the environment's OMP_THREAD_LIMIT would.
class OnThisThreadAlone {
public:
    OnThisThreadAlone() : before_(omp_get_max_active_levels()) { omp_set_max_active_levels(0); }
    ~OnThisThreadAlone() { omp_set_max_active_levels(before_); }
    OnThisThreadAlone(const OnThisThreadAlone&) = delete;
    OnThisThreadAlone& operator=(const OnThisThreadAlone&) = delete;

private:
    int before_;
};

std::vector<std::string> folders_to_look_in(const std::string& configured) {
    if (!configured.empty()) return {configured};
    std::vector<std::string> folders;
    if (const char* prefix = std::getenv("TESSDATA_PREFIX"); prefix != nullptr && *prefix != '\0') {
        folders.emplace_back(prefix);
        folders.push_back(std::string(prefix) + "/tessdata");
    }
    for (const auto* folder : {"/usr/share/tesseract-ocr/5/tessdata", "/usr/share/tesseract-ocr/4.00/tessdata",
                               "/usr/share/tessdata", "/usr/local/share/tessdata"}) {
        folders.emplace_back(folder);
    }
    return folders;
}

std::string find_tessdata(const std::string& configured) {
    std::string looked_in;
    for (const auto& folder : folders_to_look_in(configured)) {
        std::error_code ignored; // a folder that cannot be read is a folder without the model
        if (std::filesystem::is_regular_file(std::filesystem::path(folder) / "eng.traineddata", ignored)) return folder;
        looked_in += (looked_in.empty() ? "" : ", ") + folder;
    }
    throw Error(ErrorCode::Configuration,
                "The text recogniser's model eng.traineddata is in none of these folders: " + looked_in +
                    ". Install the package tesseract-ocr-eng, or name its folder.");
}

Recogniser make_recogniser(const std::string& tessdata) {
    auto recogniser = std::make_unique<tesseract::TessBaseAPI>();
    if (recogniser->Init(tessdata.c_str(), "eng", tesseract::OEM_LSTM_ONLY) != 0) {
        throw Error(ErrorCode::Configuration, "The text recogniser cannot load " + tessdata +
                                                  "/eng.traineddata; install tesseract-ocr-eng anew.");
    }
    recogniser->SetVariable("debug_file", "/dev/null"); // it writes its remarks to stderr otherwise
    recogniser->SetPageSegMode(tesseract::PSM_SPARSE_TEXT);
    return recogniser;
}

cv::Mat grey_at_useful_size(const Picture& picture) {
    // The recogniser wants capitals of 20 pixels and more; shop photos have them at 8 to 15.
    const cv::Mat rgb(picture.height, picture.width, CV_8UC3, const_cast<std::uint8_t*>(picture.rgb.data()));
    cv::Mat grey;
    cv::cvtColor(rgb, grey, cv::COLOR_RGB2GRAY);
    const double scale = std::min(3.0, std::sqrt(recognised_pixels_max / static_cast<double>(grey.total())));
    const cv::Size size(std::max(1, static_cast<int>(grey.cols * scale)),
                        std::max(1, static_cast<int>(grey.rows * scale)));
    cv::Mat sized;
    cv::resize(grey, sized, size, 0, 0, scale < 1 ? cv::INTER_AREA : cv::INTER_CUBIC);
    return sized;
}

bool is_word_like(std::string_view word) {
    const auto is_letter = [](unsigned char c) { return std::isalnum(c) != 0 || c >= 0x80; };
    const auto letters = std::ranges::count_if(word, is_letter);
    return letters >= 2 && letters * 4 >= static_cast<std::ptrdiff_t>(word.size()) * 3;
}

PrintedText confident_words(tesseract::TessBaseAPI& recogniser) {
    const std::unique_ptr<tesseract::ResultIterator> words(recogniser.GetIterator());
    PrintedText text;
    double confidence = 0.0;
    std::size_t letters = 0;
    if (!words) return text;
    do {
        const std::unique_ptr<char[]> word(words->GetUTF8Text(tesseract::RIL_WORD));
        const float sure = words->Confidence(tesseract::RIL_WORD);
        if (!word || sure < word_confidence_min || !is_word_like(word.get())) continue;
        const std::string_view shown = word.get();
        text.text.append(text.text.empty() ? "" : " ").append(shown);
        confidence += sure / 100.0 * static_cast<double>(shown.size());
        letters += shown.size();
    } while (words->Next(tesseract::RIL_WORD));
    if (letters > 0) text.confidence = std::clamp(confidence / static_cast<double>(letters), 0.0, 1.0);
    return text;
}

} // namespace

struct TextReader::Impl {
    TextReaderOptions options;
    std::string tessdata;
    std::mutex mutex;
    std::vector<Recogniser> idle; // guarded by mutex

    Recogniser take() {
        {
            const std::lock_guard lock(mutex);
            if (!idle.empty()) {
                auto recogniser = std::move(idle.back());
                idle.pop_back();
                return recogniser;
            }
        }
        return make_recogniser(tessdata);
    }

    void give_back(Recogniser recogniser) {
        const std::lock_guard lock(mutex);
        idle.push_back(std::move(recogniser));
    }
};

TextReader::TextReader(TextReaderOptions options) : impl_(std::make_unique<Impl>()) {
    impl_->options = std::move(options);
    if (!impl_->options.enabled) return;
    impl_->tessdata = find_tessdata(impl_->options.tessdata);
    impl_->give_back(make_recogniser(impl_->tessdata));
}

TextReader::~TextReader() = default;

PrintedText TextReader::read(const Picture& picture) const {
    constexpr int side_min = 12; // no legible letter fits in less
    if (!impl_->options.enabled || std::min(picture.width, picture.height) < side_min) return {};
    const cv::Mat grey = grey_at_useful_size(picture);
    if (std::min(grey.cols, grey.rows) < side_min) return {};
    const OnThisThreadAlone alone;
    auto recogniser = impl_->take();
    recogniser->SetImage(grey.data, grey.cols, grey.rows, 1, static_cast<int>(grey.step));
    recogniser->SetSourceResolution(150);
    tesseract::ETEXT_DESC monitor;
    monitor.set_deadline_msecs(static_cast<std::int32_t>(impl_->options.time_limit.count()));
    recogniser->Recognize(&monitor);
    auto text = confident_words(*recogniser);
    recogniser->Clear();
    impl_->give_back(std::move(recogniser));
    return text;
}

} // namespace vitrine
