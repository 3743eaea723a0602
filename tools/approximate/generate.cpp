#include "generate.hpp"

#include "fit.hpp"
#include "measure.hpp"
#include "proof.hpp"
#include "segmentation.hpp"

#include <cmath>
#include <cstdlib>
#include <utility>

namespace fxp::approximate {
namespace {

Criteria criteria_of(const Request& request, const Progress& progress) {
    Criteria criteria{.grid = request.grid, .degree = request.degree, .target = request.target};
    criteria.fit = [&request](const Segment& segment) {
        return request.method == Method::minimax
                   ? fit_minimax(*request.h, request.grid, request.degree, segment)
                   : fit_projection(*request.h, request.grid, request.degree, request.distribution, segment);
    };
    criteria.error = [&request](const Segment& segment, double limit) {
        return request.is_measured() ? measured_error(*request.exact, request.grid, segment, limit)
                                     : certified_error(*request.h, request.grid, segment, limit);
    };
    criteria.value = [&request](const WideReal& x) { return request.h->value(x); };
    criteria.slope = [&request](const Segment& segment) {
        const auto real = [&request](std::int64_t raw) {
            return std::ldexp(static_cast<double>(raw), -request.grid.argument_bits);
        };
        return request.h->derivative_bound(1, real(segment.begin), real(segment.end));
    };
    if (progress) {
        criteria.progress = [&request, progress](std::int64_t done) {
            progress(static_cast<double>(done - request.begin) / static_cast<double>(request.end - request.begin));
        };
    }
    return criteria;
}

} // namespace

Generated generate(const Request& request, const Progress& progress) {
    const Criteria criteria = criteria_of(request, progress);
    std::vector<Segment> segments = bisect(criteria, request.begin, request.end);
    std::vector<std::string> remarks;
    // The end that is farthest from zero; both when they are equally far.
    const bool below = request.extend && std::abs(request.begin) >= std::abs(request.end);
    const bool above = request.extend && std::abs(request.end) >= std::abs(request.begin);
    for (const bool last : {false, true}) {
        if (!(last ? above : below)) continue;
        std::string remark = make_end_constant(criteria, segments, last);
        if (!remark.empty()) remarks.push_back(std::move(remark));
    }
    Table table = make_table(request.symmetry, request.grid, std::move(segments));
    std::optional<Beyond> beyond;
    if (request.extend) beyond = examine_beyond(request, table, below, above);
    return {std::move(table), std::move(remarks), std::move(beyond)};
}

} // namespace fxp::approximate
