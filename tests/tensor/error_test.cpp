#include "fxp/tensor/error.hpp"

#include "support/catch.hpp"

#include <string>

namespace error_test {

TEST_CASE("pieces of input stand in messages short and printable", "[tensor]") {
    CHECK(fxp::detail::quoted("a'b") == "'a'b'");
    CHECK(fxp::detail::quoted("a\n\xff\x7f_") == "'a???_'");
    CHECK(fxp::detail::quoted(std::string(32, 'a')) == "'" + std::string(32, 'a') + "'");
    CHECK(fxp::detail::quoted(std::string(33, 'a')) == "'" + std::string(32, 'a') + "...'");
    CHECK(fxp::detail::printable("\x1b[31m", 3) == "?[3...");
    CHECK(fxp::detail::printable("").empty());
}

} // namespace error_test
