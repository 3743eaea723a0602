// Elements: sums and products of operands that are stored as the result is, without wide sums in memory.
#pragma once

#include "fxp/core/wraps.hpp"
#include "fxp/kernels/compiled.hpp"
#include "fxp/kernels/products.hpp"
#include "fxp/kernels/term.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <type_traits>

namespace fxp::kernels {

namespace detail {

/// out = a + b, either with its sign changed, modulo the word; returns whether some sum may lie outside `allowed`.
template <class T>
[[FXP_WRAPS]] FXP_INLINE bool add_elements_loop(const T* FXP_RESTRICT a, bool negate_a, const T* FXP_RESTRICT b,
                                                bool negate_b, std::size_t count, Interval<T> allowed,
                                                T* FXP_RESTRICT out) {
    using Unsigned = std::make_unsigned_t<T>;
    const auto flip_a = static_cast<Unsigned>(negate_a ? -1 : 0);
    const auto flip_b = static_cast<Unsigned>(negate_b ? -1 : 0);
    T least_operand = 0;
    T least = 0;
    T largest = 0;
    Unsigned carried = 0; // its sign bit is set when some sum has left the word
    for (std::size_t i = 0; i < count; ++i) {
        const T lesser = a[i] < b[i] ? a[i] : b[i];
        least_operand = lesser < least_operand ? lesser : least_operand;
        const auto x = static_cast<Unsigned>((static_cast<Unsigned>(a[i]) ^ flip_a) - flip_a);
        const auto y = static_cast<Unsigned>((static_cast<Unsigned>(b[i]) ^ flip_b) - flip_b);
        const auto sum = static_cast<Unsigned>(x + y);
        carried = static_cast<Unsigned>(carried | ((x ^ sum) & (y ^ sum)));
        const auto value = static_cast<T>(sum);
        least = value < least ? value : least;
        largest = value > largest ? value : largest;
        out[i] = value;
    }
    const bool no_negative = (negate_a || negate_b) && least_operand == std::numeric_limits<T>::min();
    return static_cast<T>(carried) < 0 || no_negative || !allowed.includes({least, largest});
}

/// out = a or -a, which Stored holds; returns whether some value lies outside `allowed`.
template <class T, class Stored>
[[FXP_WRAPS]] FXP_INLINE bool convert_elements_loop(const T* FXP_RESTRICT a, bool negate, std::size_t count,
                                                    Interval<Stored> allowed, Stored* FXP_RESTRICT out) {
    using Unsigned = std::make_unsigned_t<Stored>;
    const auto flip = static_cast<Unsigned>(negate ? -1 : 0);
    Stored least = 0;
    Stored largest = 0;
    for (std::size_t i = 0; i < count; ++i) {
        const auto value = static_cast<Stored>((static_cast<Unsigned>(Stored{a[i]}) ^ flip) - flip);
        least = value < least ? value : least;
        largest = value > largest ? value : largest;
        out[i] = value;
    }
    return !allowed.includes({least, largest});
}

} // namespace detail

/// out[i] = fit(+-a[i]) for an `a` stored in fewer bytes than out.
template <class T, class Stored>
void convert_elements(const T* a, bool negate, std::size_t count, const Requantize& how, Stored* out,
                      OverflowCount& events) {
    static_assert(sizeof(T) < sizeof(Stored));
    const auto allowed = detail::limits_in_lanes<Stored>(how.limits);
    if (!dispatch([=]() FXP_LOOP { return detail::convert_elements_loop(a, negate, count, allowed, out); })) return;
    for (std::size_t i = 0; i < count; ++i) {
        const std::int64_t value = negate ? -std::int64_t{a[i]} : std::int64_t{a[i]};
        out[i] = static_cast<Stored>(fit(value, how.limits, how.overflow, events));
    }
}

/// out[i] = fit(+-a[i] +- b[i]); out may be a or b, or shares nothing with them.
template <class T>
void add_elements(const T* a, bool negate_a, const T* b, bool negate_b, std::size_t count, const Requantize& how,
                  T* out, OverflowCount& events) {
    constexpr std::size_t size = 1024;
    const bool overlaps = a == out || b == out;
    const auto allowed = detail::limits_in_lanes<T>(how.limits);
    std::array<T, size> aside;
    for (std::size_t begin = 0; begin < count; begin += size) {
        const std::size_t n = std::min(size, count - begin);
        const T* x = a + begin;
        const T* y = b + begin;
        T* result = overlaps ? aside.data() : out + begin;
        const bool outside = dispatch(
            [=]() FXP_LOOP { return detail::add_elements_loop(x, negate_a, y, negate_b, n, allowed, result); });
        for (std::size_t i = 0; outside && i < n; ++i) {
            const int128 sum = (negate_a ? -int128{x[i]} : int128{x[i]}) + (negate_b ? -int128{y[i]} : int128{y[i]});
            result[i] = static_cast<T>(fit(sum, how.limits, how.overflow, events));
        }
        if (overlaps) std::copy_n(result, n, out + begin);
    }
}

namespace detail {

/// Elements at a time where some operand is a single number.
inline constexpr std::size_t elements_block = 256;

/// An operand of T that is stored contiguously, or a single number, which stands for a block of elements.
template <class T>
class ElementsOperand {
  public:
    /// False when the operand of a (rows, columns) result is neither.
    bool assign(const Operand& operand, std::size_t rows, std::size_t columns) {
        data_ = static_cast<const T*>(operand.data);
        is_number_ = operand.row_stride == 0 && operand.column_stride == 0;
        if (operand.bytes != static_cast<int>(sizeof(T))) return false;
        return is_number_ || (operand.column_stride == 1 &&
                              (rows == 1 || operand.row_stride == static_cast<std::ptrdiff_t>(columns)));
    }
    bool is_number() const { return is_number_; }
    /// For blocks of up to `count` elements.
    void repeat(std::size_t count) {
        if (is_number_) std::fill_n(numbers_.data(), std::min(count, elements_block), *data_);
    }
    /// Elements from `element` on.
    const T* at(std::size_t element) const { return is_number_ ? numbers_.data() : data_ + element; }

  private:
    const T* data_ = nullptr;
    bool is_number_ = false;
    std::array<T, elements_block> numbers_;
};

} // namespace detail

/// Elements [first, first + count) of out = requantize(sum of terms), when the terms are one or two products, or two
/// plain operands, of matrices of `rows` by `columns` stored contiguously as out is, or of single numbers in such
/// words, or one plain operand of fewer bytes of out's scale; else false, and nothing is done. first_element: address
/// of out[0] in the random stream.
template <class T>
bool combine_elements(const Term* terms, std::size_t term_count, std::size_t rows, std::size_t columns,
                      std::size_t first, std::size_t count, const Requantize& how, std::uint64_t first_element, T* out,
                      OverflowCount& events) {
    if (term_count == 1 && terms[0].kind == Term::Kind::plain && terms[0].shift == 0 && how.shift == 0) {
        const Operand& a = terms[0].a;
        const bool dense = a.column_stride == 1 && (rows == 1 || a.row_stride == static_cast<std::ptrdiff_t>(columns));
        if (!dense || a.bytes >= static_cast<int>(sizeof(T))) return false;
        detail::with_storage(a, [&](const auto* data) {
            if constexpr (sizeof(*data) < sizeof(T)) {
                convert_elements(data + first, terms[0].negate, count, how, out + first, events);
            }
        });
        return true;
    }
    if constexpr (sizeof(T) > 4) {
        return false;
    } else {
        const Term::Kind kind = terms[0].kind;
        const bool is_sum = kind == Term::Kind::plain;
        if (kind == Term::Kind::matrix || term_count > 2 || (is_sum && (term_count != 2 || how.shift != 0)))
            return false;
        std::array<detail::ElementsOperand<T>, 4> operands; // a and b of the first term, then of the second
        bool by_blocks = false;
        for (std::size_t t = 0; t < term_count; ++t) {
            const Term& term = terms[t];
            if (term.kind != kind || term.shift != 0 || !operands[2 * t].assign(term.a, rows, columns)) return false;
            if (!is_sum && !operands[2 * t + 1].assign(term.b, rows, columns)) return false;
            by_blocks = by_blocks || operands[2 * t].is_number() || operands[2 * t + 1].is_number();
        }
        if (by_blocks) {
            for (auto& operand : operands) operand.repeat(count);
        }
        const std::size_t size = by_blocks ? detail::elements_block : count;
        for (std::size_t begin = first; begin < first + count; begin += size) {
            const std::size_t n = std::min(size, first + count - begin);
            const auto at = [&](std::size_t i) { return operands[i].at(begin); };
            if (is_sum) {
                add_elements(at(0), terms[0].negate, at(2), terms[1].negate, n, how, out + begin, events);
            } else if (term_count == 1) {
                sum_of_products(std::array<Factors<T>, 1>{{{at(0), at(1)}}}, n, how, first_element + begin, out + begin,
                                events);
            } else {
                sum_of_products(std::array<Factors<T>, 2>{{{at(0), at(1)}, {at(2), at(3)}}}, n, how,
                                first_element + begin, out + begin, events);
            }
        }
        return true;
    }
}

#ifdef FXP_COMPILED_KERNELS
FXP_KERNEL_TEMPLATE bool combine_elements(const Term*, std::size_t, std::size_t, std::size_t, std::size_t, std::size_t,
                                          const Requantize&, std::uint64_t, std::int8_t*, OverflowCount&);
FXP_KERNEL_TEMPLATE bool combine_elements(const Term*, std::size_t, std::size_t, std::size_t, std::size_t, std::size_t,
                                          const Requantize&, std::uint64_t, std::int16_t*, OverflowCount&);
FXP_KERNEL_TEMPLATE bool combine_elements(const Term*, std::size_t, std::size_t, std::size_t, std::size_t, std::size_t,
                                          const Requantize&, std::uint64_t, std::int32_t*, OverflowCount&);
FXP_KERNEL_TEMPLATE bool combine_elements(const Term*, std::size_t, std::size_t, std::size_t, std::size_t, std::size_t,
                                          const Requantize&, std::uint64_t, std::int64_t*, OverflowCount&);
#endif

} // namespace fxp::kernels
