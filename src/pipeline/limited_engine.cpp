#include "pipeline/limited_engine.hpp"

#include <utility>

namespace vitrine {
namespace {

class LimitedEngine final : public VisionEngine {
public:
    LimitedEngine(std::unique_ptr<VisionEngine> engine, std::unique_ptr<CallLimit> limit)
        : engine_(std::move(engine)), limit_(std::move(limit)) {}

    [[nodiscard]] ModelVersions versions() const override { return engine_->versions(); }

    [[nodiscard]] Detections crop(const Picture& picture) override {
        const auto turn = limit_->wait_for_turn();
        return engine_->crop(picture);
    }
    [[nodiscard]] Labelled label(const Picture& crop) override {
        const auto turn = limit_->wait_for_turn();
        return engine_->label(crop);
    }
    [[nodiscard]] std::vector<double> match(const std::string& target,
                                            const std::vector<std::string>& candidates) override {
        return engine_->match(target, candidates);
    }

private:
    const std::unique_ptr<VisionEngine> engine_;
    const std::unique_ptr<CallLimit> limit_;
};

} // namespace

std::unique_ptr<VisionEngine> make_limited_engine(std::unique_ptr<VisionEngine> engine,
                                                  std::unique_ptr<CallLimit> limit) {
    return std::make_unique<LimitedEngine>(std::move(engine), std::move(limit));
}

} // namespace vitrine
