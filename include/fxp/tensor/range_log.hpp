// The range log: the largest magnitude ever seen of each named tensor, the integer bits it needs, and, on request, how
// its elements are distributed.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace fxp {

/// How many elements had which binary exponent: e for 2^e <= |x| < 2^(e + 1).
class ExponentCounts {
  public:
    static constexpr int least = -126; ///< also of everything smaller, but for zero
    static constexpr int most = 127;   ///< also of everything larger, infinite or not a number

    /// Counts an element.
    void add(double value) {
        if (counts_.empty()) counts_.resize(most - least + 1);
        if (value == 0) {
            ++zeros_;
        } else {
            ++counts_[static_cast<std::size_t>(exponent_of(value) - least)];
        }
    }
    /// Number of elements that are zero; they have no exponent.
    std::uint64_t zeros() const { return zeros_; }
    /// Number of elements of an exponent of least..most.
    std::uint64_t count(int exponent) const {
        return counts_.empty() ? 0 : counts_[static_cast<std::size_t>(exponent - least)];
    }

  private:
    static int exponent_of(double value) {
        return std::isfinite(value) ? std::clamp(std::ilogb(value), least, most) : most;
    }

    std::uint64_t zeros_ = 0;
    std::vector<std::uint64_t> counts_; ///< empty before the first element
};

/// What is known of one named tensor.
struct RangeRow {
    std::string tensor;           ///< its name
    double largest_magnitude = 0; ///< of all its elements in all steps
    std::string role{};           ///< whose format the tensor has; empty when nobody said
    ExponentCounts exponents{};   ///< empty before keep_distributions()

    /// Smallest IntBits (sign included) of a symmetric format that holds the magnitude; 1 for zero, 0 when it is
    /// infinite.
    int integer_bits() const {
        if (largest_magnitude == 0) return 1;
        if (!std::isfinite(largest_magnitude)) return 0;
        return std::ilogb(largest_magnitude) + 2;
    }
};

/// One log belongs to one trainer. A name is looked up once and then addressed by its slot.
class RangeLog {
  public:
    /// The place of a name, which is entered at its first call. The first role that is not empty stays.
    std::size_t slot(std::string_view tensor, std::string_view role = "") {
        const auto found =
            std::find_if(rows_.begin(), rows_.end(), [&](const RangeRow& row) { return row.tensor == tensor; });
        const auto index = static_cast<std::size_t>(found - rows_.begin());
        if (found == rows_.end()) rows_.push_back({std::string(tensor), 0});
        if (rows_[index].role.empty()) rows_[index].role = role;
        return index;
    }
    /// A magnitude seen, the largest of a tensor.
    void observe(std::size_t slot, double magnitude) {
        if (magnitude > rows_[slot].largest_magnitude) rows_[slot].largest_magnitude = magnitude;
    }
    /// Counts the exponents of elements, to_real(element) each; nothing before keep_distributions().
    template <class Elements, class ToReal>
    void count(std::size_t slot, const Elements& elements, ToReal&& to_real) {
        if (!keeps_distributions_) return;
        for (const auto& element : elements) rows_[slot].exponents.add(to_real(element));
    }
    /// From now on count() counts.
    void keep_distributions() { keeps_distributions_ = true; }

    /// In the order of slots.
    const std::vector<RangeRow>& rows() const { return rows_; }
    /// Takes over the maxima of an earlier part of the run.
    void merge(const std::vector<RangeRow>& rows) {
        for (const RangeRow& row : rows) observe(slot(row.tensor, row.role), row.largest_magnitude);
    }

  private:
    std::vector<RangeRow> rows_;
    bool keeps_distributions_ = false;
};

} // namespace fxp
