#include "engine/evidence_table.hpp"

#include <fmt/format.h>

namespace vitrine {
namespace {

/// RFC 4180: a product's id may hold anything.
std::string quoted(const std::string& text) {
    std::string result = "\"";
    for (const char c : text) result += c == '"' ? "\"\"" : std::string(1, c);
    return result + '"';
}

} // namespace

EvidenceTable::EvidenceTable(std::ostream& out) : out_(out) {
    out_ << "line,crop,product_id,right,score,distance,contrast,inliers,label_agreement,text_overlap,barcode_equal,"
            "category_support\n";
}

void EvidenceTable::add(std::size_t line, const QueryAnswer& answer,
                        const std::function<bool(const std::string& product_id)>& is_right) {
    for (const QueriedCrop& crop : answer.crops) {
        for (const CropMatch& match : crop.matches) {
            const Evidence& evidence = match.evidence;
            const auto contrast = evidence.contrast ? fmt::format("{:.5f}", *evidence.contrast) : std::string();
            const auto support =
                evidence.category_support ? fmt::format("{:.5f}", *evidence.category_support) : std::string();
            out_ << fmt::format("{},{},{},{:d},{:.5f},{:.5f},{},{},{:.4f},{:.4f},{:d},{}\n", line, crop.image_id.value,
                                quoted(match.product_id), is_right(match.product_id), match.score, evidence.distance,
                                contrast, evidence.inliers, evidence.label_agreement, evidence.text_overlap,
                                evidence.barcode_equal, support);
        }
    }
}

} // namespace vitrine
