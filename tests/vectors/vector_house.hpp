#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <filesystem>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>
#include <unistd.h>

#include <vitrine/error.hpp>

#include "storage/image_repository.hpp"
#include "storage/product_image_repository.hpp"
#include "storage/product_repository.hpp"
#include "storage/test_database.hpp"
#include "storage/vector_outbox_repository.hpp"
#include "vectors/chroma_store.hpp"
#include "vectors/embedded_store.hpp"

namespace vitrine::test {

/// A real database with products, and a vector store over it.
class VectorHouse {
public:
    VectorHouse() {
        std::string name = (std::filesystem::temp_directory_path() / "vitrine-vectors-XXXXXX").string();
        folder_ = ::mkdtemp(name.data());
        database = testing_support::open_test_database(folder_);
    }

    ~VectorHouse() {
        close_store();
        database.reset();
        std::error_code kept; // a temporary folder
        std::filesystem::remove_all(folder_, kept);
    }

    VectorHouse(const VectorHouse&) = delete;
    VectorHouse& operator=(const VectorHouse&) = delete;

    /// Quick to try again; otherwise as in the product.
    static ChromaStoreOptions options_for(const std::string& url) {
        ChromaStoreOptions options;
        options.address.url = url;
        options.retry = {.initial = Milliseconds{5}, .max = Milliseconds{40}};
        return options;
    }

    void open_embedded() {
        close_store();
        store = make_embedded_store(*database);
    }

    /// `delivering`: whether the delivery starts too.
    void open_chroma(const ChromaStoreOptions& options, bool delivering = true) {
        close_store();
        store = make_chroma_store(*database, clock, options);
        if (delivering) start_delivery();
    }

    void start_delivery() {
        delivery = store->start_delivery({.arrived =
                                              [this](Transaction&, const std::vector<ProductImageId>& ids) {
                                                  const std::lock_guard lock(mutex_);
                                                  arrived_.insert(arrived_.end(), ids.begin(), ids.end());
                                              },
                                          .report =
                                              [this](const std::string& sentence) {
                                                  const std::lock_guard lock(mutex_);
                                                  reports_.push_back(sentence);
                                                  reported_.notify_all();
                                              }});
    }

    void close_store() {
        delivery.reset();
        store.reset();
    }

    /// Until everything that was committed is searchable.
    void settle() {
        if (!delivery) return;
        ASSERT_TRUE(delivery->wait_until_idle(std::chrono::steady_clock::now() + std::chrono::seconds(30)))
            << "not delivered in 30 s: " << last_report();
    }

    /// A product with a picture that has one crop, its link.
    ProductImageId add_link() {
        return database->write([this](Transaction& tx) { return add_link(tx); });
    }

    ProductImageId add_link(Transaction& tx) {
        const int number = ++products_;
        const auto name = "product " + std::to_string(number);
        const auto product = product_repository::save(
            tx, {.external_id = name, .name = name, .description = {}, .category = "Things", .attributes = "{}"},
            clock.now());
        const auto original = image_repository::find_or_add_original(
            tx, {.sha256 = std::to_string(number), .media_type = "image/png", .bytes = 1, .width = 9, .height = 9},
            clock.now());
        const auto crops =
            image_repository::save_crops(tx, original, "c", {{.box = {0, 0, 9, 9}, .score = 1.0}}, clock.now());
        return product_image_repository::replace_primary(
            tx, {.product_id = product, .image_id = crops.front().id, .job_id = {number}}, clock.now());
    }

    /// The crop bears the vector, and the store is told, in one transaction.
    void put(Transaction& tx, ProductImageId id, const Embedding& vector, const std::string& model = "m") {
        if (const auto link = product_image_repository::find(tx, id)) {
            StructuredLabel label;
            label.colors = {"red", "dark blue"};
            image_repository::save_label(
                tx, link->image_id,
                {.label = label, .label_model = "l", .vector = vector, .vector_model = model, .features = {}});
        }
        store->put(tx, {id, model, vector});
    }

    void put(ProductImageId id, const Embedding& vector, const std::string& model = "m") {
        database->write([&](Transaction& tx) { put(tx, id, vector, model); });
    }

    ProductImageId add(const Embedding& vector, const std::string& model = "m") {
        return database->write([&](Transaction& tx) {
            const auto id = add_link(tx);
            put(tx, id, vector, model);
            return id;
        });
    }

    void remove(ProductImageId id) {
        database->write([&](Transaction& tx) { store->remove(tx, id); });
    }

    /// The product goes, and with it the link and its vector, as Engine::remove_product does it.
    void remove_product(ProductImageId id) {
        database->write([&](Transaction& tx) {
            const auto link = product_image_repository::find(tx, id);
            store->remove(tx, id);
            product_repository::remove(tx, link->product_id);
        });
    }

    std::vector<ProductImageId> ids(const Embedding& query, int k = 10, const std::string& model = "m") {
        std::vector<ProductImageId> found;
        const auto hits = store->search(model, std::span(&query, 1), k);
        for (const auto& hit : hits.front()) found.push_back(hit.id);
        return found;
    }

    vector_outbox_repository::Counts outbox() {
        return database->read([](Transaction& tx) { return vector_outbox_repository::count(tx); });
    }

    std::vector<std::string> reports() {
        const std::lock_guard lock(mutex_);
        return reports_;
    }

    std::string last_report() {
        const std::lock_guard lock(mutex_);
        return reports_.empty() ? "nothing was reported" : reports_.back();
    }

    /// Blocks until something was reported that holds `text`, and returns it.
    std::string wait_for_report(const std::string& text) {
        std::unique_lock lock(mutex_);
        std::string found;
        reported_.wait_for(lock, std::chrono::seconds(30), [&] {
            for (const auto& sentence : reports_) {
                if (sentence.find(text) != std::string::npos) found = sentence;
            }
            return !found.empty();
        });
        return found;
    }

    std::vector<ProductImageId> arrived() {
        const std::lock_guard lock(mutex_);
        return arrived_;
    }

    SystemClock clock;
    std::unique_ptr<Database> database;
    std::unique_ptr<VectorStore> store;
    std::unique_ptr<VectorDelivery> delivery;

private:
    std::filesystem::path folder_;
    std::atomic<int> products_ = 0;
    std::mutex mutex_;
    std::condition_variable reported_;
    std::vector<std::string> reports_;    ///< guarded by mutex_
    std::vector<ProductImageId> arrived_; ///< guarded by mutex_
};

/// The code of the Error that `action` throws, with its sentence.
template <class Action>
std::pair<ErrorCode, std::string> error_of(const Action& action) {
    try {
        action();
    } catch (const Error& error) {
        return {error.code(), error.what()};
    }
    ADD_FAILURE() << "no Error was thrown";
    return {ErrorCode::Internal, ""};
}

} // namespace vitrine::test
