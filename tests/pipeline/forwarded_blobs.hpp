#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "storage/blob_store.hpp"

namespace vitrine::testing {

/// Somebody's blobs, for a test that changes one thing of them.
class ForwardedBlobs : public BlobStore {
public:
    explicit ForwardedBlobs(BlobStore& blobs) : blobs_(blobs) {}

    void put(const std::string& key, std::string_view bytes) override { blobs_.put(key, bytes); }
    [[nodiscard]] bool is_local() const noexcept override { return blobs_.is_local(); }
    std::optional<std::string> get(const std::string& key) override { return blobs_.get(key); }
    void put_from(const std::string& key, const BlobSource& source) override { blobs_.put_from(key, source); }
    bool get_into(const std::string& key, const BlobSink& sink) override { return blobs_.get_into(key, sink); }
    std::optional<std::uint64_t> size_of(const std::string& key) override { return blobs_.size_of(key); }
    bool remove(const std::string& key) override { return blobs_.remove(key); }
    void list(const std::function<bool(const std::string& key, std::uint64_t bytes)>& visit) override {
        blobs_.list(visit);
    }

private:
    BlobStore& blobs_;
};

} // namespace vitrine::testing
