#pragma once

#include <chrono>
#include <memory>
#include <string>

#include "images/picture.hpp"

namespace vitrine {

struct TextReaderOptions {
    bool enabled = true;                       ///< false: every picture reads as empty and no model is loaded
    std::chrono::milliseconds time_limit{400}; ///< for one picture; what was recognised by then counts
    std::string tessdata; ///< folder of eng.traineddata; empty: TESSDATA_PREFIX, then Debian's folders
};

/// What is printed on a thing.
struct PrintedText {
    std::string text;        ///< words in reading order, one space between; empty when nothing is legible
    double confidence = 0.0; ///< of the words' letters, in [0, 1]; 0 for no text
};

/// Reads printed text by Tesseract's LSTM recogniser (Smith, "An Overview of the Tesseract OCR Engine", 2007), English
/// model. Keeps only confident words, so that texture and noise give an empty text rather than garbage.
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

private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

} // namespace vitrine
