#!/usr/bin/env bash
# FXP_ISA: every instruction set gives the same bits and counts, is exact where nothing but the lowest numbers of full
# ranges are multiplied, and a wrong name is an error that says what is expected.
source "$(dirname "${BASH_SOURCE[0]}")/../support/harness.sh"

cat >"$work/unit.cpp" <<'UNIT'
#include <cstdio>
#include <fxp/tensor/activation.hpp>
#include <fxp/tensor/arithmetic.hpp>
#include <stdexcept>
#include <string>

// A hash of sigmoid and tanh of numbers all over a format.
template <int IntBits, int FracBits>
unsigned long activations(fxp::OverflowLog& log) {
    using Tensor = fxp::FxpTensor<IntBits, FracBits>;
    Tensor x(fxp::Shape{1000});
    unsigned long hash = 0;
    for (std::size_t i = 0; i < x.size(); ++i) x.data()[i] = static_cast<typename Tensor::Raw>(i * 4194071);
    for (const auto& y : {fxp::sigmoid(x, fxp::Context::logging(log)), fxp::tanh(x, fxp::Context::logging(log))}) {
        for (std::size_t i = 0; i < y.size(); ++i) hash = hash * 31 + static_cast<unsigned long>(y.data()[i]);
    }
    return hash;
}

// Prints hashes of these and of matrix products of all storages, and the events counted.
template <int IntBits, int FracBits>
unsigned long product(std::size_t rows, std::size_t columns, std::size_t depth, fxp::OverflowLog& log) {
    using Tensor = fxp::FxpTensor<IntBits, FracBits>;
    Tensor a(fxp::Shape{rows, depth});
    Tensor b(fxp::Shape{depth, columns});
    unsigned long state = 1;
    const auto fill = [&](Tensor& t) {
        for (std::size_t i = 0; i < t.size(); ++i) {
            state = state * 6364136223846793005u + 1442695040888963407u;
            t.data()[i] = static_cast<typename Tensor::FormatTag::Storage>(state >> 33);
        }
    };
    fill(a);
    fill(b);
    unsigned long hash = 0;
    for (const fxp::Rounding rule : {fxp::Rounding::nearest_even, fxp::Rounding::pseudo_stochastic}) {
        const Tensor c = fxp::matmul(a, b, fxp::Context::logging(log, rule));
        for (std::size_t i = 0; i < c.size(); ++i) hash = hash * 31 + static_cast<unsigned long>(c.data()[i]);
    }
    return hash;
}

// Throws unless a product of full-range words, each of them the lowest, is exact: depth 4^(Word - 1), a multiple of
// 2^Scale, which is the result's step.
template <int Word, int Scale>
void lowest(std::size_t rows, std::size_t columns, std::size_t depth) {
    using Tensor = fxp::FxpTensor<Word, 0, fxp::Range::full>;
    Tensor a(fxp::Shape{rows, depth});
    Tensor b(fxp::Shape{depth, columns});
    for (Tensor* t : {&a, &b}) t->fill(static_cast<typename Tensor::Raw>(Tensor::format.min_raw()));
    const auto c = fxp::matmul<fxp::Q<64 + Scale, -Scale>>(a, b);
    for (const std::int64_t sum : c.elements()) {
        if (sum == static_cast<std::int64_t>(depth) << (2 * Word - 2 - Scale)) continue;
        throw std::runtime_error("a product of lowest words of " + std::to_string(Word) + " bits is inexact");
    }
}

int main() {
    try {
        for (const std::size_t rows : {1, 3, 9}) {
            for (const std::size_t columns : {1, 3, 33}) {
                for (const std::size_t depth : {1, 2, 3, 127, 128, 129, 1000}) {
                    lowest<8, 0>(rows, columns, depth);
                    lowest<16, 0>(rows, columns, depth);
                    lowest<24, 0>(rows, columns, depth);
                    lowest<32, 20>(rows, columns, depth);
                    lowest<64, 80>(rows, columns, depth);
                }
            }
        }
        lowest<8, 0>(9, 33, (1 << 17) + 3); // deeper than 32 bits can sum
        fxp::OverflowLog log;
        std::printf("%lx ", activations<4, 4>(log));
        std::printf("%lx ", activations<4, 12>(log));
        std::printf("%lx ", activations<2, 14>(log));
        std::printf("%lx ", activations<8, 24>(log));
        std::printf("%lx ", product<1, 7>(37, 45, 301, log));
        std::printf("%lx ", product<1, 15>(37, 45, 301, log));
        std::printf("%lx ", product<1, 7>(70, 150, 301, log));
        std::printf("%lx ", product<4, 12>(70, 150, 301, log));
        std::printf("%lx ", product<6, 10>(10, 128, 14, log));
        std::printf("%lx ", product<8, 24>(37, 45, 33, log));
        std::printf("%lx ", product<2, 18>(40, 14, 301, log));
        std::printf("%lx ", product<2, 18>(10, 14, 30, log));
        std::printf("%llu\n", static_cast<unsigned long long>(log.total()));
    } catch (const std::exception& error) {
        std::fprintf(stderr, "%s\n", error.what());
        return 2;
    }
}
UNIT
must_pass "$CXX" -std=c++20 -O0 -I "$source_dir/include" "$work/unit.cpp" -o "$work/unit"

expected=$(FXP_ISA=portable "${emulator[@]}" "$work/unit" 2>&1) || fail "FXP_ISA=portable: $expected"
[ "$(FXP_ISA='' "${emulator[@]}" "$work/unit")" = "$expected" ] || fail "the default differs from FXP_ISA=portable"
for isa in avx2 avx512 amx neon; do
    if said=$(FXP_ISA=$isa "${emulator[@]}" "$work/unit" 2>&1); then
        [ "$said" = "$expected" ] || fail "FXP_ISA=$isa differs from FXP_ISA=portable: $said instead of $expected"
        echo "FXP_ISA=$isa: the same bits"
    else
        grep -q "on this processor" <<<"$said" || fail "FXP_ISA=$isa: $said"
        echo "this processor has no $isa"
    fi
done
FXP_ISA=sse9 must_fail "FXP_ISA is 'sse9', expected portable" "${emulator[@]}" "$work/unit"
