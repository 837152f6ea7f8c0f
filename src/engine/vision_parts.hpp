#pragma once

#include <memory>
#include <stop_token>
#include <string>
#include <vector>

#include <vitrine/call_counts.hpp>
#include <vitrine/config.hpp>

#include "core/vocabulary.hpp"
#include "ml/known_model.hpp"
#include "ml/vision_engine.hpp"
#include "pipeline/call_guard.hpp"
#include "storage/database.hpp"

namespace vitrine {

/// One question, the configuration of what answers it, and the section that says so.
struct ModelQuestion {
    std::string name;    ///< "crop", "label", "vector" or "match"
    std::string section; ///< "ml.label", or "ml" where the question has none of its own
    Config::Engine engine;
    std::stop_token stop;           ///< ends calls to its server
    std::shared_ptr<CallGate> gate; ///< that calls to its server pass; may be null

    [[nodiscard]] bool asks_a_server() const {
        return engine.engine == "http" || engine.engine == "openinference" || engine.engine == "openai";
    }
};

/// Who answers crop, label, vector and match, in this order. Without [ml.vector] the vector comes from the label's
/// engine where that makes vectors. Words are matched by the builtin engine where the configured one does not: all but
/// http.
std::vector<ModelQuestion> model_questions(const Config& config);

/// How many threads may at one time wait for model servers, or for their turn to ask one, and use no processor.
int calls_that_wait(const Config& config);

/// How many crop and label steps may run at one time in this process; 0: any number. Of crops as many as can be asking
/// the model, and one for each processor that prepares its question or reads its answer meanwhile. Of labels twice as
/// many as can be asking: calls that began together end together, and the next are then ready to be sent.
struct StepsAtOnce {
    int crop = 0;
    int label = 0;
};
StepsAtOnce steps_at_once(const Config& config);

/// An engine, and the guard around each question's calls.
struct OpenVision {
    std::unique_ptr<VisionEngine> engine;

    struct Guarded {
        ModelQuestion question;
        std::shared_ptr<CallGuard> guard;
    };
    std::vector<Guarded> guards;
    std::stop_source stop; ///< requested when the program ends, so that it waits for no server
};

/// The engine of [ml], whose crop, label, vector and match may each come from another one ([ml.crop], [ml.label],
/// [ml.vector], [ml.match]), each behind its guard. Where label and vector have the same configuration one call gives
/// both. With a database, which outlives it, ml.limits are kept together by all its processes, `holder` being this
/// one's name, and which models the servers answer with is remembered.
///
/// Throws Error(Configuration), naming the section, for an engine that cannot answer its question or is not part of
/// this program, and what the engine itself throws when it cannot be opened. A server is not asked here: it may be
/// down.
OpenVision open_vision(const Config& config, Database* database = nullptr, const std::string& holder = {});

/// The same without a database; `memory` knows which models the servers answered with before.
OpenVision open_vision(const Config& config, std::shared_ptr<ModelMemory> memory);

/// `config` with [ml.next] in place of [ml]; only where there is one.
Config next_models(const Config& config);

/// The words that ml.vocabulary names; the builtin ones where it names none. Throws Error(Configuration), naming file
/// and line, for what cannot be used.
std::shared_ptr<const Vocabulary> open_vocabulary(const Config& config);

/// What was counted around each question's calls.
std::vector<ModelCalls> model_calls(const OpenVision& vision);

} // namespace vitrine
