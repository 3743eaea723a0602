// Random programs of tensor operations on 8-bit formats against a plain oracle. The bytes are four matrices, then
// instructions until they end: each writes one of the matrices, by a rounding, an overflow policy and formats of its
// own, and may ask for what does not fit. Results, overflow counts and refusals must be the oracle's.
#include "fuzz/fuzz.hpp"
#include "fuzz/plain_tensor.hpp"

#include <fxp/tensor/activation.hpp>
#include <fxp/tensor/combine.hpp>
#include <fxp/tensor/compare.hpp>
#include <fxp/tensor/dynamic_tensor.hpp>
#include <fxp/tensor/layout.hpp>
#include <fxp/tensor/reduce.hpp>
#include <fxp/tensor/relu.hpp>

#include <array>

namespace {

using fuzz::Outcome;
using fuzz::PlainTensor;
using fuzz::PlainTerm;
using Tensor = fxp::DynamicTensor<std::int8_t>;

constexpr std::size_t most_instructions = 16;
constexpr std::size_t largest_extent = 66; ///< what would make a larger one is left out

class Machine {
  public:
    explicit Machine(fuzz::Numbers numbers) : numbers_(numbers) {
        constexpr std::array<std::size_t, 16> extents{1, 2, 3, 4, 5, 7, 8, 9, 12, 15, 16, 17, 20, 31, 33, 0};
        const std::array<std::size_t, 4> of_program{extents[numbers_.below(16)], extents[numbers_.below(16)],
                                                    extents[numbers_.below(16)], 1};
        for (std::size_t i = 0; i < registers; ++i) {
            const std::size_t rows = of_program[numbers_.below(4)];
            const std::size_t columns = of_program[numbers_.below(4)];
            plain_[i] = PlainTensor(rows, columns, format());
            exact::Draw draw(numbers_.word());
            const std::int64_t lowest = -plain_[i].format.max_raw() - 1; // wrapping leaves it
            for (auto& raw : plain_[i].raws) {
                raw = draw.below(16) == 0 ? lowest : draw.raw(plain_[i].format.word_bits());
            }
            tensors_[i] = Tensor(fxp::Shape{rows, columns}, plain_[i].format);
            for (std::size_t e = 0; e < plain_[i].size(); ++e) {
                tensors_[i].data()[e] = static_cast<std::int8_t>(plain_[i].raws[e]);
            }
        }
    }

    void run() {
        for (std::size_t n = 0; n < most_instructions && !numbers_.empty(); ++n) {
            context_ = {exact::all_roundings[numbers_.below(6)],
                        exact::all_policies[numbers_.below(3)],
                        {numbers_.byte(), static_cast<std::uint32_t>(n), numbers_.byte()}};
            step();
        }
    }

  private:
    static constexpr std::size_t registers = 4;

    fxp::Format format() {
        const int word = numbers_.between(2, 8);
        const int fraction = numbers_.between(-4, 12);
        return {word - fraction, fraction};
    }
    std::size_t any_register() { return numbers_.below(registers); }

    /// Runs `call(context)`, which writes matrix `out`, and compares with what is expected: none is a refusal. `format`
    /// is the result's, if it does not keep the one it has.
    template <class Call>
    void compare(const std::string& operation, std::size_t out, const std::optional<Outcome>& expected, Call call,
                 std::optional<fxp::Format> format = {}) {
        fxp::OverflowLog log;
        fxp::Context context;
        context.rounding = context_.rounding;
        context.overflow = context_.overflow;
        context.random = context_.random;
        context.log = &log;
        const fxp::Format before = tensors_[out].format;
        if (format) tensors_[out].format = *format;
        bool refused = false;
        bool overflowed = false;
        try {
            call(static_cast<const fxp::Context&>(context));
        } catch (const fxp::OverflowError&) {
            overflowed = true;
        } catch (const fxp::ArgumentError&) {
            refused = true;
        }
        fuzz::require(refused == !expected, operation + (refused ? ": refused" : ": not refused"));
        if (refused) {
            tensors_[out].format = before;
        } else {
            plain_[out] = expected->result;
            check_events(operation, expected->events, log, overflowed);
        }
        check_result(operation, out);
    }

    void check_events(const std::string& operation, const exact::Events& events, const fxp::OverflowLog& log,
                      bool overflowed) {
        fuzz::require(log.total() == events.count, operation + ": " + std::to_string(log.total()) +
                                                       " overflows, expected " + std::to_string(events.count));
        const bool throws = events.count > 0 && context_.overflow == fxp::Overflow::throw_error;
        fuzz::require(overflowed == throws, operation + ": OverflowError when it was not due, or the other way round");
        if (events.count == 0) return;
        fuzz::require(log.rows().size() == 1, operation + ": overflows of several operations");
        const double worst = std::ldexp(log.rows()[0].worst_value, result_frac_bits_);
        const auto expected = static_cast<double>(events.worst);
        const bool is_expected =
            is_activation_ ? std::fabs(std::fabs(worst) - std::fabs(expected)) <= 1 : worst == expected;
        fuzz::require(is_expected, operation + ": the worst overflow is " + std::to_string(worst) +
                                       " steps, expected " + std::to_string(expected));
    }

    void check_result(const std::string& operation, std::size_t out) const {
        const Tensor& result = tensors_[out];
        const PlainTensor& expected = plain_[out];
        fuzz::require(result.shape() == fxp::Shape{expected.rows, expected.columns}, operation + ": another shape");
        fuzz::require(result.format == expected.format, operation + ": another format");
        for (std::size_t i = 0; i < result.size(); ++i) {
            fuzz::require(result.data()[i] == expected.raws[i], operation + ": element " + std::to_string(i) +
                                                                    " of shape " + result.shape().to_string() + " is " +
                                                                    std::to_string(result.data()[i]) + ", expected " +
                                                                    std::to_string(static_cast<int>(expected.raws[i])));
        }
    }

    Tensor& tensor(std::size_t i) { return tensors_[i]; }
    const PlainTensor& plain(std::size_t i) const { return plain_[i]; }

    void step() {
        const std::size_t out = any_register();
        const std::size_t a = any_register();
        const std::size_t b = any_register();
        const std::size_t instruction = numbers_.below(14);
        is_activation_ = instruction == 8;
        switch (instruction) {
        case 0:
            return sum_of_elements(out, a, b);
        case 1:
        case 2:
            return product(out, a, b);
        case 3:
        case 4:
            return sum_of_products(out, a, b);
        case 5:
            return sum_of_eight(out, a, b);
        case 6:
            return accumulation(out, a, b);
        case 7:
            return reduction(out, a);
        case 8:
            return activation(out, a);
        case 9:
            return selection(out, a, b);
        case 10:
            return reordering(out, a);
        case 11:
            return part(out, a);
        case 12:
            return gathering(out, a);
        default:
            return concatenation(out, a, b);
        }
    }

    // ---- sums of terms
    // -----------------------------------------------------------------------------------------------

    /// out = the sum of `terms`, by combine(terms of the library...). aliased: whether out may not be written.
    template <class... Terms>
    void sum(const std::string& operation, std::size_t out, std::initializer_list<PlainTerm> plain_terms,
             std::size_t matrices, bool aliased, bool out_is_operand, const Terms&... terms) {
        const PlainTerm exact_sum = fuzz::sum_of(std::span(plain_terms.begin(), plain_terms.size()), matrices);
        const fxp::Format format = out_is_operand ? tensors_[out].format : this->format();
        result_frac_bits_ = format.frac_bits;
        std::optional<Outcome> expected;
        if (exact_sum && !aliased) expected = fuzz::rounded_to(format, *exact_sum, context_);
        compare(
            operation, out, expected,
            [&](const fxp::Context& context) { fxp::combine(operation.c_str(), tensors_[out], context, terms...); },
            format);
    }

    /// Whether an operand that is the result has another shape than the sum: then it may not be overwritten.
    bool stretches(std::size_t out, std::initializer_list<std::size_t> operands,
                   std::initializer_list<PlainTerm> terms) {
        const PlainTerm exact_sum = fuzz::sum_of(std::span(terms.begin(), terms.size()), 0);
        return exact_sum && std::find(operands.begin(), operands.end(), out) != operands.end() &&
               !plain(out).same_shape(*exact_sum);
    }

    void sum_of_elements(std::size_t out, std::size_t a, std::size_t b) {
        const int exponent = numbers_.between(-10, 10);
        const bool in_place = out == a || out == b;
        switch (numbers_.below(4)) {
        case 0:
            return sum("scale", out, {fuzz::plain_term(plain(a), false, exponent)}, 0, false, out == a,
                       fxp::scaled(tensor(a), exponent));
        case 1: {
            const std::initializer_list<PlainTerm> terms{fuzz::plain_term(plain(a), false, 0),
                                                         fuzz::plain_term(plain(b), false, exponent)};
            return sum("add", out, terms, 0, stretches(out, {a, b}, terms), in_place, fxp::plus(tensor(a)),
                       fxp::scaled(tensor(b), exponent));
        }
        case 2: {
            const std::initializer_list<PlainTerm> terms{fuzz::plain_term(plain(a), false, 0),
                                                         fuzz::plain_term(plain(b), true, 0)};
            return sum("sub", out, terms, 0, stretches(out, {a, b}, terms), in_place, fxp::plus(tensor(a)),
                       fxp::minus(tensor(b)));
        }
        default: {
            const std::initializer_list<PlainTerm> terms{fuzz::elementwise_term(plain(a), plain(b))};
            return sum("mul", out, terms, 0, stretches(out, {a, b}, terms), in_place,
                       fxp::elementwise(tensor(a), tensor(b)));
        }
        }
    }

    void product(std::size_t out, std::size_t a, std::size_t b) {
        const bool transpose_a = numbers_.below(2) == 1;
        const bool transpose_b = numbers_.below(2) == 1;
        const PlainTensor left = transpose_a ? plain(a).transposed() : plain(a);
        const PlainTensor right = transpose_b ? plain(b).transposed() : plain(b);
        const bool in_place = out == a || out == b;
        sum("matmul", out, {fuzz::matrix_term(left, right)}, 1, in_place, in_place,
            fxp::MatrixTerm<Tensor, Tensor>{tensor(a), tensor(b), transpose_a, transpose_b});
    }

    void sum_of_products(std::size_t out, std::size_t a, std::size_t b) {
        const std::size_t c = any_register();
        const std::size_t d = any_register();
        const std::initializer_list<PlainTerm> terms{
            fuzz::matrix_term(plain(a), plain(b)), fuzz::matrix_term(plain(c).transposed(), plain(d)),
            fuzz::plain_term(plain(c), true, 0), fuzz::elementwise_term(plain(b), plain(d))};
        const bool in_place = out == a || out == b || out == c || out == d;
        sum("multiply_add", out, terms, 2, in_place, in_place, fxp::matrix(tensor(a), tensor(b)),
            fxp::matrix_tn(tensor(c), tensor(d)), fxp::minus(tensor(c)), fxp::elementwise(tensor(b), tensor(d)));
    }

    void sum_of_eight(std::size_t out, std::size_t a, std::size_t b) {
        const std::size_t c = any_register();
        const int up = numbers_.between(0, 10);
        const std::initializer_list<PlainTerm> terms{
            fuzz::plain_term(plain(a), false, 0),       fuzz::plain_term(plain(b), true, 0),
            fuzz::plain_term(plain(c), false, up),      fuzz::elementwise_term(plain(a), plain(b)),
            fuzz::elementwise_term(plain(c), plain(c)), fuzz::plain_term(plain(b), false, -up),
            fuzz::elementwise_term(plain(b), plain(c)), fuzz::plain_term(plain(a), true, 0)};
        const bool in_place = out == a || out == b || out == c;
        sum("multiply_add", out, terms, 0, stretches(out, {a, b, c}, terms), in_place, fxp::plus(tensor(a)),
            fxp::minus(tensor(b)), fxp::scaled(tensor(c), up), fxp::elementwise(tensor(a), tensor(b)),
            fxp::elementwise(tensor(c), tensor(c)), fxp::scaled(tensor(b), -up), fxp::elementwise(tensor(b), tensor(c)),
            fxp::minus(tensor(a)));
    }

    void accumulation(std::size_t out, std::size_t a, std::size_t b) {
        fxp::Format contribution = plain(out).format;
        contribution.int_bits -= numbers_.between(0, contribution.word_bits() - 2);
        const bool adds = numbers_.below(4) > 0;
        const std::initializer_list<PlainTerm> terms{fuzz::matrix_term(plain(a), plain(b).transposed()),
                                                     fuzz::plain_term(plain(a), false, 1)};
        const PlainTerm exact_sum = fuzz::sum_of(std::span(terms.begin(), terms.size()), 1);
        result_frac_bits_ = contribution.frac_bits;
        std::optional<Outcome> expected;
        if (exact_sum && out != a && out != b && adds) {
            expected = fuzz::accumulated(plain(out), contribution, *exact_sum, context_);
        } else if (exact_sum && out != a && out != b) {
            expected = fuzz::rounded_to(contribution, *exact_sum, context_);
            expected->result.format = plain(out).format;
        }
        compare(adds ? "accumulate" : "assign", out, expected, [&](const fxp::Context& context) {
            const auto product = fxp::matrix_nt(tensor(a), tensor(b));
            const auto twice = fxp::scaled(tensor(a), 1);
            if (adds) {
                fxp::accumulate("accumulate", contribution, tensor(out), context, product, twice);
            } else {
                fxp::assign("assign", contribution, tensor(out), context, product, twice);
            }
        });
    }

    // ---- other operations
    // --------------------------------------------------------------------------------------------

    void reduction(std::size_t out, std::size_t a) {
        const bool over_rows = numbers_.below(2) == 1;
        const bool over_columns = !over_rows || numbers_.below(2) == 1;
        const fxp::Format format = out == a ? plain(a).format : this->format();
        result_frac_bits_ = format.frac_bits;
        compare(
            "sum", out, fuzz::reduced(plain(a), over_rows, over_columns, format, context_),
            [&](const fxp::Context& context) {
                const fxp::Axes axes = !over_rows ? fxp::Axes{1} : over_columns ? fxp::Axes{0, 1} : fxp::Axes{0};
                fxp::sum_into(tensor(out), tensor(a), axes, context, true);
            },
            format);
    }

    void activation(std::size_t out, std::size_t a) {
        const fxp::Format format = out == a ? plain(a).format : this->format();
        result_frac_bits_ = format.frac_bits;
        if (numbers_.below(2) == 0) {
            const auto sigmoid = [](long double x) { return 1 / (1 + std::exp(-x)); };
            return compare(
                "sigmoid", out, fuzz::applied(sigmoid, plain(a), format),
                [&](const fxp::Context& context) { fxp::sigmoid_into(tensor(out), tensor(a), context); }, format);
        }
        compare(
            "tanh", out, fuzz::applied([](long double x) { return std::tanh(x); }, plain(a), format),
            [&](const fxp::Context& context) { fxp::tanh_into(tensor(out), tensor(a), context); }, format);
    }

    /// The outcome of an operation that rounds nothing.
    static std::optional<Outcome> exactly(std::optional<PlainTensor> result) {
        if (!result) return std::nullopt;
        return Outcome{*std::move(result)};
    }

    void selection(std::size_t out, std::size_t a, std::size_t b) {
        const PlainTensor& x = plain(a);
        const PlainTensor& y = plain(b);
        const auto of = [&](auto element) {
            return fuzz::moved(x, x.rows, x.columns, [&](std::size_t r, std::size_t c) {
                return element(x.at(r, c), r < y.rows && c < y.columns ? y.at(r, c) : 0);
            });
        };
        const bool same_shape = x.same_shape(y);
        const bool same_kind = same_shape && x.format == y.format;
        using exact::i128;
        switch (numbers_.below(4)) {
        case 0:
            return compare("relu", out, exactly(of([](i128 p, i128) { return p > 0 ? p : 0; })),
                           [&](const fxp::Context&) { fxp::relu_into(tensor(out), tensor(a)); });
        case 1:
            return compare("relu_gradient", out,
                           same_shape ? exactly(of([](i128 p, i128 q) { return q > 0 ? p : 0; })) : std::nullopt,
                           [&](const fxp::Context&) { fxp::relu_gradient_into(tensor(out), tensor(a), tensor(b)); });
        case 2:
            result_frac_bits_ = x.format.frac_bits;
            return compare("abs", out,
                           fuzz::rounded_to(x.format, of([](i128 p, i128) { return p < 0 ? -p : p; }), context_),
                           [&](const fxp::Context& context) { fxp::abs_into(tensor(out), tensor(a), context); });
        default:
            return compare("maximum", out,
                           same_kind ? exactly(of([](i128 p, i128 q) { return std::max(p, q); })) : std::nullopt,
                           [&](const fxp::Context&) { tensor(out) = fxp::maximum(tensor(a), tensor(b)); });
        }
    }

    void reordering(std::size_t out, std::size_t a) {
        if (numbers_.below(2) == 0) {
            return compare("transpose", out, out != a ? exactly(plain(a).transposed()) : std::nullopt,
                           [&](const fxp::Context&) { fxp::transpose_into(tensor(out), tensor(a), 0, 1); });
        }
        const std::size_t columns = 1 + numbers_.below(8);
        const std::size_t rows = plain(a).size() / columns;
        if (rows > largest_extent) return;
        std::optional<PlainTensor> expected;
        if (rows * columns == plain(a).size()) {
            expected = plain(a);
            expected->rows = rows;
            expected->columns = columns;
        }
        compare("reshape", out, exactly(std::move(expected)), [&](const fxp::Context&) {
            fxp::reshape_into(tensor(out), tensor(a), {rows, columns});
        });
    }

    void part(std::size_t out, std::size_t a) {
        const std::size_t axis = numbers_.below(2);
        const std::size_t begin = numbers_.below(10);
        const std::size_t extent = plain(a).extent(axis);
        const PlainTensor& x = plain(a);
        std::optional<PlainTensor> expected;
        if (numbers_.below(2) == 0) {
            const std::size_t end = numbers_.below(36);
            if (out != a && begin <= end && end <= extent) {
                expected = fuzz::moved(
                    x, axis == 0 ? end - begin : x.rows, axis == 1 ? end - begin : x.columns,
                    [&](std::size_t r, std::size_t c) { return axis == 0 ? x.at(r + begin, c) : x.at(r, c + begin); });
            }
            return compare("slice", out, exactly(std::move(expected)),
                           [&](const fxp::Context&) { fxp::slice_into(tensor(out), tensor(a), axis, begin, end); });
        }
        fxp::Shape shape = tensor(a).shape();
        shape[axis] = numbers_.below(36);
        if (out != a && begin <= shape[axis] && extent <= shape[axis] - begin) {
            expected = fuzz::moved(x, shape[0], shape[1], [&](std::size_t r, std::size_t c) {
                const std::size_t at = axis == 0 ? r : c;
                if (at < begin || at >= begin + extent) return exact::i128{0};
                return axis == 0 ? x.at(r - begin, c) : x.at(r, c - begin);
            });
        }
        compare("unslice", out, exactly(std::move(expected)),
                [&](const fxp::Context&) { fxp::unslice_into(tensor(out), tensor(a), shape, axis, begin); });
    }

    void gathering(std::size_t out, std::size_t a) {
        const std::size_t axis = numbers_.below(2);
        const bool adds = numbers_.below(2) == 1;
        const std::size_t beyond = numbers_.below(16) == 0 ? 1 : 0; // an index may lie behind the axis
        fxp::Shape shape = tensor(a).shape();
        if (adds) shape[axis] = numbers_.below(16);
        const std::size_t within = shape[axis] + beyond;
        std::vector<std::size_t> indices(within == 0 ? 0 : adds ? plain(a).extent(axis) : numbers_.below(9));
        for (std::size_t& index : indices) index = numbers_.below(within);
        result_frac_bits_ = plain(a).format.frac_bits;
        std::optional<Outcome> expected;
        if (adds && out != a) {
            expected = fuzz::index_added(plain(a), axis, shape[axis], indices, context_);
        } else if (out != a) {
            expected = exactly(fuzz::index_selected(plain(a), axis, indices));
        }
        compare(adds ? "index_add" : "index_select", out, expected, [&](const fxp::Context& context) {
            if (adds) {
                fxp::index_add_into(tensor(out), tensor(a), shape, axis, indices, context);
            } else {
                fxp::index_select_into(tensor(out), tensor(a), axis, indices);
            }
        });
    }

    void concatenation(std::size_t out, std::size_t a, std::size_t b) {
        const std::size_t axis = numbers_.below(2);
        if (plain(a).extent(axis) + plain(b).extent(axis) > largest_extent) return;
        const std::array<const Tensor*, 2> parts{&tensor(a), &tensor(b)};
        compare("cat", out, exactly(out != a && out != b ? fuzz::concatenated(plain(a), plain(b), axis) : std::nullopt),
                [&](const fxp::Context&) { fxp::cat_into(tensor(out), std::span<const Tensor* const>(parts), axis); });
    }

    fuzz::Numbers numbers_;
    std::array<PlainTensor, registers> plain_;
    std::array<Tensor, registers> tensors_;
    fuzz::PlainContext context_{};
    int result_frac_bits_ = 0;
    bool is_activation_ = false; ///< activations tell the magnitude of their worst overflow, to a step
};

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    Machine(fuzz::Numbers(data, size)).run();
    return 0;
}
