#pragma once

#include <vitrine/error.hpp>
#include <vitrine/time.hpp>

#include "http/http_message.hpp"
#include "storage/s3_address.hpp"

namespace vitrine {

/// The error for an S3 server's answer that is not the wanted one: by its code where it has one (Amazon S3 API
/// Reference, "List of error codes"), else by its status. The sentence names the configuration key to check.
Error s3_error(const HttpRequest& request, const HttpResponse& response, const S3Address& address, Timestamp now);

/// The error for an answer whose status is good and whose contents are of no S3 server.
Error not_s3(const HttpRequest& request, const HttpResponse& response);

} // namespace vitrine
