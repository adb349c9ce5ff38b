// CSV by RFC 4180, and what others make of it.
#include "relay/suppression/csv.hpp"

#include <string>
#include <vector>

#include "tests/support/catch.hpp"

using namespace kurir::suppression;

namespace {

using texts = std::vector<std::string>;

std::vector<texts> rows_of(std::string_view text, char separator = ',') {
    std::vector<texts> rows;
    csv_reader reader(text, separator);
    while (auto row = reader.next()) {
        CHECK(row->mistake.empty());
        rows.push_back(std::move(row->fields));
    }
    return rows;
}

}  // namespace

TEST_CASE("Rows have fields, quoted or not, and end with CRLF, LF or the text") {
    CHECK(rows_of("").empty());
    CHECK(rows_of("a,b\r\nc,d") == std::vector<texts>{{"a", "b"}, {"c", "d"}});
    CHECK(rows_of("a,b\n\n\r\nc,d\n") == std::vector<texts>{{"a", "b"}, {"c", "d"}});
    CHECK(rows_of("a,,\r\n") == std::vector<texts>{{"a", "", ""}});
    CHECK(rows_of("\"a,b\",\"c \"\"d\"\"\"\r\n") == std::vector<texts>{{"a,b", "c \"d\""}});
    CHECK(rows_of("\"two\r\nlines\",x\r\ny") == std::vector<texts>{{"two\r\nlines", "x"}, {"y"}});
    CHECK(rows_of("\"\",\"\"") == std::vector<texts>{{"", ""}});
    CHECK(rows_of("say \"hi\",x") == std::vector<texts>{{"say \"hi\"", "x"}});
    CHECK(
        rows_of(
            "\xef\xbb\xbf"
            "a;b",
            ';'
        ) == std::vector<texts>{{"a", "b"}}
    );
}

TEST_CASE("A row with a mistake is told with its line, and the next line is read") {
    csv_reader reader("a\r\n\"two\nlines\"\r\nx,\"b\" c\r\nd\r\n\"e\r\nf\r\n");
    CHECK(reader.next()->line == 1);
    CHECK(reader.next()->line == 2);
    const auto behind = reader.next();
    CHECK(behind->line == 4);
    CHECK(behind->mistake == "has text behind a quote");
    CHECK(reader.next()->fields == texts{"d"});
    const auto endless = reader.next();
    CHECK(endless->line == 6);
    CHECK(endless->mistake == "has a quote that does not end");
    const auto last = reader.next();
    CHECK(last->line == 7);
    CHECK(last->fields == texts{"f"});
    CHECK_FALSE(reader.next());
}

TEST_CASE("What is written is read again") {
    const texts fields{"plain", "with, comma", "with \"quotes\"", "two\r\nlines", "", " blanks "};
    std::string text;
    append_csv(text, {fields.begin(), fields.end()});
    CHECK(rows_of(text) == std::vector<texts>{fields});
}
