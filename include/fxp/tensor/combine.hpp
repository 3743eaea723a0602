// combine: out = round(sum of terms) for fixed-point tensors. Every arithmetic operation is an instance of it.
#pragma once

#include "fxp/kernels/combine.hpp"
#include "fxp/kernels/elements.hpp"
#include "fxp/tensor/fxp_tensor.hpp"
#include "fxp/tensor/isa.hpp"
#include "fxp/tensor/parallel.hpp"
#include "fxp/tensor/term_shapes.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <span>
#include <string>

namespace fxp {

namespace detail {

template <class T>
const void* raw_data(const T& tensor) {
    return tensor.data();
}
template <class T>
    requires is_fxp_scalar<T>
const void* raw_data(const T& scalar) { return &scalar.raw; }
/// The bound is what the storage can hold, not what the format promises: raw values may be written from outside.
template <FixedOperand T>
kernels::Operand operand_of(const T& value, std::ptrdiff_t row_stride, std::ptrdiff_t column_stride) {
    return {raw_data(value), static_cast<int>(sizeof(typename T::Raw)), row_stride, column_stride,
            std::uint64_t{1} << (8 * sizeof(typename T::Raw) - 1)};
}

template <FixedOperand T>
kernels::Operand broadcast_operand(const T& value, const Shape& result, const View& view) {
    const Shape shape = shape_of(value);
    if (shape.size() == 1) return operand_of(value, 0, 0);
    if (view.flat || shape == result) return operand_of(value, static_cast<std::ptrdiff_t>(view.columns), 1);
    // Only rank 2 stretches: (rows, 1) or (1, columns).
    if (shape[1] == 1) return operand_of(value, 1, 0);
    return operand_of(value, 0, 1);
}

template <class T>
int term_frac_bits(const PlainTerm<T>& term) {
    return term.value.format.frac_bits - term.exponent;
}
template <class A, class B>
int term_frac_bits(const ElementwiseTerm<A, B>& term) {
    return term.a.format.frac_bits + term.b.format.frac_bits;
}
template <class A, class B>
int term_frac_bits(const MatrixTerm<A, B>& term) {
    return term.a.format.frac_bits + term.b.format.frac_bits;
}

template <class T>
kernels::Term kernel_term(const PlainTerm<T>& term, const Shape& result, const View& view) {
    kernels::Term out;
    out.a = broadcast_operand(term.value, result, view);
    out.negate = term.negate;
    return out;
}
template <class A, class B>
kernels::Term kernel_term(const ElementwiseTerm<A, B>& term, const Shape& result, const View& view) {
    kernels::Term out;
    out.kind = kernels::Term::Kind::elementwise;
    out.a = broadcast_operand(term.a, result, view);
    out.b = broadcast_operand(term.b, result, view);
    return out;
}
/// Elements from row to row of a matrix.
template <class T>
std::ptrdiff_t leading_of(const T& matrix) {
    if constexpr (is_fixed_block<T>) {
        return static_cast<std::ptrdiff_t>(matrix.leading());
    } else {
        return static_cast<std::ptrdiff_t>(matrix.shape()[1]);
    }
}
template <class A, class B>
kernels::Term kernel_term(const MatrixTerm<A, B>& term, const Shape&, const View&) {
    const auto strided = [](const auto& value, bool transposed) {
        const std::ptrdiff_t leading = leading_of(value);
        return transposed ? operand_of(value, 1, leading) : operand_of(value, leading, 1);
    };
    kernels::Term out;
    out.kind = kernels::Term::Kind::matrix;
    out.a = strided(term.a, term.transpose_a);
    out.b = strided(term.b, term.transpose_b);
    out.depth = term.a.shape()[term.transpose_a ? 0 : 1];
    return out;
}

inline kernels::Workspace& workspace() {
    thread_local kernels::Workspace instance;
    return instance;
}

/// Where piece `piece` of so many begins in [0, extent): pieces end where panels of matrix products do, so that no
/// panel is multiplied twice.
inline std::size_t cut(std::size_t extent, std::size_t piece, std::size_t pieces, std::size_t panel) {
    const std::size_t at = extent * piece / pieces;
    return piece == pieces ? extent : at - at % panel;
}

/// Below this many multiply-adds, or so many elements, a combine is not worth a second thread.
inline constexpr std::size_t parallel_work = std::size_t{1} << 18;
inline constexpr std::size_t parallel_elements = std::size_t{1} << 16;

inline bool is_worth_threads(const kernels::Term* terms, std::size_t count, const View& view) {
    return view.rows * view.columns >= parallel_elements ||
           kernels::detail::work_of(terms, count, view.rows, view.columns) >= parallel_work;
}

/// A sum as the kernels read it, in rows and columns.
struct AlignedSum {
    std::span<kernels::Term> terms; ///< at most max_terms
    View view;
    kernels::Requantize how;
};

/// Brings all terms to the same fraction bits and tells the shift from there to the result's. frac_bits: of each term.
/// Throws ArgumentError where either is too far.
inline void align(const char* operation, const int* frac_bits, int result_frac_bits, AlignedSum& sum) {
    const int sum_frac_bits = *std::max_element(frac_bits, frac_bits + sum.terms.size());
    int most = 0; // shift, of the coarsest term
    for (std::size_t t = 0; t < sum.terms.size(); ++t) {
        sum.terms[t].shift = sum_frac_bits - frac_bits[t];
        most = std::max(most, sum.terms[t].shift);
        if (sum.terms[t].shift <= kernels::max_alignment) continue;
        throw ArgumentError(std::string(operation) + ": the fraction bits of two terms differ by " +
                            std::to_string(sum.terms[t].shift) + ", expected at most " +
                            std::to_string(kernels::max_alignment));
    }
    int& shift = sum.how.shift;
    shift = sum_frac_bits - result_frac_bits;
    if (shift > max_shift || shift < -max_shift) {
        throw ArgumentError(std::string(operation) + ": the fraction bits of the sum and of the result differ by " +
                            std::to_string(shift) + ", expected at most " + std::to_string(max_shift));
    }
    // A result that is finer than the sum: the sum takes its scale.
    if (shift < 0 && most - shift <= kernels::max_alignment) {
        for (kernels::Term& term : sum.terms) term.shift -= shift;
        shift = 0;
    }
}

/// Computes the sum into `out` or, with `add_to`, its limits, adds it. Returns the overflows.
template <class Raw>
OverflowCount run(const AlignedSum& sum, const Limits* add_to, Raw* out, int threads) {
    const auto& [terms, view, how] = sum;
    const std::size_t pieces =
        is_worth_threads(terms.data(), terms.size(), view) ? static_cast<std::size_t>(std::max(threads, 1)) : 1;
    OverflowCount events;
    std::vector<OverflowCount> counts(pieces == 1 ? 0 : pieces);
    // Elements [begin, end), where the sum needs no plan.
    const auto by_elements = [&](std::size_t begin, std::size_t end, OverflowCount& met) {
        return add_to == nullptr &&
               kernels::combine_elements(sum.terms.data(), sum.terms.size(), sum.view.rows, sum.view.columns, begin,
                                         end - begin, sum.how, 0, out, met);
    };
    if (pieces == 1) {
        if (by_elements(0, view.rows * view.columns, events)) return events;
        const kernels::Combine plan(terms.data(), terms.size(), view.rows, view.columns, workspace());
        plan.run(0, view.rows, 0, view.columns, how, add_to, out, events);
        return events;
    }
    if (by_elements(0, 0, events)) {
        const std::size_t elements = view.rows * view.columns;
        parallel_for(threads, pieces, [&](std::size_t piece) {
            by_elements(elements * piece / pieces, elements * (piece + 1) / pieces, counts[piece]);
        });
    } else if (view.rows >= view.columns) {
        // Each thread plans and packs for rows of its own.
        parallel_for(threads, pieces, [&](std::size_t piece) {
            const std::size_t begin = cut(sum.view.rows, piece, pieces, kernels::gemm::panel_rows);
            const std::size_t rows = cut(sum.view.rows, piece + 1, pieces, kernels::gemm::panel_rows) - begin;
            if (rows == 0) return;
            std::array<kernels::Term, kernels::max_terms> own_rows;
            for (std::size_t t = 0; t < sum.terms.size(); ++t) own_rows[t] = kernels::from_row(sum.terms[t], begin);
            const std::size_t columns = sum.view.columns;
            const kernels::Combine plan(own_rows.data(), sum.terms.size(), rows, columns, workspace());
            plan.run(0, rows, 0, columns, sum.how, add_to, out + begin * columns, counts[piece], begin * columns);
        });
    } else {
        const kernels::Combine plan(terms.data(), terms.size(), view.rows, view.columns, workspace());
        parallel_for(threads, pieces, [&](std::size_t piece) {
            const std::size_t begin = cut(sum.view.columns, piece, pieces, kernels::gemm::panel_columns);
            const std::size_t end = cut(sum.view.columns, piece + 1, pieces, kernels::gemm::panel_columns);
            plan.run(0, sum.view.rows, begin, end, sum.how, add_to, out, counts[piece]);
        });
    }
    for (const OverflowCount& part : counts) events.merge(part);
    return events;
}

/// The context's rules, and the limits of what is rounded.
inline kernels::Requantize rule_of(const Context& context, const Format& contribution) {
    return {0, Limits{contribution}, context.rounding, context.overflow, context.random};
}

/// Computes a sum whose terms have these fraction bits into `out`, or adds it, and reports the overflows.
template <FixedTensor Out>
void finish_sum(const char* operation, AlignedSum& sum, const int* frac_bits, Out& out, bool add,
                const Context& context) {
    align(operation, frac_bits, out.format.frac_bits, sum);
    const Limits own{out.format};
    const OverflowCount events = run(sum, add ? &own : nullptr, out.data(), context.threads);
    context.report(operation, events, out.format.frac_bits);
}

template <FixedTensor Out, class... Terms>
void combine_terms(const char* operation, Out& out, const Format& contribution, bool add, const Context& context,
                   const Terms&... terms) {
    static_assert(sizeof...(Terms) >= 1 && sizeof...(Terms) <= kernels::max_terms,
                  "fxp: a sum has one to eight terms; add the rest to its result");
    check_isa();
    const auto [result, view] = plan_terms(operation, out, add, terms...);
    out.resize(result);
    std::array<kernels::Term, sizeof...(Terms)> aligned{kernel_term(terms, result, view)...};
    const std::array<int, sizeof...(Terms)> frac_bits{term_frac_bits(terms)...};
    AlignedSum sum{aligned, view, rule_of(context, contribution)};
    finish_sum(operation, sum, frac_bits.data(), out, add, context);
}

inline void check_contribution(const char* operation, Format contribution, Format sum) {
    if (sum.includes(contribution)) return;
    const auto of = [](Format format) {
        return std::to_string(format.frac_bits) + " fraction and " + std::to_string(format.int_bits) +
               " integer bits of " + range_name(format.range) + " range";
    };
    throw ArgumentError(std::string(operation) + ": a contribution of " + of(contribution) + " for a sum of " +
                        of(sum) + ", expected equal fraction bits and no number that the sum's format lacks");
}

} // namespace detail

/// out = sum of terms, summed exactly, rounded once by context.rounding, fitted into out's format.
///
/// Terms: plus(a), minus(a), scaled(a, n), elementwise(a, b), matrix(a, b) and its transposes, in any formats; at most
/// eight. Plain and elementwise operands stretch: scalars to any shape, (rows, 1) and (1, columns) in a matrix.
/// out may be a plain or elementwise operand of the result's shape; another operand as out is an ArgumentError. Cost:
/// operands of 64-bit words, and sums that their formats alone cannot prove to fit 64 bits, are scanned for their
/// largest magnitude first. Throws ShapeError, OverflowError, and ArgumentError when the fraction bits of terms differ
/// by more than 64.
template <FixedTensor Out, class... Terms>
void combine(const char* operation, Out& out, const Context& context, const Terms&... terms) {
    detail::combine_terms(operation, out, out.format, false, context, terms...);
}

/// out += sum of terms: the sum is rounded once and fitted into the format Contribution (of the same fraction bits as
/// out, e.g. a narrower word), then added to out exactly. out has the sum's shape.
template <FormatType Contribution, FixedTensor Out, class... Terms>
void accumulate(const char* operation, Out& out, const Context& context, const Terms&... terms) {
    static_assert(Contribution::format.frac_bits == Out::format.frac_bits,
                  "fxp: accumulate<Q<I, F>>(...) needs the fraction bits of the tensor it adds to");
    static_assert(Contribution::format.frac_bits != Out::format.frac_bits || Out::format.includes(Contribution::format),
                  "fxp: accumulate<Q<I, F>>(...) needs a contribution that fits the tensor it adds to");
    detail::combine_terms(operation, out, Contribution::format, true, context, terms...);
}

/// The same for a format known at run time. Throws ArgumentError when it does not suit out.
template <RunTimeFormat Out, class... Terms>
void accumulate(const char* operation, Format contribution, Out& out, const Context& context, const Terms&... terms) {
    detail::check_contribution(operation, contribution, out.format);
    detail::combine_terms(operation, out, contribution, true, context, terms...);
}

/// As accumulate, but out takes the contribution instead of adding it: the first addend of a sum.
template <FormatType Contribution, FixedTensor Out, class... Terms>
void assign(const char* operation, Out& out, const Context& context, const Terms&... terms) {
    static_assert(Out::format.includes(Contribution::format),
                  "fxp: assign<Q<I, F>>(...) needs a contribution that fits the tensor, with its fraction bits");
    detail::combine_terms(operation, out, Contribution::format, false, context, terms...);
}

template <RunTimeFormat Out, class... Terms>
void assign(const char* operation, Format contribution, Out& out, const Context& context, const Terms&... terms) {
    detail::check_contribution(operation, contribution, out.format);
    detail::combine_terms(operation, out, contribution, false, context, terms...);
}

/// out = the sum of matrix products or, with `add`, out += it: as combine and accumulate, in out's own format, for one
/// to eight products whose number is known at run time.
template <FixedTensor Out, class A, class B>
void sum_products(const char* operation, Out& out, bool add, const Context& context,
                  std::span<const MatrixTerm<A, B>> products) {
    detail::check_isa();
    if (products.empty() || products.size() > kernels::max_terms) {
        throw ArgumentError(std::string(operation) + ": a sum of " + std::to_string(products.size()) +
                            " products, expected 1 to " + std::to_string(kernels::max_terms));
    }
    std::array<detail::TermShape, kernels::max_terms> shapes;
    std::array<int, kernels::max_terms> frac_bits{};
    for (std::size_t t = 0; t < products.size(); ++t) {
        shapes[t] = detail::shape_of_term(products[t]);
        frac_bits[t] = detail::term_frac_bits(products[t]);
    }
    const auto [result, view] = detail::fit_terms(operation, &out, add ? &out.shape() : nullptr,
                                                  std::span<const detail::TermShape>(shapes.data(), products.size()));
    out.resize(result);
    std::array<kernels::Term, kernels::max_terms> aligned;
    for (std::size_t t = 0; t < products.size(); ++t) aligned[t] = detail::kernel_term(products[t], result, view);
    detail::AlignedSum sum{{aligned.data(), products.size()}, view, detail::rule_of(context, out.format)};
    detail::finish_sum(operation, sum, frac_bits.data(), out, add, context);
}

} // namespace fxp
