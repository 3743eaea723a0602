#include "support/catch.hpp"

#include <fxp/tensor/range_log.hpp>

#include <cmath>
#include <vector>

namespace range_log_test {

using fxp::RangeLog;
using fxp::RangeRow;

TEST_CASE("a name has one slot and its largest magnitude", "[tensor][range_log]") {
    RangeLog log;
    const std::size_t a = log.slot("a");
    const std::size_t b = log.slot("b");
    CHECK(a != b);
    CHECK(log.slot("a") == a);
    log.observe(a, 1.5);
    log.observe(a, 0.5);
    log.observe(b, 3.0);
    log.observe(b, 7.0);
    REQUIRE(log.rows().size() == 2);
    CHECK(log.rows()[a].tensor == "a");
    CHECK(log.rows()[a].largest_magnitude == 1.5);
    CHECK(log.rows()[b].largest_magnitude == 7.0);
}

TEST_CASE("integer bits are the smallest that hold the magnitude", "[tensor][range_log]") {
    CHECK(RangeRow{"zero", 0.0}.integer_bits() == 1);
    for (const double magnitude :
         {0.01, 0.25, 0.4999, 0.5, 0.75, 0.999, 1.0, 1.5, 2.0, 3.999, 4.0, 127.9, 128.0, 1e9}) {
        const int bits = RangeRow{"x", magnitude}.integer_bits();
        INFO(magnitude << " in " << bits);
        // A symmetric format of I integer bits ends just below 2^(I - 1), whatever its fraction bits.
        CHECK(magnitude < std::ldexp(1.0, bits - 1));
        CHECK(magnitude >= std::ldexp(1.0, bits - 2));
    }
}

TEST_CASE("a name keeps the first role that it was given", "[tensor][range_log]") {
    RangeLog log;
    const std::size_t a = log.slot("a");
    CHECK(log.rows()[a].role.empty());
    CHECK(log.slot("a", "weight") == a);
    CHECK(log.slot("a", "bias") == a);
    CHECK(log.rows()[a].role == "weight");
}

TEST_CASE("exponents are counted on request", "[tensor][range_log]") {
    const std::vector<double> elements{0, -0.0, 1, -1.99, 2, 0.5, -0.25, 1e-300, 1e300, INFINITY, NAN};
    const auto same = [](double value) { return value; };
    RangeLog log;
    const std::size_t a = log.slot("a");
    log.count(a, elements, same);
    const auto& counts = log.rows()[a].exponents;
    CHECK(counts.zeros() == 0);
    CHECK(counts.count(0) == 0);
    log.keep_distributions();
    log.count(a, elements, same);
    CHECK(counts.zeros() == 2);
    CHECK(counts.count(0) == 2);
    CHECK(counts.count(1) == 1);
    CHECK(counts.count(-1) == 1);
    CHECK(counts.count(-2) == 1);
    CHECK(counts.count(fxp::ExponentCounts::least) == 1);
    CHECK(counts.count(fxp::ExponentCounts::most) == 3);
}

} // namespace range_log_test
