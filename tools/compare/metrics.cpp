#include "metrics.hpp"

#include <algorithm>
#include <cmath>

#include "fxp/tensor/error.hpp"
#include "text.hpp"

namespace fxp::compare {
namespace {

std::string shape_text(const std::vector<std::size_t>& shape) {
    std::string text = "(";
    for (std::size_t i = 0; i < shape.size(); ++i) text += (i > 0 ? ", " : "") + std::to_string(shape[i]);
    return text + ")";
}

void require_same_test_set(const Run& a, const Run& b) {
    if (a.labels.size() != b.labels.size()) {
        throw DataError("the runs were tested on different data: " + std::to_string(a.labels.size()) +
                        " test images in A, " + std::to_string(b.labels.size()) + " in B");
    }
    const auto differing = std::mismatch(a.labels.begin(), a.labels.end(), b.labels.begin());
    if (differing.first != a.labels.end()) {
        throw DataError("the runs were tested on different data: test label " +
                        std::to_string(differing.first - a.labels.begin()) + " is " + std::to_string(*differing.first) +
                        " in A and " + std::to_string(*differing.second) + " in B");
    }
    if (a.classes != b.classes) {
        throw DataError("the models have different shapes: " + std::to_string(a.classes) + " classes in A, " +
                        std::to_string(b.classes) + " in B");
    }
}

void require_same_parameters(const Run& a, const Run& b) {
    const auto by_name = [](const Parameter& x, const Parameter& y) { return x.name < y.name; };
    const auto require_subset = [&](const Run& x, const Run& y, const char* x_name, const char* y_name) {
        for (const Parameter& p : x.parameters) {
            if (!std::binary_search(y.parameters.begin(), y.parameters.end(), p, by_name)) {
                throw DataError("the models have different shapes: parameter '" + p.name + "' is in " + x_name +
                                " but not in " + y_name);
            }
        }
    };
    require_subset(a, b, "A", "B");
    require_subset(b, a, "B", "A");
    for (std::size_t i = 0; i < a.parameters.size(); ++i) {
        const Parameter& p = a.parameters[i];
        const Parameter& q = b.parameters[i];
        if (p.shape != q.shape || p.values.size() != q.values.size()) {
            throw DataError("the models have different shapes: parameter '" + p.name + "' is " + shape_text(p.shape) +
                            " in A and " + shape_text(q.shape) + " in B");
        }
    }
}

/// Probability of a split at least as uneven as k : n - k when both sides are equally likely.
double sign_test(std::int64_t k, std::int64_t n) {
    const auto total = static_cast<double>(n);
    double tail = 0;
    for (std::int64_t i = 0; i <= std::min(k, n - k); ++i) {
        const auto x = static_cast<double>(i);
        tail +=
            std::exp(std::lgamma(total + 1) - std::lgamma(x + 1) - std::lgamma(total - x + 1) - total * std::log(2.0));
    }
    return std::min(1.0, 2 * tail);
}

/// Sums over pairs of elements.
struct DivergenceSums {
    double max_abs = 0;
    double squared_difference = 0;
    double squared_b = 0;
    std::size_t elements = 0;

    void add(double a, double b) {
        const double difference = std::abs(a - b);
        if (!(difference <= max_abs)) max_abs = std::isnan(max_abs) ? max_abs : difference;
        squared_difference += difference * difference;
        squared_b += b * b;
        ++elements;
    }

    void store(Divergence& result) const {
        const auto count = static_cast<double>(std::max<std::size_t>(elements, 1));
        result.elements = elements;
        result.max_abs = max_abs;
        result.rms = std::sqrt(squared_difference / count);
        result.relative_rms.reset();
        if (squared_difference == 0) {
            result.relative_rms = 0;
        } else if (squared_b != 0) {
            result.relative_rms = std::sqrt(squared_difference / squared_b);
        }
    }
};

void compare_parameters(const Run& a, const Run& b, Comparison& result) {
    DivergenceSums all;
    result.total.name = "all";
    for (std::size_t i = 0; i < a.parameters.size(); ++i) {
        const Parameter& p = a.parameters[i];
        const Parameter& q = b.parameters[i];
        Divergence tensor{p.name, p.role, p.format, q.format, p.shape, 0, 0, 0, std::nullopt, std::nullopt};
        DivergenceSums sums;
        for (std::size_t k = 0; k < p.values.size(); ++k) {
            sums.add(p.values[k], q.values[k]);
            all.add(p.values[k], q.values[k]);
        }
        sums.store(tensor);
        const std::optional<int> fraction = p.fraction_bits ? p.fraction_bits : q.fraction_bits;
        if (fraction) {
            tensor.ulp = std::ldexp(1.0, -*fraction);
            result.total.ulp = std::min(result.total.ulp.value_or(*tensor.ulp), *tensor.ulp);
        }
        result.divergence.push_back(std::move(tensor));
    }
    all.store(result.total);
}

void note_settings(const Run& a, const Run& b, std::vector<std::string>& notes) {
    std::string differing;
    for (const char* key : {"program", "recipe", "dataset", "seed", "epochs", "batch", "model", "hidden", "rank_w",
                            "rank_u", "layers", "bidirectional", "learning_rate", "shuffle", "shifts"}) {
        if (a.text(key) == b.text(key)) continue;
        differing += (differing.empty() ? "" : "; ") + std::string(key) + " " + a.text(key) + " / " + b.text(key);
    }
    if (!differing.empty()) notes.push_back("Settings that differ (A / B): " + differing + ".");
    if (a.text("threads") != b.text("threads")) {
        notes.push_back("The runs used different numbers of threads (" + a.text("threads") + " / " + b.text("threads") +
                        "), so their times do not compare.");
    }
}

void note_run(const char* name, const Run& run, const CountMatrix& confusion, std::vector<std::string>& notes) {
    const std::int64_t right = confusion.diagonal();
    const auto stated = run.real("test_correct");
    if (stated && *stated != static_cast<double>(right)) {
        notes.push_back(std::string(name) + ": run.json counts " + run.text("test_correct") +
                        " correct test images, its logits give " + std::to_string(right) +
                        "; the figures here are those of the logits.");
    }
    if (run.nan_logits > 0) {
        notes.push_back(std::string(name) + ": logits are NaN on " + std::to_string(run.nan_logits) +
                        " test images; a NaN is never the maximum.");
    }
}

} // namespace

std::int64_t CountMatrix::diagonal() const {
    std::int64_t sum = 0;
    for (std::size_t i = 0; i < classes_; ++i) sum += at(i, i);
    return sum;
}

std::vector<CountedPair> largest_off_diagonal(const CountMatrix& matrix, std::size_t limit) {
    std::vector<CountedPair> pairs;
    for (std::size_t r = 0; r < matrix.classes(); ++r) {
        for (std::size_t c = 0; c < matrix.classes(); ++c) {
            if (r != c && matrix.at(r, c) > 0) pairs.push_back({r, c, matrix.at(r, c)});
        }
    }
    std::stable_sort(pairs.begin(), pairs.end(), [](const auto& x, const auto& y) { return x.count > y.count; });
    if (pairs.size() > limit) pairs.resize(limit);
    return pairs;
}

Comparison compare_runs(const Run& a, const Run& b) {
    require_same_test_set(a, b);
    require_same_parameters(a, b);
    Comparison result{CountMatrix(a.classes), CountMatrix(a.classes), CountMatrix(a.classes), {}, {}, {}, {}};
    Agreement& agreement = result.agreement;
    for (std::size_t n = 0; n < a.labels.size(); ++n) {
        const std::size_t truth = a.labels[n];
        result.confusion_a.add(truth, a.predictions[n]);
        result.confusion_b.add(truth, b.predictions[n]);
        result.predictions.add(a.predictions[n], b.predictions[n]);
        const bool a_right = a.predictions[n] == truth;
        const bool b_right = b.predictions[n] == truth;
        ++(a_right ? (b_right ? agreement.both_right : agreement.only_a_right)
                   : (b_right ? agreement.only_b_right : agreement.both_wrong));
    }
    agreement.images = static_cast<std::int64_t>(a.labels.size());
    agreement.disagree = agreement.images - result.predictions.diagonal();
    agreement.p_value = sign_test(agreement.only_a_right, agreement.only_a_right + agreement.only_b_right);
    compare_parameters(a, b, result);
    note_settings(a, b, result.notes);
    note_run("A", a, result.confusion_a, result.notes);
    note_run("B", b, result.confusion_b, result.notes);
    return result;
}

} // namespace fxp::compare
