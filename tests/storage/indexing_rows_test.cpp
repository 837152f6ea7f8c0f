#include <memory>
#include <string>

#include <gtest/gtest.h>

#include <vitrine/error.hpp>

#include "../queue/temporary_database.hpp"
#include "storage/image_repository.hpp"
#include "storage/job_repository.hpp"
#include "storage/product_repository.hpp"
#include "storage/test_database.hpp"

namespace vitrine {
namespace {

constexpr Timestamp now{Milliseconds{5'000}};

/// The rows that indexing a product writes, as the repositories give them back.
class IndexingRows : public testing::Test {
protected:
    template <class F>
    auto write(F work) {
        return database_->write(work);
    }

    /// A job of four crops, `failed` of which ended badly.
    JobId labelled_job(int failed) {
        return write([&](Transaction& tx) {
            const auto job = job_repository::insert(tx,
                                                    {.kind = "index",
                                                     .subject = "",
                                                     .priority = 0,
                                                     .first_kind = "crop",
                                                     .first_subject = "",
                                                     .idempotency_key = "",
                                                     .starts = true},
                                                    now);
            job_repository::begin_labelling(tx, *job, {.total = 4, .done = 4 - failed, .failed = failed}, now);
            return *job;
        });
    }

    const testing_support::TemporaryFolder folder_;
    const std::unique_ptr<Database> database_ = testing_support::open_test_database(folder_.path());
};

TEST_F(IndexingRows, AProductIsAddedWhereNobodyHasItsId) {
    const ProductDescription lamp{.external_id = "p1", .name = "Lamp", .description = "ü", .category = "Light"};
    const auto added = write([&](Transaction& tx) { return product_repository::add(tx, lamp, now); });
    ASSERT_TRUE(added);
    const auto stored = database_->read([&](Transaction& tx) { return product_repository::find(tx, added->id); });
    ASSERT_TRUE(stored);
    EXPECT_EQ(added->external_id, stored->product.external_id);
    EXPECT_EQ(added->name, stored->product.name);
    EXPECT_EQ(added->description, stored->product.description);
    EXPECT_EQ(added->category, stored->product.category);
    EXPECT_EQ(added->attributes, stored->product.attributes);
    EXPECT_EQ(added->created_at, stored->product.created_at);
    EXPECT_EQ(added->updated_at, stored->product.updated_at);
    const auto again = write(
        [&](Transaction& tx) { return product_repository::add(tx, {.external_id = "p1", .name = "Another"}, now); });
    EXPECT_FALSE(again);
    EXPECT_EQ(database_->read([&](Transaction& tx) { return product_repository::find(tx, added->id); })->product.name,
              "Lamp");
}

TEST_F(IndexingRows, CropsThatAreSavedAgainTellWhoLabelledThem) {
    const auto original = write([&](Transaction& tx) {
        return image_repository::find_or_add_original(
            tx, {.sha256 = "a", .media_type = "image/png", .bytes = 1, .width = 99, .height = 99}, now);
    });
    const image_repository::NewCrop left{.box = {0, 0, 9, 9}, .score = 1.0};
    const image_repository::NewCrop right{.box = {50, 0, 9, 9}, .score = 0.5};
    const auto first = write([&](Transaction& tx) {
        return image_repository::save_crops(tx, original, "c", {left, right}, now);
    });
    ASSERT_EQ(first.size(), 2);
    EXPECT_EQ(first[1].box, right.box);
    EXPECT_EQ(first[0].label_model, "");
    write([&](Transaction& tx) {
        image_repository::save_label(
            tx, first[0].id,
            {.label = {}, .label_model = "l 1", .vector = {1.0F}, .vector_model = "v 1", .features = {}});
    });
    const auto second = write([&](Transaction& tx) {
        return image_repository::save_crops(tx, original, "c", {right, left}, now);
    });
    ASSERT_EQ(second.size(), 2);
    EXPECT_EQ(second[0].id, first[1].id);
    EXPECT_EQ(second[0].vector_model, "");
    EXPECT_EQ(second[1].id, first[0].id);
    EXPECT_EQ(second[1].label_model, "l 1");
    EXPECT_EQ(second[1].vector_model, "v 1");
}

TEST_F(IndexingRows, CropsThatAreSavedWithTheirLabelsBearThemAndThoseThatAreThereKeepTheirs) {
    const auto original = write([&](Transaction& tx) {
        return image_repository::find_or_add_original(
            tx, {.sha256 = "a", .media_type = "image/png", .bytes = 1, .width = 99, .height = 99}, now);
    });
    const auto labelled_by = [](const std::string& model, const std::string& text, const Box& box) {
        image_repository::LabelledCrop label{.label = {},
                                             .label_model = model,
                                             .vector = {0.6F, -0.8F},
                                             .vector_model = model,
                                             .features = LocalFeatures(3)};
        label.label.text = text;
        return image_repository::NewCrop{.box = box, .score = 0.5, .label = std::move(label)};
    };
    const std::string hostile = "\"'\\}],{ \n\xf0\x9f\x91\x9f";
    const image_repository::NewCrop plain{.box = {0, 0, 9, 9}, .score = 1.0};
    const auto with_label = labelled_by("l \"1\"", hostile, {50, 0, 9, 9});
    const auto save = [&](const std::vector<image_repository::NewCrop>& crops) {
        return write([&](Transaction& tx) { return image_repository::save_crops(tx, original, "c", crops, now); });
    };
    const auto first = save({plain, with_label, with_label});
    EXPECT_EQ(first[0].label_model, "");
    EXPECT_EQ(first[1].label_model, "l \"1\"");
    EXPECT_EQ(first[1].vector_model, "l \"1\"");
    EXPECT_EQ(first[2].id, first[1].id) << "it was named twice";
    const auto crop = [&](ImageId id) {
        return *database_->read([&](Transaction& tx) { return image_repository::find(tx, id); });
    };
    ASSERT_TRUE(crop(first[1].id).label);
    EXPECT_EQ(crop(first[1].id).label->text, with_label.label->label.text);
    EXPECT_EQ(crop(first[1].id).vector, (Embedding{0.6F, -0.8F}));
    EXPECT_EQ(crop(first[1].id).crop_score, 0.5);
    EXPECT_FALSE(crop(first[0].id).label);
    const auto features =
        database_->read([&](Transaction& tx) { return image_repository::features_of(tx, std::vector{first[1].id}); });
    ASSERT_EQ(features.size(), 1U);
    EXPECT_EQ(features.front().features.size(), 3U);

    const auto second = save({labelled_by("l 2", "later", plain.box), labelled_by("l 2", "later", {50, 0, 9, 9})});
    EXPECT_EQ(second[0].id, first[0].id);
    EXPECT_EQ(second[0].label_model, "") << "its own step labels it";
    EXPECT_EQ(second[1].label_model, "l \"1\"");
    EXPECT_EQ(crop(first[1].id).label->text, with_label.label->label.text);
}

TEST_F(IndexingRows, AJobOfLabelledCropsEndsAsItsCropsDidAndOnce) {
    const auto finish = [&](JobId job) {
        return write([&](Transaction& tx) {
            const auto end = job_repository::finish_labelled(tx, job, now);
            return end ? std::optional(end->state) : std::nullopt;
        });
    };
    const JobId whole = labelled_job(0);
    const JobId partial = labelled_job(1);
    EXPECT_EQ(finish(whole), JobState::Succeeded);
    EXPECT_EQ(finish(partial), JobState::PartiallySucceeded);
    EXPECT_FALSE(finish(whole)) << "it has ended";
    EXPECT_FALSE(finish(JobId{12'345}));
    const auto ended = database_->read([&](Transaction& tx) { return job_repository::find(tx, partial); });
    EXPECT_EQ(ended->state, JobState::PartiallySucceeded);
    EXPECT_EQ(ended->stage, "");
    EXPECT_EQ(ended->finished_at, now);
    EXPECT_EQ(ended->finishing_at, now);
}

} // namespace
} // namespace vitrine
