// A table in the hands of the library's own evaluation.
#pragma once

#include "table.hpp"

#include "fxp/core/format.hpp"

#include <cstdint>
#include <memory>
#include <span>

namespace fxp::approximate {

/// Evaluates a table by kernels::piecewise_value. Several threads may use one.
class TableRunner {
  public:
    explicit TableRunner(const Table& table);
    ~TableRunner();
    TableRunner(const TableRunner&) = delete;
    TableRunner& operator=(const TableRunner&) = delete;

    /// results[i] = the value at the argument first + i, in steps of 2^-frac_bits.
    void values(std::int64_t first, std::span<std::int64_t> results) const;

    /// results[i] = fxp::math::Tabulated at the raw input first + i of a format: arguments beyond the range clamped,
    /// unfolded by symmetry, rounded half to even to the format, saturated. Needs 1 <= format.frac_bits <=
    /// argument_bits and <= frac_bits; under Symmetry::ramp argument_bits <= frac_bits.
    void rounded_values(std::int64_t first, Format format, std::span<std::int64_t> results) const;

    static constexpr int most_degree = 12;

  private:
    class Evaluation;
    template <class Polynomial>
    class EvaluationOf;

    std::unique_ptr<const Evaluation> evaluation_;
};

} // namespace fxp::approximate
