#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include <vitrine/time.hpp>

namespace vitrine {

/// Everything that can be configured, with its default. Read from a TOML file, then the environment
/// (VITRINE_SECTION_KEY), then `--set section.key=value`, each over the one before.
struct Config {
    /// The data folder: relative paths in `database.url` and `images.store` start here.
    std::filesystem::path data = "vitrine-data";

    struct Server {
        std::string listen = "127.0.0.1:8080";
        std::vector<std::string> api_keys;
        std::int64_t max_upload_bytes = 32LL << 20;
        std::int64_t max_pixels = 100'000'000;
        std::vector<std::string> cors_origins; ///< whose pages may call the API: "https://shop.example"; none
        double requests_per_second = 0.0;      ///< of one API key, or of one address without keys; 0: unlimited
        int burst = 100;                       ///< requests above that rate at one moment

        // Of the commands that ask a running server.
        std::string url;              ///< "https://shop.example/vitrine"; empty: the data folder
        std::string api_key;          ///< sent to it; empty: none
        std::string api_key_file;     ///< whose first line is the key; empty: none
        Milliseconds timeout{30'000}; ///< how long it may be silent
    } server;

    struct Database {
        std::string url = "sqlite:vitrine.db"; ///< or "postgresql://…"
        std::string durability = "full";       ///< or "normal": survives the process's death, not power loss
        Milliseconds timeout{30'000};          ///< how long PostgreSQL may leave a statement without any answer
    } database;

    struct Vectors {
        std::string backend = "embedded"; ///< or "chroma"
        std::string url, tenant, database, collection, token;
    } vectors;

    struct Images {
        std::string store = "file:images";  ///< or "s3://bucket/prefix"
        std::string endpoint;               ///< of the S3 server, "http://HOST:PORT"; empty: Amazon's for the region
        std::string region;                 ///< empty: "us-east-1"
        std::string access_key, secret_key; ///< needed for S3
    } images;

    /// Which engine answers a question, and how to reach it.
    struct Engine {
        std::string engine = "builtin"; ///< or "onnx", "http", "openinference", "openai"
        std::string url, api_key;
        std::string models;      ///< the folder with models.json
        std::string model;       ///< its name at the server, or in models.json; empty: the only one there
        std::string dialect;     ///< openai: what the server is, "openai", "vllm", "llama.cpp", "ollama" or "infinity"
        Milliseconds timeout{0}; ///< of one call to a server; 0: ml.limits.timeout_ms
        int at_once = 16;        ///< calls to a server under way from one process, for one question; 0: any number

        friend bool operator==(const Engine&, const Engine&) = default;
    };

    struct Ml : Engine {
        std::optional<Engine> crop, label, vector, match; ///< override the above per question
        std::optional<Engine> next;        ///< the engine that `vitrine reindex` changes the catalogue to
        bool local_features = true;        ///< kept with every crop, whoever describes it: for verifying
        bool read_text = true;             ///< builtin: read printed text (Tesseract)
        Milliseconds read_text_limit{400}; ///< builtin: at most this long per crop
        std::string categories; ///< onnx: file `label,category`: what the shop calls a classifier's labels; empty: none
        std::string
            vocabulary; ///< file of the shop's words (core/vocabulary.hpp), in place of the builtin ones; empty: none
        double builtin_weight = 1.0; ///< onnx: of the builtin vector beside the networks' embeddings; 0: left out
        struct Limits {
            int concurrency = 0;              ///< model calls at one time, over all workers of one database; 0: any
            double requests_per_second = 0.0; ///< 0: unlimited
            int burst = 1;
            Milliseconds timeout{30'000};
            int max_attempts = 8; ///< of a step that asks a model: one call in five may fail and no crop is lost
            Milliseconds backoff_initial{500};
            Milliseconds backoff_max{60'000};
            Milliseconds throttled_max{3'600'000}; ///< a server that answers nothing but 429 for longer has failed, and
                                                   ///< is waited for no more; 0: it is waited for without end
        } limits;
    } ml;

    struct Pipeline {
        int max_crops = 8;                ///< crops labelled per picture, the whole picture included
        double min_crop_fraction = 0.005; ///< smaller boxes, as a fraction of the picture's area, are dropped
        double crop_padding = 0.0;        ///< added on every side of a found box, as a part of its own side
        double match_floor = 0.0;         ///< a product whose best crop fits its name less is marked; 0: none is
        int parallel_crops = 8;           ///< label tasks of one job that may run at one time
    } pipeline;

    struct Jobs {
        int workers = 0;        ///< worker threads; 0: one per processor, and one per call that may wait for a server
        bool work = true;       ///< false: this process runs no jobs; others of the same database do
        int max_attempts = 5;   ///< of one task
        int lease_seconds = 15; ///< a dead worker's task runs elsewhere after this
    } jobs;

    struct Imports {
        std::int64_t max_upload_bytes = 256LL << 20;  ///< of a CSV or archive that is sent to POST /v1/imports
        std::int64_t max_unpacked_bytes = 2LL << 30;  ///< of all files in an archive together
        int max_files = 100'000;                      ///< in an archive
        bool allow_private_addresses = false;         ///< pictures' URLs may lead into this machine's own networks
        Milliseconds download_timeout{30'000};        ///< of one picture, redirections included
        int downloads_at_once = 8;                    ///< of one import
        int max_attempts = 5;                         ///< of one picture whose server is busy or away
    } imports;

    struct Retention {
        int query_images_months = 12;
    } retention;

    struct Log {
        std::string level = "warning"; ///< "debug", "info", "warning", "error"
        std::string format = "text";   ///< or "json"
    } log;
};

/// Where the parts of a configuration come from.
struct ConfigSources {
    std::optional<std::filesystem::path> file;      ///< TOML; absent: none is read
    std::map<std::string, std::string> environment; ///< every VITRINE_* variable
    std::vector<std::string> settings;              ///< "section.key=value", in order
    std::optional<std::filesystem::path> data;      ///< --data
};

/// The configuration, whole and checked. Throws Error(Configuration) with one sentence that names the key for an
/// unknown key, a wrong type or an impossible value, and the file and line where TOML cannot be read.
Config load_config(const ConfigSources& sources);

} // namespace vitrine
