// Functions of short words in AVX-512 (F, BW; bytes: VBMI): 64 words or bytes at a time, their tables in registers.
// Instructions without a vector operator are one line of assembler each, as in gemm/micro_avx512.hpp.
#pragma once

#include "fxp/kernels/dispatch.hpp"
#include "fxp/kernels/words/cubic.hpp"
#include "fxp/kernels/words/lookup.hpp"
#include "fxp/kernels/words/quadratic.hpp"

#include <cstring>

#ifdef FXP_X86_DISPATCH

namespace fxp::kernels::words::avx512 {

#define FXP_AVX512 gnu::target("avx512f,avx512bw,avx2")
#define FXP_VBMI gnu::target("avx512f,avx512bw,avx512vbmi,avx2")

typedef std::int16_t I16 __attribute__((vector_size(64)));
typedef std::int8_t I8 __attribute__((vector_size(64)));

/// How many words or bytes one step takes.
inline constexpr std::size_t lanes = 64;

template <class V>
[[FXP_AVX512]] FXP_INLINE void load(V& to, const void* from) {
    std::memcpy(&to, from, sizeof(V));
}
template <class V>
[[FXP_AVX512]] FXP_INLINE void store(const V& from, void* to) {
    std::memcpy(to, &from, sizeof(V));
}
[[FXP_AVX512]] FXP_INLINE void broadcast(I16& to, int word) { to = I16{} + static_cast<std::int16_t>(word); }

/// Two vectors that go through every step together: a loop over one leaves a fifth of the processor idle.
struct Pair {
    I16 v[2];
};
[[FXP_AVX512]] FXP_INLINE void load(Pair& to, const std::int16_t* from) {
    load(to.v[0], from);
    load(to.v[1], from + lanes / 2);
}
[[FXP_AVX512]] FXP_INLINE void store(const Pair& from, std::int16_t* to) {
    store(from.v[0], to);
    store(from.v[1], to + lanes / 2);
}

#define FXP_STEP(name, instruction)                                                                                    \
    [[FXP_AVX512]] FXP_INLINE void name(Pair& y, const Pair& a, const Pair& b) {                                       \
        asm(instruction " {%2, %1, %0|%0, %1, %2}" : "=v"(y.v[0]) : "v"(a.v[0]), "v"(b.v[0]));                         \
        asm(instruction " {%2, %1, %0|%0, %1, %2}" : "=v"(y.v[1]) : "v"(a.v[1]), "v"(b.v[1]));                         \
    }                                                                                                                  \
    [[FXP_AVX512]] FXP_INLINE void name(Pair& y, const Pair& a, const I16& b) {                                        \
        asm(instruction " {%2, %1, %0|%0, %1, %2}" : "=v"(y.v[0]) : "v"(a.v[0]), "v"(b));                              \
        asm(instruction " {%2, %1, %0|%0, %1, %2}" : "=v"(y.v[1]) : "v"(a.v[1]), "v"(b));                              \
    }
FXP_STEP(add, "vpaddw")
FXP_STEP(exclusive_or, "vpxorq")
FXP_STEP(unsigned_min, "vpminuw")
FXP_STEP(multiply, "vpmulhrsw") // words::multiply()
FXP_STEP(multiply_low, "vpmullw")
FXP_STEP(multiply_high, "vpmulhw")
FXP_STEP(unsigned_multiply_high, "vpmulhuw")
FXP_STEP(shift_right, "vpsravw")
FXP_STEP(unsigned_shift_right, "vpsrlvw")
#undef FXP_STEP

[[FXP_AVX512]] FXP_INLINE void absolute(Pair& y, const Pair& x) {
    asm("vpabsw {%1, %0|%0, %1}" : "=v"(y.v[0]) : "v"(x.v[0]));
    asm("vpabsw {%1, %0|%0, %1}" : "=v"(y.v[1]) : "v"(x.v[1]));
}
/// y = one - y where x < 0.
[[FXP_AVX512]] FXP_INLINE void unfold(Pair& y, const Pair& x, const I16& one) {
    std::uint32_t negative[2];
    asm("vpmovw2m {%1, %0|%0, %1}" : "=k"(negative[0]) : "v"(x.v[0]));
    asm("vpmovw2m {%1, %0|%0, %1}" : "=k"(negative[1]) : "v"(x.v[1]));
    asm("vpsubw {%0, %1, %0%{%2%}|%0%{%2%}, %1, %0}" : "+v"(y.v[0]) : "v"(one), "Yk"(negative[0]));
    asm("vpsubw {%0, %1, %0%{%2%}|%0%{%2%}, %1, %0}" : "+v"(y.v[1]) : "v"(one), "Yk"(negative[1]));
}

/// The words of a table that cells choose.
class Column {
  public:
    [[FXP_AVX512]] FXP_INLINE void load(const Words& table) {
        avx512::load(low_, table.data());
        avx512::load(high_, table.data() + 32);
    }
    [[FXP_AVX512]] FXP_INLINE void choose(Pair& words, const Pair& cell) const {
        words = cell;
        asm("vpermi2w {%2, %1, %0|%0, %1, %2}" : "+v"(words.v[0]) : "v"(low_), "v"(high_));
        asm("vpermi2w {%2, %1, %0|%0, %1, %2}" : "+v"(words.v[1]) : "v"(low_), "v"(high_));
    }

  private:
    I16 low_;
    I16 high_;
};

template <Shape shape>
class QuadraticEvaluator {
  public:
    [[FXP_AVX512]] FXP_INLINE void load(const Quadratic& f) {
        slope_.load(f.slope);
        square_.load(f.square);
        fine_.load(f.fine);
        base_.load(f.base);
        broadcast(limit_, f.limit);
        broadcast(corner_, f.corner);
        broadcast(pace_, f.pace);
        broadcast(scale_, 2 * f.pace);
        broadcast(rate_, f.rate);
        broadcast(one_, f.one);
    }
    [[FXP_AVX512]] FXP_INLINE void operator()(Pair& y, const Pair& x) const {
        Pair place;
        Pair below;
        Pair cell;
        Pair t;
        Pair slope;
        Pair square;
        Pair fine;
        absolute(place, x);
        if constexpr (shape == Shape::kinked) unsigned_min(below, place, corner_);
        unsigned_min(place, place, limit_);
        if constexpr (shape == Shape::kinked) add(place, place, below);
        multiply(cell, place, pace_);
        multiply_low(t, place, scale_);
        square_.choose(square, cell);
        slope_.choose(slope, cell);
        fine_.choose(fine, cell);
        base_.choose(y, cell);
        if constexpr (shape == Shape::ramped) {
            unsigned_min(below, place, corner_);
            add(y, y, below);
        }
        multiply(square, square, t);
        add(slope, slope, square);
        multiply(slope, slope, t);
        add(fine, fine, slope);
        multiply_high(fine, fine, rate_);
        add(y, y, fine);
        unfold(y, x, one_);
    }

  private:
    Column slope_;
    Column square_;
    Column fine_;
    Column base_;
    I16 limit_;
    I16 corner_;
    I16 pace_;
    I16 scale_;
    I16 rate_;
    I16 one_;
};

template <bool bends>
class CubicEvaluator {
  public:
    [[FXP_AVX512]] FXP_INLINE void load(const Cubic& f) {
        slope_.load(f.slope);
        square_.load(f.square);
        cube_.load(f.cube);
        fine_.load(f.fine);
        base_.load(f.base);
        broadcast(limit_, f.limit);
        broadcast(scale_, f.scale);
        broadcast(centre_, (1 << 15) - 1);
        broadcast(fraction_, 16 - Cubic::fine_bits);
        broadcast(fine_bits_, Cubic::fine_bits);
        broadcast(one_, f.one);
    }
    [[FXP_AVX512]] FXP_INLINE void operator()(Pair& y, const Pair& x) const {
        Pair a;
        Pair cell;
        Pair t;
        Pair slope;
        Pair square;
        Pair fine;
        Pair line;
        Pair squared;
        absolute(a, x);
        unsigned_min(a, a, limit_);
        unsigned_multiply_high(cell, a, scale_);
        multiply_low(t, a, scale_);
        exclusive_or(t, t, centre_);
        slope_.choose(slope, cell);
        square_.choose(square, cell);
        fine_.choose(fine, cell);
        base_.choose(y, cell);
        multiply_low(line, a, slope);
        unsigned_shift_right(line, line, fraction_);
        add(fine, fine, line);
        unsigned_multiply_high(line, a, slope);
        add(y, y, line);
        if constexpr (bends) {
            Pair cube;
            cube_.choose(cube, cell);
            multiply(cube, cube, t);
            add(square, square, cube);
        }
        multiply(squared, t, t);
        multiply(square, square, squared);
        add(fine, fine, square);
        shift_right(fine, fine, fine_bits_);
        add(y, y, fine);
        unfold(y, x, one_);
    }

  private:
    Column slope_;
    Column square_;
    Column cube_;
    Column fine_;
    Column base_;
    I16 limit_;
    I16 scale_;
    I16 centre_;
    I16 fraction_;
    I16 fine_bits_;
    I16 one_;
};

/// y = f(x) of 64 bytes; quarters: of the table.
[[FXP_VBMI]] FXP_INLINE void look_up(const I8 (&quarters)[4], const std::int8_t* x, std::int8_t* y) {
    I8 at;
    I8 below;
    std::uint64_t negative;
    load(at, x);
    below = at;
    asm("vpmovb2m {%1, %0|%0, %1}" : "=k"(negative) : "v"(at));
    asm("vpermi2b {%2, %1, %0|%0, %1, %2}" : "+v"(at) : "v"(quarters[0]), "v"(quarters[1]));
    asm("vpermi2b {%2, %1, %0|%0, %1, %2}" : "+v"(below) : "v"(quarters[2]), "v"(quarters[3]));
    asm("vmovdqu8 {%1, %0%{%2%}|%0%{%2%}, %1}" : "+v"(at) : "v"(below), "Yk"(negative));
    store(at, y);
}

/// Whether going upwards would soon load from addresses that, in their low 12 bits, are those just stored to: until the
/// store is done, processors take the one for the other.
inline bool must_go_down(const std::int16_t* x, const std::int16_t* y) {
    const auto ahead = (reinterpret_cast<std::uintptr_t>(y) - reinterpret_cast<std::uintptr_t>(x)) & 4095;
    return ahead != 0 && ahead < 1024;
}

/// Stores are aligned but for one of the first numbers and one of the last, where there are such that no aligned store
/// covers: those two, of numbers that others cover too, wait until all numbers are loaded, since y may be x.
template <class Evaluator, class Table>
[[FXP_AVX512, gnu::always_inline]] inline void evaluate_all(const Table& f, const std::int16_t* x, std::size_t count,
                                                            std::int16_t* y) {
    Evaluator evaluator;
    evaluator.load(f);
    Pair in;
    Pair out;
    if (count < lanes) {
        std::int16_t rest[lanes] = {};
        std::memcpy(rest, x, count * sizeof(*x));
        load(in, rest);
        evaluator(out, in);
        store(out, rest);
        std::memcpy(y, rest, count * sizeof(*y));
        return;
    }
    const std::size_t head = (0 - reinterpret_cast<std::uintptr_t>(y) % sizeof(I16)) % sizeof(I16) / sizeof(*y);
    const std::size_t steps = (count - head) / lanes;
    const std::size_t tail = (count - head) % lanes;
    Pair first;
    Pair last;
    if (head != 0) {
        load(in, x);
        evaluator(first, in);
    }
    if (tail != 0) {
        load(in, x + count - lanes);
        evaluator(last, in);
    }
    const bool down = must_go_down(x, y);
    const auto stride = static_cast<std::ptrdiff_t>(down ? 0 - lanes : lanes);
    auto at = static_cast<std::ptrdiff_t>(down && steps != 0 ? head + (steps - 1) * lanes : head);
    for (std::size_t step = 0; step < steps; ++step, at += stride) {
        load(in, x + at);
        evaluator(out, in);
        store(out, y + at);
    }
    if (head != 0) store(first, y);
    if (tail != 0) store(last, y + count - lanes);
}

// y[i] = f(x[i]); y may be x.
[[FXP_AVX512, gnu::noinline]] inline void evaluate(const Quadratic& f, const std::int16_t* x, std::size_t count,
                                                   std::int16_t* y) {
    switch (f.shape) {
    case Shape::plain:
        return evaluate_all<QuadraticEvaluator<Shape::plain>>(f, x, count, y);
    case Shape::kinked:
        return evaluate_all<QuadraticEvaluator<Shape::kinked>>(f, x, count, y);
    case Shape::ramped:
        return evaluate_all<QuadraticEvaluator<Shape::ramped>>(f, x, count, y);
    }
}
[[FXP_AVX512, gnu::noinline]] inline void evaluate(const Cubic& f, const std::int16_t* x, std::size_t count,
                                                   std::int16_t* y) {
    if (f.bends) {
        evaluate_all<CubicEvaluator<true>>(f, x, count, y);
    } else {
        evaluate_all<CubicEvaluator<false>>(f, x, count, y);
    }
}
/// Needs AVX512_VBMI too.
[[FXP_VBMI, gnu::noinline]] inline void evaluate(const ByteTable& f, const std::int8_t* x, std::size_t count,
                                                 std::int8_t* y) {
    I8 quarters[4];
    for (std::size_t i = 0; i < 4; ++i) load(quarters[i], f.values.data() + 64 * i);
    for (; count >= lanes; count -= lanes, x += lanes, y += lanes) look_up(quarters, x, y);
    if (count == 0) return;
    std::int8_t rest[lanes] = {};
    std::memcpy(rest, x, count);
    look_up(quarters, rest, rest);
    std::memcpy(y, rest, count);
}

#undef FXP_AVX512
#undef FXP_VBMI

} // namespace fxp::kernels::words::avx512

#endif
