// Accumulate: exact sums of integers and of products, term by term, into a row of wide accumulators.
// The caller has proven that no partial sum leaves the accumulator.
#pragma once

#include "fxp/core/wraps.hpp"
#include "fxp/kernels/operand.hpp"

namespace fxp::kernels {

namespace detail {

template <class Accumulator>
FXP_INLINE Accumulator product(std::int64_t a, std::int64_t b) {
    if constexpr (sizeof(Accumulator) <= 8) {
        return static_cast<Accumulator>(a * b);
    } else {
        return Accumulator{static_cast<int128>(a) * b};
    }
}

/// value * 2^shift; 0 <= shift. A plan lets a term be shifted out of the accumulator only when all of it is zero.
template <class Accumulator>
[[FXP_WRAPS]] FXP_INLINE Accumulator shift_left(Accumulator value, int shift) {
    if constexpr (sizeof(Accumulator) <= 8) {
        constexpr int most = static_cast<int>(8 * sizeof(Accumulator)) - 1;
        const int within = shift < most ? shift : most;
        return static_cast<Accumulator>(static_cast<std::make_unsigned_t<Accumulator>>(value) << within);
    } else if constexpr (std::is_same_v<Accumulator, int128>) {
        return static_cast<int128>(static_cast<uint128>(value) << shift);
    } else {
        return value << shift;
    }
}

template <class Accumulator, class T>
FXP_INLINE void plain_loop(Accumulator* FXP_RESTRICT sum, const T* FXP_RESTRICT values, std::size_t count, int shift,
                           bool negate) {
    for (std::size_t i = 0; i < count; ++i) {
        if constexpr (sizeof(Accumulator) <= 8) {
            const auto value = static_cast<Accumulator>(values[i]);
            sum[i] += shift_left(negate ? -value : value, shift);
        } else {
            sum[i] += shift_left(Accumulator{negate ? -int128{values[i]} : int128{values[i]}}, shift);
        }
    }
}

template <class Accumulator>
FXP_INLINE void scale_loop(Accumulator* FXP_RESTRICT sum, std::size_t count, int shift) {
    for (std::size_t i = 0; i < count; ++i) sum[i] = shift_left(sum[i], shift);
}

template <class Accumulator, class T>
FXP_INLINE void column_loop(Accumulator* FXP_RESTRICT sums, std::size_t stride, const T* FXP_RESTRICT values,
                            std::ptrdiff_t value_stride, std::size_t rows, std::size_t columns, int shift,
                            bool negate) {
    for (; rows != 0; --rows, sums += stride, values += value_stride) {
        const auto value = static_cast<Accumulator>(*values);
        const Accumulator addend = shift_left(negate ? -value : value, shift);
        for (std::size_t i = 0; i < columns; ++i) sums[i] += addend;
    }
}

template <class Accumulator, class T>
FXP_INLINE void elementwise_loop(Accumulator* FXP_RESTRICT sum, const T* FXP_RESTRICT a, const T* FXP_RESTRICT b,
                                 std::size_t count, int shift) {
    for (std::size_t i = 0; i < count; ++i) sum[i] += shift_left(product<Accumulator>(a[i], b[i]), shift);
}

/// Four rows of b at a time: a quarter of the traffic on the sums.
template <class T>
FXP_INLINE void rows_loop_narrow(std::int64_t* FXP_RESTRICT sum, const T* FXP_RESTRICT a, std::size_t depth,
                                 const T* FXP_RESTRICT b, std::size_t b_stride, std::size_t count) {
    std::size_t k = 0;
    for (; k + 4 <= depth; k += 4) {
        const T a0 = a[k];
        const T a1 = a[k + 1];
        const T a2 = a[k + 2];
        const T a3 = a[k + 3];
        const T* b0 = b + k * b_stride;
        const T* b1 = b0 + b_stride;
        const T* b2 = b1 + b_stride;
        const T* b3 = b2 + b_stride;
        for (std::size_t i = 0; i < count; ++i) {
            sum[i] += (product<std::int64_t>(a0, b0[i]) + product<std::int64_t>(a1, b1[i])) +
                      (product<std::int64_t>(a2, b2[i]) + product<std::int64_t>(a3, b3[i]));
        }
    }
    for (; k < depth; ++k) {
        const T ak = a[k];
        const T* bk = b + k * b_stride;
        for (std::size_t i = 0; i < count; ++i) sum[i] += product<std::int64_t>(ak, bk[i]);
    }
}

template <class Accumulator, class T>
FXP_INLINE void rows_loop(Accumulator* FXP_RESTRICT sum, const T* FXP_RESTRICT a, std::size_t depth,
                          const T* FXP_RESTRICT b, std::size_t b_stride, std::size_t count, int shift) {
    if constexpr (std::is_same_v<T, std::int32_t>) {
        return rows_loop_narrow(sum, a, depth, b, b_stride, count);
    }
    for (std::size_t k = 0; k < depth; ++k) {
        const T* bk = b + k * b_stride;
        for (std::size_t i = 0; i < count; ++i) sum[i] += shift_left(product<Accumulator>(a[k], bk[i]), shift);
    }
}

template <class Accumulator, class T>
FXP_INLINE void dots_loop(Accumulator* FXP_RESTRICT sum, const T* FXP_RESTRICT a, std::size_t depth,
                          const T* FXP_RESTRICT b, std::size_t b_stride, std::size_t count, int shift) {
    for (std::size_t i = 0; i < count; ++i) {
        const T* bi = b + i * b_stride;
        Accumulator dot{0};
        for (std::size_t k = 0; k < depth; ++k) dot += product<Accumulator>(a[k], bi[k]);
        sum[i] += shift_left(dot, shift);
    }
}

} // namespace detail

/// sum[i] += values[i] * 2^shift, or minus it.
template <class Accumulator, class T>
void accumulate_plain(Accumulator* sum, const T* values, std::size_t count, int shift, bool negate) {
    dispatch([=]() FXP_LOOP { detail::plain_loop(sum, values, count, shift, negate); });
}

/// sum[i] *= 2^shift.
template <class Accumulator>
void scale_up(Accumulator* sum, std::size_t count, int shift) {
    dispatch([=]() FXP_LOOP { detail::scale_loop(sum, count, shift); });
}

/// sums[r * stride + i] += 2^shift times the number of row `row` + r, of a column that all i < columns share, or minus
/// it. Accumulator: std::int32_t or std::int64_t.
template <class Accumulator>
void accumulate_column(Accumulator* sums, std::size_t stride, const Operand& column, std::size_t row, std::size_t rows,
                       std::size_t columns, int shift, bool negate) {
    detail::with_storage(column, [&](const auto* data) {
        const std::ptrdiff_t value_stride = column.row_stride;
        const auto* values = data + static_cast<std::ptrdiff_t>(row) * value_stride;
        dispatch(
            [=]() FXP_LOOP { detail::column_loop(sums, stride, values, value_stride, rows, columns, shift, negate); });
    });
}

/// sum[i] += a[i] * b[i] * 2^shift.
template <class Accumulator, class T>
void accumulate_elementwise(Accumulator* sum, const T* a, const T* b, std::size_t count, int shift) {
    dispatch([=]() FXP_LOOP { detail::elementwise_loop(sum, a, b, count, shift); });
}

/// sum[i] += 2^shift * (sum over k of a[k] * b[k * b_stride + i]): one row of a matrix product, samples contiguous.
/// T = std::int32_t: Accumulator is std::int64_t and shift is zero.
template <class Accumulator, class T>
void accumulate_rows(Accumulator* sum, const T* a, std::size_t depth, const T* b, std::size_t b_stride,
                     std::size_t count, int shift) {
    dispatch([=]() FXP_LOOP { detail::rows_loop(sum, a, depth, b, b_stride, count, shift); });
}

/// sum[i] += 2^shift * (sum over k of a[k] * b[i * b_stride + k]): one row of a product with a transposed matrix,
/// whose rows are contiguous in k.
template <class Accumulator, class T>
void accumulate_dots(Accumulator* sum, const T* a, std::size_t depth, const T* b, std::size_t b_stride,
                     std::size_t count, int shift) {
    dispatch([=]() FXP_LOOP { detail::dots_loop(sum, a, depth, b, b_stride, count, shift); });
}

} // namespace fxp::kernels
