// The flags of all benchmarks: randomly interleaved repetitions, medians.
#pragma once

#include <benchmark/benchmark.h>

#include <string>
#include <vector>

namespace bench {

/// Initializes Google Benchmark with our flags before the user's. Returns false, having said so, for an unknown one.
inline bool initialize(int argc, char** argv) {
    static std::vector<std::string> flags{"--benchmark_enable_random_interleaving=true", "--benchmark_repetitions=9",
                                          "--benchmark_report_aggregates_only=true"};
    std::vector<char*> arguments{argv[0]};
    for (std::string& flag : flags) arguments.push_back(flag.data());
    for (int i = 1; i < argc; ++i) arguments.push_back(argv[i]);
    int count = static_cast<int>(arguments.size());
    benchmark::Initialize(&count, arguments.data());
    return !benchmark::ReportUnrecognizedArguments(count, arguments.data());
}

} // namespace bench
