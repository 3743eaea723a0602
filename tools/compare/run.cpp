#include "run.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstring>
#include <span>

#include "csv.hpp"
#include "fxp/io/atomic_file.hpp"
#include "fxp/io/npy.hpp"
#include "fxp/io/safetensors.hpp"
#include "fxp/io/sha256.hpp"
#include "fxp/tensor/error.hpp"
#include "text.hpp"

namespace fxp::compare {
namespace {

namespace fs = std::filesystem;

std::string folder_label(const fs::path& folder) {
    fs::path path = fs::absolute(folder).lexically_normal();
    if (path.filename().empty()) path = path.parent_path();
    const std::string name = printable(path.filename().string());
    return name.empty() ? "run" : name;
}

nlohmann::ordered_json read_info(const fs::path& path) {
    const std::string content = read_file(path);
    auto info = nlohmann::ordered_json::parse(content, nullptr, false);
    if (info.is_discarded()) throw DataError(path.string() + ": not valid JSON");
    if (!info.is_object()) throw DataError(path.string() + ": expected a JSON object");
    return info;
}

std::vector<HistoryRow> read_history(const fs::path& path) {
    const CsvTable table(path, {"epoch", "train_loss", "train_accuracy", "test_loss", "test_accuracy"});
    std::vector<HistoryRow> rows(table.rows());
    for (std::size_t i = 0; i < rows.size(); ++i) {
        rows[i] = {table.whole(i, 0), table.real(i, 1), table.real(i, 2), table.real(i, 3), table.real(i, 4)};
    }
    return rows;
}

std::vector<RangeRow> read_ranges(const fs::path& path) {
    if (!fs::exists(path)) return {};
    const CsvTable table(path, {"tensor", "largest_magnitude", "integer_bits"});
    std::vector<RangeRow> rows(table.rows());
    for (std::size_t i = 0; i < rows.size(); ++i) {
        rows[i] = {printable(table.text(i, 0)), table.real(i, 1), printable(table.text(i, 2))};
    }
    return rows;
}

std::vector<OverflowRow> read_overflow(const fs::path& path) {
    if (!fs::exists(path)) return {};
    const CsvTable table(path, {"operation", "tensor", "first_step", "last_step", "count", "worst_value"});
    std::vector<OverflowRow> rows(table.rows());
    for (std::size_t i = 0; i < rows.size(); ++i) {
        rows[i] = {printable(table.text(i, 0)), printable(table.text(i, 1)), printable(table.text(i, 2)),
                   printable(table.text(i, 3)), table.whole(i, 4),           printable(table.text(i, 5))};
    }
    std::stable_sort(rows.begin(), rows.end(), [](const auto& a, const auto& b) { return a.count > b.count; });
    return rows;
}

/// Fraction bits of "IntBits.FracBits" or "IntBits.FracBits:full". Throws DataError for anything else.
int parse_fraction_bits(const fs::path& path, const std::string& name, const std::string& format) {
    const auto parse = [](std::string_view text) {
        int value = -1;
        const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), value);
        return error == std::errc{} && stop == text.data() + text.size() && value <= 64 ? value : -1;
    };
    std::string_view numbers = format;
    if (numbers.ends_with(":full")) numbers.remove_suffix(5);
    const std::size_t dot = numbers.find('.');
    const int integer = dot == numbers.npos ? -1 : parse(numbers.substr(0, dot));
    const int fraction = dot == numbers.npos ? -1 : parse(numbers.substr(dot + 1));
    if (integer < 0 || fraction < 0) {
        throw DataError(path.string() + ": tensor '" + printable(name) + "' has format '" + printable(format) +
                        "', expected IntBits.FracBits such as 8.24");
    }
    return fraction;
}

template <typename T>
std::vector<double> as_reals(const std::vector<std::byte>& bytes, int exponent) {
    std::vector<double> values(bytes.size() / sizeof(T));
    for (std::size_t i = 0; i < values.size(); ++i) {
        T raw{};
        std::memcpy(&raw, bytes.data() + i * sizeof(T), sizeof(T));
        values[i] = std::ldexp(static_cast<double>(raw), exponent);
    }
    return values;
}

Parameter read_parameter(const fs::path& path, const Safetensors& file, const SafetensorsEntry& entry,
                         const std::string& role) {
    Parameter parameter{entry.name, role, entry.dtype, entry.shape, {}, std::nullopt};
    if (entry.dtype.starts_with('I')) {
        const auto format = file.metadata.find("format." + entry.name);
        if (format == file.metadata.end())
            throw DataError(path.string() + ": no format of the fixed-point tensor '" + printable(entry.name) + "'");
        parameter.format = format->second;
        parameter.fraction_bits = parse_fraction_bits(path, entry.name, format->second);
    }
    const int exponent = -parameter.fraction_bits.value_or(0);
    if (entry.dtype == "I8") {
        parameter.values = as_reals<std::int8_t>(entry.bytes, exponent);
    } else if (entry.dtype == "I16") {
        parameter.values = as_reals<std::int16_t>(entry.bytes, exponent);
    } else if (entry.dtype == "I32") {
        parameter.values = as_reals<std::int32_t>(entry.bytes, exponent);
    } else if (entry.dtype == "I64") {
        parameter.values = as_reals<std::int64_t>(entry.bytes, exponent);
    } else if (entry.dtype == "F32") {
        parameter.values = as_reals<float>(entry.bytes, 0);
    } else if (entry.dtype == "F64") {
        parameter.values = as_reals<double>(entry.bytes, 0);
    } else {
        throw DataError(path.string() + ": tensor '" + printable(entry.name) + "' has type " + printable(entry.dtype) +
                        ", expected I8, I16, I32, I64, F32 or F64");
    }
    parameter.name = printable(entry.name);
    return parameter;
}

/// The parameters of a checkpoint. `sha256`: of those that it should hold, as run.json has it, or "-".
std::vector<Parameter> read_parameters(const fs::path& path, const std::string& sha256) {
    const Safetensors file = read_safetensors(path);
    std::vector<Parameter> parameters;
    Sha256 digest; // of names and elements, in the model's order
    for (const SafetensorsEntry& entry : file.tensors) {
        const auto role = file.metadata.find("role." + entry.name);
        if (role == file.metadata.end() || (role->second != "weight" && role->second != "bias")) continue;
        parameters.push_back(read_parameter(path, file, entry, role->second));
        std::vector<std::byte> bytes = entry.bytes;
        swap_if_big_endian(bytes, detail::safetensors_width(entry.dtype));
        digest.update(std::as_bytes(std::span(entry.name.c_str(), entry.name.size() + 1)));
        digest.update(bytes);
    }
    if (const std::string own = digest.hex(); sha256 != "-" && own != sha256) {
        throw DataError(path.string() + ": parameters with SHA-256 " + own + ", run.json is about others with " +
                        sha256 + ": expected the files of one run that has ended");
    }
    if (parameters.empty()) throw DataError(path.string() + ": no tensor has the role weight or bias");
    std::sort(parameters.begin(), parameters.end(), [](const auto& a, const auto& b) { return a.name < b.name; });
    return parameters;
}

/// Column-wise argmax of `logits` (classes, images) into run.predictions; counts the images with a NaN.
template <typename T>
void predict(const std::vector<T>& logits, std::size_t images, Run& run) {
    const auto is_nan = [](T value) { return value != value; };
    run.predictions.assign(images, 0);
    for (std::size_t n = 0; n < images; ++n) {
        std::size_t best = 0;
        bool any_nan = is_nan(logits[n]);
        for (std::size_t c = 1; c < run.classes; ++c) {
            const T value = logits[c * images + n];
            const T leader = logits[best * images + n];
            any_nan = any_nan || is_nan(value);
            if (value > leader || (is_nan(leader) && !is_nan(value))) best = c;
        }
        run.predictions[n] = best;
        run.nan_logits += any_nan ? 1U : 0U;
    }
}

void read_predictions(const fs::path& path, Run& run) {
    const NpyArray logits = read_npy(path);
    if (logits.shape.size() != 2 || logits.shape[0] == 0 || logits.shape[1] == 0)
        throw DataError(path.string() + ": expected a matrix (classes, images) that is not empty");
    run.classes = logits.shape[0];
    const std::size_t images = logits.shape[1];
    if (logits.dtype == "|i1") {
        predict(logits.as<std::int8_t>(), images, run);
    } else if (logits.dtype == "<i2") {
        predict(logits.as<std::int16_t>(), images, run);
    } else if (logits.dtype == "<i4") {
        predict(logits.as<std::int32_t>(), images, run);
    } else if (logits.dtype == "<i8") {
        predict(logits.as<std::int64_t>(), images, run);
    } else if (logits.dtype == "<f4") {
        predict(logits.as<float>(), images, run);
    } else {
        throw DataError(path.string() + ": logits of type " + printable(logits.dtype) +
                        ", expected |i1, <i2, <i4, <i8 or <f4");
    }
}

void read_labels(const fs::path& path, Run& run) {
    const NpyArray labels = read_npy(path);
    if (labels.dtype != "<i4" || labels.shape.size() != 1)
        throw DataError(path.string() + ": expected a vector of <i4, one label per test image");
    if (labels.shape[0] != run.predictions.size()) {
        throw DataError(path.string() + ": " + std::to_string(labels.shape[0]) + " labels, but test_logits.npy has " +
                        std::to_string(run.predictions.size()) + " images");
    }
    for (const std::int32_t label : labels.as<std::int32_t>()) {
        if (label < 0 || static_cast<std::size_t>(label) >= run.classes) {
            throw DataError(path.string() + ": label " + std::to_string(label) +
                            " is not below the number of classes " + std::to_string(run.classes));
        }
        run.labels.push_back(static_cast<std::size_t>(label));
    }
}

} // namespace

std::optional<double> Run::real(const char* key) const {
    const auto found = info.find(key);
    if (found == info.end() || !found->is_number()) return std::nullopt;
    return found->get<double>();
}

std::string Run::text(const char* key) const {
    const auto found = info.find(key);
    if (found == info.end() || found->is_null()) return "-";
    if (found->is_string()) return printable(found->get<std::string>());
    if (found->is_number_float()) return number("%.6g", found->get<double>());
    return printable(found->dump());
}

Run read_run(const fs::path& folder) {
    if (!fs::is_directory(folder)) throw DataError(printable(folder.string()) + ": no such run folder");
    Run run;
    run.label = folder_label(folder);
    if (!fs::exists(folder / "run.json")) {
        throw DataError(printable(folder.string()) + ": no run.json, which is written when a run ends (one that was " +
                        "killed goes on with --resume)");
    }
    run.info = read_info(folder / "run.json");
    run.history = read_history(folder / "history.csv");
    run.ranges = read_ranges(folder / "ranges.csv");
    run.overflow = read_overflow(folder / "overflow.csv");
    run.parameters = read_parameters(folder / "checkpoint.safetensors", run.text("parameters_sha256"));
    read_predictions(folder / "test_logits.npy", run);
    read_labels(folder / "test_labels.npy", run);
    return run;
}

} // namespace fxp::compare
