#pragma once

#include <functional>
#include <ostream>

#include <vitrine/results.hpp>

namespace vitrine {

/// What spoke for every candidate of evaluated queries, as CSV: the numbers that a ranking is made of, and whether the
/// candidate was right. scripts/choose-weights reads it. One thread at a time.
class EvidenceTable {
public:
    /// Writes the header. `out` outlives the table.
    explicit EvidenceTable(std::ostream& out);

    /// A line for each candidate of each crop of the query that stood on `line` of its file.
    void add(std::size_t line, const QueryAnswer& answer,
             const std::function<bool(const std::string& product_id)>& is_right);

private:
    std::ostream& out_;
};

} // namespace vitrine
