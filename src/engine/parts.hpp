#pragma once

#include <filesystem>
#include <memory>

#include <vitrine/config.hpp>

#include "engine/log.hpp"
#include "storage/blob_store.hpp"
#include "storage/database.hpp"
#include "storage/s3_bucket.hpp"
#include "vectors/chroma_store.hpp"
#include "vectors/vector_store.hpp"

// From configuration to real parts. Each throws Error(Configuration), naming the key, for a part that this program does
// not have, and what the part itself throws when it cannot be opened.

namespace vitrine {

/// Where the configuration's database file is; throws for anything but "sqlite:…".
std::filesystem::path sqlite_file(const Config& config);

/// Where the configuration's image folder is; throws for anything but "file:…".
std::filesystem::path image_folder(const Config& config);

/// Whether images.store is "s3://…".
bool images_are_in_s3(const Config& config);

/// How the configuration's bucket is reached; throws for anything but "s3://…" and where a key is missing. Without
/// images.region it is us-east-1, which servers that know no regions expect.
S3Options s3_options(const Config& config);

/// Whether database.url is "postgresql://…": then other processes may use the same database.
bool database_is_shared(const Config& config);

std::unique_ptr<Database> open_database(const Config& config);
std::unique_ptr<BlobStore> open_blob_store(const Config& config);

/// The address and names that `[vectors]` gives for a ChromaDB server; throws Error(Configuration) without a URL.
ChromaStoreOptions chroma_options(const Config& config);

/// Embedded: a stored vector that cannot be read is logged and left out. A server is not asked here: it may be down.
std::unique_ptr<VectorStore> open_vector_store(const Config& config, Database& database, const Clock& clock, Log& log);

} // namespace vitrine
