#include "pipeline/guarded_parts.hpp"

#include <utility>

namespace vitrine {
namespace {

class GuardedDetector final : public Detector {
public:
    GuardedDetector(std::shared_ptr<Detector> detector, std::shared_ptr<CallGuard> guard)
        : detector_(std::move(detector)), guard_(std::move(guard)) {}

    [[nodiscard]] std::string version() const override { return detector_->version(); }
    [[nodiscard]] Detections detect(const Picture& picture) override {
        return guard_->through([&] { return detector_->detect(picture); });
    }

private:
    const std::shared_ptr<Detector> detector_;
    const std::shared_ptr<CallGuard> guard_;
};

class GuardedDescriber final : public Describer {
public:
    GuardedDescriber(std::shared_ptr<Describer> describer, std::shared_ptr<CallGuard> guard)
        : describer_(std::move(describer)), guard_(std::move(guard)) {}

    [[nodiscard]] DescriberVersions versions() const override { return describer_->versions(); }
    [[nodiscard]] Description describe(CropView& crop, Wanted wanted) override {
        return guard_->through([&] { return describer_->describe(crop, wanted); });
    }

private:
    const std::shared_ptr<Describer> describer_;
    const std::shared_ptr<CallGuard> guard_;
};

class GuardedMatcher final : public Matcher {
public:
    GuardedMatcher(std::shared_ptr<Matcher> matcher, std::shared_ptr<CallGuard> guard)
        : matcher_(std::move(matcher)), guard_(std::move(guard)) {}

    [[nodiscard]] std::vector<double> match(const std::string& target,
                                            const std::vector<std::string>& candidates) override {
        return guard_->through([&] { return matcher_->match(target, candidates); });
    }

private:
    const std::shared_ptr<Matcher> matcher_;
    const std::shared_ptr<CallGuard> guard_;
};

} // namespace

std::shared_ptr<Detector> guarded(std::shared_ptr<Detector> detector, std::shared_ptr<CallGuard> guard) {
    return std::make_shared<GuardedDetector>(std::move(detector), std::move(guard));
}

std::shared_ptr<Describer> guarded(std::shared_ptr<Describer> describer, std::shared_ptr<CallGuard> guard) {
    return std::make_shared<GuardedDescriber>(std::move(describer), std::move(guard));
}

std::shared_ptr<Matcher> guarded(std::shared_ptr<Matcher> matcher, std::shared_ptr<CallGuard> guard) {
    return std::make_shared<GuardedMatcher>(std::move(matcher), std::move(guard));
}

} // namespace vitrine
