#include "write_json.hpp"

#include <cmath>
#include <nlohmann/json.hpp>

namespace fxp::approximate {
namespace {

using Json = nlohmann::ordered_json;

Json verification_json(const UlpReport& report, Direction direction) {
    Json json{{"inputs", report.inputs},
              {"max_error_ulp", report.max_error},
              {"mean_error_ulp", report.mean_error()},
              {"misrounded", report.misrounded},
              {"unfaithful", report.unfaithful},
              {"saturated", report.saturated},
              {"misclamped", report.misclamped},
              {"monotone", nullptr}}; // for a function that is not
    if (direction != Direction::none) json["monotone"] = report.monotone();
    return json;
}

Json figures_json(const Outcome& outcome) {
    const Request& request = outcome.request;
    const Table& table = outcome.table;
    Json json{{"method", method_name(request.method)},
              {"degree", table.degree},
              {"segments", table.segments.size()},
              {"cells", table.cells.size()},
              {"bytes", table.bytes()},
              {"target", request.target},
              {"largest_error", largest_error(table)},
              {"error_is_measured", request.is_measured()}};
    if (request.method == Method::gpc) json["distribution_rate"] = request.distribution.rate;
    if (outcome.beyond) json["clamping_beyond_the_range"] = outcome.beyond->evidence;
    if (outcome.verified) json["verification"] = verification_json(*outcome.verified, request.direction);
    return json;
}

Json table_json(const Table& table) {
    Json segments = Json::array();
    for (const Segment& segment : table.segments) {
        segments.push_back(Json{{"begin", segment.begin},
                                {"end", segment.end},
                                {"centre", segment.centre()},
                                {"coefficients", segment.coefficients},
                                {"error", segment.error}});
    }
    return Json{{"symmetry", symmetry_name(table.symmetry)},
                {"frac_bits", table.grid.frac_bits},
                {"argument_bits", table.grid.argument_bits},
                {"begin", table.begin()},
                {"end", table.end()},
                {"cell_bits", table.cell_bits},
                {"error", table.error()},
                {"segment", table.cells},
                {"segments", std::move(segments)}};
}

} // namespace

std::string json_text(const std::vector<Outcome>& outcomes, const std::string& command) {
    const Outcome& first = outcomes.front();
    const Request& request = first.request;
    const auto real = [&request](std::int64_t raw) {
        return std::ldexp(static_cast<double>(raw), -request.grid.argument_bits);
    };
    Json json{{"command", command},
              {"name", request.name},
              {"function", request.function},
              {"tabulated", request.h->expression()},
              {"range", {real(request.begin), real(request.end)}}};
    if (request.format) {
        json["format"] = Json{{"int_bits", request.format->int_bits}, {"frac_bits", request.format->frac_bits}};
    }
    json["figures"] = figures_json(first);
    json["table"] = table_json(first.table);
    if (outcomes.size() > 1) {
        Json others = Json::array();
        for (std::size_t i = 1; i < outcomes.size(); ++i) others.push_back(figures_json(outcomes[i]));
        json["compared"] = std::move(others);
    }
    return json.dump(1, ' ', false, Json::error_handler_t::replace) + '\n';
}

} // namespace fxp::approximate
