// Random 16, 32 and 64-bit words and mixed formats through the public operations, against schoolbook arithmetic.
#include "core/exact.hpp"
#include "support/catch.hpp"

#include <fxp/tensor/arithmetic.hpp>

#include <cmath>

namespace random_widths_test {

using exact::Integer;
using fxp::Context;
using fxp::FxpTensor;
using fxp::OverflowLog;
using fxp::Q;
using fxp::Shape;

namespace {

constexpr std::size_t count = 700; // crosses the tile of 256, and not by a whole one

template <class T>
T random_tensor(exact::Draw& draw) {
    T result(Shape{count});
    for (auto& raw : result.elements()) raw = static_cast<typename T::Raw>(draw.raw(T::format.word_bits()));
    return result;
}

template <class Out, class Operation, class ExactValue>
void check(const char* name, int shift, const Context& base, Operation operation, ExactValue exact_value) {
    for (const fxp::Rounding rule : exact::all_roundings) {
        for (const fxp::Overflow policy : {fxp::Overflow::saturate, fxp::Overflow::wrap}) {
            OverflowLog log;
            Context context = base.with(rule).with(policy);
            context.log = &log;
            exact::Events events;
            Out expected(Shape{count});
            for (std::size_t i = 0; i < count; ++i) {
                const std::uint32_t word = rule == fxp::Rounding::stochastic ? context.random.word(i) : 0;
                expected.data()[i] = static_cast<typename Out::Raw>(
                    exact::requantized(rule, policy, exact_value(i), shift, Out::format.word_bits(), events, word));
            }
            INFO(name << " rounding " << static_cast<int>(rule) << " policy " << static_cast<int>(policy) << " to <"
                      << Out::format.int_bits << ", " << Out::format.frac_bits << ">");
            CHECK((operation(context) == expected));
            CHECK(log.total() == events.count);
            if (events.count > 0) {
                CHECK(log.rows().at(0).worst_value ==
                      std::ldexp(static_cast<double>(events.worst), -Out::format.frac_bits));
            }
        }
    }
}

template <class A, class B, class Result>
void check_pair(std::uint64_t seed) {
    exact::Draw draw(seed);
    const A a = random_tensor<A>(draw);
    const B b = random_tensor<B>(draw);
    using Out = fxp::tensor_of<Result>;
    constexpr int fa = A::format.frac_bits;
    constexpr int fb = B::format.frac_bits;
    constexpr int f = std::max(fa, fb);
    const auto x = [&](std::size_t i) { return Integer{a.data()[i]}; };
    const auto y = [&](std::size_t i) { return Integer{b.data()[i]}; };
    Context context;
    context.random = {seed, 3, 1};
    check<Out>(
        "add", f - Out::format.frac_bits, context, [&](const Context& c) { return fxp::add<Result>(a, b, c); },
        [&](std::size_t i) { return x(i) * Integer::pow2(f - fa) + y(i) * Integer::pow2(f - fb); });
    check<Out>(
        "sub", f - Out::format.frac_bits, context, [&](const Context& c) { return fxp::sub<Result>(a, b, c); },
        [&](std::size_t i) { return x(i) * Integer::pow2(f - fa) - y(i) * Integer::pow2(f - fb); });
    check<Out>(
        "mul", fa + fb - Out::format.frac_bits, context, [&](const Context& c) { return fxp::mul<Result>(a, b, c); },
        [&](std::size_t i) { return x(i) * y(i); });
    check<Out>(
        "convert", fa - Out::format.frac_bits, context, [&](const Context& c) { return fxp::convert<Result>(a, c); },
        x);
}

} // namespace

TEST_CASE("random 16, 32 and 64-bit words of one format", "[tensor][random]") {
    check_pair<FxpTensor<8, 8>, FxpTensor<8, 8>, Q<8, 8>>(1);
    check_pair<FxpTensor<1, 15>, FxpTensor<1, 15>, Q<1, 15>>(2);
    check_pair<FxpTensor<8, 24>, FxpTensor<8, 24>, Q<8, 24>>(3);
    check_pair<FxpTensor<32, 0>, FxpTensor<32, 0>, Q<32, 0>>(4);
    check_pair<FxpTensor<-4, 36>, FxpTensor<-4, 36>, Q<-4, 36>>(5);
    check_pair<FxpTensor<16, 48>, FxpTensor<16, 48>, Q<16, 48>>(6);
    check_pair<FxpTensor<1, 63>, FxpTensor<1, 63>, Q<1, 63>>(7);
    check_pair<FxpTensor<70, -6>, FxpTensor<70, -6>, Q<70, -6>>(8);
}

TEST_CASE("random words of mixed formats with a stated result", "[tensor][random]") {
    check_pair<FxpTensor<4, 12>, FxpTensor<8, 24>, Q<8, 24>>(11);
    check_pair<FxpTensor<8, 24>, FxpTensor<2, 6>, Q<5, 11>>(12);
    check_pair<FxpTensor<39, 24>, FxpTensor<8, 24>, Q<8, 24>>(13);
    check_pair<FxpTensor<16, 48>, FxpTensor<12, -4>, Q<30, 34>>(14);
    check_pair<FxpTensor<2, 62>, FxpTensor<3, 61>, Q<1, 1>>(15);
    check_pair<FxpTensor<5, 6>, FxpTensor<20, 13>, Q<3, 60>>(16);      // a left shift
    check_pair<FxpTensor<-20, 50>, FxpTensor<40, -14>, Q<10, 30>>(17); // terms 64 bits apart
    check_pair<FxpTensor<64, 0>, FxpTensor<64, 0>, Q<2, 62>>(18);
}

} // namespace random_widths_test
