// exhaustive [--quick] [--jobs N] [NAME...]: tries every input of words of 8 and 16 bits and compares the results, and
// the overflows that are counted, with the definitions. Prints a line for each property that tools/prove makes a row
// of: name, bits, domain, inputs, seconds and what is wrong, parted by tabs.
#include "core/exact.hpp"

#include <fxp/kernels/elements.hpp>
#include <fxp/kernels/products.hpp>

#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

using fxp::Format;
using fxp::Limits;
using fxp::Overflow;
using fxp::OverflowCount;
using fxp::Range;
using fxp::Rounding;
using fxp::kernels::Requantize;

namespace {

bool quick = false;
unsigned jobs = 1;
std::vector<std::string> names;

const char* const rounding_names[] = {"toward_zero",       "floor",     "nearest_up", "nearest_even",
                                      "pseudo_stochastic", "stochastic"};
const char* const policy_names[] = {"saturate", "throw_error", "wrap"};
const char* name_of(Rounding rule) { return rounding_names[static_cast<int>(rule)]; }
constexpr Range ranges[] = {Range::symmetric, Range::full};
const char* name_of(Overflow policy) { return policy_names[static_cast<int>(policy)]; }

/// The first thing that is wrong, from whichever thread.
class Verdict {
  public:
    void report(const std::string& what) {
        const std::lock_guard lock(mutex_);
        if (!wrong_) what_ = what;
        wrong_ = true;
    }
    bool wrong() const { return wrong_; }
    const std::string& what() const { return what_; }

  private:
    std::mutex mutex_;
    std::atomic<bool> wrong_ = false;
    std::string what_;
};

/// Calls f(i) for all i below `count` on all threads, until something is wrong.
void in_parallel(int count, const Verdict& verdict, const std::function<void(int)>& f) {
    std::atomic<int> next = 0;
    std::vector<std::thread> threads;
    for (unsigned j = 0; j < jobs; ++j) {
        threads.emplace_back([&] {
            for (int i = next++; i < count && !verdict.wrong(); i = next++) f(i);
        });
    }
    for (std::thread& thread : threads) thread.join();
}

/// Runs a property, which returns how many inputs there are, and prints its line.
void row(const std::string& name, const char* words, const std::string& domain,
         const std::function<double(Verdict&)>& property) {
    bool wanted = names.empty();
    for (const std::string& prefix : names) wanted |= name.compare(0, prefix.size(), prefix) == 0;
    if (!wanted) return;
    Verdict verdict;
    const auto begin = std::chrono::steady_clock::now();
    const double inputs = property(verdict);
    const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - begin;
    std::printf("%s\t%s\t%s\t%.0f\t%.2f\t%s\n", name.c_str(), words, domain.c_str(), inputs, seconds.count(),
                verdict.what().c_str());
    std::fflush(stdout);
}

// The definitions for numbers of up to 48 bits and 0 <= shift <= 32: >> rounds down.

template <Rounding rule>
std::int64_t rounded(std::int64_t value, int shift, std::uint32_t word) {
    if (shift == 0) return value;
    const std::int64_t unit = std::int64_t{1} << shift;
    const std::int64_t quotient = value >> shift;
    const std::int64_t rest = value - quotient * unit;
    if constexpr (rule == Rounding::floor) return quotient;
    if constexpr (rule == Rounding::toward_zero) return quotient + (value < 0 && rest != 0 ? 1 : 0);
    if constexpr (rule == Rounding::nearest_up) return quotient + (2 * rest >= unit ? 1 : 0);
    if constexpr (rule == Rounding::nearest_even) {
        return quotient + (2 * rest > unit || (2 * rest == unit && quotient % 2 != 0) ? 1 : 0);
    }
    if constexpr (rule == Rounding::pseudo_stochastic) {
        const std::int64_t size = value < 0 ? -value : value;
        const std::int64_t lost = size % unit;
        const std::int64_t half_unit = std::int64_t{1} << shift / 2;
        const std::int64_t lower = lost % half_unit * (shift % 2 == 0 ? 1 : 2);
        const std::int64_t result = size / unit + (lost / half_unit > lower ? 1 : 0);
        return value < 0 ? -result : result;
    }
    const std::int64_t uniform = word >> (32 - shift);
    return (value + uniform) >> shift;
}

/// How results are made, and of which format they are.
struct Rule {
    Requantize how;
    int word_bits;
    Range range;
};

/// What the policy makes of a value; a change is counted.
std::int64_t fitted(std::int64_t value, const Rule& rule, exact::Events& events) {
    const std::int64_t max = (std::int64_t{1} << (rule.word_bits - 1)) - 1;
    const std::int64_t min = rule.range == Range::full ? -max - 1 : -max;
    if (value <= max && value >= min) return value;
    std::int64_t result = value > max ? max : min;
    if (rule.how.overflow == Overflow::wrap) {
        const std::int64_t modulus = 2 * (max + 1);
        result = ((value + max + 1) % modulus + modulus) % modulus - max - 1;
        if (result == value) return result;
    }
    ++events.count;
    const std::int64_t worst = static_cast<std::int64_t>(events.worst);
    if (std::llabs(value) > std::llabs(worst) || (std::llabs(value) == std::llabs(worst) && value > 0)) {
        events.worst = value;
    }
    return result;
}

/// Every word of T, from the least.
template <class T>
std::vector<T> all_words() {
    std::vector<T> words;
    for (int value = std::numeric_limits<T>::min(); value <= std::numeric_limits<T>::max(); ++value) {
        words.push_back(static_cast<T>(value));
    }
    return words;
}

template <class T>
std::string of_pair(const char* what, int a, int b, const Rule& rule, std::int64_t got, std::int64_t expected) {
    const Requantize& how = rule.how;
    return std::string(what) + " of " + std::to_string(a) + " and " + std::to_string(b) + " by " +
           name_of(how.rounding) + " and " + name_of(how.overflow) + ", shift " + std::to_string(how.shift) + ", " +
           std::to_string(rule.word_bits) + " bits, " + fxp::range_name(rule.range) + ": " + std::to_string(got) +
           ", expected " + std::to_string(expected);
}

/// One operation on a with every b: `compute` fills the results and counts, `exact_value` is the exact sum or product.
template <Rounding rule, class T, class Compute, class Exact>
void row_of_pairs(const char* what, T a, const std::vector<T>& all, const Rule& of, const std::uint32_t* words,
                  Verdict& verdict, Compute&& compute, Exact&& exact_value) {
    std::vector<T> left(all.size(), a);
    std::vector<T> out(all.size());
    OverflowCount counted;
    compute(left.data(), out.data(), counted);
    exact::Events events;
    for (std::size_t i = 0; i < all.size(); ++i) {
        const std::int64_t value = exact_value(std::int64_t{a}, std::int64_t{all[i]});
        const int shift = of.how.shift;
        const std::int64_t result = shift < 0 ? value * (std::int64_t{1} << -shift)
                                              : rounded<rule>(value, shift, words == nullptr ? 0 : words[i]);
        const std::int64_t expected = fitted(result, of, events);
        if (out[i] != expected) return verdict.report(of_pair<T>(what, a, all[i], of, out[i], expected));
    }
    if (!(events == counted)) {
        verdict.report(of_pair<T>("the count of overflows", a, a, of, static_cast<std::int64_t>(counted.count),
                                  static_cast<std::int64_t>(events.count)));
    }
}

template <class T>
double products(const Rule& of, Verdict& verdict) {
    const Requantize& how = of.how;
    const std::vector<T> all = all_words<T>();
    in_parallel(static_cast<int>(all.size()), verdict, [&](int i) {
        const T a = all[static_cast<std::size_t>(i)];
        const std::uint64_t first = static_cast<std::uint64_t>(i) * all.size();
        std::vector<std::uint32_t> scratch(all.size() + fxp::kernels::random_words_room);
        const std::uint32_t* words = nullptr;
        if (how.rounding == Rounding::stochastic) {
            words = fxp::kernels::random_words(how.random, first, all.size(), scratch.data());
        }
        fxp::kernels::with_rounding(how.rounding, [&]<Rounding rule>() {
            row_of_pairs<rule>(
                "product", a, all, of, words, verdict,
                [&](const T* left, T* out, OverflowCount& events) {
                    fxp::kernels::multiply(left, all.data(), all.size(), how, first, out, events);
                },
                [](std::int64_t x, std::int64_t y) { return x * y; });
        });
    });
    return static_cast<double>(all.size()) * static_cast<double>(all.size());
}

template <class T>
double sums(bool negate_a, bool negate_b, const Rule& of, Verdict& verdict) {
    const std::vector<T> all = all_words<T>();
    in_parallel(static_cast<int>(all.size()), verdict, [&](int i) {
        row_of_pairs<Rounding::floor>(
            "sum", all[static_cast<std::size_t>(i)], all, of, nullptr, verdict,
            [&](const T* left, T* out, OverflowCount& events) {
                fxp::kernels::add_elements(left, negate_a, all.data(), negate_b, all.size(), of.how, out, events);
            },
            [&](std::int64_t x, std::int64_t y) { return (negate_a ? -x : x) + (negate_b ? -y : y); });
    });
    return static_cast<double>(all.size()) * static_cast<double>(all.size());
}

Rule rule_of(Rounding rounding, Overflow overflow, int shift, int word_bits, Range range) {
    Requantize how;
    how.shift = shift;
    how.limits = Limits{Format{word_bits, 0, range}};
    how.rounding = rounding;
    how.overflow = overflow;
    how.random.seed = 7;
    return {how, word_bits, range};
}

/// requantize of every word of T by every shift and policy into every word, those of random bits each of them.
template <class T>
double requantized(Rounding rounding, Verdict& verdict) {
    std::vector<Format> targets;
    for (const int bits : sizeof(T) == 1 ? std::vector<int>{2, 3, 4, 5, 6, 7, 8} : std::vector<int>{2, 9, 16}) {
        for (const Range range : ranges) targets.push_back(Format{bits, 0, range});
    }
    const std::vector<T> all = all_words<T>();
    in_parallel(2 * fxp::max_shift + 1, verdict, [&](int i) {
        const int shift = i - fxp::max_shift;
        fxp::kernels::with_rounding(rounding, [&]<Rounding rule>() {
            for (const T value : all) {
                // Words of all kinds: zero, all ones, and mixed.
                const std::uint32_t word = value % 5 == 0   ? 0
                                           : value % 7 == 0 ? ~std::uint32_t{0}
                                                            : static_cast<std::uint32_t>(value) * 2654435761U;
                // A shift of more than 100 bits rounds as one of 100 does: so small are the numbers. Beyond 64 to the
                // left only whether it is zero matters, and its sign.
                exact::i128 exact_value =
                    exact::rounded<exact::i128>(rule, value, std::min(std::max(shift, -64), 100), word);
                for (const Format& to : targets) {
                    for (const Overflow policy : exact::all_policies) {
                        OverflowCount counted;
                        const std::int64_t got =
                            fxp::requantize<rule>(std::int64_t{value}, shift, Limits{to}, policy, counted, word);
                        const auto expected = exact::fitted(policy, exact_value, to.word_bits(), to.range);
                        if (got != expected.value || counted.count != (expected.event ? 1u : 0u)) {
                            const Rule of = rule_of(rule, policy, shift, to.word_bits(), to.range);
                            return verdict.report(of_pair<T>("requantize", value, static_cast<int>(word), of, got,
                                                             static_cast<std::int64_t>(expected.value)));
                        }
                    }
                }
            }
        });
    });
    return static_cast<double>(all.size()) * (2 * fxp::max_shift + 1) * 3 * static_cast<double>(targets.size());
}

/// Stochastic rounding of every 16-bit word with every value of the random bits that a shift reads.
double stochastic(int most, Verdict& verdict) {
    const std::vector<std::int16_t> all = all_words<std::int16_t>();
    double inputs = 0;
    for (int shift = 1; shift <= most; ++shift) {
        in_parallel(1 << shift, verdict, [&](int u) {
            // The bits below do not matter: all zero, or all one.
            const std::uint32_t word = static_cast<std::uint32_t>(u) << (32 - shift);
            const std::uint32_t below = (std::uint32_t{1} << (32 - shift)) - 1;
            for (const std::int64_t value : all) {
                const std::int64_t expected = (value + u) >> shift;
                if (fxp::round_shift<Rounding::stochastic>(value, shift, word) != expected ||
                    fxp::round_shift<Rounding::stochastic>(value, shift, word | below) != expected) {
                    return verdict.report("round_shift of " + std::to_string(value) + ", shift " +
                                          std::to_string(shift) + ", word " + std::to_string(word) + ", expected " +
                                          std::to_string(expected));
                }
            }
        });
        inputs += static_cast<double>(all.size()) * (1 << shift);
    }
    return inputs;
}

void rows_of_8_bits() {
    for (const Overflow policy : exact::all_policies) {
        row("add", "8 -> 2..8", std::string(name_of(policy)) + ", all pairs, signs and formats", [&](Verdict& verdict) {
            double inputs = 0;
            for (int bits = 2; bits <= 8; ++bits) {
                for (const int signs : {0, 1, 2, 3}) {
                    for (const Range range : ranges) {
                        inputs += sums<std::int8_t>((signs & 1) != 0, (signs & 2) != 0,
                                                    rule_of(Rounding::floor, policy, 0, bits, range), verdict);
                    }
                }
            }
            return inputs;
        });
    }
    for (const Rounding rounding : exact::all_roundings) {
        row(std::string("multiply ") + name_of(rounding), "8 -> 2..8", "all pairs, policies, formats, shifts -8..20",
            [&](Verdict& verdict) {
                double inputs = 0;
                for (const Overflow policy : exact::all_policies) {
                    for (int bits = 2; bits <= 8; bits += quick ? 3 : 1) {
                        for (int shift = -8; shift <= 20; shift += quick ? 4 : 1) {
                            for (const Range range : ranges) {
                                inputs += products<std::int8_t>(rule_of(rounding, policy, shift, bits, range), verdict);
                            }
                        }
                    }
                }
                return inputs;
            });
        row(std::string("requantize ") + name_of(rounding), "8 -> 2..8",
            "all values, ranges, policies, shifts -250..250",
            [&](Verdict& verdict) { return requantized<std::int8_t>(rounding, verdict); });
    }
}

void rows_of_16_bits() {
    for (const Overflow policy : {Overflow::saturate, Overflow::wrap}) {
        for (const bool negate_b : {false, true}) {
            for (const Format& to : {Format{16, 0}, Format{16, 0, Range::full}, Format{12, 0, Range::full}}) {
                row(negate_b ? "subtract" : "add", to.word_bits() == 16 ? "16" : "16 -> 12",
                    std::string(name_of(policy)) + ", all pairs, " + fxp::range_name(to.range) + " range",
                    [&](Verdict& verdict) {
                        const Rule of = rule_of(Rounding::floor, policy, 0, to.word_bits(), to.range);
                        return sums<std::int16_t>(false, negate_b, of, verdict);
                    });
            }
        }
    }
    struct Choice {
        int shift;
        Overflow policy;
        int bits;
        Range range;
    };
    // Fits always, seldom and often; shifts even and odd; no shift, and a negative one.
    const Choice choices[] = {
        {16, Overflow::saturate, 16, Range::symmetric}, {12, Overflow::saturate, 16, Range::full},
        {15, Overflow::wrap, 16, Range::symmetric},     {7, Overflow::wrap, 13, Range::full},
        {0, Overflow::saturate, 16, Range::symmetric},  {-3, Overflow::wrap, 16, Range::full},
    };
    for (const Rounding rounding : exact::all_roundings) {
        for (const Choice& choice : choices) {
            // Without a shift nothing is rounded.
            if (choice.shift <= 0 && rounding != Rounding::nearest_even) continue;
            row(std::string("multiply ") + name_of(rounding), "16",
                std::string(name_of(choice.policy)) + " to " + std::to_string(choice.bits) + " bits, " +
                    fxp::range_name(choice.range) + ", all pairs, shift " + std::to_string(choice.shift),
                [&](Verdict& verdict) {
                    const Rule of = rule_of(rounding, choice.policy, choice.shift, choice.bits, choice.range);
                    return products<std::int16_t>(of, verdict);
                });
        }
        row(std::string("requantize ") + name_of(rounding), "16 -> 2, 9, 16",
            "all values, ranges, policies, shifts -250..250",
            [&](Verdict& verdict) { return requantized<std::int16_t>(rounding, verdict); });
    }
}

} // namespace

int main(int argc, char** argv) {
    for (int i = 1; i < argc; ++i) {
        const std::string argument = argv[i];
        if (argument == "--quick") {
            quick = true;
        } else if (argument == "--jobs" && i + 1 < argc) {
            jobs = static_cast<unsigned>(std::max(1, std::atoi(argv[++i])));
        } else {
            names.push_back(argument);
        }
    }
    rows_of_8_bits();
    row("round_shift stochastic", "16", quick ? "all values, words, shifts 1..6" : "all values, words, shifts 1..16",
        [](Verdict& verdict) { return stochastic(quick ? 6 : 16, verdict); });
    if (!quick) rows_of_16_bits();
}
