#include "core/lru_cache.hpp"

#include <string>

#include <gtest/gtest.h>

namespace vitrine {
namespace {

TEST(LruCache, TheLeastRecentlyUsedGoesFirst) {
    LruCache<int, std::string> cache(3);
    for (const int key : {1, 2, 3}) cache.put(key, std::make_shared<const std::string>("x"), 1);
    EXPECT_TRUE(cache.find(1)); // 2 is now the oldest
    cache.put(4, std::make_shared<const std::string>("x"), 1);
    EXPECT_FALSE(cache.find(2));
    for (const int key : {1, 3, 4}) EXPECT_TRUE(cache.find(key)) << key;
}

TEST(LruCache, AValueLargerThanTheBudgetIsNotKeptAndDropsOnlyItsPredecessor) {
    LruCache<int, std::string> cache(10);
    cache.put(1, std::make_shared<const std::string>("a"), 4);
    cache.put(2, std::make_shared<const std::string>("b"), 4);
    cache.put(1, std::make_shared<const std::string>("too large"), 11);
    EXPECT_FALSE(cache.find(1));
    EXPECT_TRUE(cache.find(2));
}

TEST(LruCache, ReplacingAValueFreesItsBytes) {
    LruCache<int, std::string> cache(10);
    for (int i = 0; i < 100; ++i) cache.put(1, std::make_shared<const std::string>("a"), 9);
    cache.put(2, std::make_shared<const std::string>("b"), 1);
    EXPECT_TRUE(cache.find(1));
    EXPECT_TRUE(cache.find(2));
}

TEST(LruCache, AValueIsTakenOnce) {
    LruCache<int, std::string> cache(10);
    cache.put(1, std::make_shared<const std::string>("a"), 9);
    EXPECT_EQ(*cache.take(1), "a");
    EXPECT_FALSE(cache.take(1));
    cache.put(2, std::make_shared<const std::string>("b"), 9); // its bytes are free
    EXPECT_TRUE(cache.find(2));
}

TEST(LruCache, AValueLivesOnWhileSomebodyHoldsIt) {
    LruCache<int, std::string> cache(1);
    cache.put(1, std::make_shared<const std::string>("kept"), 1);
    const auto held = cache.find(1);
    cache.put(2, std::make_shared<const std::string>("b"), 1);
    EXPECT_FALSE(cache.find(1));
    EXPECT_EQ(*held, "kept");
}

} // namespace
} // namespace vitrine
