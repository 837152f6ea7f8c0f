#pragma once

#include <string>
#include <string_view>

#include <vitrine/product.hpp>

namespace vitrine {

/// A product and its picture as the multipart/form-data body (RFC 7578) of PUT /v1/products/{id}. The same for the
/// same product and bytes, to the boundary, so that a request that is sent again is the same request.
class ProductForm {
public:
    ProductForm(const ProductDescription& product, std::string_view image_bytes);

    [[nodiscard]] const std::string& body() const noexcept { return body_; }
    [[nodiscard]] std::string content_type() const;

private:
    std::string boundary_;
    std::string body_;
};

} // namespace vitrine
