// An object store's list, from any server: it is a list, whole, or nothing.

#include "fuzz_target.hpp"
#include "storage/s3_answers.hpp"

std::vector<std::string> fuzz_seeds() {
    return {"<?xml version=\"1.0\"?><ListBucketResult><EncodingType>url</EncodingType><IsTruncated>true</IsTruncated>"
            "<NextContinuationToken>a+b/=</NextContinuationToken><Contents><Key>a%2Fb</Key><Size>7</Size></Contents>"
            "<Contents><Key>c+d</Key><Size>0</Size></Contents></ListBucketResult>",
            "<ListBucketResult><IsTruncated>false</IsTruncated></ListBucketResult>",
            "<!DOCTYPE x [<!ENTITY a \"b\">]><ListBucketResult><IsTruncated>false</IsTruncated><Contents><Key>&a;&#65;"
            "<![CDATA[x]]></Key><Size>18446744073709551615</Size></Contents></ListBucketResult>",
            "<Error><Code>NoSuchBucket</Code><Message>&lt;none&gt;</Message></Error>"};
}

void fuzz_one(std::string_view bytes) {
    if (const auto page = vitrine::parse_s3_page(bytes)) {
        promise(!page->next || !page->next->empty(), "a page that goes on says where");
        std::size_t name_bytes = 0;
        for (const auto& object : page->objects) {
            promise(!object.name.empty(), "every object has a name");
            name_bytes += object.name.size();
        }
        promise(name_bytes <= bytes.size(), "nothing in a list grows");
    }
    const auto failure = vitrine::parse_s3_failure(bytes);
    promise(failure.code.size() + failure.message.size() <= bytes.size(), "nothing in a failure grows");
}
