// Exceptions and threads: which one reaches the caller, and what is left then, does not depend on their number.
#include "support/catch.hpp"
#include "support/scratch.hpp"

#include <fxp/tensor/arithmetic.hpp>
#include <fxp/tensor/lstm.hpp>
#include <fxp/tensor/parallel.hpp>
#include <fxp/tensor/sgd_update.hpp>

#include <array>
#include <atomic>
#include <stdexcept>
#include <string>
#include <vector>

namespace parallel_test {

using fxp::Context;
using fxp::Overflow;
using fxp::OverflowLog;
using fxp::Shape;

namespace {

using T = fxp::FxpTensor<4, 12>;

T random_tensor(const Shape& shape, double size, std::uint32_t number) {
    const fxp::RandomStream stream{1, 0, number, fxp::RandomUse::user};
    std::vector<double> values(shape.size());
    for (std::size_t i = 0; i < values.size(); ++i) values[i] = (stream.word(i) * 0x1p-31 - 1) * size;
    return T::from_real(shape, values);
}

/// What an operation leaves behind.
struct Outcome {
    std::string message;
    T result;
    std::vector<fxp::OverflowRow> rows;
};

template <class Operation>
Outcome outcome_of(const Operation& operation, Overflow policy, int threads) {
    OverflowLog log;
    Context context = Context::logging(log).with(policy).named("the user's name");
    context.random.step = 9;
    context.threads = threads;
    Outcome outcome;
    outcome.message = fxp_test::message_of<fxp::OverflowError>([&] { operation(outcome.result, context); });
    outcome.rows = log.rows();
    return outcome;
}

/// Under throw_error an operation throws when its result is complete, saturated, and logged; equally for all threads.
template <class Operation>
void check(const std::string& name, const Operation& operation) {
    const Outcome saturated = outcome_of(operation, Overflow::saturate, 1);
    REQUIRE(saturated.rows.size() == 1);
    CHECK(saturated.rows[0].operation == name);
    CHECK(saturated.rows[0].count > 1);
    CHECK(saturated.message == "no exception");
    const Outcome one = outcome_of(operation, Overflow::throw_error, 1);
    CHECK(fxp_test::lacks(one.message, {"overflow: " + name + " of tensor 'the user's name' at step 9: " +
                                        std::to_string(saturated.rows[0].count) + " value(s)"}) == "");
    for (const int threads : {1, 2, 3, 7}) {
        INFO(name << ", threads " << threads);
        const Outcome many = outcome_of(operation, Overflow::throw_error, threads);
        CHECK(many.message == one.message);
        CHECK(many.result == saturated.result);
        CHECK(many.rows == saturated.rows);
    }
}

} // namespace

TEST_CASE("parallel_for runs every piece and throws what the lowest one threw", "[tensor][parallel]") {
    for (const int threads : {1, 2, 3, 7, 64}) {
        for (const std::size_t lowest : {std::size_t{0}, std::size_t{4}, std::size_t{29}}) {
            INFO("threads " << threads << ", lowest " << lowest);
            constexpr std::size_t pieces = 30;
            std::array<std::atomic<int>, pieces> runs{};
            const auto piece = [&](std::size_t k) {
                ++runs[k];
                if (k == lowest) throw std::runtime_error("piece " + std::to_string(k));
                if (k > lowest && k % 3 == 0) throw std::string("a later one");
            };
            CHECK(fxp_test::message_of<std::runtime_error>([&] { fxp::parallel_for(threads, pieces, piece); }) ==
                  "piece " + std::to_string(lowest));
            for (const auto& count : runs) CHECK(count == 1);
        }
        CHECK_NOTHROW(fxp::parallel_for(threads, 0, [](std::size_t) { throw std::runtime_error("no piece"); }));
    }
}

TEST_CASE("an operation on threads throws as on one", "[tensor][parallel]") {
    const T tall = random_tensor({300, 40}, 3, 1);
    const T wide = random_tensor({40, 300}, 3, 2);
    const T square = random_tensor({40, 40}, 3, 3);
    check("matmul",
          [&](T& out, const Context& context) { fxp::combine("matmul", out, context, fxp::matrix(tall, square)); });
    check("matmul",
          [&](T& out, const Context& context) { fxp::combine("matmul", out, context, fxp::matrix(square, wide)); });
    const T a = random_tensor({300, 300}, 7, 4);
    const T b = random_tensor({300, 300}, 7, 5);
    REQUIRE(a.size() >= fxp::detail::parallel_elements);
    check("add",
          [&](T& out, const Context& context) { fxp::combine("add", out, context, fxp::plus(a), fxp::plus(b)); });
    check("sgd.w", [&](T& out, const Context& context) {
        out = a;
        fxp::FxpTensor<8, 24> velocity(a.shape());
        fxp::sgd_update(out, velocity, b, fxp::quantize_factor(1), {.rate = 0.5}, context);
    });
    const T z = random_tensor({4 * 130, 130}, 7, 6);
    const T state = random_tensor({130, 130}, 7.9, 7);
    check("multiply_add", [&](T& out, const Context& context) {
        std::array<Context, fxp::LstmForward::count> contexts;
        contexts.fill(context);
        fxp::LstmActivity<T> cell;
        T h;
        fxp::lstm_forward<fxp::CorrectlyRoundedActivations>(cell, out, h, z, state, contexts);
    });
}

} // namespace parallel_test
