// What one training run left in its folder.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

namespace fxp::compare {

/// One epoch of history.csv. Accuracies are 0..1; NaN where the trainer left the field empty.
struct HistoryRow {
    long long epoch = 0;
    double train_loss = 0;
    double train_accuracy = 0;
    double test_loss = 0;
    double test_accuracy = 0;
};

/// One row of ranges.csv: the largest magnitude a tensor reached, and the integer bits that hold it.
struct RangeRow {
    std::string tensor;
    double largest = 0;
    std::string integer_bits;
};

/// One row of overflow.csv: `count` results of an operation that did not fit its format, in steps first..last.
struct OverflowRow {
    std::string operation;
    std::string tensor;
    std::string first_step;
    std::string last_step;
    long long count = 0;
    std::string worst_value;
};

/// A weight or bias tensor of the checkpoint, as reals in storage order.
struct Parameter {
    std::string name;
    std::string role;
    std::string format; // "8.24" (IntBits.FracBits) or "F32", "F64"
    std::vector<std::size_t> shape;
    std::vector<double> values;
    std::optional<int> fraction_bits; // present when the tensor is fixed point
};

/// Everything the comparison reads of a run.
struct Run {
    std::string label;                 // last part of the folder's name, printable
    nlohmann::ordered_json info;       // run.json, an object
    std::vector<HistoryRow> history;   // in epoch order of the file
    std::vector<RangeRow> ranges;      // empty when there is no ranges.csv
    std::vector<OverflowRow> overflow; // most frequent first; empty when there is no overflow.csv
    std::vector<Parameter> parameters; // by name
    std::size_t classes = 0;
    std::vector<std::size_t> labels;      // of each test image, below `classes`
    std::vector<std::size_t> predictions; // argmax of the logits, the first maximum wins; NaN never wins
    std::size_t nan_logits = 0;           // images with at least one logit that is NaN

    /// A number of run.json, or nothing when the key is absent or holds something else.
    std::optional<double> real(const char* key) const;

    /// A value of run.json as printable text, "-" when the key is absent or null.
    std::string text(const char* key) const;
};

/// Throws DataError when the folder or one of run.json, history.csv, checkpoint.safetensors, test_logits.npy and
/// test_labels.npy is missing, damaged or does not fit the others.
Run read_run(const std::filesystem::path& folder);

} // namespace fxp::compare
