#pragma once

#include <string>
#include <string_view>

namespace vitrine {

/// Whether the text is 64 lower-case hex digits, as every key of a BlobStore.
bool is_blob_key(std::string_view text);

/// Throws Error(BadInput) for what is not. Before any path or URL is made of it, so that no key leads out of its store.
void check_blob_key(std::string_view key);

/// Where a key stands below a store's root: "ab/abcd…". 256 folders: few enough that making and flushing them is soon
/// done with, and ten million pictures are 40,000 files in each, which file systems with indexed folders take easily.
std::string blob_path(std::string_view key);

/// The key of which blob_path made `path`; empty when it is of no key.
std::string_view key_in_blob_path(std::string_view path);

} // namespace vitrine
