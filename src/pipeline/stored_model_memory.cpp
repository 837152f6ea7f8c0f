#include "pipeline/stored_model_memory.hpp"

#include "storage/known_model_repository.hpp"

namespace vitrine {
namespace {

class StoredModelMemory final : public ModelMemory {
public:
    explicit StoredModelMemory(Database& database) : database_(database) {}

    [[nodiscard]] std::optional<ModelIdentity> recall(const std::string& name) override {
        const auto found = database_.read([&](Transaction& tx) { return known_model_repository::find(tx, name); });
        if (!found) return std::nullopt;
        return ModelIdentity{.version = found->version, .dimensions = found->dimensions};
    }

    void remember(const std::string& name, const ModelIdentity& identity) override {
        database_.write([&](Transaction& tx) {
            known_model_repository::save(tx, name, {.version = identity.version, .dimensions = identity.dimensions},
                                         database_.clock().now());
        });
    }

private:
    Database& database_;
};

} // namespace

std::shared_ptr<ModelMemory> make_stored_model_memory(Database& database) {
    return std::make_shared<StoredModelMemory>(database);
}

} // namespace vitrine
