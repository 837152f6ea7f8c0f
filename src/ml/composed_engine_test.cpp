#include "ml/composed_engine.hpp"

#include <cmath>
#include <functional>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vitrine/error.hpp>

#include "ml/feature_extractor.hpp"
#include "ml/painted_pictures.hpp"

namespace vitrine {
namespace {

using testing::HasSubstr;

class OneBox final : public Detector {
public:
    Detection box{.box = {0, 0, 10, 10}, .score = 0.5, .category = {}};
    [[nodiscard]] std::string version() const override { return "boxes 1"; }
    [[nodiscard]] Detections detect(const Picture&) override { return {.found = {box}, .version = "boxes 1"}; }
};

/// Describes everything alike and notes what it was asked for.
class Talker final : public Describer {
public:
    explicit Talker(const std::string& name) : vector_version(name + " vector"), name_(name) {}
    Embedding vector{0.6F, 0.8F};
    std::string asked;
    std::optional<Error> failure; ///< of the next call
    std::string vector_version;

    [[nodiscard]] DescriberVersions versions() const override {
        return {.label = name_ + " label", .vector = vector_version, .dimensions = 2};
    }
    [[nodiscard]] Description describe(CropView&, Wanted wanted) override {
        asked += wanted.label && wanted.vector ? "both " : wanted.label ? "label " : "vector ";
        if (const auto now = std::exchange(failure, std::nullopt)) throw *now;
        Description said;
        if (wanted.label) said.label = StructuredLabel{.category = name_};
        if (wanted.label) said.label_version = versions().label;
        if (wanted.vector) said.vector = vector;
        if (wanted.vector) said.vector_version = versions().vector;
        return said;
    }

private:
    const std::string name_;
};

class Scores final : public Matcher {
public:
    std::vector<double> scores;
    [[nodiscard]] std::vector<double> match(const std::string&, const std::vector<std::string>&) override {
        return scores;
    }
};

class ComposedEngine : public testing::Test {
protected:
    std::shared_ptr<OneBox> boxes_ = std::make_shared<OneBox>();
    std::shared_ptr<Talker> one_ = std::make_shared<Talker>("one");
    std::shared_ptr<Talker> other_ = std::make_shared<Talker>("other");
    std::shared_ptr<Scores> scores_ = std::make_shared<Scores>();
    Picture picture_ = plain(40, 30, {90, 90, 90});

    std::unique_ptr<VisionEngine> engine(bool one_for_both = false) {
        return make_composed_engine(
            {.detector = boxes_, .labeller = one_, .vectorizer = one_for_both ? one_ : other_, .matcher = scores_});
    }

    static std::string why_refused(const std::function<void()>& call) {
        try {
            call();
            return "accepted";
        } catch (const Error& error) {
            EXPECT_EQ(error.code(), ErrorCode::BadInput);
            return error.what();
        }
    }
};

TEST_F(ComposedEngine, OneEngineForLabelAndVectorIsAskedOnce) {
    const auto labelled = engine(true)->label(picture_);
    EXPECT_EQ(one_->asked, "both ");
    EXPECT_EQ(labelled.label_version, "one label");
    EXPECT_EQ(labelled.vector_version, "one vector");
}

TEST_F(ComposedEngine, TwoEnginesAreEachAskedForTheirHalfAndNamedForIt) {
    const auto whole = engine();
    const auto labelled = whole->label(picture_);
    EXPECT_EQ(one_->asked, "label ");
    EXPECT_EQ(other_->asked, "vector ");
    EXPECT_EQ(labelled.label.category, "one");
    EXPECT_EQ(labelled.label_version, "one label");
    EXPECT_EQ(labelled.vector_version, "other vector");
    EXPECT_EQ(whole->versions().label, "one label");
    EXPECT_EQ(whole->versions().vector, "other vector");
    EXPECT_EQ(whole->versions().dimensions, 2);
}

TEST_F(ComposedEngine, AVectorIsNotPaidAgainWhenOnlyItsLabelFailedForNow) {
    const auto whole = engine();
    one_->failure = Error(ErrorCode::Unavailable, "Down.");
    EXPECT_THROW(static_cast<void>(whole->label(picture_)), Error);
    const auto labelled = whole->label(picture_);
    EXPECT_EQ(other_->asked, "vector ");
    EXPECT_EQ(one_->asked, "label label ");
    EXPECT_EQ(labelled.vector, other_->vector);
    EXPECT_EQ(labelled.vector_version, "other vector");
    static_cast<void>(whole->label(picture_));
    EXPECT_EQ(other_->asked, "vector vector ") << "whoever asks for a whole description anew gets a new one";
}

TEST_F(ComposedEngine, AKeptVectorIsOfItsCropAndItsModelOnly) {
    const auto whole = engine();
    const auto fail_once = [&](const Picture& crop) {
        one_->failure = Error(ErrorCode::TimedOut, "Slow.");
        EXPECT_THROW(static_cast<void>(whole->label(crop)), Error);
    };
    fail_once(picture_);
    static_cast<void>(whole->label(plain(30, 40, {90, 90, 90})));
    EXPECT_EQ(other_->asked, "vector vector ") << "the same bytes in another shape are another crop";
    other_->vector_version = "newer vector";
    EXPECT_EQ(whole->label(picture_).vector_version, "newer vector");
}

TEST_F(ComposedEngine, ALabelThatIsRefusedForGoodKeepsNoVector) {
    const auto whole = engine();
    one_->failure = Error(ErrorCode::BadInput, "No.");
    EXPECT_THROW(static_cast<void>(whole->label(picture_)), Error);
    static_cast<void>(whole->label(picture_));
    EXPECT_EQ(other_->asked, "vector vector ");
}

TEST_F(ComposedEngine, LocalFeaturesAreThereWhoeverDescribes) {
    const auto scene = noise(120, 90, 7);
    const auto features = engine()->label(scene).features;
    EXPECT_FALSE(features.empty());
    EXPECT_EQ(to_bytes(features), to_bytes(extract_features(scene)));
}

TEST_F(ComposedEngine, AVectorThatMustNeverBeStoredIsRefused) {
    const auto whole = engine();
    for (const Embedding& bad :
         {Embedding{}, Embedding{NAN, 1.0F}, Embedding{0.0F, 0.0F}, Embedding{3.0F, 4.0F}, Embedding{INFINITY, 0.0F}}) {
        other_->vector = bad;
        EXPECT_THAT(why_refused([&] { static_cast<void>(whole->label(picture_)); }), HasSubstr("other vector"));
    }
}

TEST_F(ComposedEngine, AVectorOfAnotherLengthThanThisModelsBeforeIsRefused) {
    const auto whole = engine();
    static_cast<void>(whole->label(picture_));
    other_->vector = {1.0F, 0.0F, 0.0F};
    EXPECT_THAT(why_refused([&] { static_cast<void>(whole->label(picture_)); }),
                HasSubstr("3 values and before one of 2"));
    other_->vector = {1.0F, 0.0F};
    EXPECT_NO_THROW(static_cast<void>(whole->label(picture_)));
}

TEST_F(ComposedEngine, ABoxOutsideThePictureAndAScoreOutsideZeroToOneAreRefused) {
    for (const Box& box : {Box{31, 0, 10, 10}, Box{-1, 0, 10, 10}, Box{0, 0, 0, 10}, Box{0, 21, 1, 10}}) {
        boxes_->box = {.box = box, .score = 0.5, .category = {}};
        EXPECT_THAT(why_refused([&] { static_cast<void>(engine()->crop(picture_)); }), HasSubstr("boxes 1"));
    }
    for (const double score : {-0.1, 1.1, std::nan("")}) {
        boxes_->box = {.box = {0, 0, 10, 10}, .score = score, .category = {}};
        EXPECT_THAT(why_refused([&] { static_cast<void>(engine()->crop(picture_)); }), HasSubstr("score"));
    }
}

TEST_F(ComposedEngine, AsManyMatchScoresAsPhrasesAndEachFromZeroToOne) {
    for (const auto& bad : {std::vector<double>{}, {0.1}, {0.1, 1.5}, {0.1, std::nan("")}, {0.1, 0.2, 0.3}}) {
        scores_->scores = bad;
        EXPECT_THAT(why_refused([&] { static_cast<void>(engine()->match("a", {"b", "c"})); }), HasSubstr("match"));
    }
    scores_->scores = {0.0, 1.0};
    EXPECT_EQ(engine()->match("a", {"b", "c"}), scores_->scores);
}

TEST_F(ComposedEngine, APictureWithoutPixelsIsAskedOfNobody) {
    const auto whole = engine();
    for (const Picture& none : {Picture{}, Picture{.width = 5, .height = 5, .rgb = {}}}) {
        EXPECT_THAT(why_refused([&] { static_cast<void>(whole->crop(none)); }), HasSubstr("no pixels"));
        EXPECT_THAT(why_refused([&] { static_cast<void>(whole->label(none)); }), HasSubstr("no pixels"));
    }
    EXPECT_EQ(one_->asked + other_->asked, "");
}

} // namespace
} // namespace vitrine
