// The range log: the largest magnitude ever seen of each named tensor, and the integer bits it needs.
#pragma once

#include <cmath>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace fxp {

struct RangeRow {
    std::string tensor;
    double largest_magnitude = 0;

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
    std::size_t slot(std::string_view tensor) {
        for (std::size_t i = 0; i < rows_.size(); ++i) {
            if (rows_[i].tensor == tensor) return i;
        }
        rows_.push_back({std::string(tensor), 0});
        return rows_.size() - 1;
    }
    void observe(std::size_t slot, double magnitude) {
        if (magnitude > rows_[slot].largest_magnitude) rows_[slot].largest_magnitude = magnitude;
    }
    const std::vector<RangeRow>& rows() const { return rows_; }
    /// Takes over the maxima of an earlier part of the run.
    void merge(const std::vector<RangeRow>& rows) {
        for (const RangeRow& row : rows) observe(slot(row.tensor), row.largest_magnitude);
    }

  private:
    std::vector<RangeRow> rows_;
};

} // namespace fxp
