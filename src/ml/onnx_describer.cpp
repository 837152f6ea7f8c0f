#include <algorithm>
#include <cmath>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <vitrine/error.hpp>

#include "core/content_hash.hpp"
#include "core/standing_threads.hpp"
#include "ml/class_scores.hpp"
#include "ml/embedding_parts.hpp"
#include "ml/onnx_engine.hpp"
#include "ml/onnx_models.hpp"

namespace vitrine {
namespace {

Box middle_of(const Picture& picture, double share) {
    const int w = std::max(1, static_cast<int>(std::lround(picture.width * share)));
    const int h = std::max(1, static_cast<int>(std::lround(picture.height * share)));
    return {(picture.width - w) / 2, (picture.height - h) / 2, w, h};
}

bool embeds(const ModelOutput& output) {
    return std::holds_alternative<EmbeddingOutput>(output.meaning);
}
bool classifies(const ModelOutput& output) {
    return std::holds_alternative<ClassifierOutput>(output.meaning);
}

/// The middles that a model looks at: those its embeddings declare, or else the describer's.
std::vector<double> views_of(const ModelSpec& model, const std::vector<double>& otherwise) {
    for (const auto& output : model.outputs) {
        const auto* embedding = std::get_if<EmbeddingOutput>(&output.meaning);
        if (embedding != nullptr && !embedding->views.empty()) return embedding->views;
    }
    return std::ranges::any_of(model.outputs, embeds) ? otherwise : std::vector{1.0};
}

/// Threads that stay to ask models: some for each copy of a network (Network).
constexpr std::size_t askers_kept = 8;

/// What one model says of one crop: for each view its outputs.
using Said = std::vector<std::vector<Tensor>>;

class OnnxDescriber final : public Describer {
public:
    OnnxDescriber(std::shared_ptr<OnnxModels> models, std::shared_ptr<Describer> builtin,
                  const OnnxDescriberOptions& options)
        : models_(std::move(models)), builtin_(std::move(builtin)), options_(options) {
        const auto plain = builtin_->versions();
        std::string label = plain.label;
        std::string vector =
            options_.builtin_weight > 0.0 ? fmt::format("{} {}", plain.vector, options_.builtin_weight) : "";
        int dimensions = options_.builtin_weight > 0.0 ? plain.dimensions : 0;
        bool has_embedding = false;
        for (const auto& model : models_->models) {
            const auto views = views_of(model.spec, options_.views);
            const auto seen = fmt::format("{}", fmt::join(views, ","));
            if (std::ranges::any_of(model.spec.outputs, classifies))
                label += fmt::format("\n{} [{}]", identity_of<ClassifierOutput>(model), seen);
            if (!std::ranges::any_of(model.spec.outputs, embeds)) continue;
            vector += fmt::format("\n{} [{}]", identity_of<EmbeddingOutput>(model), seen);
            dimensions += dimensions_of(model);
            has_embedding = true;
        }
        versions_.label = fmt::format("onnx-label {}", sha256_hex(label).substr(0, 12));
        if (!has_embedding) return;
        versions_.vector = fmt::format("onnx-vector {}", sha256_hex(vector).substr(0, 12));
        versions_.dimensions = dimensions;
    }

    [[nodiscard]] DescriberVersions versions() const override { return versions_; }

    [[nodiscard]] Description describe(CropView& crop, Wanted wanted) override {
        if (wanted.vector && versions_.vector.empty()) {
            throw Error(ErrorCode::Configuration,
                        "No model in the folder of ml.models makes vectors; add an embedding to its "
                        "models.json or set ml.vector.engine to another engine.");
        }
        const bool builtin_vector = wanted.vector && options_.builtin_weight > 0.0;
        auto answers = ask_all(crop.picture(), wanted);
        Description plain;
        if (wanted.label || builtin_vector)
            plain = builtin_->describe(crop, {.label = wanted.label, .vector = builtin_vector});
        std::vector<WeightedPart> parts;
        for (auto& [model, answer] : answers) {
            const Said said = answer.get();
            if (wanted.vector) add_parts(parts, *model, said);
            if (wanted.label) take_category(*plain.label, *model, said);
        }
        Description result;
        if (wanted.label) {
            result.label = std::move(plain.label);
            result.label_version = versions_.label;
        }
        if (wanted.vector) {
            if (builtin_vector) parts.push_back({std::move(*plain.vector), options_.builtin_weight});
            result.vector = joined(parts);
            result.vector_version = versions_.vector;
        }
        return result;
    }

private:
    struct Answer {
        const LoadedModel* model = nullptr;
        Awaited<Said> said; ///< the picture is the caller's
    };

    /// Asks the models that something is wanted of, each on a thread of its own: a single photo has all processors for
    /// itself, and where many are asked for at once a thread more costs nothing beside a forward pass.
    [[nodiscard]] std::vector<Answer> ask_all(const Picture& picture, Wanted wanted) {
        std::vector<Answer> answers;
        for (const auto& model : models_->models) {
            const bool for_vector = wanted.vector && std::ranges::any_of(model.spec.outputs, embeds);
            const bool for_label = wanted.label && std::ranges::any_of(model.spec.outputs, classifies);
            if (!for_vector && !for_label) continue;
            answers.push_back({&model, askers_.run([this, &model, &picture] { return ask(model, picture); })});
        }
        return answers;
    }

    [[nodiscard]] Said ask(const LoadedModel& model, const Picture& picture) const {
        const auto views = views_of(model.spec, options_.views);
        const auto values = model.network->input_values();
        std::vector<float> inputs(views.size() * values);
        for (std::size_t i = 0; i < views.size(); ++i) {
            write_input(picture, middle_of(picture, views[i]), model.spec.input,
                        std::span(inputs).subspan(i * values, values));
        }
        return model.network->run(inputs);
    }

    static void add_parts(std::vector<WeightedPart>& parts, const LoadedModel& model, const Said& said) {
        for (std::size_t i = 0; i < model.spec.outputs.size(); ++i) {
            const auto* meaning = std::get_if<EmbeddingOutput>(&model.spec.outputs[i].meaning);
            if (meaning == nullptr) continue;
            std::vector<Embedding> of_views;
            for (const auto& view : said) of_views.push_back(unit_embedding(view[i].view(), *meaning));
            parts.push_back({mean_direction(of_views), meaning->weight});
        }
    }

    /// The surest classifier's category goes into the label, unless something better is known.
    static void take_category(StructuredLabel& label, const LoadedModel& model, const Said& said) {
        for (std::size_t i = 0; i < model.spec.outputs.size(); ++i) {
            const auto* meaning = std::get_if<ClassifierOutput>(&model.spec.outputs[i].meaning);
            if (meaning == nullptr) continue;
            std::vector<std::vector<double>> scores;
            for (const auto& view : said) scores.push_back(class_scores(view[i].values, *meaning));
            const auto best = best_class(scores, *meaning);
            if (!best || model.labels[i].category(best->label).empty()) continue;
            if (!label.category.empty() && label.confidence >= best->score) continue;
            label.category = model.labels[i].category(best->label);
            label.confidence = std::max(label.confidence, best->score);
        }
    }

    /// Found by asking once, of a grey picture: also the last part of the warm start.
    [[nodiscard]] int dimensions_of(const LoadedModel& model) const {
        Picture grey{.width = 16, .height = 16, .rgb = std::vector<std::uint8_t>(16 * 16 * 3, 128)};
        for (std::size_t i = 0; i < grey.rgb.size(); ++i) grey.rgb[i] = static_cast<std::uint8_t>(i * 37);
        std::vector<WeightedPart> parts;
        add_parts(parts, model, ask(model, grey));
        std::size_t sum = 0;
        for (const auto& part : parts) sum += part.vector.size();
        return static_cast<int>(sum);
    }

    const std::shared_ptr<OnnxModels> models_;
    const std::shared_ptr<Describer> builtin_;
    const OnnxDescriberOptions options_;
    DescriberVersions versions_;
    StandingThreads askers_{askers_kept};
};

} // namespace

std::shared_ptr<Describer> make_onnx_describer(std::shared_ptr<OnnxModels> models, std::shared_ptr<Describer> builtin,
                                               const OnnxDescriberOptions& options) {
    return std::make_shared<OnnxDescriber>(std::move(models), std::move(builtin), options);
}

} // namespace vitrine
