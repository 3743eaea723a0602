// All pairs of 8-bit raws (-128, which a full range has and wrapping makes, too) through the public operations, against
// __int128 arithmetic.
#include "core/exact.hpp"
#include "support/catch.hpp"

#include <fxp/tensor/arithmetic.hpp>

#include <string>
#include <vector>

namespace exhaustive_8bit_test {

using fxp::Context;
using fxp::FxpTensor;
using fxp::Overflow;
using fxp::OverflowLog;
using fxp::Q;
using fxp::Range;
using fxp::Rounding;
using fxp::Shape;

namespace {

constexpr std::size_t pairs = 65536;

template <class T>
std::pair<T, T> all_pairs() {
    T a(Shape{256, 256});
    T b(Shape{256, 256});
    for (int i = 0; i < 256; ++i) {
        for (int j = 0; j < 256; ++j) {
            a.data()[i * 256 + j] = static_cast<typename T::Raw>(i - 128);
            b.data()[i * 256 + j] = static_cast<typename T::Raw>(j - 128);
        }
    }
    return {a, b};
}

/// The same operation in three voices: how it is called, called into `out`, and its exact value in units of
/// 2^-frac_bits.
struct Add {
    static constexpr const char* name = "add";
    template <class A, class B>
    static constexpr int frac_bits = std::max(A::format.frac_bits, B::format.frac_bits);
    template <class R, class A, class B>
    static auto call(const A& a, const B& b, const Context& context) {
        return fxp::add<R>(a, b, context);
    }
    template <class Out, class A, class B>
    static void into(Out& out, const A& a, const B& b, const Context& context) {
        fxp::combine(name, out, context, fxp::plus(a), fxp::plus(b));
    }
    template <class A, class B>
    static exact::i128 exact_value(exact::i128 a, exact::i128 b) {
        return a * exact::power(a, frac_bits<A, B> - A::format.frac_bits) +
               b * exact::power(b, frac_bits<A, B> - B::format.frac_bits);
    }
};
struct Sub {
    static constexpr const char* name = "sub";
    template <class A, class B>
    static constexpr int frac_bits = Add::frac_bits<A, B>;
    template <class R, class A, class B>
    static auto call(const A& a, const B& b, const Context& context) {
        return fxp::sub<R>(a, b, context);
    }
    template <class Out, class A, class B>
    static void into(Out& out, const A& a, const B& b, const Context& context) {
        fxp::combine(name, out, context, fxp::plus(a), fxp::minus(b));
    }
    template <class A, class B>
    static exact::i128 exact_value(exact::i128 a, exact::i128 b) {
        return Add::exact_value<A, B>(a, -b);
    }
};
struct Mul {
    static constexpr const char* name = "mul";
    template <class A, class B>
    static constexpr int frac_bits = A::format.frac_bits + B::format.frac_bits;
    template <class R, class A, class B>
    static auto call(const A& a, const B& b, const Context& context) {
        return fxp::mul<R>(a, b, context);
    }
    template <class Out, class A, class B>
    static void into(Out& out, const A& a, const B& b, const Context& context) {
        fxp::combine(name, out, context, fxp::elementwise(a, b));
    }
    template <class A, class B>
    static exact::i128 exact_value(exact::i128 a, exact::i128 b) {
        return a * b;
    }
};
struct Neg {
    static constexpr const char* name = "neg";
    template <class A, class B>
    static constexpr int frac_bits = A::format.frac_bits;
    template <class R, class A, class B>
    static auto call(const A& a, const B&, const Context& context) {
        return fxp::neg<R>(a, context);
    }
    template <class Out, class A, class B>
    static void into(Out& out, const A& a, const B&, const Context& context) {
        fxp::combine(name, out, context, fxp::minus(a));
    }
    template <class A, class B>
    static exact::i128 exact_value(exact::i128 a, exact::i128) {
        return -a;
    }
};
struct Convert {
    static constexpr const char* name = "convert";
    template <class A, class B>
    static constexpr int frac_bits = A::format.frac_bits;
    template <class R, class A, class B>
    static auto call(const A& a, const B&, const Context& context) {
        return fxp::convert<R>(a, context);
    }
    template <class Out, class A, class B>
    static void into(Out& out, const A& a, const B&, const Context& context) {
        fxp::combine(name, out, context, fxp::plus(a));
    }
    template <class A, class B>
    static exact::i128 exact_value(exact::i128 a, exact::i128) {
        return a;
    }
};

/// Under throw_error: the result is written saturated, then the message names operation, tensor, step and count.
template <class Op, class Result, class A, class B>
std::size_t check_throwing(const A& a, const B& b, const Context& context, const fxp::tensor_of<Result>& expected,
                           std::uint64_t count) {
    std::size_t wrong = 0;
    fxp::tensor_of<Result> out;
    std::string message;
    try {
        Op::into(out, a, b, context);
    } catch (const fxp::OverflowError& error) {
        message = error.what();
    }
    wrong += !(out == expected);
    for (const std::string& part : {std::string(Op::name), std::string("'result'"), std::string("step 9")}) {
        wrong += (message.find(part) != std::string::npos) != (count > 0);
    }
    if (count > 0) wrong += message.find(": " + std::to_string(count) + " value(s)") == std::string::npos;
    bool thrown = false;
    try {
        static_cast<void>(Op::template call<Result>(a, b, context));
    } catch (const fxp::OverflowError&) {
        thrown = true;
    }
    return wrong + (thrown != (count > 0));
}

template <class Op, class Result, class A, class B>
void check(const A& a, const B& b) {
    using Out = fxp::tensor_of<Result>;
    constexpr int shift = Op::template frac_bits<A, B> - Out::format.frac_bits;
    for (const Rounding rule : exact::all_roundings) {
        Context context;
        context.rounding = rule;
        context.random = {0xABCDEF0123456789, 9, 4};
        context.tensor = "result";
        std::vector<exact::i128> rounded(a.size());
        for (std::size_t i = 0; i < a.size(); ++i) {
            const std::uint32_t word = rule == Rounding::stochastic ? context.random.word(i) : 0;
            rounded[i] = exact::rounded<exact::i128>(rule, Op::template exact_value<A, B>(a.data()[i], b.data()[i]),
                                                     shift, word);
        }
        for (const Overflow policy : exact::all_policies) {
            OverflowLog log;
            context.log = &log;
            context.overflow = policy;
            exact::Events events;
            Out expected(a.shape());
            for (std::size_t i = 0; i < a.size(); ++i) {
                const auto fitted = exact::fitted(policy, rounded[i], Out::format.word_bits(), Out::format.range);
                if (fitted.event) events.record(rounded[i]);
                expected.data()[i] = static_cast<typename Out::Raw>(fitted.value);
            }
            INFO(Op::name << " rounding " << static_cast<int>(rule) << " policy " << static_cast<int>(policy)
                          << " from <" << A::format.int_bits << ", " << A::format.frac_bits << "> to <"
                          << Out::format.int_bits << ", " << Out::format.frac_bits << ">");
            if (policy == Overflow::throw_error) {
                CHECK(check_throwing<Op, Result>(a, b, context, expected, events.count) == 0);
                CHECK(log.total() == 2 * events.count);
            } else {
                CHECK((Op::template call<Result>(a, b, context) == expected));
                CHECK(log.total() == events.count);
            }
            REQUIRE(log.rows().size() == (events.count > 0 ? 1 : 0));
            if (events.count == 0) continue;
            CHECK(log.rows()[0].operation == Op::name);
            CHECK(log.rows()[0].tensor == "result");
            CHECK(log.rows()[0].first_step == 9);
            CHECK(log.rows()[0].worst_value == std::ldexp(static_cast<double>(events.worst), -Out::format.frac_bits));
        }
    }
}

} // namespace

TEMPLATE_TEST_CASE("all pairs of 8-bit raws in one format", "[tensor][exhaustive]", (FxpTensor<4, 4>),
                   (FxpTensor<1, 7>), (FxpTensor<8, 0>), (FxpTensor<10, -2>), (FxpTensor<-2, 10>),
                   (FxpTensor<4, 4, Range::full>), (FxpTensor<1, 7, Range::full>)) {
    const auto [a, b] = all_pairs<TestType>();
    REQUIRE(a.size() == pairs);
    using Own = typename TestType::FormatTag;
    check<Add, Own>(a, b);
    check<Sub, Own>(a, b);
    check<Mul, Own>(a, b);
    check<Neg, Own>(a, b);
    // The result without its name is of the operands' format.
    OverflowLog log;
    CHECK((fxp::mul(a, b, Context::logging(log)) == fxp::mul<Own>(a, b, Context::logging(log))));
}

TEST_CASE("all pairs of 8-bit raws of two formats", "[tensor][exhaustive]") {
    const auto [a, ignored_b] = all_pairs<FxpTensor<4, 4>>();
    const auto [ignored_a, b] = all_pairs<FxpTensor<10, -2>>();
    check<Add, Q<9, -1>>(a, b);
    check<Sub, Q<9, 5>>(a, b);
    check<Mul, Q<6, 1>>(a, b);
    check<Mul, Q<14, 2>>(a, b);
    const auto [full, ignored] = all_pairs<FxpTensor<4, 4, Range::full>>();
    check<Add, Q<9, -1, Range::full>>(full, b);
    check<Sub, Q<4, 4>>(full, b);
}

TEST_CASE("every 8-bit and 16-bit raw requantized between formats", "[tensor][exhaustive]") {
    const auto from = []<class T>(T) {
        T all(Shape{std::size_t{1} << T::format.word_bits()});
        for (std::size_t i = 0; i < all.size(); ++i) {
            all.data()[i] = static_cast<typename T::Raw>(static_cast<std::ptrdiff_t>(i) -
                                                         static_cast<std::ptrdiff_t>(all.size() / 2));
        }
        check<Convert, Q<4, 4>>(all, all);
        check<Convert, Q<1, 7>>(all, all);
        check<Convert, Q<8, 0>>(all, all);
        check<Convert, Q<10, -2>>(all, all);
        check<Convert, Q<-2, 10>>(all, all);
        check<Convert, Q<2, 0>>(all, all);
        check<Convert, Q<3, 4>>(all, all);
        check<Convert, Q<20, 12>>(all, all);
        check<Convert, Q<50, 14>>(all, all);
        check<Convert, Q<4, 4, Range::full>>(all, all);
        check<Convert, Q<3, 4, Range::full>>(all, all);
        check<Neg, Q<20, 12, Range::full>>(all, all);
    };
    from(FxpTensor<4, 4>{});
    from(FxpTensor<1, 7>{});
    from(FxpTensor<8, 0>{});
    from(FxpTensor<10, -2>{});
    from(FxpTensor<-2, 10>{});
    from(FxpTensor<7, 9>{});
    from(FxpTensor<4, 4, Range::full>{});
}

} // namespace exhaustive_8bit_test
