#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <vitrine/box.hpp>
#include <vitrine/call_counts.hpp>
#include <vitrine/config.hpp>
#include <vitrine/image.hpp>
#include <vitrine/import.hpp>
#include <vitrine/job.hpp>
#include <vitrine/lifecycle.hpp>
#include <vitrine/product.hpp>
#include <vitrine/results.hpp>
#include <vitrine/statistics.hpp>

namespace vitrine {

class RequestKeys;

/// What became of a product that was handed in.
struct AddedProduct {
    Product product;
    std::optional<JobId> job; ///< the indexing job that was accepted, or the running one that already does this work
    bool unchanged = false;   ///< description, picture and models are those already indexed: nothing was done
    bool created = false;     ///< there was no product of this id before
};

/// How a product's picture is indexed.
struct IndexingOptions {
    /// False: a person's choice of the primary crop and a person's labels of this picture's crops are given up.
    bool keep_persons_choice = true;

    /// False: a large photo is checked at a smaller scale, in a third of the time, and its job decodes it: for who
    /// waits to have it accepted, and not for the end of its job.
    bool decode_at_once = true;

    /// True: the caller goes on to wait for the job's end. Where the models are quick, most of the job is then done
    /// before it is accepted, and it may have ended by then.
    bool is_awaited = false;
};

/// What to change of a product; what is absent stays.
struct ProductChange {
    std::optional<std::string> name, description, category;
    std::optional<std::string> attributes; ///< one JSON object, in place of the present one
};

struct ProductFilter {
    /// Words that all begin a word of the id, name, category, description, attributes or label, in any case and
    /// spelling of accents, or have the stem of one; empty: any.
    std::string text;
    std::string category;    ///< exact; empty: any
    std::string cursor = {}; ///< the page before's next_cursor; empty: the first page
    int limit = 100;         ///< in [1, 1000]

    /// Each of these attributes has this value: a text, a number as in JSON, or an element of a list.
    std::map<std::string, std::string> attributes = {};
};

/// Some of the products, and where the next ones begin. With words those that fit best come first: all words in the
/// name before one of them in the description, the words themselves before what only begins so; those that fit alike,
/// and all without words, in the order in which they were made. What stays as it is is neither left out nor repeated by
/// the next pages, whatever comes and goes meanwhile.
struct ProductPage {
    std::vector<Product> products;
    std::string next_cursor; ///< empty after the last
};

/// Names or values that products can be narrowed by.
struct AttributeTexts {
    std::vector<std::string> texts;
    bool more = false; ///< there are more than were asked for
};

/// One crop of a product's picture.
struct ProductCrop {
    Image image;
    bool is_primary = false;
    std::optional<double> score; ///< its label's fit to the name when the picture was indexed last, in [0, 1]
};

/// A product with what indexing made of it.
struct ProductDetail {
    Product product;
    std::optional<ProductImage> primary; ///< with who chose it
    std::optional<Image> primary_image;
    std::optional<IndexingResult> last_result;
    std::optional<Image> original;  ///< the picture accepted last
    std::vector<ProductCrop> crops; ///< of that picture, by id; and the primary where a person keeps an older one
};

/// A category and how many products are in it.
struct CategoryCount {
    std::string category; ///< empty: those without one
    std::int64_t products = 0;
};

struct JobFilter {
    std::optional<JobState> state;
    std::string kind; ///< empty: any
    JobId before;     ///< paging, newest first: ids less than this; 0: from the newest
    int limit = 100;  ///< in [1, 1000]
};

struct JobDetail {
    Job job;
    std::vector<Task> tasks; ///< in the order they were made
};

struct QueryOptions {
    int top = 10;         ///< products in the answer, in [1, 1000]
    std::string category; ///< only products of this category; empty: any

    std::string request_key = {}; ///< a second query of the same key is the first one; empty: each is its own

    /// Only products whose attributes have these values: a text, a number as in JSON, or an element of a list.
    std::map<std::string, std::string> attributes = {};

    /// Only this part of the upright photo, in its pixels: as one crop, beside the found ones that lie in it.
    std::optional<Box> box = std::nullopt;

    double min_score = 0.0; ///< matches below it are left out, in [0, 1]

    bool decode_at_once = true; ///< as IndexingOptions::decode_at_once

    /// True: the job's id is told to nobody outside before it has ended, or a second has passed: then its acceptance
    /// need not be on the disk at once, which it is some milliseconds later, or with its end. Where the models are
    /// quick, most of the job is then done before it is accepted, and it may have ended by then.
    bool told_when_ended = false;
};

/// A place in a query's photo and the same place in a catalogue picture, each in the pixels of its upright original.
struct PointPair {
    double x = 0.0, y = 0.0;
    double matched_x = 0.0, matched_y = 0.0;
};

/// Counts for `doctor` and statistics.
struct EngineCounts {
    std::int64_t products = 0;
    std::int64_t images = 0;
    std::int64_t product_images = 0;
    std::int64_t vectors = 0;
    std::int64_t jobs_unfinished = 0;
};

/// Vitrine as a library: what the command line, the HTTP API and the web page call. Opens the stores, starts the
/// workers, and takes everything down in order. All members are safe from any thread.
///
/// Every member throws Error(Unavailable) when a store cannot be reached.
class Engine {
public:
    /// Opens what `config` names, creating the data folder if need be, and starts the workers; work left by an earlier
    /// process goes on. Throws Error(Conflict), saying by whom, when the embedded data folder is held by another
    /// process; Error(Configuration) for a value that this program cannot serve.
    explicit Engine(const Config& config);

    /// Lets running steps end, then stops. What is unfinished goes on at the next start.
    ~Engine();

    Engine(const Engine&) = delete;
    Engine& operator=(const Engine&) = delete;

    /// Creates or replaces the product and indexes its picture. Returns when the job is accepted and would survive
    /// power loss. A bad picture or description changes nothing: Error(BadInput), Error(TooLarge) or
    /// Error(Unsupported). The sum of save_product and add_image in one step.
    AddedProduct add_product(const ProductDescription& description, std::string_view image_bytes,
                             const IndexingOptions& options = {});

    /// Creates the product or replaces its description; its picture stays. Another name chooses the primary crop anew,
    /// with no model call on pixels, unless a person chose it: `job` is that run. Throws Error(BadInput).
    AddedProduct save_product(const ProductDescription& description);

    /// As save_product, for a part of the description. Throws Error(NotFound), Error(BadInput).
    AddedProduct update_product(const std::string& external_id, const ProductChange& change);

    /// Indexes a picture of a product that there is. Throws Error(NotFound), and as add_product.
    AddedProduct add_image(const std::string& external_id, std::string_view image_bytes,
                           const IndexingOptions& options = {});

    /// Indexes the product's present picture again; what these models know of it they are not asked again. Throws
    /// Error(NotFound), Error(Conflict) when it has none.
    AddedProduct reindex_product(const std::string& external_id, const IndexingOptions& options = {});

    /// Makes a crop of the product's picture its primary crop, as a person's choice, which later indexing keeps. From
    /// the return on it is what searches find (on a vector server: as soon as that was told). Throws Error(NotFound)
    /// when there is no such product or its picture no such crop, Error(Conflict) when the present models have not
    /// labelled the crop.
    ProductDetail choose_primary(const std::string& external_id, ImageId crop);

    /// Puts a person's label before the model's, for good; without one the model's counts again. The crop as it is now.
    /// Throws Error(NotFound), Error(Conflict) when no model has labelled it yet, Error(BadInput) for a label over its
    /// limits.
    Image correct_label(ImageId crop, const std::optional<StructuredLabel>& label);

    /// Accepts a catalogue with its pictures, by URL or in an archive, to be imported as a job: each row is indexed as
    /// add_product does, a bad one fails alone, and a death in the middle goes on with the rest. Returns when the
    /// upload and the job would survive power loss. Throws Error(BadInput), Error(TooLarge) for an upload of which
    /// nothing can be imported.
    JobId start_import(const ImportRequest& request);

    /// The import as it is now; nothing when there is no such import, or its rows' retention ended.
    [[nodiscard]] std::optional<ImportOverview> import_overview(JobId job);

    /// Its rows by line; nothing as above.
    [[nodiscard]] std::optional<std::vector<ImportRow>> import_rows(JobId job, const ImportRowFilter& filter);

    /// Throws Error(BadInput) for a cursor of another list and for a filter over its limits.
    [[nodiscard]] ProductPage products(const ProductFilter& filter);

    /// The names of the products' attributes that begin with `beginning`, by their bytes, at most `limit` (1 to 1000).
    [[nodiscard]] AttributeTexts attribute_names(const std::string& beginning, int limit);

    /// The values of one attribute, likewise. Those longer than 1,000 bytes are left out.
    [[nodiscard]] AttributeTexts attribute_values(const std::string& name, const std::string& beginning, int limit);

    /// The primary crops of these products, in their order.
    [[nodiscard]] std::vector<std::optional<ImageId>> primary_images(const std::vector<Product>& products);

    [[nodiscard]] std::optional<ProductDetail> product(const std::string& external_id);

    /// Every category with its number of products, by name.
    [[nodiscard]] std::vector<CategoryCount> categories();

    /// Removes the product, its links and vectors, ends its jobs, and removes its pictures, rows and files, if nothing
    /// else refers to them. False when there is none.
    bool remove_product(const std::string& external_id);

    /// Accepts a photo to be searched for. Returns when the job would survive power loss. Errors as add_product.
    JobId submit_query(std::string_view image_bytes, const QueryOptions& options);

    /// The answer of a query that has ended with one; nothing when there is no such query, or none yet.
    [[nodiscard]] std::optional<QueryAnswer> query_answer(JobId job);

    /// Erases a query at a person's wish: the photo's pixels, its crops, their labels and vectors, the results and the
    /// job with its tasks are gone when this returns, if no product and no other query has the same photo; the
    /// anonymous QueryMetrics stay. An unfinished query is cancelled. False when there is no such query. When the image
    /// store cannot be reached, Error(Unavailable) says so: all rows are gone, and the file goes once the store is
    /// back.
    bool erase_query(JobId job);

    /// "More like this": the products that look like an indexed one, itself left out, best first and with their
    /// reasons. Searched with its primary crop's vector, features and label: no pixels, no model call. `box` is not
    /// looked at. Throws Error(NotFound), Error(Conflict) when it is not indexed yet, Error(BadInput) for options, and
    /// what the vector store throws.
    [[nodiscard]] std::vector<QueryResult> similar_products(const std::string& external_id,
                                                            const QueryOptions& options);

    /// The points by which a crop was verified to show what another crop shows, to be drawn; none when nothing was.
    /// Reads both pictures. Throws Error(NotFound) when a crop is gone, Error(Corrupted) when a picture is.
    [[nodiscard]] std::vector<PointPair> matching_points(ImageId crop, ImageId matched);

    /// Waits on the event, does not poll; the job's final state, or nothing when the deadline passed first.
    /// Throws Error(NotFound).
    std::optional<JobState> wait(JobId job, std::chrono::steady_clock::time_point deadline);

    [[nodiscard]] std::vector<Job> jobs(const JobFilter& filter);
    [[nodiscard]] std::optional<JobDetail> job(JobId job);

    /// Runs an ended, not succeeded job again. Throws Error(NotFound), Error(Conflict).
    void retry_job(JobId job);

    /// Cancels an unfinished job; false when it had ended. Throws Error(NotFound).
    bool cancel_job(JobId job);

    /// Removes what retention.query_images_months (or `older_than_days`) lets go, in small batches beside live traffic,
    /// as a job, and waits for its end. Throws Error(BadInput) for an impossible option, and what failed the job.
    CleanupReport cleanup(const CleanupOptions& options);

    /// Compares vectors and files with the rows, as a job, and waits for its end. Throws what failed the job.
    CheckReport check(const CheckOptions& options);

    /// The same without waiting: the run's job, or the one of the same kind that is running.
    JobId start_cleanup(const CleanupOptions& options);
    JobId start_check(const CheckOptions& options);

    /// What changing the catalogue to the engine of [ml.next], or to a changed one of [ml], would take.
    [[nodiscard]] ReindexEstimate reindex_estimate();

    /// Starts that change as a job, or names the one under way; nothing when there is nothing to change. Searches use
    /// the old model until every product has a vector of the new one, and then the new one from one commit to the next.
    /// Throws Error(Conflict) while an earlier change is not dropped, Error(Unavailable) when the engine is not
    /// reached.
    std::optional<JobId> start_reindex();

    /// The way back to the model before, as a job; throws Error(Conflict) when there is none.
    JobId start_reindex_rollback();

    /// Drops the model that searches do not use, as a job; throws Error(Conflict) when there is none.
    JobId start_reindex_drop();

    /// The newest clean-ups and checks, those that ran by themselves too; of `kind` alone unless it is empty.
    [[nodiscard]] std::vector<LifecycleRun> lifecycle_runs(const std::string& kind, int limit);

    /// When the next clean-up or check comes by itself; nothing before start_schedules was ever called.
    [[nodiscard]] std::optional<Timestamp> next_scheduled_run();

    /// From now on this process takes its part in the monthly clean-up and the weekly check: for a process that stays,
    /// such as a server or a worker. A run that was missed happens once, in one process.
    void start_schedules();

    /// Calls `changed` whenever something of a job was committed that a person may want to see, in this process or (of
    /// jobs' ends) in another; with the job 0 when it may have been any. On any thread, so that it must be short and
    /// must not throw. Ends when the returned handle is destroyed, which waits for calls under way.
    [[nodiscard]] std::shared_ptr<void> watch_jobs(std::function<void(JobId)> changed);

    /// Tells every command that finds this process's data folder held at which address it is served, so that it asks
    /// there; `instance` is what the server there calls itself. Until the returned handle is destroyed, before the
    /// engine. Tells nothing where the database is shared: then no folder is held.
    [[nodiscard]] std::shared_ptr<void> announce_server(const std::string& url, const std::string& instance);

    [[nodiscard]] std::optional<Image> image(ImageId id);

    /// The picture of an image as a JPEG without any metadata, its longer side at most `side_max` pixels; a crop's is
    /// cut from its original. Throws Error(NotFound), Error(Corrupted) when the stored file is gone or damaged.
    [[nodiscard]] std::string picture_jpeg(ImageId id, int side_max);

    /// How the work goes. Takes some milliseconds where there is much of it.
    [[nodiscard]] Statistics statistics();

    /// What was asked in each of the last `months` months, this one included, oldest first; from the first month on
    /// that had a query. Throws Error(BadInput) for a number that is not in [1, 1200].
    [[nodiscard]] std::vector<QueryMonth> query_months(int months);

    /// The jobs that ended since `since` (included), oldest first, of which the newest 10,000: id, kind, state and
    /// moments.
    [[nodiscard]] std::vector<Job> ended_jobs(Timestamp since);

    /// The moment that all processes of the database go by.
    [[nodiscard]] Timestamp now() const;

    /// For a face whose clients repeat requests: those that must not run twice. Lives as long as the engine.
    [[nodiscard]] RequestKeys& request_keys() noexcept;

    [[nodiscard]] EngineCounts counts();

    /// The calls of models by this process, for each question; no I/O.
    [[nodiscard]] std::vector<ModelCalls> model_calls() const;

    [[nodiscard]] const Config& config() const noexcept;

private:
    class Impl;
    std::unique_ptr<Impl> impl_;
};

} // namespace vitrine
