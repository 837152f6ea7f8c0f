#include "ml/chat_labeller.hpp"

#include <utility>

#include <fmt/format.h>

#include <vitrine/error.hpp>

namespace vitrine {
namespace {

class ChatLabeller final : public Describer {
public:
    ChatLabeller(std::shared_ptr<ModelServer> server, const ChatLabellerOptions& options)
        : server_(std::move(server)), options_(options),
          version_(fmt::format("chat {} prompt {}", options.model, chat_messages::prompt_version)),
          path_(path_at(*server_, options.dialect)) {}

    [[nodiscard]] DescriberVersions versions() const override { return {.label = version_, .vector = {}}; }

    [[nodiscard]] Description describe(CropView& crop, Wanted wanted) override {
        if (wanted.vector) throw Error(ErrorCode::Configuration, "A chat model gives no vectors; set ml.vector.");
        auto label = ask(crop.jpeg(), options_.tokens_max);
        if (!label) label = ask_again(crop.jpeg());
        return {.label = std::move(label), .label_version = version_, .vector = {}, .vector_version = {}};
    }

private:
    /// A base URL may end with the API's version, as OpenAI's own does.
    static std::string path_at(const ModelServer& server, chat_messages::Dialect dialect) {
        auto path = chat_messages::path_of(dialect);
        if (server.name().ends_with("/v1") && path.starts_with("/v1/")) path.remove_prefix(3);
        return std::string(path);
    }

    template <class Read>
    auto answered(const std::string& jpeg, int tokens_max, const Read& read) {
        const auto body = chat_messages::request_for(options_.dialect, options_.model, jpeg, tokens_max);
        return server_->post(path_, body, {{"content-type", "application/json"}}, [&](const HttpResponse& response) {
            return read(chat_messages::answer_from(options_.dialect, response.body));
        });
    }

    /// Nothing when the answer was cut short or is no label.
    std::optional<StructuredLabel> ask(const std::string& jpeg, int tokens_max) {
        return answered(jpeg, tokens_max, [](const chat_messages::Answer& answer) -> std::optional<StructuredLabel> {
            if (answer.cut_short) return std::nullopt;
            try {
                return chat_messages::label_from(answer.content);
            } catch (const Error&) {
                return std::nullopt; // the second answer's fault, if it has one, is what a person is told
            }
        });
    }

    StructuredLabel ask_again(const std::string& jpeg) {
        constexpr int more = 4;
        const int tokens_max = options_.tokens_max * more;
        return answered(jpeg, tokens_max, [&](const chat_messages::Answer& answer) {
            if (answer.cut_short) {
                throw Error(ErrorCode::BadInput,
                            fmt::format("it was cut short after {} tokens, and once before", tokens_max));
            }
            return chat_messages::label_from(answer.content);
        });
    }

    const std::shared_ptr<ModelServer> server_;
    const ChatLabellerOptions options_;
    const std::string version_;
    const std::string path_;
};

} // namespace

std::shared_ptr<Describer> make_chat_labeller(std::shared_ptr<ModelServer> server, const ChatLabellerOptions& options) {
    return std::make_shared<ChatLabeller>(std::move(server), options);
}

} // namespace vitrine
