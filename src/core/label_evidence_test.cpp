#include "core/label_evidence.hpp"

#include <gtest/gtest.h>

namespace vitrine {
namespace {

Evidence evidence_of(const StructuredLabel& label, const ProductDescription& product) {
    Evidence evidence;
    add_label_evidence(evidence, PreparedLabel(label), PreparedProduct(product));
    return evidence;
}

const ProductDescription milk{.external_id = "G1",
                              .name = "Arla red milk",
                              .description = "Fresh milk from Sweden",
                              .category = "Milk",
                              .attributes = R"({"gtin":"036000291452"})"};

TEST(LabelEvidence, AnEmptyLabelSaysNothing) {
    const Evidence evidence = evidence_of({}, milk);
    EXPECT_EQ(evidence.label_agreement, 0.0);
    EXPECT_EQ(evidence.text_overlap, 0.0);
    EXPECT_FALSE(evidence.barcode_equal);
}

TEST(LabelEvidence, AColourOfTheNameSpeaksForTheProduct) {
    StructuredLabel label;
    label.colors = {"red"};
    EXPECT_GT(evidence_of(label, milk).label_agreement, 0.0);
    label.colors = {"blue"};
    EXPECT_EQ(evidence_of(label, milk).label_agreement, 0.0);
}

TEST(LabelEvidence, APrintedBrandSpeaksAsTextAndNotAsLabel) {
    StructuredLabel label;
    label.text = "ARLA 1 liter";
    const Evidence evidence = evidence_of(label, milk);
    EXPECT_GT(evidence.text_overlap, 0.0);
    EXPECT_EQ(evidence.label_agreement, 0.0);
}

TEST(LabelEvidence, TheSameCodeIsEqualInBothOfItsForms) {
    StructuredLabel label;
    label.barcodes = {{.symbology = "upca", .text = "0036000291452"}};
    EXPECT_TRUE(evidence_of(label, milk).barcode_equal);
    label.barcodes = {{.symbology = "ean13", .text = "4006381333931"}};
    EXPECT_FALSE(evidence_of(label, milk).barcode_equal);
}

} // namespace
} // namespace vitrine
