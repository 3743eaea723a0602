// What differs between two runs, in numbers.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "run.hpp"

namespace fxp::compare {

/// A square table of counts.
class CountMatrix {
  public:
    explicit CountMatrix(std::size_t classes) : classes_(classes), counts_(classes * classes, 0) {}

    std::size_t classes() const { return classes_; }
    std::int64_t at(std::size_t row, std::size_t column) const { return counts_[row * classes_ + column]; }
    void add(std::size_t row, std::size_t column) { ++counts_[row * classes_ + column]; }
    std::int64_t diagonal() const;

  private:
    std::size_t classes_;
    std::vector<std::int64_t> counts_;
};

/// An off-diagonal cell of a CountMatrix.
struct CountedPair {
    std::size_t row = 0;
    std::size_t column = 0;
    std::int64_t count = 0;
};

/// The largest off-diagonal cells that are not zero, at most `limit`, largest first.
std::vector<CountedPair> largest_off_diagonal(const CountMatrix& matrix, std::size_t limit);

/// On how many test images the two models agree.
struct Agreement {
    std::int64_t images = 0;
    std::int64_t disagree = 0; // different argmax
    std::int64_t both_right = 0;
    std::int64_t only_a_right = 0;
    std::int64_t only_b_right = 0;
    std::int64_t both_wrong = 0;
    double p_value = 1; // two-sided exact sign test (McNemar) of only_a_right against only_b_right

    double ratio() const { return static_cast<double>(disagree) / static_cast<double>(images); }
};

/// How far a parameter tensor of A is from the same tensor of B. Sums and maxima are NaN as soon as an element is.
struct Divergence {
    std::string name;
    std::string role;
    std::string format_a;
    std::string format_b;
    std::vector<std::size_t> shape;
    std::size_t elements = 0;
    double max_abs = 0;                 // max |a - b|
    double rms = 0;                     // sqrt(mean (a - b)^2)
    std::optional<double> relative_rms; // rms / sqrt(mean b^2); absent when b is zero everywhere and a is not
    std::optional<double> ulp;          // one unit in the last place of A, of B when only B is fixed; absent for floats
};

struct Comparison {
    CountMatrix confusion_a; // (truth, prediction)
    CountMatrix confusion_b; // (truth, prediction)
    CountMatrix predictions; // (prediction of A, prediction of B)
    Agreement agreement;
    std::vector<Divergence> divergence; // by tensor name
    Divergence total;                   // over all elements; its ulp is the smallest one of the tensors
    std::vector<std::string> notes;     // what a reader must know: differing settings, contradictory files
};

/// Throws DataError when the runs were tested on different labels or their models have different shapes.
Comparison compare_runs(const Run& a, const Run& b);

} // namespace fxp::compare
