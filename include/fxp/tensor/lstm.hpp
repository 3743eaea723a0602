// The elements of an LSTM cell: all of a step but its matrix products, in one pass over memory each way.
#pragma once

#include "fxp/kernels/lstm_backward.hpp"
#include "fxp/kernels/offset.hpp"
#include "fxp/kernels/products.hpp"
#include "fxp/tensor/activation.hpp"
#include "fxp/tensor/lstm_activity.hpp"
#include "fxp/tensor/parallel.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <type_traits>
#include <vector>

namespace fxp {

/// An operation of a cell as the logs know it.
struct LstmOperation {
    const char* tensor; ///< the result
    const char* name;   ///< the operation
};

/// Forward operations of a cell, in order.
struct LstmForward {
    /// Places in `operations`.
    enum Index : std::size_t {
        f,      ///< the forget gate
        i,      ///< the input gate
        o,      ///< the output gate
        g,      ///< what the input gate lets in
        c,      ///< C'
        tanh_c, ///< tanh(C')
        h,      ///< h'
        count   ///< number of operations
    };
    /// Names of the operations.
    static constexpr std::array<LstmOperation, count> operations{{{"f", "sigmoid"},
                                                                  {"i", "sigmoid"},
                                                                  {"o", "sigmoid"},
                                                                  {"g", "tanh"},
                                                                  {"C", "multiply_add"},
                                                                  {"tanh(C)", "tanh"},
                                                                  {"H", "mul"}}};
    using Magnitudes = LstmMagnitudes; ///< what a pass sees
};

/// Backward operations of a cell, in order.
struct LstmBackward : kernels::LstmBackwardSteps {
    /// Names of the operations.
    static constexpr std::array<LstmOperation, count> operations{{{"o", "d_mul"},
                                                                  {"tanh(C)", "d_mul"},
                                                                  {"tanh(C)", "slope"},
                                                                  {"C", "d_tanh"},
                                                                  {"f", "d_mul"},
                                                                  {"i", "d_mul"},
                                                                  {"g", "d_mul"},
                                                                  {"C", "d_mul"},
                                                                  {"f", "slope"},
                                                                  {"i", "slope"},
                                                                  {"o", "slope"},
                                                                  {"g", "slope"},
                                                                  {"z_f", "d_sigmoid"},
                                                                  {"z_i", "d_sigmoid"},
                                                                  {"z_o", "d_sigmoid"},
                                                                  {"z_g", "d_tanh"}}};
    using Magnitudes = LstmGradientMagnitudes; ///< what a pass sees
};

namespace detail {

/// Elements that one pass keeps in the first-level cache.
inline constexpr std::size_t lstm_block = 256;
/// Below this many elements a pass is not worth a second thread.
inline constexpr std::size_t lstm_parallel_elements = std::size_t{1} << 13;

/// Calls pass(begin, end, events) for the blocks of [0, n), on up to `threads` threads, and look(begin, end) for what
/// each thread has passed; reports the events and returns the largest magnitudes that look() has seen.
template <class Operations, class Pass, class Look>
typename Operations::Magnitudes lstm_pass(std::size_t n, const std::array<Context, Operations::count>& contexts,
                                          int frac_bits, Pass&& pass, Look&& look) {
    struct Seen {
        std::array<OverflowCount, Operations::count> events{};
        typename Operations::Magnitudes largest{};
    };
    const int threads = n >= lstm_parallel_elements ? std::max(contexts[0].threads, 1) : 1;
    const auto pieces = static_cast<std::size_t>(threads);
    Seen one;
    std::vector<Seen> many(pieces > 1 ? pieces : 0);
    Seen* seen = pieces > 1 ? many.data() : &one;
    const std::size_t blocks = (n + lstm_block - 1) / lstm_block;
    parallel_for(threads, pieces, [&](std::size_t piece) {
        const std::size_t begin = std::min(n, blocks * piece / pieces * lstm_block);
        const std::size_t end = std::min(n, blocks * (piece + 1) / pieces * lstm_block);
        for (std::size_t b = begin; b < end; b += lstm_block) {
            pass(b, std::min(end, b + lstm_block), seen[piece].events);
        }
        seen[piece].largest = look(begin, end);
    });
    for (std::size_t piece = 1; piece < pieces; ++piece) {
        for (std::size_t k = 0; k < Operations::count; ++k) seen[0].events[k].merge(seen[piece].events[k]);
        seen[0].largest.merge(seen[piece].largest);
    }
    for (std::size_t k = 0; k < Operations::count; ++k) {
        contexts[k].report(Operations::operations[k].name, seen[0].events[k], frac_bits);
    }
    return seen[0].largest;
}

/// Whether two tensors have the same fraction bits, as far as their types say.
template <class A, class B>
inline constexpr bool same_fraction = [] {
    if constexpr (RunTimeFormat<A> || RunTimeFormat<B>)
        return true;
    else
        return A::format.frac_bits == B::format.frac_bits;
}();

/// The largest magnitude of some neighbouring elements, as a real.
template <FixedTensor T>
double largest_real(const T& tensor, std::size_t first, std::size_t count) {
    const std::uint64_t raw = kernels::max_magnitude(tensor.data() + first, count);
    return dequantize(static_cast<int128>(raw), tensor.format.frac_bits);
}

inline kernels::Requantize lstm_rule(const Context& context, int shift, Format format) {
    kernels::Requantize how;
    how.shift = shift;
    how.limits = Limits{format};
    how.rounding = context.rounding;
    how.overflow = context.overflow;
    how.random = context.random;
    return how;
}

/// A block of integers as lanes of L: in place when they are stored so.
template <class L, class Stored>
const L* as_lanes(const Stored* values, std::size_t count, L* scratch) {
    if constexpr (std::is_same_v<L, Stored>) {
        return values;
    } else {
        kernels::store_row(values, count, scratch);
        return scratch;
    }
}

/// A block of a gradient as words, zeros for a null one: in place when stored so, else in scratch. Null when some do
/// not fit.
template <class Word, class Wide>
const Word* as_words(const Wide* values, std::size_t count, Word* scratch) {
    if (values == nullptr) {
        std::fill_n(scratch, count, Word{0});
        return scratch;
    }
    if constexpr (std::is_same_v<Wide, Word>) {
        return values;
    } else if constexpr (sizeof(Wide) < sizeof(Word)) {
        kernels::store_row(values, count, scratch);
        return scratch;
    } else {
        return kernels::narrow_row(values, count, scratch) ? scratch : nullptr;
    }
}

/// A block of a wide gradient, and the same in lanes of L when all of it fits.
template <class L, class Wide>
class WideBlock {
  public:
    WideBlock(const Wide* values, std::size_t count) : wide_(values), count_(count) {
        fits_ = sizeof(Wide) <= sizeof(L) || kernels::max_magnitude(values, count) <= std::numeric_limits<L>::max();
        if (fits_) lanes_ = as_lanes<L>(values, count, scratch_.data());
    }
    /// out = requantize(this * b)
    void times(const L* b, const kernels::Requantize& how, std::uint64_t first_element, L* out,
               OverflowCount& events) const {
        if (fits_) return kernels::multiply(lanes_, b, count_, how, first_element, out, events);
        if constexpr (sizeof(Wide) <= 4) {
            std::array<Wide, lstm_block> wide_b;
            std::array<Wide, lstm_block> product;
            kernels::store_row(b, count_, wide_b.data());
            kernels::multiply(wide_, wide_b.data(), count_, how, first_element, product.data(), events);
            kernels::store_row(product.data(), count_, out);
        } else {
            kernels::detail::products_any(count_, how, first_element, out, events, kernels::Factors<Wide, L>{wide_, b});
        }
    }

  private:
    const Wide* wide_;
    const L* lanes_ = nullptr;
    std::size_t count_;
    bool fits_;
    std::array<L, lstm_block> scratch_;
};

} // namespace detail

/// The elements of a cell for the gates' sums z, (4 hidden, batch), and the state C = c_prev, (hidden, batch):
///   f, i, o = sigmoid(z), g = tanh(z); c = C' = round(f C + i g), one rounding; h = h' = round(o tanh(C')).
/// contexts: of LstmForward's operations. Results are none of the operands. Returns the largest magnitudes,
/// asked for or not.
template <ActivationSet Activations, FixedTensor T>
LstmMagnitudes lstm_forward(LstmActivity<T>& cell, T& c, T& h, const T& z, const T& c_prev,
                            const std::array<Context, LstmForward::count>& contexts) {
    using F = LstmForward;
    using Raw = typename T::Raw;
    const Format format = c_prev.format;
    const std::size_t n = c_prev.size();
    for (T* tensor : {&cell.gates, &cell.tanh_c, &c, &h}) adopt_format(*tensor, c_prev);
    cell.gates.resize(z.shape());
    cell.tanh_c.resize(c_prev.shape());
    c.resize(c_prev.shape());
    h.resize(c_prev.shape());
    const auto state = detail::lstm_rule(contexts[F::c], format.frac_bits, format);
    const auto output = detail::lstm_rule(contexts[F::h], format.frac_bits, format);
    const auto pass = [&](std::size_t begin, std::size_t end, auto& events) {
        const std::size_t count = end - begin;
        const auto gate = [&](std::size_t k) { return cell.gates.data() + k * n + begin; };
        for (std::size_t k = F::f; k <= F::o; ++k) {
            detail::sigmoid_elements<Activations, T, T>(format, z.data() + k * n + begin, count, format, gate(k),
                                                        events[k]);
        }
        detail::tanh_elements<Activations, T, T>(format, z.data() + F::g * n + begin, count, format, gate(F::g),
                                                 events[F::g]);
        Raw* new_c = c.data() + begin;
        Raw* tanh_c = cell.tanh_c.data() + begin;
        const std::array<kernels::Factors<Raw>, 2> sum{{{gate(F::f), c_prev.data() + begin}, {gate(F::i), gate(F::g)}}};
        kernels::sum_of_products(sum, count, state, begin, new_c, events[F::c]);
        detail::tanh_elements<Activations, T, T>(format, new_c, count, format, tanh_c, events[F::tanh_c]);
        kernels::multiply(gate(F::o), tanh_c, count, output, begin, h.data() + begin, events[F::h]);
    };
    const auto look = [&](std::size_t begin, std::size_t end) {
        const auto largest = [&](const T& tensor, std::size_t offset) {
            return detail::largest_real(tensor, offset + begin, end - begin);
        };
        LstmMagnitudes seen{largest(z, 0), largest(c, 0), largest(h, 0)};
        for (std::size_t k = 1; k < 4; ++k) seen.z = std::max(seen.z, largest(z, k * n));
        return seen;
    };
    return detail::lstm_pass<F>(n, contexts, format.frac_bits, pass, look);
}

/// The way back through lstm_forward. dh and dc: gradients of h' and C', wide sums, null for zero. Gives dz, of z's
/// shape, and dc_prev, the contribution to C's gradient, as wide as those and within dz's format, unless it is null.
/// Every product is rounded for itself:
///   do = dh tanh(C'); dC' += (dh o) ((1 + tanh(C')) (1 - tanh(C'))); df = dC' C; di = dC' g; dg = dC' i; dC = dC' f;
///   dz = df (f (1 - f)) for f, i, o, and dg ((1 + g) (1 - g)).
/// one: the number one in T's format. contexts: of LstmBackward's operations. Results are
/// none of the operands. Returns the largest magnitudes.
template <FixedTensor Error, FixedTensor Gradient, FixedTensor T>
LstmGradientMagnitudes lstm_backward(Error& dz, Gradient* dc_prev, const Gradient* dh, const Gradient* dc,
                                     const LstmActivity<T>& cell, const T& c_prev, typename T::Raw one,
                                     const std::array<Context, LstmBackward::count>& contexts) {
    using B = LstmBackward;
    static_assert(detail::same_fraction<Gradient, Error>,
                  "fxp: errors and the gradients that sum them have the same fraction bits");
    if constexpr (!RunTimeFormat<Error> && !RunTimeFormat<Gradient>) {
        static_assert(Gradient::format.includes(Error::format), "fxp: the gradients of a cell hold its errors");
    }
    using ErrorRaw = typename Error::Raw;
    using Wide = typename Gradient::Raw;
    using L = std::conditional_t<(sizeof(ErrorRaw) > sizeof(typename T::Raw)), ErrorRaw, typename T::Raw>;
    constexpr std::size_t size = detail::lstm_block;
    const Format format = c_prev.format;
    const Format sum_format = dh != nullptr ? dh->format : dc != nullptr ? dc->format : dz.format;
    const std::size_t n = c_prev.size();
    dz.resize(cell.gates.shape());
    if (dc_prev != nullptr) dc_prev->resize(c_prev.shape());
    std::array<kernels::Requantize, B::count> rule;
    for (std::size_t k = 0; k < B::count; ++k) {
        const bool slope = k == B::tanh_c_slope || (k >= B::f_slope && k <= B::g_slope);
        rule[k] = detail::lstm_rule(contexts[k], format.frac_bits, slope ? format : dz.format);
    }
    const L one_lane = one;

    const auto step_by_step = [&](std::size_t begin, std::size_t end, auto& events) {
        const std::size_t count = end - begin;
        std::array<std::array<L, size>, 6> scratch;
        const auto lanes = [&](const T& tensor, std::size_t offset, std::size_t place) {
            return detail::as_lanes<L>(tensor.data() + offset + begin, count, scratch[place].data());
        };
        const auto gate = [&](std::size_t k) { return lanes(cell.gates, k * n, k); };
        const std::array<const L*, 4> gates{gate(0), gate(1), gate(2), gate(3)};
        const L* tanh_c = lanes(cell.tanh_c, 0, 4);
        const L* c = lanes(c_prev, 0, 5);
        std::array<L, size> one_minus;
        std::array<L, size> one_plus;
        std::array<L, size> slope;
        std::array<L, size> error;
        std::array<L, size> share;
        const auto multiply = [&](std::size_t k, const L* a, const L* b, L* to) {
            kernels::multiply(a, b, count, rule[k], begin, to, events[k]);
        };
        const auto complement = [&](std::size_t k, bool negate, const L* y, L* to) {
            kernels::offset(one_lane, negate, y, count, rule[k].limits, rule[k].overflow, to, events[k]);
        };
        const auto tanh_slope = [&](std::size_t k, const L* y) {
            complement(k, true, y, one_minus.data());
            complement(k, false, y, one_plus.data());
            multiply(k, one_minus.data(), one_plus.data(), slope.data());
        };
        const auto store = [&](const L* values, auto& to, std::size_t offset) {
            kernels::store_row(values, count, to.data() + offset + begin);
        };
        // dz of gate k, whose own gradient is in `error`.
        const auto finish = [&](std::size_t k) {
            if (k == LstmForward::g) {
                tanh_slope(B::g_slope, gates[k]);
            } else {
                complement(B::f_slope + k, true, gates[k], one_minus.data());
                multiply(B::f_slope + k, one_minus.data(), gates[k], slope.data());
            }
            multiply(B::z_f + k, error.data(), slope.data(), share.data());
            store(share.data(), dz, k * n);
        };

        std::array<Wide, size> total;
        if (dc == nullptr) {
            std::fill_n(total.data(), count, Wide{0});
        } else {
            std::copy_n(dc->data() + begin, count, total.data());
        }
        if (dh == nullptr) {
            std::fill_n(error.data(), count, L{0});
        } else {
            const detail::WideBlock<L, Wide> dh_block(dh->data() + begin, count);
            dh_block.times(gates[LstmForward::o], rule[B::tanh_c], begin, error.data(), events[B::tanh_c]);
            tanh_slope(B::tanh_c_slope, tanh_c);
            multiply(B::c, error.data(), slope.data(), share.data());
            std::array<std::int64_t, size> wide_share;
            std::array<std::int64_t, size> sums;
            kernels::store_row(share.data(), count, wide_share.data());
            kernels::add_row(wide_share.data(), count, total.data(), Limits{sum_format}, rule[B::c].overflow,
                             sums.data(), events[B::c]);
            dh_block.times(tanh_c, rule[B::o], begin, error.data(), events[B::o]);
        }
        finish(LstmForward::o);
        const detail::WideBlock<L, Wide> dc_block(total.data(), count);
        dc_block.times(c, rule[B::f], begin, error.data(), events[B::f]);
        finish(LstmForward::f);
        dc_block.times(gates[LstmForward::g], rule[B::i], begin, error.data(), events[B::i]);
        finish(LstmForward::i);
        dc_block.times(gates[LstmForward::i], rule[B::g], begin, error.data(), events[B::g]);
        finish(LstmForward::g);
        if (dc_prev == nullptr) return;
        dc_block.times(gates[LstmForward::f], rule[B::previous_c], begin, error.data(), events[B::previous_c]);
        store(error.data(), *dc_prev, 0);
    };
    const auto look = [&](std::size_t begin, std::size_t end) {
        const auto largest = [&](const Gradient* gradient) {
            return gradient == nullptr ? 0 : detail::largest_real(*gradient, begin, end - begin);
        };
        return LstmGradientMagnitudes{largest(dh), largest(dc)};
    };
    if constexpr (std::is_same_v<ErrorRaw, typename T::Raw> && (sizeof(ErrorRaw) == 2 || sizeof(ErrorRaw) == 4)) {
        using Kernel = kernels::LstmBackwardLanes<ErrorRaw>;
        const Kernel in_registers(rule, Limits{sum_format}, one);
        if (in_registers.applies()) {
            static_assert(size <= Kernel::most);
            const auto pass = [&](std::size_t begin, std::size_t end, auto& events) {
                const std::size_t whole = (end - begin) - (end - begin) % Kernel::unit;
                std::array<std::array<ErrorRaw, size>, 3> scratch;
                const auto words = [&](const Gradient* gradient, std::size_t place) {
                    return detail::as_words(gradient == nullptr ? nullptr : gradient->data() + begin, whole,
                                            scratch[place].data());
                };
                kernels::LstmRows<ErrorRaw> rows;
                for (std::size_t k = 0; k < 4; ++k) {
                    rows.gates[k] = cell.gates.data() + k * n + begin;
                    rows.dz[k] = dz.data() + k * n + begin;
                }
                rows.tanh_c = cell.tanh_c.data() + begin;
                rows.c = c_prev.data() + begin;
                rows.dh = words(dh, 0);
                rows.dc = words(dc, 1);
                rows.dc_prev = dc_prev == nullptr ? nullptr : scratch[2].data();
                const bool done = rows.dh != nullptr && rows.dc != nullptr && in_registers.run(rows, whole, begin);
                if (done && dc_prev != nullptr) kernels::store_row(rows.dc_prev, whole, dc_prev->data() + begin);
                const std::size_t rest = done ? begin + whole : begin;
                if (rest != end) step_by_step(rest, end, events);
            };
            return detail::lstm_pass<B>(n, contexts, dz.format.frac_bits, pass, look);
        }
    }
    return detail::lstm_pass<B>(n, contexts, dz.format.frac_bits, step_by_step, look);
}

} // namespace fxp
