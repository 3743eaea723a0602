// The overflow log: every event with its address.
#pragma once

#include "fxp/core/overflow.hpp"
#include "fxp/core/quantize.hpp"

#include <cmath>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace fxp {

/// Events of one operation on one named tensor.
struct OverflowRow {
    std::string operation;        ///< as in "matmul"
    std::string tensor;           ///< the result's name
    std::uint64_t first_step = 0; ///< when the first event was
    std::uint64_t last_step = 0;  ///< and the last one
    std::uint64_t count = 0;      ///< values that did not fit
    double worst_value = 0;       ///< the value of largest magnitude that did not fit, as a real

    friend bool operator==(const OverflowRow&, const OverflowRow&) = default;
};

/// Collects events of a run. One log belongs to one trainer; it is not shared between threads.
class OverflowLog {
  public:
    /// `frac_bits` is that of the result whose raw values `events` counted.
    void add(std::string_view operation, std::string_view tensor, std::uint64_t step, const OverflowCount& events,
             int frac_bits) {
        if (events.count == 0) return;
        const double worst = dequantize(events.worst, frac_bits);
        for (OverflowRow& row : rows_) {
            if (row.operation != operation || row.tensor != tensor) continue;
            row.last_step = step;
            row.count += events.count;
            if (std::fabs(worst) > std::fabs(row.worst_value)) row.worst_value = worst;
            return;
        }
        rows_.push_back({std::string(operation), std::string(tensor), step, step, events.count, worst});
    }

    /// Rows in order of their first event.
    const std::vector<OverflowRow>& rows() const { return rows_; }
    /// Number of events of all rows.
    std::uint64_t total() const {
        std::uint64_t sum = 0;
        for (const OverflowRow& row : rows_) sum += row.count;
        return sum;
    }
    /// Puts back the rows of an earlier part of the run.
    void restore(std::vector<OverflowRow> rows) { rows_ = std::move(rows); }
    /// Forgets all events.
    void clear() { rows_.clear(); }

  private:
    std::vector<OverflowRow> rows_;
};

} // namespace fxp
