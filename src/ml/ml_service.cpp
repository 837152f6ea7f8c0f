#include "ml/ml_service.hpp"

#include <utility>

#include <fmt/format.h>

#include "ml/crop_view.hpp"
#include "ml/ml_service_messages.hpp"

namespace vitrine {
namespace {

std::string name_of(const char* question, const ModelServer& server) {
    return fmt::format("http {} {}", question, server.name());
}

class MlServiceDetector final : public Detector {
public:
    MlServiceDetector(std::shared_ptr<ModelServer> server, std::shared_ptr<ModelMemory> memory)
        : server_(std::move(server)), model_(std::move(memory), name_of("crop", *server_)) {}

    [[nodiscard]] std::string version() const override { return model_.now().version; }

    [[nodiscard]] Detections detect(const Picture& picture) override {
        const auto jpeg = jpeg_for_model(picture);
        return server_->post("/v1/crop", *jpeg, {{"content-type", "image/jpeg"}}, [&](const HttpResponse& response) {
            auto answer = ml_service::detections_from(response.body, picture.width, picture.height);
            model_.answered({.version = answer.version});
            return answer;
        });
    }

private:
    const std::shared_ptr<ModelServer> server_;
    KnownModel model_;
};

class MlServiceDescriber final : public Describer {
public:
    MlServiceDescriber(std::shared_ptr<ModelServer> server, std::shared_ptr<ModelMemory> memory)
        : server_(std::move(server)), label_model_(memory, name_of("label", *server_)),
          vector_model_(memory, name_of("vector", *server_)) {}

    [[nodiscard]] DescriberVersions versions() const override {
        const auto vector = vector_model_.now();
        return {.label = label_model_.now().version, .vector = vector.version, .dimensions = vector.dimensions};
    }

    [[nodiscard]] Description describe(CropView& crop, Wanted wanted) override {
        const auto& jpeg = crop.jpeg();
        return server_->post("/v1/label", jpeg, {{"content-type", "image/jpeg"}}, [&](const HttpResponse& response) {
            return description_of(ml_service::label_from(response.body, wanted.label, wanted.vector));
        });
    }

private:
    Description description_of(ml_service::LabelAnswer answer) {
        Description description;
        if (answer.vector) {
            vector_model_.answered({.version = answer.model, .dimensions = static_cast<int>(answer.vector->size())});
            description.vector = std::move(answer.vector);
            description.vector_version = answer.model;
        }
        if (answer.label) {
            label_model_.answered({.version = answer.model});
            description.label = std::move(answer.label);
            description.label_version = std::move(answer.model);
        }
        return description;
    }

    const std::shared_ptr<ModelServer> server_;
    KnownModel label_model_;
    KnownModel vector_model_;
};

class MlServiceMatcher final : public Matcher {
public:
    explicit MlServiceMatcher(std::shared_ptr<ModelServer> server) : server_(std::move(server)) {}

    [[nodiscard]] std::vector<double> match(const std::string& target,
                                            const std::vector<std::string>& candidates) override {
        const auto body = ml_service::match_request(target, candidates);
        return server_->post(
            "/v1/match", body, {{"content-type", "application/json"}},
            [&](const HttpResponse& response) { return ml_service::scores_from(response.body, candidates.size()); });
    }

private:
    const std::shared_ptr<ModelServer> server_;
};

} // namespace

std::shared_ptr<Detector> make_ml_service_detector(std::shared_ptr<ModelServer> server,
                                                   std::shared_ptr<ModelMemory> memory) {
    return std::make_shared<MlServiceDetector>(std::move(server), std::move(memory));
}

std::shared_ptr<Describer> make_ml_service_describer(std::shared_ptr<ModelServer> server,
                                                     std::shared_ptr<ModelMemory> memory) {
    return std::make_shared<MlServiceDescriber>(std::move(server), std::move(memory));
}

std::shared_ptr<Matcher> make_ml_service_matcher(std::shared_ptr<ModelServer> server) {
    return std::make_shared<MlServiceMatcher>(std::move(server));
}

ModelIdentity ask_ml_service_health(ModelServer& server) {
    return server.get("/healthz", [](const HttpResponse& response) { return ml_service::health_from(response.body); });
}

} // namespace vitrine
