#include "engine/evidence_table.hpp"

#include <cmath>
#include <optional>

#include <fmt/format.h>

namespace vitrine {
namespace {

/// RFC 4180: a product's id may hold anything.
std::string quoted(const std::string& text) {
    std::string result = "\"";
    for (const char c : text) result += c == '"' ? "\"\"" : std::string(1, c);
    return result + '"';
}

/// Four digits, as a server's answers have them: the same table comes of both.
std::string figure(double value) {
    constexpr double digits = 1e4;
    return fmt::format("{:.4f}", std::round(value * digits) / digits);
}

std::string figure_or_nothing(const std::optional<double>& value) {
    return value ? figure(*value) : std::string();
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
            out_ << fmt::format("{},{},{},{:d},{},{},{},{},{},{},{:d},{}\n", line, crop.image_id.value,
                                quoted(match.product_id), is_right(match.product_id), figure(match.score),
                                figure(evidence.distance), figure_or_nothing(evidence.contrast), evidence.inliers,
                                figure(evidence.label_agreement), figure(evidence.text_overlap), evidence.barcode_equal,
                                figure_or_nothing(evidence.category_support));
        }
    }
}

} // namespace vitrine
