#include "vectors/embedded_store.hpp"

#include <cmath>
#include <filesystem>
#include <functional>
#include <limits>
#include <map>
#include <random>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vitrine/error.hpp>

#include "storage/image_repository.hpp"
#include "storage/product_image_repository.hpp"
#include "storage/product_repository.hpp"
#include "storage/sql.hpp"
#include "storage/sqlite_database.hpp"
#include "vectors/clustered_vectors.hpp"

namespace vitrine {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class EmbeddedStoreTest : public testing::Test {
protected:
    EmbeddedStoreTest() {
        const auto* test = testing::UnitTest::GetInstance()->current_test_info();
        folder_ =
            fs::temp_directory_path() / (std::string("vitrine_vectors_") + test->name() + std::to_string(getpid()));
        fs::remove_all(folder_);
        fs::create_directories(folder_);
        database_ = open_sqlite({.file = folder_ / "vitrine.db", .durability = Durability::Normal});
        open_store();
    }
    ~EmbeddedStoreTest() override {
        store_.reset();
        database_.reset();
        fs::remove_all(folder_);
    }

    void open_store(const EmbeddedStoreOptions& options = {}) { store_ = make_embedded_store(*database_, options); }

    // A product with one picture; the link between them.
    static ProductImageId add_link(Transaction& tx, int number) {
        const auto name = "product " + std::to_string(number);
        const auto product = product_repository::save(tx, {.external_id = name, .name = name}, Timestamp{});
        const auto image = image_repository::find_or_add_original(
            tx, {.sha256 = std::to_string(number), .media_type = "image/png", .bytes = 1, .width = 1, .height = 1}, {});
        return product_image_repository::replace_primary(tx, {.product_id = product, .image_id = image, .job_id = {1}},
                                                         Timestamp{});
    }

    ProductImageId add_link() {
        return database_->write([&](Transaction& tx) { return add_link(tx, ++products_); });
    }

    void put(ProductImageId id, const Embedding& vector, const std::string& model = "m") {
        database_->write([&](Transaction& tx) { store_->put(tx, {id, model, vector}); });
    }

    ProductImageId add(const Embedding& vector, const std::string& model = "m") {
        const auto id = add_link();
        put(id, vector, model);
        return id;
    }

    std::vector<VectorHit> search(const Embedding& query, int k = 10, const std::string& model = "m") {
        return store_->search(model, std::span(&query, 1), k).front();
    }

    std::vector<ProductImageId> ids(const Embedding& query, int k = 10, const std::string& model = "m") {
        std::vector<ProductImageId> found;
        for (const auto& hit : search(query, k, model)) found.push_back(hit.id);
        return found;
    }

    void spoil(const std::string& sql_text) {
        database_->write([&](Transaction& tx) { sql(tx) << sql_text; });
    }

    static ErrorCode code_of(const std::function<void()>& action) {
        try {
            action();
        } catch (const Error& error) {
            return error.code();
        }
        ADD_FAILURE() << "no Error was thrown";
        return ErrorCode::Internal;
    }

    fs::path folder_;
    std::unique_ptr<Database> database_;
    std::unique_ptr<VectorStore> store_;
    int products_ = 0;
};

TEST_F(EmbeddedStoreTest, AnUnknownModelHasNoVectors) {
    EXPECT_THAT(search({1, 0}, 3, "nobody"), IsEmpty());
    EXPECT_EQ(store_->count("nobody"), 0);
    EXPECT_EQ(store_->search("nobody", std::vector<Embedding>{{1, 0}, {0, 1}}, 3).size(), 2U);
}

TEST_F(EmbeddedStoreTest, ACommittedVectorIsSeenByTheVeryNextSearch) {
    for (int i = 0; i < 50; ++i) {
        const auto id = add({1, static_cast<float>(i)});
        ASSERT_EQ(ids({1, static_cast<float>(i)}, 1).front(), id);
        ASSERT_EQ(store_->count("m"), i + 1);
    }
}

TEST_F(EmbeddedStoreTest, AVectorIsNotSeenBeforeItsCommit) {
    const auto id = add_link();
    database_->write([&](Transaction& tx) {
        store_->put(tx, {id, "m", {1, 0}});
        EXPECT_THAT(ids({1, 0}), IsEmpty());
    });
    EXPECT_THAT(ids({1, 0}), ElementsAre(id));
}

TEST_F(EmbeddedStoreTest, ARolledBackPutNeverShows) {
    const auto id = add_link();
    EXPECT_THROW(database_->write([&](Transaction& tx) {
        store_->put(tx, {id, "m", {1, 0}});
        throw std::runtime_error("no");
    }),
                 std::runtime_error);
    EXPECT_THAT(ids({1, 0}), IsEmpty());
    open_store();
    EXPECT_THAT(ids({1, 0}), IsEmpty());
}

TEST_F(EmbeddedStoreTest, ARolledBackRemovalKeepsTheVector) {
    const auto id = add({1, 0});
    EXPECT_THROW(database_->write([&](Transaction& tx) {
        store_->remove(tx, id);
        throw std::runtime_error("no");
    }),
                 std::runtime_error);
    EXPECT_THAT(ids({1, 0}), ElementsAre(id));
}

TEST_F(EmbeddedStoreTest, APutWithoutItsLinkIsRefusedAndNeverShows) {
    EXPECT_EQ(code_of([&] { put({99}, {1, 0}); }), ErrorCode::Conflict);
    EXPECT_THAT(ids({1, 0}), IsEmpty());
}

TEST_F(EmbeddedStoreTest, ARemovedVectorIsGone) {
    const auto first = add({1, 0});
    const auto second = add({0, 1});
    database_->write([&](Transaction& tx) { store_->remove(tx, first); });
    EXPECT_THAT(ids({1, 0}), ElementsAre(second));
    EXPECT_EQ(store_->count("m"), 1);
    open_store();
    EXPECT_THAT(ids({1, 0}), ElementsAre(second));
}

TEST_F(EmbeddedStoreTest, RemovingWhatIsNotThereDoesNothing) {
    EXPECT_NO_THROW(database_->write([&](Transaction& tx) { store_->remove(tx, {12345}); }));
}

TEST_F(EmbeddedStoreTest, APutOfTheSameLinkReplaces) {
    const auto id = add({1, 0});
    put(id, {0, 1});
    EXPECT_NEAR(search({0, 1}).front().distance, 0.0, 1e-6);
    EXPECT_EQ(store_->count("m"), 1);
    open_store();
    EXPECT_NEAR(search({0, 1}).front().distance, 0.0, 1e-6);
}

TEST_F(EmbeddedStoreTest, ASearchSeesItsOwnModelsVectorsOnly) {
    const auto a = add({1, 0}, "a");
    const auto b = add({1, 0, 0}, "b");
    EXPECT_THAT(ids({1, 0}, 10, "a"), ElementsAre(a));
    EXPECT_THAT(ids({1, 0, 0}, 10, "b"), ElementsAre(b));
}

TEST_F(EmbeddedStoreTest, AVectorOfANewModelReplacesTheLinksOldOne) {
    const auto id = add({1, 0}, "old");
    put(id, {1, 0, 0}, "new");
    EXPECT_EQ(store_->count("old"), 0);
    EXPECT_THAT(ids({1, 0, 0}, 10, "new"), ElementsAre(id));
    open_store();
    EXPECT_EQ(store_->count("old"), 0);
    EXPECT_EQ(store_->count("new"), 1);
}

TEST_F(EmbeddedStoreTest, TheLastOfSeveralPutsInOneTransactionStays) {
    const auto id = add_link();
    database_->write([&](Transaction& tx) {
        store_->put(tx, {id, "m", {1, 0}});
        store_->remove(tx, id);
        store_->put(tx, {id, "m", {0, 1}});
    });
    EXPECT_NEAR(search({0, 1}).front().distance, 0.0, 1e-6);
    EXPECT_EQ(store_->count("m"), 1);
}

TEST_F(EmbeddedStoreTest, AVectorOfAnotherDimensionThanItsModelIsRefused) {
    add({1, 0});
    const auto id = add_link();
    EXPECT_EQ(code_of([&] { put(id, {1, 0, 0}); }), ErrorCode::BadInput);
    open_store();
    EXPECT_EQ(code_of([&] { put(id, {1, 0, 0}); }), ErrorCode::BadInput);
    EXPECT_EQ(store_->count("m"), 1);
}

TEST_F(EmbeddedStoreTest, TheFirstVectorFixesTheDimensionWithinOneTransactionToo) {
    const auto a = add_link();
    const auto b = add_link();
    EXPECT_EQ(code_of([&] {
                  database_->write([&](Transaction& tx) {
                      store_->put(tx, {a, "m", {1, 0}});
                      store_->put(tx, {b, "m", {1, 0, 0}});
                  });
              }),
              ErrorCode::BadInput);
    EXPECT_EQ(store_->count("m"), 0);
}

TEST_F(EmbeddedStoreTest, ARolledBackFirstVectorFixesNothing) {
    const auto id = add_link();
    EXPECT_THROW(database_->write([&](Transaction& tx) {
        store_->put(tx, {id, "m", {1, 0}});
        throw std::runtime_error("no");
    }),
                 std::runtime_error);
    put(id, {1, 0, 0});
    EXPECT_THAT(ids({1, 0, 0}), ElementsAre(id));
}

TEST_F(EmbeddedStoreTest, TheLastVectorsRemovalFreesTheDimension) {
    const auto id = add({1, 0});
    database_->write([&](Transaction& tx) {
        store_->remove(tx, id);
        store_->put(tx, {id, "m", {1, 0, 0}});
    });
    EXPECT_THAT(ids({1, 0, 0}), ElementsAre(id));
    const auto other = add_link();
    EXPECT_EQ(code_of([&] { put(other, {1, 0}); }), ErrorCode::BadInput);
}

TEST_F(EmbeddedStoreTest, AVectorThatIsNotFiniteIsRefused) {
    const auto id = add_link();
    for (const float bad : {std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity(),
                            -std::numeric_limits<float>::infinity()}) {
        EXPECT_EQ(code_of([&] { put(id, {1, bad}); }), ErrorCode::BadInput);
    }
    EXPECT_EQ(store_->count("m"), 0);
}

TEST_F(EmbeddedStoreTest, AVectorWithoutValuesOrDirectionIsRefused) {
    const auto id = add_link();
    EXPECT_EQ(code_of([&] { put(id, {}); }), ErrorCode::BadInput);
    EXPECT_EQ(code_of([&] { put(id, {0, 0, 0}); }), ErrorCode::BadInput);
    EXPECT_EQ(code_of([&] { put(id, Embedding(65'537, 1.0F)); }), ErrorCode::BadInput);
}

TEST_F(EmbeddedStoreTest, AWrongQueryIsRefused) {
    add({1, 0});
    EXPECT_EQ(code_of([&] { search({1, 0, 0}); }), ErrorCode::BadInput);
    EXPECT_EQ(code_of([&] { search({1, std::nanf("")}); }), ErrorCode::BadInput);
    EXPECT_EQ(code_of([&] { search({}); }), ErrorCode::BadInput);
    EXPECT_EQ(code_of([&] { search({1, 0}, 0); }), ErrorCode::BadInput);
}

TEST_F(EmbeddedStoreTest, ASearchForNoQueryHasNoAnswer) {
    add({1, 0});
    EXPECT_THAT(store_->search("m", {}, 3), IsEmpty());
}

TEST_F(EmbeddedStoreTest, AVectorThatACascadeTookIsGoneAfterReopening) {
    const auto gone = add({1, 0});
    const auto kept = add({0, 1});
    database_->write([&](Transaction& tx) {
        const auto link = product_image_repository::find(tx, gone);
        product_repository::remove(tx, link->product_id);
    });
    open_store();
    EXPECT_THAT(ids({1, 0}), ElementsAre(kept));
}

TEST_F(EmbeddedStoreTest, AnotherLifeOfARemovedLinkIsAnotherVector) {
    const auto first = add({1, 0});
    database_->write([&](Transaction& tx) { store_->remove(tx, first); });
    const auto second = add({0, 1});
    put(first, {-1, 0});
    EXPECT_THAT(ids({0, 1}), ElementsAre(second, first));
}

TEST_F(EmbeddedStoreTest, ADamagedRowIsReportedAndLeftOut) {
    const auto good = add({1, 0});
    const auto damaged = add({0, 1});
    spoil("UPDATE vectors SET vector = x'00' WHERE product_image_id = " + std::to_string(damaged.value));
    std::vector<ProductImageId> reported;
    open_store({.report_damaged = [&](ProductImageId id, const std::string& sentence) {
        reported.push_back(id);
        EXPECT_THAT(sentence, HasSubstr("is damaged"));
    }});
    EXPECT_THAT(reported, ElementsAre(damaged));
    EXPECT_THAT(ids({1, 0}), ElementsAre(good));
    put(damaged, {0, 1});
    EXPECT_EQ(store_->count("m"), 2);
}

TEST_F(EmbeddedStoreTest, ADamagedRowStopsTheOpeningWhereNobodyIsTold) {
    add({1, 0});
    spoil("UPDATE vectors SET vector = x'0000c07f0000c07f'"); // two NaNs
    try {
        open_store();
        FAIL();
    } catch (const Error& error) {
        EXPECT_EQ(error.code(), ErrorCode::Corrupted);
        EXPECT_THAT(error.what(), HasSubstr("check --repair"));
    }
}

TEST_F(EmbeddedStoreTest, ARowOfAnotherDimensionThanItsModelIsReported) {
    add({1, 0});
    const auto other = add({1, 0});
    spoil("UPDATE vectors SET dimensions = 1, vector = x'0000803f' WHERE product_image_id = " +
          std::to_string(other.value));
    int reported = 0;
    open_store({.report_damaged = [&](ProductImageId, const std::string&) { ++reported; }});
    EXPECT_EQ(reported, 1);
    EXPECT_EQ(store_->count("m"), 1);
}

TEST_F(EmbeddedStoreTest, AReopenedStoreAnswersAsTheLiveOne) {
    std::mt19937 random(3);
    ClusteredVectors vectors({.dimensions = 32, .cluster_size = 10});
    std::vector<ProductImageId> links;
    database_->write([&](Transaction& tx) {
        for (int i = 0; i < 300; ++i) links.push_back(add_link(tx, ++products_));
    });
    for (int round = 0; round < 20; ++round) {
        database_->write([&](Transaction& tx) {
            for (int change = 0; change < 50; ++change) {
                const auto id = links[random() % links.size()];
                if (random() % 4 == 0) {
                    store_->remove(tx, id);
                } else {
                    store_->put(tx, {id, random() % 5 == 0 ? "other" : "m", vectors.next()});
                }
            }
        });
    }
    const auto queries = vectors.next(20);
    std::map<std::string, std::vector<std::vector<VectorHit>>> live;
    for (const auto* model : {"m", "other"}) live[model] = store_->search(model, queries, 15);
    const auto count = store_->count("m");
    for (const std::size_t exact_rows_max : {100'000U, 0U}) {
        open_store({.exact_rows_max = exact_rows_max, .report_damaged = {}});
        EXPECT_EQ(store_->count("m"), count);
        for (const auto& [model, expected] : live) {
            const auto reopened = store_->search(model, queries, 15);
            for (std::size_t query = 0; query < queries.size(); ++query) {
                ASSERT_EQ(reopened[query].size(), expected[query].size());
                for (std::size_t i = 0; i < expected[query].size(); ++i) {
                    EXPECT_EQ(reopened[query][i].id, expected[query][i].id);
                    EXPECT_EQ(reopened[query][i].distance, expected[query][i].distance);
                }
            }
        }
    }
}

TEST_F(EmbeddedStoreTest, EverySearchSeesWhatItsOwnThreadCommittedWhileOthersWrite) {
    constexpr int per_thread = 40;
    std::vector<ProductImageId> links;
    database_->write([&](Transaction& tx) {
        for (int i = 0; i < 4 * per_thread; ++i) links.push_back(add_link(tx, ++products_));
    });
    {
        std::vector<std::jthread> threads;
        for (int thread = 0; thread < 4; ++thread) {
            threads.emplace_back([&, thread] {
                ClusteredVectors vectors({.dimensions = 16, .seed = static_cast<unsigned>(thread + 10)});
                for (int i = 0; i < per_thread; ++i) {
                    const auto id = links[static_cast<std::size_t>(thread * per_thread + i)];
                    const auto vector = vectors.next();
                    put(id, vector);
                    EXPECT_EQ(search(vector, 1).front().id, id);
                    if (i % 2 == 0) continue;
                    database_->write([&](Transaction& tx) { store_->remove(tx, id); });
                    EXPECT_NE(search(vector, 1).front().id, id);
                }
            });
        }
    }
    EXPECT_EQ(store_->count("m"), 4 * per_thread / 2);
}

TEST_F(EmbeddedStoreTest, ACommitAfterTheStoreIsGoneHarmsNothing) {
    const auto id = add_link();
    database_->write([&](Transaction& tx) {
        store_->put(tx, {id, "m", {1, 0}});
        store_.reset();
    });
    open_store();
    EXPECT_THAT(ids({1, 0}), ElementsAre(id));
}

} // namespace
} // namespace vitrine
