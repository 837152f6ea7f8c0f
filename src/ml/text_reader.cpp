#include "ml/text_reader.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <mutex>
#include <numbers>
#include <vector>

#include <opencv2/core.hpp>
#include <opencv2/imgproc.hpp>
#include <tesseract/baseapi.h>
#include <tesseract/ocrclass.h>
#include <tesseract/resultiterator.h>
#include <unicode/uchar.h>
#include <unicode/utf8.h>

#include <vitrine/error.hpp>

#include "ml/text_lines.hpp"
#include "ml/thread_time.hpp"

// Of the OpenMP that Tesseract is built with (OpenMP 5.0, section 3.2.15); <omp.h> itself would tie us to GCC.
extern "C" {
int omp_get_max_active_levels(void);
void omp_set_max_active_levels(int levels);
}

namespace vitrine {
namespace {

using Recogniser = std::unique_ptr<tesseract::TessBaseAPI>;

constexpr int lines_max = 12; // more lines of a shop photo are the shelf's, not the thing's

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
    recogniser->SetVariable("tessedit_do_invert", "0"); // lines come dark on light
    recogniser->SetPageSegMode(tesseract::PSM_SINGLE_LINE);
    return recogniser;
}

/// The line laid flat, dark on light, its letters as high as the recogniser was trained on.
cv::Mat laid_flat(const cv::Mat& grey, const TextLine& line) {
    constexpr double letters_height = 40.0;
    constexpr double margin = 0.25; // of the line's height, on every side
    constexpr double length_max = 2000.0;
    const double zoom = letters_height / line.height;
    const cv::Size size(
        std::max(8, static_cast<int>(std::min(length_max, (line.length + 2 * margin * line.height) * zoom))),
        static_cast<int>(letters_height * (1 + 2 * margin)));
    const double c = std::cos(line.angle * std::numbers::pi / 180.0) / zoom;
    const double s = std::sin(line.angle * std::numbers::pi / 180.0) / zoom;
    const cv::Matx23d back(c, -s, line.x - (c * size.width - s * size.height) / 2.0, //
                           s, c, line.y - (s * size.width + c * size.height) / 2.0);
    cv::Mat flat;
    cv::warpAffine(grey, flat, back, size, cv::INTER_CUBIC | cv::WARP_INVERSE_MAP, cv::BORDER_REPLICATE);
    if (line.light) cv::bitwise_not(flat, flat);
    cv::normalize(flat, flat, 0, 255, cv::NORM_MINMAX);
    return flat;
}

/// The word without the signs around it ("(Arla," is "Arla"), and how many letters and digits it has.
struct TrimmedWord {
    std::string_view text;
    std::size_t letters = 0;
    std::size_t signs = 0; ///< inside
};

TrimmedWord trimmed(std::string_view word) {
    std::int32_t begin = -1;
    std::int32_t end = 0;
    TrimmedWord result;
    std::size_t signs_since = 0;
    const auto* bytes = reinterpret_cast<const std::uint8_t*>(word.data());
    const auto size = static_cast<std::int32_t>(word.size());
    for (std::int32_t i = 0; i < size;) {
        const std::int32_t at = i;
        UChar32 letter = 0;
        U8_NEXT(bytes, i, size, letter);
        if (letter < 0 || u_isalnum(letter) == 0) {
            ++signs_since;
            continue;
        }
        if (begin < 0)
            begin = at;
        else
            result.signs += signs_since;
        signs_since = 0;
        end = i;
        ++result.letters;
    }
    if (begin >= 0) result.text = word.substr(static_cast<std::size_t>(begin), static_cast<std::size_t>(end - begin));
    return result;
}

bool is_sure(const TrimmedWord& word, float confidence) {
    constexpr float sure = 60.0F;
    constexpr float very_sure = 85.0F;
    if (word.signs * 3 > word.letters) return false;
    return word.letters >= 3 ? confidence >= sure : word.letters == 2 && confidence >= very_sure;
}

/// The words of one reading, and how sure they are by letters.
class Words {
public:
    void add(std::string_view word, float confidence_percent) {
        text_.append(text_.empty() ? "" : " ").append(word);
        sum_ += static_cast<double>(confidence_percent) / 100.0 * static_cast<double>(word.size());
        letters_ += static_cast<double>(word.size());
    }

    [[nodiscard]] PrintedText text() const {
        return {text_, letters_ > 0 ? std::clamp(sum_ / letters_, 0.0, 1.0) : 0.0};
    }

private:
    std::string text_;
    double sum_ = 0.0;
    double letters_ = 0.0;
};

void read_line(tesseract::TessBaseAPI& recogniser, const cv::Mat& flat, std::chrono::milliseconds time_left,
               Words& words) {
    recogniser.SetImage(flat.data, flat.cols, flat.rows, 1, static_cast<int>(flat.step));
    recogniser.SetSourceResolution(150);
    tesseract::ETEXT_DESC monitor;
    monitor.set_deadline_msecs(static_cast<std::int32_t>(std::max<std::int64_t>(1, time_left.count())));
    recogniser.Recognize(&monitor);
    const std::unique_ptr<tesseract::ResultIterator> found(recogniser.GetIterator());
    if (!found) return;
    do {
        const std::unique_ptr<char[]> text(found->GetUTF8Text(tesseract::RIL_WORD));
        const float confidence = found->Confidence(tesseract::RIL_WORD);
        const auto word = text ? trimmed(text.get()) : TrimmedWord{};
        if (is_sure(word, confidence)) words.add(word.text, confidence);
    } while (found->Next(tesseract::RIL_WORD));
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

namespace {

/// A recogniser of the pool, given back at the end also when reading throws.
class Borrowed {
public:
    explicit Borrowed(TextReader::Impl& pool) : pool_(pool), recogniser_(pool.take()) {}
    ~Borrowed() {
        recogniser_->Clear();
        pool_.give_back(std::move(recogniser_));
    }
    Borrowed(const Borrowed&) = delete;
    Borrowed& operator=(const Borrowed&) = delete;
    tesseract::TessBaseAPI& operator*() const { return *recogniser_; }

private:
    TextReader::Impl& pool_;
    Recogniser recogniser_;
};

} // namespace

TextReader::TextReader(TextReaderOptions options) : impl_(std::make_unique<Impl>()) {
    impl_->options = std::move(options);
    if (!impl_->options.enabled) return;
    impl_->tessdata = find_tessdata(impl_->options.tessdata);
    impl_->give_back(make_recogniser(impl_->tessdata));
}

TextReader::~TextReader() = default;

PrintedText TextReader::read(const Picture& picture) const {
    if (!impl_->options.enabled) return {};
    const auto deadline = ThreadTime::now() + impl_->options.time_limit;
    auto lines = find_text_lines(picture, lines_max);
    if (lines.empty()) return {};
    std::ranges::stable_sort(lines, {}, &TextLine::y);
    const cv::Mat rgb(picture.height, picture.width, CV_8UC3, const_cast<std::uint8_t*>(picture.rgb.data()));
    cv::Mat grey;
    cv::cvtColor(rgb, grey, cv::COLOR_RGB2GRAY);
    const OnThisThreadAlone alone;
    const Borrowed recogniser(*impl_);
    Words words;
    for (const auto& line : lines) {
        const auto time_left = std::chrono::floor<std::chrono::milliseconds>(deadline - ThreadTime::now());
        if (time_left.count() <= 0) break;
        read_line(*recogniser, laid_flat(grey, line), time_left, words);
    }
    return words.text();
}

} // namespace vitrine
