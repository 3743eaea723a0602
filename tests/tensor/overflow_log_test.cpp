#include "support/catch.hpp"

#include <fxp/tensor/overflow_log.hpp>
#include <fxp/tensor/overflow_table.hpp>

namespace overflow_log_test {

using fxp::OverflowCount;
using fxp::OverflowLog;

namespace {

OverflowCount events(std::initializer_list<int> values) {
    OverflowCount result;
    for (const int value : values) result.record(value);
    return result;
}

} // namespace

TEST_CASE("rows are kept by operation and tensor, in order of their first event", "[tensor][overflow_log]") {
    OverflowLog log;
    log.add("mul", "a", 3, events({}), 4);
    CHECK(log.rows().empty());
    log.add("mul", "a", 3, events({200, -150}), 4);
    log.add("add", "a", 4, events({-400}), 4);
    log.add("mul", "b", 4, events({130}), 0);
    log.add("mul", "a", 9, events({-300, 5, 6}), 4);
    log.add("mul", "a", 11, events({250}), 4);
    REQUIRE(log.rows().size() == 3);
    CHECK(log.rows()[0].operation == "mul");
    CHECK(log.rows()[0].tensor == "a");
    CHECK(log.rows()[0].first_step == 3);
    CHECK(log.rows()[0].last_step == 11);
    CHECK(log.rows()[0].count == 6);
    CHECK(log.rows()[0].worst_value == -300 / 16.0);
    CHECK(log.rows()[1].operation == "add");
    CHECK(log.rows()[1].worst_value == -25.0);
    CHECK(log.rows()[2].tensor == "b");
    CHECK(log.rows()[2].worst_value == 130.0);
    CHECK(log.total() == 8);
}

TEST_CASE("rows of an earlier part of a run go on where they were", "[tensor][overflow_log]") {
    OverflowLog log;
    log.restore({{"rsqrt", "n", 5, 9, 1000, 128.5}});
    log.add("rsqrt", "n", 12, events({7}), 0);
    REQUIRE(log.rows().size() == 1);
    CHECK(log.rows()[0].first_step == 5);
    CHECK(log.rows()[0].last_step == 12);
    CHECK(log.rows()[0].count == 1001);
    CHECK(log.rows()[0].worst_value == 128.5);
    log.clear();
    CHECK(log.total() == 0);
    CHECK(log.rows().empty());
}

TEST_CASE("the log as a table: aligned, with its total", "[tensor][overflow_log]") {
    OverflowLog log;
    CHECK(fxp::to_text(log) == "no overflow events\n");
    log.restore({{"rsqrt", "n", 5, 19000, 1000, 128.5}, {"a_long_operation", "product", 7, 7, 1, -49}});
    CHECK(fxp::to_text(log) == "operation         tensor   first step  last step  count  worst value\n"
                               "rsqrt             n                 5      19000   1000        128.5\n"
                               "a_long_operation  product           7          7      1          -49\n"
                               "total                                              1001\n");
}

} // namespace overflow_log_test
