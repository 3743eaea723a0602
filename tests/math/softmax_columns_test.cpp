#include "support/catch.hpp"

#include <fxp/core/random.hpp>
#include <fxp/math/softmax_columns.hpp>

#include <cstddef>
#include <cstdint>
#include <limits>
#include <vector>

namespace softmax_columns_test {

using fxp::Format;
using fxp::OverflowCount;
using fxp::math::Softmax;
using fxp::math::SoftmaxColumns;

namespace {

/// Compares SoftmaxColumns with Softmax for the first columns of a matrix.
template <class Raw>
class Checker {
  public:
    explicit Checker(Format logits) : logits_(logits) {}

    void check(const std::vector<Raw>& z, std::size_t classes, std::size_t count, int frac_bits) {
        const std::size_t stride = z.size() / classes;
        columns_.assign(z.data(), classes, stride, count, logits_);
        columns_.probabilities(frac_bits);
        std::vector<std::int64_t> column(classes);
        std::vector<std::int64_t> p(classes);
        for (std::size_t n = 0; n < count; ++n) {
            for (std::size_t c = 0; c < classes; ++c) column[c] = z[c * stride + n];
            one_.assign(column, logits_);
            one_.probabilities(frac_bits, p);
            for (std::size_t c = 0; c < classes; ++c) {
                wrong += columns_.row(c)[n] != p[c];
                for (const Format out : {Format{40, 24}, Format{4, 12}, Format{34, 30}}) {
                    OverflowCount events;
                    OverflowCount expected_events;
                    const std::int64_t log = columns_.log_probability(c, n, out, events);
                    wrong += log != one_.log_probability(c, out, expected_events);
                    wrong += events.count != expected_events.count;
                }
                ++checked;
            }
        }
    }

    std::uint64_t wrong = 0;
    std::uint64_t checked = 0;

  private:
    Format logits_;
    SoftmaxColumns columns_;
    Softmax one_;
};

/// Logits of `bits` bits, some columns with many equal ones.
template <class Raw>
std::vector<Raw> random_logits(std::size_t size, int bits, std::uint32_t seed) {
    const fxp::RandomStream stream{seed, 0, 0, fxp::RandomUse::user};
    std::vector<Raw> z(size);
    for (std::size_t i = 0; i < size; ++i) {
        const std::uint64_t word = std::uint64_t{stream.word(2 * i)} << 32 | stream.word(2 * i + 1);
        z[i] = static_cast<Raw>(static_cast<std::int64_t>(word) >> (64 - bits));
    }
    return z;
}

template <class Raw>
void check_formats(const std::vector<Format>& formats) {
    for (const Format format : formats) {
        Checker<Raw> checker(format);
        std::uint32_t seed = 1;
        for (const std::size_t classes : {1U, 2U, 3U, 10U, 16U, 17U, 40U}) {
            for (const std::size_t count : {1U, 31U, 32U}) {
                if (count > SoftmaxColumns::at_once(classes)) continue;
                for (const int bits :
                     {1, 4, 8 * static_cast<int>(sizeof(Raw)) - 3, 8 * static_cast<int>(sizeof(Raw))}) {
                    const auto z = random_logits<Raw>(classes * (count + 5), bits, ++seed);
                    for (const int frac_bits : {0, 1, 14, 30}) checker.check(z, classes, count, frac_bits);
                }
            }
        }
        CHECK(checker.wrong == 0);
        CHECK(checker.checked > 10000);
    }
}

} // namespace

TEST_CASE("columns of 8- and 16-bit logits are computed as one by one", "[math][softmax]") {
    check_formats<std::int8_t>({Format{8, 0}, Format{4, 4}, Format{1, 7}});
    check_formats<std::int16_t>({Format{16, 0}, Format{6, 10}, Format{4, 12}, Format{1, 15}});
}

TEST_CASE("columns of wide logits are computed as one by one", "[math][softmax]") {
    check_formats<std::int32_t>({Format{32, 0}, Format{8, 24}, Format{1, 31}});
    check_formats<std::int64_t>({Format{64, 0}, Format{31, 33}, Format{32, 32}, Format{24, 40}, Format{0, 64}});
}

TEST_CASE("the largest differences that lanes take, and the smallest that they leave", "[math][softmax]") {
    constexpr std::int64_t edge = std::int64_t{1} << 32;
    for (const Format format : {Format{34, 30}, Format{32, 32}, Format{64, 0}, Format{60, 4}}) {
        Checker<std::int64_t> checker(format);
        for (const std::int64_t difference : {edge - 2, edge - 1, edge, edge + 1}) {
            checker.check({0, 5, difference, 5 - difference}, 2, 2, 30);
            checker.check({difference - edge / 2, -edge / 2, 0, 0, -edge / 2, 7}, 3, 2, 30);
        }
        constexpr std::int64_t most = std::numeric_limits<std::int64_t>::max();
        checker.check({most, -most - 1, -most - 1, most}, 2, 2, 30);
        CHECK(checker.wrong == 0);
    }
}

TEST_CASE("all differences of two and of sixteen equal logits", "[math][softmax]") {
    constexpr std::size_t most = SoftmaxColumns::most;
    for (const Format format : {Format{6, 10}, Format{1, 15}}) {
        Checker<std::int32_t> checker(format);
        for (std::int32_t difference = 0; difference < 1 << 16; difference += std::int32_t{most}) {
            std::vector<std::int32_t> two(2 * most);
            std::vector<std::int32_t> sixteen(16 * most);
            for (std::size_t n = 0; n < most; ++n) {
                two[n] = difference + static_cast<std::int32_t>(n);
                sixteen[5 * most + n] = two[n];
            }
            checker.check(two, 2, most, 30);
            checker.check(sixteen, 16, most, 30);
            checker.check(sixteen, 16, most, 14);
        }
        CHECK(checker.wrong == 0);
    }
}

} // namespace softmax_columns_test
