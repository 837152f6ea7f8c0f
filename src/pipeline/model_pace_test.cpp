#include "pipeline/model_pace.hpp"

#include <gtest/gtest.h>

#include <stdexcept>

namespace vitrine {
namespace {

using Question = ModelPace::Question;
using namespace std::chrono_literals;

TEST(ModelPaceTest, AModelThatNeverAnsweredIsNotQuick) {
    const ModelPace pace;
    EXPECT_FALSE(pace.is_quick(Question::Crop));
}

TEST(ModelPaceTest, EachQuestionHasItsOwnPace) {
    ModelPace pace;
    pace.note(Question::Crop, 100us);
    pace.note(Question::Label, 100ms);
    EXPECT_TRUE(pace.is_quick(Question::Crop));
    EXPECT_FALSE(pace.is_quick(Question::Label));
    EXPECT_FALSE(pace.is_quick(Question::Match));
}

TEST(ModelPaceTest, TheQuickestOfTheLastAnswersCounts) {
    ModelPace pace;
    pace.note(Question::Label, 100us);
    for (int i = 0; i < 15; ++i) pace.note(Question::Label, 100ms);
    EXPECT_TRUE(pace.is_quick(Question::Label));
    pace.note(Question::Label, 100ms);
    EXPECT_FALSE(pace.is_quick(Question::Label)) << "the quick one was sixteen answers ago";
}

TEST(ModelPaceTest, AnAnswerThatNeverCameIsNoAnswer) {
    ModelPace pace;
    EXPECT_THROW(pace.time(Question::Label, []() -> int { throw std::runtime_error("down"); }), std::runtime_error);
    EXPECT_FALSE(pace.is_quick(Question::Label));
    EXPECT_EQ(pace.time(Question::Label, [] { return 7; }), 7);
    EXPECT_TRUE(pace.is_quick(Question::Label));
}

} // namespace
} // namespace vitrine
