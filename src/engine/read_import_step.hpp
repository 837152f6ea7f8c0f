#pragma once

#include <string>

#include "engine/import_steps.hpp"

namespace vitrine {

/// read_import (how many rows were read): see make_import_steps.
class ReadImportStep final : public Step {
public:
    /// `after_last` comes after the last page.
    ReadImportStep(const ImportParts& parts, NewTask after_last) : parts_(parts), after_last_(std::move(after_last)) {}

    static NewTask task_for(std::int64_t rows_read);

    [[nodiscard]] std::string kind() const override;
    [[nodiscard]] StepLimits limits() const override;
    [[nodiscard]] Outcome compute(const Task& task, const StepContext& context) override;

private:
    const ImportParts parts_;
    const NewTask after_last_;
};

} // namespace vitrine
