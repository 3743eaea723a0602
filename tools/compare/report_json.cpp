#include <cmath>
#include <map>

#include "csv.hpp"
#include "report.hpp"
#include "text.hpp"

namespace fxp::compare {
namespace {

using Json = nlohmann::ordered_json;

Json real_json(const std::optional<double>& value) {
    return value && std::isfinite(*value) ? Json(*value) : Json(nullptr);
}

Json matrix_json(const CountMatrix& matrix) {
    Json rows = Json::array();
    for (std::size_t r = 0; r < matrix.classes(); ++r) {
        Json row = Json::array();
        for (std::size_t c = 0; c < matrix.classes(); ++c) row.push_back(matrix.at(r, c));
        rows.push_back(std::move(row));
    }
    return rows;
}

Json pairs_json(const CountMatrix& matrix, const char* row, const char* column) {
    Json pairs = Json::array();
    for (const CountedPair& pair : largest_off_diagonal(matrix, 10))
        pairs.push_back(Json{{row, pair.row}, {column, pair.column}, {"count", pair.count}});
    return pairs;
}

Json run_json(const Run& run, const CountMatrix& confusion) {
    Json overflow = Json::array();
    for (const OverflowRow& row : run.overflow) {
        overflow.push_back(Json{{"operation", row.operation},
                                {"tensor", row.tensor},
                                {"first_step", row.first_step},
                                {"last_step", row.last_step},
                                {"count", row.count},
                                {"worst_value", row.worst_value}});
    }
    Json ranges = Json::array();
    for (const RangeRow& row : run.ranges) {
        ranges.push_back(Json{
            {"tensor", row.tensor}, {"largest_magnitude", real_json(row.largest)}, {"integer_bits", row.integer_bits}});
    }
    const auto right = static_cast<double>(confusion.diagonal());
    return Json{{"name", run.label},
                {"test_correct", confusion.diagonal()},
                {"test_accuracy", right / static_cast<double>(run.labels.size())},
                {"images_with_nan_logits", run.nan_logits},
                {"confusion", matrix_json(confusion)},
                {"most_confused", pairs_json(confusion, "truth", "prediction")},
                {"overflow", std::move(overflow)},
                {"ranges", std::move(ranges)},
                {"run", run.info}};
}

Json divergence_json(const Divergence& tensor) {
    Json json{{"tensor", tensor.name}};
    if (!tensor.role.empty()) {
        json["role"] = tensor.role;
        json["format_a"] = tensor.format_a;
        json["format_b"] = tensor.format_b;
        json["shape"] = tensor.shape;
    }
    json["elements"] = tensor.elements;
    json["max_abs"] = real_json(tensor.max_abs);
    json["rms"] = real_json(tensor.rms);
    json["relative_rms"] = real_json(tensor.relative_rms);
    if (!tensor.role.empty()) {
        json["max_ulp"] = tensor.ulp ? real_json(tensor.max_abs / *tensor.ulp) : Json(nullptr);
        json["rms_ulp"] = tensor.ulp ? real_json(tensor.rms / *tensor.ulp) : Json(nullptr);
    }
    return json;
}

Json difference_json(const Run& a, const Run& b, const Comparison& comparison) {
    const std::int64_t correct = comparison.confusion_a.diagonal() - comparison.confusion_b.diagonal();
    Json json{{"test_correct", correct},
              {"test_accuracy", static_cast<double>(correct) / static_cast<double>(comparison.agreement.images)}};
    for (const char* key : {"last20_test_accuracy_mean", "train_accuracy", "train_loss", "test_loss",
                            "seconds_per_epoch", "seconds", "overflow_events"}) {
        const auto x = a.real(key);
        const auto y = b.real(key);
        json[key] = x && y ? real_json(*x - *y) : Json(nullptr);
    }
    return json;
}

} // namespace

std::string report_json(const Run& a, const Run& b, const Comparison& comparison) {
    const Agreement& agreement = comparison.agreement;
    Json tensors = Json::array();
    for (const Divergence& tensor : comparison.divergence) tensors.push_back(divergence_json(tensor));
    const Json json{{"a", run_json(a, comparison.confusion_a)},
                    {"b", run_json(b, comparison.confusion_b)},
                    {"a_minus_b", difference_json(a, b, comparison)},
                    {"agreement", Json{{"images", agreement.images},
                                       {"disagree", agreement.disagree},
                                       {"disagreement_ratio", agreement.ratio()},
                                       {"both_right", agreement.both_right},
                                       {"only_a_right", agreement.only_a_right},
                                       {"only_b_right", agreement.only_b_right},
                                       {"both_wrong", agreement.both_wrong},
                                       {"sign_test_p", real_json(agreement.p_value)},
                                       {"most_disputed", pairs_json(comparison.predictions, "a", "b")}}},
                    {"divergence", std::move(tensors)},
                    {"divergence_total", divergence_json(comparison.total)},
                    {"notes", comparison.notes}};
    return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

std::string confusion_csv(const CountMatrix& matrix, const std::string& corner) {
    std::string csv = corner;
    for (std::size_t c = 0; c < matrix.classes(); ++c) csv += "," + std::to_string(c);
    csv += '\n';
    for (std::size_t r = 0; r < matrix.classes(); ++r) {
        csv += std::to_string(r);
        for (std::size_t c = 0; c < matrix.classes(); ++c) csv += "," + std::to_string(matrix.at(r, c));
        csv += '\n';
    }
    return csv;
}

std::string divergence_csv(const Comparison& comparison) {
    std::string csv = "tensor,role,format_a,format_b,elements,max_abs,rms,relative_rms,max_ulp,rms_ulp\n";
    const auto field = [](const std::optional<double>& value) {
        return "," + (value && std::isfinite(*value) ? number("%.9g", *value) : std::string());
    };
    for (const Divergence& tensor : comparison.divergence) {
        const auto in_ulps = [&](double value) {
            return tensor.ulp ? std::optional(value / *tensor.ulp) : std::nullopt;
        };
        csv += csv_field(tensor.name) + "," + tensor.role + "," + csv_field(tensor.format_a) + "," +
               csv_field(tensor.format_b) + "," + std::to_string(tensor.elements) + field(tensor.max_abs) +
               field(tensor.rms) + field(tensor.relative_rms) + field(in_ulps(tensor.max_abs)) +
               field(in_ulps(tensor.rms)) + "\n";
    }
    return csv;
}

std::string curves_csv(const Run& a, const Run& b) {
    std::map<long long, std::pair<const HistoryRow*, const HistoryRow*>> epochs;
    for (const HistoryRow& row : a.history) epochs[row.epoch].first = &row;
    for (const HistoryRow& row : b.history) epochs[row.epoch].second = &row;
    std::string csv = "epoch,a_train_loss,a_train_accuracy,a_test_loss,a_test_accuracy,"
                      "b_train_loss,b_train_accuracy,b_test_loss,b_test_accuracy\n";
    const auto fields = [](const HistoryRow* row) {
        if (row == nullptr) return std::string(",,,,");
        std::string text;
        for (const double value : {row->train_loss, row->train_accuracy, row->test_loss, row->test_accuracy})
            text += "," + (std::isfinite(value) ? number("%.9g", value) : std::string());
        return text;
    };
    for (const auto& [epoch, rows] : epochs)
        csv += std::to_string(epoch) + fields(rows.first) + fields(rows.second) + "\n";
    return csv;
}

} // namespace fxp::compare
