#include "fxp/data/text_lines.hpp"

#include "support/catch.hpp"
#include "support/scratch.hpp"

#include <limits>
#include <string>
#include <vector>

namespace text_lines_test {

using fxp_test::lacks;
using fxp_test::message_of;
using fxp_test::Scratch;

TEST_CASE("text_lines: lines come without their ends, blanks and trailing empty lines", "[data]") {
    const Scratch scratch;
    for (const char* content : {" a\nb c", " a\nb c\n", " a \t\r\nb c\r\n", " a\nb c\n\n \r\n"}) {
        fxp::detail::TextLines lines(scratch.file("text", content));
        std::vector<std::string> found;
        while (lines.next()) found.emplace_back(lines.line());
        CHECK(found == std::vector<std::string>{" a", "b c"});
        CHECK_FALSE(lines.next());
        CHECK(lacks(message_of<fxp::DataError>([&] { lines.fail("what"); }), {"text:2: what"}) == "");
    }
}

TEST_CASE("text_lines: what is read is the whole file", "[data]") {
    const Scratch scratch;
    const std::string content(200'000, 'z');
    CHECK(fxp::detail::read_data_file(scratch.file("text", content)) == content);
    CHECK_FALSE(fxp::detail::read_data_file("/proc/self/status").empty());
}

TEST_CASE("text_lines: numbers as they stand in messages", "[data]") {
    CHECK(fxp::detail::shortest(-1) == "-1");
    CHECK(fxp::detail::shortest(0.1) == "0.1");
    CHECK(fxp::detail::shortest(-std::numeric_limits<double>::denorm_min()) == "-5e-324");
}

} // namespace text_lines_test
