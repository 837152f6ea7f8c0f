// A catalogue from anywhere: every row is whole or says what is wrong with it, and none stops the reading.

#include <sstream>

#include <vitrine/error.hpp>

#include "core/csv_reader.hpp"
#include "fuzz_target.hpp"

std::vector<std::string> fuzz_seeds() {
    return {"product_id,name,image\n1,Shoe,a.jpg\n2,\"Lamp, \"\"red\"\"\",b.jpg\r\n\r\n3,\"two\nlines\",c.jpg",
            "\xEF\xBB\xBF"
            "a,b\n\"never closed,1\n2,3\n4,5\n",
            "a\n" + std::string(200, 'x') + "\n\"y\"z\nÑ日\n"};
}

void fuzz_one(std::string_view bytes) {
    const vitrine::CsvLimits limits{.field_bytes_max = 100, .record_bytes_max = 300, .columns_max = 10};
    std::istringstream in{std::string(bytes)};
    try {
        vitrine::CsvReader reader(in, limits);
        std::size_t line = 0;
        while (const auto row = reader.next()) {
            promise(row->line > line, "rows come in the order of their lines");
            promise(!row->error.empty() || row->fields.size() == reader.header().size(), "a good row has every column");
            for (const auto& field : row->fields) {
                promise(field.size() <= limits.field_bytes_max, "no field is over its limit");
                promise(field.find('\0') == std::string::npos, "no field holds a NUL");
            }
            line = row->line;
        }
    } catch (const vitrine::Error& error) {
        promise(error.code() == vitrine::ErrorCode::BadInput, "a header that cannot be used is bad input");
    }
}
