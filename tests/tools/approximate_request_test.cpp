// What the generator is asked for: names, formats and numbers of a request, and the texts it answers with.
#include "support/catch.hpp"

#ifdef FXP_HAVE_SOLLYA

#include "approximate/named_functions.hpp"
#include "approximate/request.hpp"
#include "approximate/text.hpp"

#include <fxp/tensor/error.hpp>

#include <cmath>
#include <string>

namespace approximate_request_test {

using namespace fxp::approximate;
using fxp::ArgumentError;

TEST_CASE("names are those that every C++ program may use", "[tools][approximate]") {
    const auto with = [](const std::string& name, const std::string& name_space) {
        return make_request(
            {.function = "exp2", .frac_bits = 16, .error = "2^-12", .name = name, .name_space = name_space});
    };
    CHECK(with("", "").name == "exp2_table");
    CHECK(with("", "").name_space.empty());
    CHECK(make_request({.expression = "2^x", .range = "0:1", .frac_bits = 16, .error = "2^-12"}).name == "table");
    for (const char* name : {"bell", "b1", "a_b", "Bell_", "exp2_table"}) CHECK_NOTHROW(with(name, ""));
    for (const char* name : {"exp2", "tanh", "main", "fxp", "std"}) {
        INFO(name);
        CHECK_THROWS_AS(with(name, ""), ArgumentError);
        CHECK_NOTHROW(with(name, "mine"));
    }
    for (const char* name :
         {"int", "template", "co_await", "xor_eq", "a__b", "_Bell", "_bell", "1a", "a b", "a::b", "\xc3\xa4"}) {
        INFO(name);
        CHECK_THROWS_AS(with(name, "mine"), ArgumentError);
    }
    for (const char* name_space : {"a", "a::b", "fxp::math::tables", "my::std"}) CHECK_NOTHROW(with("t", name_space));
    for (const char* name_space :
         {"::a", "a::", "a::::b", "a:b", "a::class", "_A", "a::b__c", "std", "std::x", "a b"}) {
        INFO(name_space);
        CHECK_THROWS_AS(with("t", name_space), ArgumentError);
    }
}

TEST_CASE("requests stay within what Tabulated evaluates", "[tools][approximate]") {
    for (const NamedFunction& function : named_functions()) {
        for (const char* format : {"12.4", "10.6", "31.1", "1.31", "8.24", "16.16"}) {
            if (function.name == "log2" && std::string(format) == "1.31") continue;  // no input in the range
            if (function.range[0] == '1' && std::string(format) == "1.31") continue; // likewise
            INFO(function.name << " in " << format);
            const Request request =
                make_request({.function = std::string(function.name), .format = format, .error_ulp = "0.25"});
            CHECK(request.grid.argument_bits <= 31);
            CHECK(request.grid.frac_bits <= 46);
            CHECK((request.symmetry != fxp::kernels::Symmetry::ramp ||
                   request.grid.argument_bits <= request.grid.frac_bits));
        }
    }
}

TEST_CASE("every named function has a table with its defaults", "[tools][approximate]") {
    for (const NamedFunction& function : named_functions()) {
        INFO(function.name);
        const Request request =
            make_request({.function = std::string(function.name), .format = "4.12", .error_ulp = "0.25"});
        CHECK(request.symmetry == function.symmetry);
        CHECK(request.grid.frac_bits == 20);
        CHECK(request.grid.argument_bits == 16);
        CHECK(request.target == 64);
        // The independent oracle is the same function.
        Real x(64);
        Real here(200);
        Real there(200);
        mpfr_set_d(x, 1.375, MPFR_RNDN);
        request.exact->value(here, x);
        request.h->value(there, x);
        mpfr_sub(here, here, there, MPFR_RNDN);
        CHECK(std::fabs(mpfr_get_d(here, MPFR_RNDN)) < 1e-55);
    }
}

TEST_CASE("numbers are read exactly or known not to be", "[tools][approximate]") {
    const auto value = [](const std::string& text) { return parse_number(text).value().value.to_double(); };
    CHECK(value("2.5") == 2.5);
    CHECK(value("-0.375") == -0.375);
    CHECK(value("1e3") == 1000);
    CHECK(value("2^-12") == 0x1p-12);
    CHECK(value("-2^3") == -8);
    CHECK(value("1.5*2^-38") == 1.5 * 0x1p-38);
    CHECK(value("12") == 12);
    CHECK(parse_number("2.5")->exact);
    CHECK_FALSE(parse_number("0.1")->exact);
    for (const char* text :
         {"", "x", "1.2.3", "2^", "2^x", "3^2", "0x10", "nan", "inf", "1 2", "*2^3", "2^-99999", "--1"}) {
        INFO(text);
        CHECK_FALSE(parse_number(text));
    }
}

TEST_CASE("words of a command can be typed again", "[tools][approximate]") {
    CHECK(shell_word("--range") == "--range");
    CHECK(shell_word("2^-12") == "2^-12");
    CHECK(shell_word("exp(-x^2)") == "'exp(-x^2)'");
    CHECK(shell_word("it's") == "'it'\\''s'");
    CHECK(shell_word("") == "''");
}

TEST_CASE("one thing is singular, and a line stays a line", "[tools][approximate]") {
    CHECK(counted(1, "step") == "1 step");
    CHECK(counted(2, "step") == "2 steps");
    CHECK(steps_text(1, 20) == "1 step of 2^-20");
    CHECK(steps_text(0.75, 20) == "0.75 steps of 2^-20");
    CHECK(printable("a\nb\x7f") == "a\\x0ab\\x7f");
    CHECK(has_control("a\tb"));
    CHECK_FALSE(has_control("a b"));
}

} // namespace approximate_request_test

#endif
