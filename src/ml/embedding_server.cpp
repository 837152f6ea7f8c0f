#include "ml/embedding_server.hpp"

#include <utility>

#include <fmt/format.h>

#include <vitrine/error.hpp>

namespace vitrine {
namespace {

class EmbeddingServer final : public Describer {
public:
    EmbeddingServer(std::shared_ptr<ModelServer> server, std::shared_ptr<ModelMemory> memory,
                    const EmbeddingServerOptions& options)
        : server_(std::move(server)), options_(options), version_("embedding " + options.model),
          model_(std::move(memory), fmt::format("embedding {} {}", server_->name(), options.model)) {}

    [[nodiscard]] DescriberVersions versions() const override {
        return {.label = {}, .vector = version_, .dimensions = model_.now().dimensions};
    }

    [[nodiscard]] Description describe(CropView& crop, Wanted wanted) override {
        if (wanted.label) throw Error(ErrorCode::Configuration, "An embedding server gives no labels; set ml.label.");
        const auto body = embedding_messages::request_for(options_.dialect, options_.model, crop.jpeg());
        const auto* const path =
            options_.dialect == embedding_messages::Dialect::Infinity ? "/embeddings" : "/v1/embeddings";
        return server_->post(path, body, {{"content-type", "application/json"}}, [&](const HttpResponse& response) {
            auto vector = embedding_messages::vector_from(response.body);
            model_.answered({.version = version_, .dimensions = static_cast<int>(vector.size())});
            return Description{
                .label = {}, .label_version = {}, .vector = std::move(vector), .vector_version = version_};
        });
    }

private:
    const std::shared_ptr<ModelServer> server_;
    const EmbeddingServerOptions options_;
    const std::string version_;
    KnownModel model_;
};

} // namespace

std::shared_ptr<Describer> make_embedding_server(std::shared_ptr<ModelServer> server,
                                                 std::shared_ptr<ModelMemory> memory,
                                                 const EmbeddingServerOptions& options) {
    return std::make_shared<EmbeddingServer>(std::move(server), std::move(memory), options);
}

} // namespace vitrine
