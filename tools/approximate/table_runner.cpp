#include "table_runner.hpp"

#include "fxp/core/rounding.hpp"
#include "fxp/kernels/piecewise.hpp"
#include "fxp/tensor/error.hpp"

#include <algorithm>
#include <cstddef>
#include <string>
#include <utility>

namespace fxp::approximate {

class TableRunner::Evaluation {
  public:
    virtual ~Evaluation() = default;
    virtual void values(std::int64_t first, std::span<std::int64_t> results) const = 0;
    virtual void rounded_values(std::int64_t first, Format format, std::span<std::int64_t> results) const = 0;
};

/// The table with room for the largest number of cells; those behind its end belong to the last segment.
template <class Polynomial>
class TableRunner::EvaluationOf final : public Evaluation {
  public:
    explicit EvaluationOf(const Table& table) : end_(table.end()) {
        polynomial_.symmetry = table.symmetry;
        polynomial_.frac_bits = table.grid.frac_bits;
        polynomial_.argument_bits = table.grid.argument_bits;
        polynomial_.begin = table.begin();
        polynomial_.cell_bits = table.cell_bits;
        polynomial_.segment.fill(table.cells.back());
        for (std::size_t c = 0; c < table.cells.size(); ++c) polynomial_.segment[c] = table.cells[c];
        for (std::size_t s = 0; s < table.segments.size(); ++s) {
            polynomial_.centre[s] = table.segments[s].centre();
            for (std::size_t k = 0; k < polynomial_.coefficients.size(); ++k) {
                polynomial_.coefficients[k][s] = table.segments[s].coefficients[k];
            }
        }
    }

    void values(std::int64_t first, std::span<std::int64_t> results) const override {
        for (std::size_t i = 0; i < results.size(); ++i) {
            results[i] = kernels::piecewise_value(polynomial_, first + static_cast<std::int64_t>(i));
        }
    }

    void rounded_values(std::int64_t first, Format format, std::span<std::int64_t> results) const override {
        const bool is_wide =
            polynomial_.symmetry == kernels::Symmetry::ramp && format.int_bits + polynomial_.frac_bits > 62;
        is_wide ? unfold_and_round<int128>(first, format, results)
                : unfold_and_round<std::int64_t>(first, format, results);
    }

  private:
    /// Wide holds, under Symmetry::ramp, inputs of the format in steps of the table.
    template <class Wide>
    void unfold_and_round(std::int64_t first, Format format, std::span<std::int64_t> results) const {
        const kernels::Symmetry symmetry = polynomial_.symmetry;
        const bool folds = symmetry != kernels::Symmetry::none;
        const std::int64_t stride = std::int64_t{1} << (polynomial_.argument_bits - format.frac_bits);
        const int finer = symmetry == kernels::Symmetry::ramp ? polynomial_.frac_bits - polynomial_.argument_bits : 0;
        const kernels::Unfolding<Wide> unfold(symmetry, Wide{1} << polynomial_.frac_bits);
        const int shift = polynomial_.frac_bits - format.frac_bits;
        const Wide limit = format.max_raw();
        for (std::size_t i = 0; i < results.size(); ++i) {
            const std::int64_t x = (first + static_cast<std::int64_t>(i)) * stride;
            const std::int64_t argument = std::clamp(folds && x < 0 ? -x : x, polynomial_.begin, end_);
            const Wide value = unfold(x * (Wide{1} << finer), kernels::piecewise_value(polynomial_, argument));
            const Wide rounded = round_shift<Rounding::nearest_even>(value, shift);
            results[i] = static_cast<std::int64_t>(std::clamp(rounded, static_cast<Wide>(-limit), limit));
        }
    }

    Polynomial polynomial_;
    std::int64_t end_;
};

TableRunner::TableRunner(const Table& table) {
    constexpr auto room = static_cast<std::size_t>(most_cells);
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wsign-conversion" // GCC 12 sees one in a dependent argument list
    const auto make = [this, &table]<int Degree>(std::integral_constant<int, Degree>) {
        if (table.degree != Degree) return;
        evaluation_ = std::make_unique<EvaluationOf<kernels::PiecewisePolynomial<Degree, room, room>>>(table);
    };
#pragma GCC diagnostic pop
    [&make]<int... Below>(std::integer_sequence<int, Below...>) {
        (make(std::integral_constant<int, Below + 1>()), ...);
    }
    (std::make_integer_sequence<int, most_degree>());
    if (!evaluation_) throw ArgumentError("a table of degree " + std::to_string(table.degree) + "; expected 1 to 12");
}

TableRunner::~TableRunner() = default;

void TableRunner::values(std::int64_t first, std::span<std::int64_t> results) const {
    evaluation_->values(first, results);
}

void TableRunner::rounded_values(std::int64_t first, Format format, std::span<std::int64_t> results) const {
    evaluation_->rounded_values(first, format, results);
}

} // namespace fxp::approximate
