#include "support/catch.hpp"

#include <fxp/tensor/context.hpp>

#include <string>

namespace context_test {

using Catch::Matchers::ContainsSubstring;
using fxp::Context;
using fxp::Overflow;
using fxp::OverflowCount;
using fxp::OverflowLog;
using fxp::Rounding;

TEST_CASE("a context without a log throws, one with a log counts", "[tensor][context]") {
    const Context plain;
    CHECK(plain.overflow == Overflow::throw_error);
    CHECK(plain.rounding == Rounding::nearest_even);
    CHECK(plain.threads == 1);
    OverflowLog log;
    const Context logging = Context::logging(log, Rounding::floor);
    CHECK(logging.overflow == Overflow::saturate);
    CHECK(logging.rounding == Rounding::floor);
    CHECK(logging.log == &log);
}

TEST_CASE("copies change one thing", "[tensor][context]") {
    OverflowLog log;
    Context base = Context::logging(log);
    base.threads = 3;
    base.random = {1, 2, 3};
    const Context named = base.named("w");
    CHECK(named.tensor == "w");
    CHECK(base.tensor.empty());
    CHECK(named.threads == 3);
    CHECK(base.with(Rounding::stochastic).rounding == Rounding::stochastic);
    CHECK(base.with(Rounding::stochastic).overflow == Overflow::saturate);
    CHECK(base.with(Overflow::wrap).overflow == Overflow::wrap);
    CHECK(base.with(Overflow::wrap).random.tensor == 3);
    CHECK(base.with(Overflow::wrap).log == &log);
}

TEST_CASE("reports go to the log, and throw when asked to", "[tensor][context]") {
    OverflowLog log;
    Context context = Context::logging(log).named("weight");
    context.random.step = 42;
    OverflowCount none;
    OverflowCount some;
    some.record(40);
    some.record(-72);
    context.report("mul", none, 4);
    CHECK(log.rows().empty());
    context.report("mul", some, 4);
    CHECK(log.total() == 2);
    CHECK(log.rows().at(0).tensor == "weight");
    CHECK(log.rows().at(0).last_step == 42);

    const Context throwing = context.with(Overflow::throw_error);
    CHECK_NOTHROW(throwing.report("mul", none, 4));
    CHECK_THROWS_AS(throwing.report("mul", some, 4), fxp::OverflowError);
    CHECK_THROWS_WITH(throwing.report("mul", some, 4),
                      ContainsSubstring("mul") && ContainsSubstring("'weight'") && ContainsSubstring("step 42") &&
                          ContainsSubstring("2 value(s)") && ContainsSubstring("-4.5"));
    CHECK(log.total() == 6); // a throwing context logs too
}

} // namespace context_test
