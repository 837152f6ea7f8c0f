// A label from any model: refused by the field's name, or read, and then written and read again to the same.

#include <vitrine/error.hpp>
#include <vitrine/structured_label.hpp>

#include "fuzz_target.hpp"

std::vector<std::string> fuzz_seeds() {
    return {R"({"category":"shoe","colors":["red","dark blue"],"style":"sporty","pattern":"striped","material":"mesh",)"
            R"("text":"GO \u00e9\n","barcodes":[{"symbology":"ean13","text":"4006381333931"}],"description":"A shoe",)"
            R"("confidence":0.75})",
            R"({"category":null,"colors":[],"other":{"deep":[[[1e308]]]}})", "{}"};
}

void fuzz_one(std::string_view bytes) {
    try {
        const auto label = vitrine::structured_label_from_json(std::string(bytes));
        promise(vitrine::structured_label_from_json(vitrine::to_json(label)) == label, "a label survives being stored");
        promise(label.confidence >= 0.0 && label.confidence <= 1.0, "confidence lies in [0, 1]");
    } catch (const vitrine::Error& error) {
        promise(error.code() == vitrine::ErrorCode::BadInput, "a label is refused as bad input");
    }
}
