// The proof: every input of the formats that recipes use; of 32-bit formats one in 32, unless FXP_PROOF is set to
// "all".
#include "support/catch.hpp"

#ifdef FXP_HAVE_MPFR

#include "math/activation_proof.hpp"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <span>
#include <string_view>
#include <thread>
#include <vector>

namespace activations_slow_test {

using namespace activation_proof;

TEST_CASE("inputs of the 16-bit and 32-bit formats in use are correctly rounded", "[math][activations][slow]") {
    using Clock = std::chrono::steady_clock;
    const char* const wanted = std::getenv("FXP_PROOF");
    const bool all = wanted != nullptr && std::string_view(wanted) == "all";
    const unsigned threads = std::max(std::thread::hardware_concurrency(), 1u);
    std::printf("%-10s  %-7s  %10s  %10s  %12s  %11s  %10s  %10s  %8s  %9s  %10s  %6s\n", "function", "format",
                "inputs", "saturated", "max ULP", "at raw", "mean ULP", "misrounded", "monotone", "symmetric",
                "by MPFR", "s");
    for (const Format format :
         {Format{8, 8}, Format{4, 12}, Format{2, 14}, Format{1, 15}, Format{8, 24}, Format{16, 16}}) {
        for (const Activation& f : activations()) {
            const auto start = Clock::now();
            UlpReport report;
            std::atomic<bool> symmetric = true;
            std::vector<Range> chosen;
            for (const Range range : ranges(f.domain, format)) {
                const std::vector<Range> parts = all ? std::vector<Range>{range} : windows(range);
                chosen.insert(chosen.end(), parts.begin(), parts.end());
            }
            for (const Range range : chosen) {
                report.merge(compare(f, format, format, range, threads,
                                     [&](std::int64_t first, std::span<const std::int64_t> results, OverflowCount) {
                                         if (!is_mirrored(f, format, first, results)) symmetric = false;
                                     }));
            }
            const double seconds = std::chrono::duration<double>(Clock::now() - start).count();
            std::printf("%-10s  %-7s  %10lld  %10lld  %12.10f  %11lld  %10.8f  %10lld  %8s  %9s  %10lld  %6.1f\n",
                        f.name, text(format).c_str(), static_cast<long long>(report.inputs),
                        static_cast<long long>(report.saturated), report.max_error,
                        static_cast<long long>(report.worst_input == UlpReport::nowhere ? 0 : report.worst_input),
                        report.mean_error(), static_cast<long long>(report.misrounded),
                        report.monotone() ? "yes" : "NO",
                        f.mirror == Mirror::none ? "-"
                        : symmetric              ? "yes"
                                                 : "NO",
                        static_cast<long long>(report.decided), seconds);
            std::fflush(stdout);
            INFO(f.name << " in " << text(format) << ", first wrong at " << report.first_wrong);
            CHECK(report.misrounded == 0);
            CHECK(report.misclamped == 0);
            CHECK(report.monotone());
            CHECK(symmetric);
        }
    }
}

} // namespace activations_slow_test

#endif
