// Every array of golden/arith, written by the published artifact itself, reproduced exactly.
#include "support/catch.hpp"

#include <fxp/fxp.hpp>
#include <fxp/io/npy.hpp>

#include <filesystem>
#include <string>

namespace golden_arith_test {

using fxp::Context;
using fxp::OverflowLog;
using fxp::Rounding;
using fxp::Shape;
using Number = fxp::FxpTensor<8, 24>;

namespace {

fxp::NpyArray file(const std::string& name) {
    return fxp::read_npy(std::filesystem::path(FXP_TEST_DATA_DIR) / "arith" / (name + ".npy"));
}

Number golden(const std::string& name) {
    const fxp::NpyArray array = file(name);
    const std::vector<std::int32_t> raw = array.as<std::int32_t>();
    return Number::from_raw(Shape(array.shape.data(), array.shape.size()), raw);
}

} // namespace

TEST_CASE("golden: from_real", "[tensor][golden]") {
    const std::vector<double> in = file("from_real_in").as<double>();
    const Number expected = golden("from_real_out");
    REQUIRE(in.size() >= 1000);
    OverflowLog log;
    CHECK((Number::from_real(expected.shape(), in, Context::logging(log)) == expected));
}

TEST_CASE("golden: add, sub, mul", "[tensor][golden]") {
    const Number a = golden("a");
    const Number b = golden("b");
    REQUIRE(a.size() >= 1000);
    OverflowLog log;
    const Context artifact = Context::logging(log, Rounding::pseudo_stochastic);
    CHECK((fxp::add(a, b, artifact) == golden("add")));
    CHECK((fxp::sub(a, b, artifact) == golden("sub")));
    CHECK((fxp::mul(a, b, artifact) == golden("mul")));
    CHECK((fxp::mul(a, b, artifact.with(Rounding::nearest_even)) == golden("mul_nearest_even")));
    CHECK_FALSE(golden("mul") == golden("mul_nearest_even"));
}

TEST_CASE("golden: activations", "[tensor][golden]") {
    OverflowLog log;
    const Context artifact = Context::logging(log, Rounding::pseudo_stochastic);
    const Number x = golden("act_in");
    REQUIRE(x.size() >= 1000);
    CHECK((fxp::sigmoid<fxp::ReferenceActivations>(x, artifact) == golden("sigmoid_out")));
    CHECK((fxp::tanh<fxp::ReferenceActivations>(x, artifact) == golden("tanh_out")));
    CHECK((fxp::rsqrt<fxp::ReferenceActivations>(golden("rsqrt_in"), artifact) == golden("rsqrt_out")));
}

TEST_CASE("golden: matrix product", "[tensor][golden]") {
    OverflowLog log;
    const Number a = golden("mm_a");
    const Number b = golden("mm_b");
    const Number expected = golden("mm_out");
    REQUIRE(expected.shape() == Shape{10, 33});
    for (const int threads : {1, 3}) {
        Context artifact = Context::logging(log, Rounding::pseudo_stochastic);
        artifact.threads = threads;
        CHECK((fxp::matmul(a, b, artifact) == expected));
        CHECK((fxp::matmul(fxp::transpose(a), fxp::transpose(b), artifact, {true, true}) == expected));
    }
}

TEST_CASE("golden: three steps of Adam", "[tensor][golden]") {
    using A = fxp::FixedArithmetic<fxp::recipes::Reference>;
    A arithmetic;
    const Number start = golden("adam_init");
    fxp::Parameter<A, fxp::Role::weight> parameter("weight", start.shape());
    parameter.value() = start;
    fxp::optim::ReferenceAdam<A> adam(arithmetic, {&parameter}, fxp::recipes::Reference::optimizer);
    for (int step = 1; step <= 3; ++step) {
        const std::string s = std::to_string(step);
        INFO("step " << s);
        arithmetic.begin_step(static_cast<std::uint64_t>(step));
        parameter.zero_grad();
        const Number gradient = golden("adam_grad" + s);
        parameter.node()->contribute(arithmetic, "test", fxp::plus(gradient));
        adam.step();
        CHECK((parameter.value() == golden("adam_param" + s)));
        CHECK((adam.moments().at(0).m == golden("adam_m" + s)));
        CHECK((adam.moments().at(0).n == golden("adam_n" + s)));
    }
    CHECK(adam.steps() == 3);
}

} // namespace golden_arith_test
