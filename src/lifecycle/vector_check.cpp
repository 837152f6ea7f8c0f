#include "lifecycle/vector_check.hpp"

#include <algorithm>
#include <charconv>
#include <map>
#include <set>

#include <fmt/format.h>

#include "storage/consistency_repository.hpp"

namespace vitrine {
namespace {

namespace rows = consistency_repository;

constexpr int page_links = 2'000;
constexpr int page_vectors = 2'000;

/// Puts what the link's Image bears; how many vectors.
int put_anew(Transaction& tx, const LifecycleParts& parts, ProductImageId id) {
    int put = 0;
    for (const auto& vector : rows::vectors_of(tx, id)) {
        parts.vectors.put(tx, {.id = id, .model = vector.model, .vector = vector.vector});
        ++put;
    }
    return put;
}

/// Those of `ids` whose primary link bears a vector now and waits for no delivery; each once.
std::vector<ProductImageId> still_expected(Transaction& tx, const std::vector<ProductImageId>& ids) {
    std::set<ProductImageId> expected;
    for (const auto& [id, vector] : rows::expected_of(tx, ids)) {
        if (!vector.on_its_way) expected.insert(id);
    }
    return {expected.begin(), expected.end()};
}

/// Those of `ids` that bear no vector now and wait for no removal.
std::vector<ProductImageId> still_orphans(Transaction& tx, const std::vector<ProductImageId>& ids) {
    const auto expected = rows::expected_of(tx, ids);
    const auto on_their_way = rows::on_their_way(tx, ids);
    std::vector<ProductImageId> orphans;
    for (const ProductImageId id : ids) {
        if (!expected.contains(id) && !on_their_way.contains(id)) orphans.push_back(id);
    }
    return orphans;
}

void settle(Transaction& tx, const LifecycleParts& parts, const std::vector<ProductImageId>& ids, bool repair,
            std::int64_t& count, std::int64_t& repaired) {
    if (ids.empty()) return;
    const auto expected = still_expected(tx, ids);
    count += static_cast<std::int64_t>(expected.size());
    if (!repair) return;
    // All that is wrong goes first: one of a wrong length would stand for its model's length.
    for (const ProductImageId id : expected) parts.vectors.remove(tx, id);
    for (const ProductImageId id : expected) repaired += put_anew(tx, parts, id) > 0 ? 1 : 0;
}

} // namespace

std::string compare_links(const LifecycleParts& parts, const std::string& from, CheckFindings& findings) {
    ProductImageId after;
    std::from_chars(from.data(), from.data() + from.size(), after.value);
    const auto expected =
        parts.database.read([&](Transaction& tx) { return rows::expected_vectors(tx, after, page_links); });
    if (expected.empty()) return "";
    std::map<std::string, std::vector<ProductImageId>> by_model;
    for (const auto& vector : expected) {
        if (!vector.on_its_way) by_model[vector.model].push_back(vector.id);
    }
    for (const auto& [model, ids] : by_model) {
        const auto held = parts.vectors.held(model, ids);
        std::ranges::copy_if(ids, std::back_inserter(findings.missing_vectors),
                             [&held](ProductImageId id) { return !held.contains(id); });
    }
    findings.links += static_cast<std::int64_t>(expected.size());
    return fmt::format("{}", expected.back().id.value);
}

std::string compare_vectors(const LifecycleParts& parts, const std::string& from, CheckFindings& findings) {
    VectorPage page = parts.vectors.list(from, page_vectors);
    findings.vectors += static_cast<std::int64_t>(page.entries.size());
    std::vector<ProductImageId> ids;
    for (const auto& entry : page.entries) ids.push_back(entry.id);
    // After the page: a link that is gone by now does not come back.
    const auto [expected, on_their_way] = parts.database.read([&](Transaction& tx) {
        return std::pair{rows::expected_of(tx, ids), rows::on_their_way(tx, ids)};
    });
    std::map<std::string, std::vector<ProductImageId>> linkless;
    for (const auto& entry : page.entries) {
        const auto [begin, end] = expected.equal_range(entry.id);
        if (begin == end) {
            if (!on_their_way.contains(entry.id)) linkless[entry.model].push_back(entry.id);
            continue;
        }
        const auto same_model =
            std::find_if(begin, end, [&](const auto& one) { return one.second.model == entry.model; });
        if (same_model == end) {
            findings.wrong_models.push_back(entry.id);
        } else if (same_model->second.dimensions != entry.dimensions) {
            findings.wrong_dimensions.push_back(entry.id);
        }
    }
    // Their link is gone and no removal waits: it was carried out after the page was read, or was never asked for.
    for (const auto& [model, linkless_ids] : linkless) {
        std::ranges::copy(parts.vectors.held(model, linkless_ids), std::back_inserter(findings.orphan_vectors));
    }
    return page.next;
}

void settle_vectors(Transaction& tx, const LifecycleParts& parts, const CheckFindings& findings, bool repair,
                    CheckReport& report) {
    report.product_images += findings.links;
    report.vectors += findings.vectors;
    settle(tx, parts, findings.missing_vectors, repair, report.missing_vectors, report.repaired);
    settle(tx, parts, findings.wrong_dimensions, repair, report.wrong_dimensions, report.repaired);
    settle(tx, parts, findings.wrong_models, repair, report.wrong_models, report.repaired);
    if (findings.orphan_vectors.empty()) return;
    for (const ProductImageId id : still_orphans(tx, findings.orphan_vectors)) {
        ++report.orphan_vectors;
        if (!repair) continue;
        parts.vectors.remove(tx, id);
        ++report.repaired;
    }
}

} // namespace vitrine
