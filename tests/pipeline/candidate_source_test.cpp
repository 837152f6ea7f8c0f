// Candidates of a search: what is known of the catalogue is not read again, and never outlives a change of it.

#include <algorithm>
#include <atomic>
#include <optional>
#include <vector>

#include <gtest/gtest.h>

#include "storage/product_image_repository.hpp"
#include "storage/product_repository.hpp"

#include "pipeline_house.hpp"

namespace vitrine::testing {
namespace {

/// Counts how often it is asked.
class AskedDatabase final : public Database {
public:
    explicit AskedDatabase(Database& database) : database_(database) {}

    void submit(Work work, Done done, Flush flush, About about) override {
        database_.submit(std::move(work), std::move(done), flush, about);
    }
    [[nodiscard]] bool is_shared() const noexcept override { return database_.is_shared(); }
    [[nodiscard]] std::optional<std::int64_t> catalogue_version() const noexcept override {
        return database_.catalogue_version();
    }
    void run_read(const Work& work) override {
        ++asked;
        database_.run_read(work);
    }
    void run_look(const Work& work) override {
        ++asked;
        database_.run_look(work);
    }

    std::atomic<int> asked = 0;

private:
    Database& database_;
};

class Candidates : public ::testing::Test {
protected:
    Candidates() {
        for (const char* id : {"R", "G"}) {
            house.index(id, "Mug", strips({*id == 'R' ? red : green}));
            links.push_back(link_of(id));
        }
    }

    ProductImageId link_of(const std::string& id) {
        return house.database->read([&](Transaction& tx) {
            const auto stored = product_repository::find_by_external_id(tx, id);
            return product_image_repository::primary_of(tx, stored->product.id)->id;
        });
    }

    std::vector<std::string> find() {
        std::vector<std::string> found;
        for (const Candidate& candidate : source.find(links))
            found.push_back(candidate.product->external_id + " " + candidate.product->category);
        std::ranges::sort(found);
        return found;
    }

    using Found = std::vector<std::string>;
    PipelineHouse house;
    AskedDatabase database{*house.database};
    CandidateSource source{database, std::size_t{1} << 20};
    std::vector<ProductImageId> links;
};

TEST_F(Candidates, OfAnUnchangedCatalogueAreReadOnce) {
    EXPECT_EQ(find(), (Found{"G ", "R "}));
    const int before = database.asked;
    house.finish(house.intake->submit_query(strips({red, green}), {})); // writes, and not to the catalogue
    EXPECT_EQ(find(), (Found{"G ", "R "}));
    if (house.database->is_shared())
        EXPECT_GT(database.asked, before) << "another process may have changed it";
    else
        EXPECT_EQ(database.asked, before);
}

TEST_F(Candidates, OfAProductThatWasChangedAreAsItIsNow) {
    find();
    ProductChange change;
    change.category = "mugs";
    house.intake->update_product("R", change);
    EXPECT_EQ(find(), (Found{"G ", "R mugs"}));
}

TEST_F(Candidates, OfAProductThatIsGoneAreNone) {
    find();
    house.deletion->remove_product("R");
    EXPECT_EQ(find(), (Found{"G "}));
}

TEST_F(Candidates, OfALinkThatIsPrimaryNoMoreAreNone) {
    find();
    house.index("R", "Mug", strips({blue}));
    EXPECT_EQ(find(), (Found{"G "}));
    links.push_back(link_of("R"));
    EXPECT_EQ(find(), (Found{"G ", "R "}));
}

} // namespace
} // namespace vitrine::testing
