#pragma once

#include <chrono>
#include <memory>
#include <string>

#include "images/picture.hpp"

namespace vitrine {

struct TextReaderOptions {
    bool enabled = true; ///< false: every picture reads as empty and no model is loaded
    /// For one picture, of computing on the calling thread, not of waiting; what was recognised by then counts.
    std::chrono::milliseconds time_limit{400};
    std::string tessdata; ///< folder of eng.traineddata; empty: TESSDATA_PREFIX, then Debian's folders
};

/// What is printed on a thing.
struct PrintedText {
    std::string text;        ///< words in reading order, one space between; empty when nothing is legible
    double confidence = 0.0; ///< of the words' letters, in [0, 1]; 0 for no text
};

/// Reads printed text: the likeliest lines (text_lines.hpp), each laid flat, by Tesseract's LSTM recogniser (Smith, "An
/// Overview of the Tesseract OCR Engine", 2007) with its English model. Keeps only confident words, so that texture and
/// noise give an empty text rather than garbage. Text upside down or upright along the side is not read.
///
/// Safe from any thread. As many recognisers (about 15 MB each) are made as there are calls at one time, and kept.
/// Each runs on the calling thread alone.
class TextReader {
public:
    /// Throws Error(Configuration), naming the folders looked in, when the model is not found or cannot be loaded.
    explicit TextReader(TextReaderOptions options = {});
    ~TextReader();
    TextReader(const TextReader&) = delete;
    TextReader& operator=(const TextReader&) = delete;

    [[nodiscard]] PrintedText read(const Picture& picture) const;

    struct Impl; ///< the recognisers; defined in the source

private:
    std::unique_ptr<Impl> impl_;
};

} // namespace vitrine
