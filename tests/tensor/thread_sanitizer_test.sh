#!/usr/bin/env bash
# Under clang's thread sanitizer, as the preset tsan has it: parallel_for and its exceptions are free of races, and a race
# in a loop's body is seen.
source "$(dirname "${BASH_SOURCE[0]}")/../support/harness.sh"
compile=(clang++ -std=c++20 -O1 -g -fsanitize=thread -fopenmp -I "$source_dir/include" -o "$work/loop" "$work/loop.cpp")
export TSAN_OPTIONS=ignore_noninstrumented_modules=1 # OpenMP's own library

cat >"$work/loop.cpp" <<'END'
#include <fxp/tensor/parallel.hpp>
#include <atomic>
#include <stdexcept>
#include <string>
int main() {
    COUNTER sum{0};
    std::string message;
    for (int repeat = 0; repeat < 20; ++repeat) {
        try {
            fxp::parallel_for(3, 3, [&](std::size_t piece) {
                for (int i = 0; i < 1000; ++i) sum += 1;
                throw std::runtime_error("piece " + std::to_string(piece));
            });
        } catch (const std::exception& error) {
            message += error.what()[6];
        }
    }
    return sum == 60000 && message == std::string(20, '0') ? 0 : 1;
}
END
"${compile[@]}" '-DCOUNTER=std::atomic<int>' 2>"$work/log" || skip "no clang++ with OpenMP and the thread sanitizer"
must_pass "$work/loop"
must_pass "${compile[@]}" -DCOUNTER=int
must_fail 'data race' "$work/loop"
