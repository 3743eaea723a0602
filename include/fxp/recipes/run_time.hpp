// Recipes whose formats are chosen at run time: the training settings of Q16 with the formats of a table.
#pragma once

#include "fxp/autograd/recipe_tensors.hpp"
#include "fxp/recipes/format_table.hpp"
#include "fxp/recipes/q16.hpp"

#include <cstdint>
#include <string_view>
#include <type_traits>

namespace fxp::recipes {

/// Word stores activations, logits, weights, biases and errors: std::int16_t where the table's widest() is at most 16,
/// which is faster, else std::int32_t. Results depend on the table alone.
template <class WordType>
class RunTime : public Q16 {
  public:
    RunTime() = default;
    /// Throws ArgumentError for a table that is not sound, or whose words are wider than WordType.
    explicit RunTime(const FormatTable& table) : table_(table) {
        table.check();
        if (table.widest() > static_cast<int>(8 * sizeof(WordType))) {
            throw ArgumentError("formats of up to " + std::to_string(table.widest()) + " bits, expected at most " +
                                std::to_string(8 * sizeof(WordType)));
        }
    }

    /// The formats it was made with.
    const FormatTable& table() const { return table_; }

    /// True for what optimizers update, whose gradients are sums over batch and time.
    template <Role R>
    static constexpr bool is_learnt = R == Role::weight || R == Role::bias;
    /// Sums of errors have twice the bits; gradients and moments 64.
    template <Role R, Part P>
    using Word =
        std::conditional_t<R == Role::moment || R == Role::second_moment || (is_learnt<R> && P != Part::value),
                           std::int64_t,
                           std::conditional_t<P != Part::gradient, WordType,
                                              std::conditional_t<sizeof(WordType) == 2, std::int32_t, std::int64_t>>>;

    /// What the table says; sums of errors have 32 bits where no word of the table is wider than 16, else 48. For
    /// Role::probability, whose format is fixed, the activation's.
    Format format(Role role, Part part) const {
        const bool learnt = role == Role::weight || role == Role::bias;
        if (learnt && part != Part::value) return table_.gradient_or_exact().format;
        if (part != Part::value) {
            const Format error = role == Role::logit ? table_.loss.format : table_.error.format;
            const int sum_bits = table_.widest() <= 16 ? 32 : 48;
            return part == Part::contribution ? error : Format{sum_bits - error.frac_bits, error.frac_bits};
        }
        switch (role) {
        case Role::logit:
            return table_.logit.format;
        case Role::weight:
            return table_.weight.format;
        case Role::bias:
            return table_.bias.format;
        case Role::moment:
            return table_.moment.format;
        case Role::second_moment:
            return table_.second_moment.format;
        case Role::activation:
        case Role::probability:
            break;
        }
        return table_.activation.format;
    }

    /// What the table says of the role that the operation writes; the optimizer's arithmetic rounds as weights do.
    Rounding rounding(RoundingPlace place, std::string_view operation) const {
        switch (place) {
        case RoundingPlace::backward:
            if (operation == "slope") break;
            return operation == "d_cross_entropy" ? table_.loss.rounding : table_.error.rounding;
        case RoundingPlace::gradient:
            return table_.gradient_or_exact().rounding;
        case RoundingPlace::update:
            return table_.weight.rounding;
        case RoundingPlace::forward:
            break;
        }
        return table_.activation.rounding;
    }

  private:
    FormatTable table_;
};

} // namespace fxp::recipes
